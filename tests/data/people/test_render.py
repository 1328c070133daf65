"""Drawing is a pure function: of nothing else, in any order, thread and process; and refuses what it cannot draw."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fer_core.data.people import Motion, render
from fer_core.data.people.source import Drawings
from tests.conftest import REPOSITORY
from tests.drawn_people import NAMES, SIZE, hashes, pictures, plain


@pytest.fixture(scope="module")
def drawn() -> list[np.ndarray]:
    return pictures()


@pytest.fixture(scope="module")
def known(drawn: list[np.ndarray]) -> list[str]:
    return hashes(drawn)


def elsewhere(code: str, *arguments: object, **variables: str) -> str:
    """What another process prints."""
    line = [sys.executable, "-P", "-c", code, *map(str, arguments)]
    variables = {**os.environ, "PYTHONPATH": str(REPOSITORY), **variables}
    done = subprocess.run(line, env=variables, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pictures_are_pictures(drawn: list[np.ndarray], known: list[str]) -> None:
    assert all(picture.shape == (SIZE, SIZE, 3) and picture.dtype == np.uint8 for picture in drawn)
    assert all(picture.std() > 20 for picture in drawn) and len(set(known)) == len(known)


def test_neither_order_nor_neighbours_matter(known: list[str]) -> None:
    backwards = pictures(NAMES[::-1])[: len(NAMES)]
    assert hashes(backwards)[::-1] == known[: len(NAMES)]
    other = Drawings(1, 48)
    between = []
    for name in NAMES:
        other.picture(name.replace("p00", "p01"))
        between.append(Drawings(0, SIZE).picture(name))
    assert hashes(between) == known[: len(NAMES)]


def test_threads_do_not_meet(known: list[str]) -> None:
    names = NAMES * 6
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(Drawings(0, SIZE).picture, names))
    assert hashes(found) == known[: len(NAMES)] * 6


def test_another_process_draws_the_same(known: list[str]) -> None:
    said = elsewhere("from tests.drawn_people import hashes, pictures; print(*hashes(pictures()))")
    assert said.split() == known


@pytest.mark.slow
def test_another_processor_differs_by_a_grey_level_at_most(drawn: list[np.ndarray], tmp_path: Path) -> None:
    """Compiled for the oldest processors of this kind: no wide registers, no fused products, other roundings."""
    code = "import sys, numpy; from tests.drawn_people import pictures; numpy.save(sys.argv[1], pictures())"
    elsewhere(code, tmp_path / "there.npy", NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="",
              NUMBA_CACHE_DIR=str(tmp_path / "numba"))  # fmt: skip
    there = np.load(tmp_path / "there.npy").astype(int)
    apart = np.abs(there - np.array(drawn))
    print(f"{(apart > 0).mean():.2%} of the values differ, by {apart.max()} at most")
    assert apart.max() <= 1


DRAW_ONE = """
import hashlib, sys, fer_core
from fer_core.data.people import Motion, identity, render, session
if not fer_core.__file__.startswith(sys.argv[1]):
    sys.exit(f"{fer_core.__file__} is not the copy")
who = identity(1)
picture, _ = render(who, session(1, 0, 0, who), Motion(lid_left=1.0, lid_right=1.0), 64)
print(hashlib.blake2b(picture.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_changed_drawing_code_is_compiled_anew(tmp_path: Path) -> None:
    """Who pulls a new version must not go on seeing the old one's eyes."""
    shutil.copytree(REPOSITORY / "fer_core", tmp_path / "fer_core", ignore=shutil.ignore_patterns("__pycache__"))

    def there() -> str:
        return elsewhere(DRAW_ONE, tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "numba"), PYTHONPATH=str(tmp_path))

    before = there()
    place = tmp_path / "fer_core/data/people/features.py"
    text = place.read_text()
    assert "* who.eye_width * who.iris_size" in text
    place.write_text(text.replace("* who.eye_width * who.iris_size", "* 0.5 * who.eye_width * who.iris_size"))
    assert there() != before


@pytest.mark.slow
def test_whole_numbers_are_numbers() -> None:
    from fer_core.data.people import mesh

    render(*plain(), Motion(yaw=0.0), 32)
    compiled = len(mesh.head.signatures)
    render(*plain(), Motion(yaw=0), 32)
    assert len(mesh.head.signatures) == compiled


@pytest.mark.parametrize("size", [31, 1025, 0])
def test_sizes_that_cannot_be_drawn_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=rf"size must lie in \[32, 1024\] pixels, got {size}"):
        render(*plain(), Motion(), size)


@pytest.mark.parametrize(
    "name", ["", "p0000/s0/Awake", "p0000/s0/Awoke/00000.png", "p-1/s0/Awake/00000.png", "p0/s0/Awake/x.png", "a/b/c/d"]
)
def test_what_nobody_drew_is_not_there(name: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"no picture of a synthetic person; one is p0000/s0/Awake/00000\.png"):
        Drawings(0, SIZE).picture(name)


def test_noise_belongs_to_the_frame() -> None:
    who, look = plain()
    look = look._replace(noise=4.0)
    first, again, other = (render(who, look, Motion(), SIZE, grain)[0].astype(int) for grain in (0, 0, 1))
    assert np.array_equal(first, again)
    assert 1 < (first - other).std() < 12 and abs((first - other).mean()) < 0.5


def test_factors_that_cannot_be_drawn_are_named_all_at_once() -> None:
    with pytest.raises(
        ValueError, match=r"lid_left must lie in \[0, 1.5\], got nan; occluder must lie in \[0, 3\], got 7"
    ):
        render(*plain(), Motion(lid_left=float("nan"), occluder=7.0), 32)
