"""Compiling what draws. Kept on disk, and done again when any file of this folder changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable)


@lru_cache(maxsize=1)
def _drawing_code() -> str:
    """Differs when any file of this folder does."""
    found = hashlib.blake2b(digest_size=12)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def compiled(function: _Function) -> _Function:
    """A function compiled by numba, free of the interpreter's lock.

    Numba keeps what it compiled until the function's own file changes; but functions of other files are compiled into
    it, and those would stay as they were. So every file's content counts.
    """
    made: Any = njit(nogil=True)(function)
    made.enable_caching()
    # Numba has no public way to say what else a cached function depends on; its version is pinned.
    made._cache._cache_file._source_stamp = _drawing_code()
    return made
