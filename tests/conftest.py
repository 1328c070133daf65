"""What tests of every room share: the command line in process, a home for runs of their own, real data where it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before torch is imported: processes that each take every core slow each other down.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def picture_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Decoded pictures, shared by the tests of one session."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, picture_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or leaves runs, caches or debug switches of the person who runs it."""
    monkeypatch.setenv("FER_RUNS", str(tmp_path_factory.mktemp("home") / "runs"))
    monkeypatch.setenv("FER_CACHE", str(picture_cache))
    monkeypatch.setenv("FER_DATA", "")
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path_factory.mktemp("home") / "weights"))
    monkeypatch.delenv("FER_DEBUG", raising=False)


@dataclass(frozen=True)
class Ran:
    """One command line's outcome."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; NaN and infinity in it fail the test."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is no JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture
def fer(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """`fer` in process: ``fer("runs", "--json").document``."""
    from fer_core.cli import main

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; skips where this machine has none."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def photos_zip(shared_data: Path) -> Path:
    """Real photographs of faces, and some without any."""
    return shared_data / "photos.zip"


@pytest.fixture(scope="session")
def fer2013_zip(shared_data: Path) -> Path:
    """FER2013 as folders of class folders."""
    return shared_data / "fer2013.zip"
