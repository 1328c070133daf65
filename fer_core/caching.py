"""Where what was computed once is kept, and how several processes share one place of it.

Everything below ``$FER_CACHE`` (default ``~/.cache/fer``) may be deleted at any time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock


def cache_home() -> Path:
    """Where decoded data sets, read tables and frozen features are kept."""
    named = os.environ.get("FER_CACHE")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "fer"


@contextmanager
def filling(place: Path) -> Iterator[None]:
    """Only one process at a time fills a place of the cache.

    Runs of one sweep start together and want the same pictures: the others wait, then find them, so they ask once more
    whether the place is filled when they come in. A process that dies lets the next one in.

    Args:
        place: File or folder about to be written; its folder is created.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_name(f"{place.name}.lock")):
        yield
