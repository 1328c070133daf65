"""Was a picture in training: exact and near twins by stored hashes, and what is said of each."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.components import predict_seen
from app.services import seen
from fer_core.data.files import Stored
from fer_core.data.store import difference_hash
from fer_core.runs import find_run
from fer_core.tables import write_parquet
from tests.app import world
from tests.app.conftest import World
from tests.app.stand_in import StandIn, texts, upload

Open = Callable[..., AppTest]


def encoded(picture: np.ndarray) -> bytes:
    """As PNG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return buffer.getvalue()


@pytest.fixture
def faces(small_world: World) -> list[np.ndarray]:
    """Four drawn faces; the run learned from the first two, of which the second was left out."""
    drawn = [np.asarray(world.face(person, "happiness").convert("RGB")) for person in range(4)]
    table = pd.DataFrame(
        {
            "hash": np.array([int(Stored().digest("", one), 16) for one in drawn[:2]], dtype=np.uint64),
            "dhash": np.array([difference_hash(one) for one in drawn[:2]], dtype=np.uint64),
            "used": [True, False],
        }
    )
    write_parquet(find_run("drawn").path / "training.parquet", table)
    return drawn


def test_the_same_pixels_are_an_exact_twin_in_any_file(faces: list[np.ndarray]) -> None:
    found = seen.seen("drawn", encoded(faces[0]))
    assert found is not None and (found.verdict, found.bits, found.of, found.used) == ("exact", 0, 2, True)
    again = seen.seen("drawn", encoded(faces[1]))
    assert again is not None and again.verdict == "exact" and not again.used
    assert "left out" in predict_seen.sentence("drawn", again)


def test_a_brighter_or_mirrored_copy_is_a_near_twin(faces: list[np.ndarray]) -> None:
    for copy in (np.clip(faces[0] * 0.9 + 9, 0, 255).astype(np.uint8), faces[0][:, ::-1]):
        found = seen.seen("drawn", encoded(copy))
        assert found is not None and found.verdict == "near" and found.bits <= seen.NEAR and found.near >= 1


def test_another_picture_is_not_found(faces: list[np.ndarray]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    found = seen.seen("drawn", encoded(noise))
    assert found is not None and found.verdict == "not found" and found.bits > seen.NEAR and found.near == 0
    assert f"{found.bits} of 64 bits" in predict_seen.sentence("drawn", found)


def test_a_blank_picture_has_no_near_twin(faces: list[np.ndarray]) -> None:
    run = find_run("drawn")
    write_parquet(run.path / "training.parquet", run.training_pictures().assign(dhash=np.zeros(2, dtype=np.uint64)))
    seen._kept.clear()
    found = seen.seen("drawn", encoded(np.full((48, 48, 3), 90, np.uint8)))
    assert found is not None and found.verdict == "not found" and found.blank
    assert "too uniform" in predict_seen.sentence("drawn", found)


def test_the_page_says_so(stand_in: StandIn, faces: list[np.ndarray], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", encoded(faces[0]), "image/png"))
    assert not page.exception and not page.error
    assert "yes: an exact twin" in texts(page) and "the 2 training pictures of drawn" in texts(page)


def test_a_run_without_hashes_says_that_it_is_unknown(stand_in: StandIn, small_world: World, open_page: Open) -> None:
    data = encoded(np.full((40, 40, 3), 90, np.uint8))
    assert seen.seen("drawn", data) is None
    assert "Unknown: the run keeps no hashes" in texts(upload(open_page("predict"), ("a.png", data, "image/png")))
