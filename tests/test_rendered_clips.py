"""Blinks and PERCLOS of filmed people who do not exist, against what is true of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[0, 3, 12])
def filmed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """23 seconds of one person; the truth lies beside."""
    from fer_core.cli import main

    path = tmp_path_factory.mktemp("film") / f"p{request.param}.mp4"
    script = "Awake:12,Drowsy:6,Asleep:5"
    assert (
        main(["data", "people", "people:", "--clip", str(path), "--person", str(request.param), "--script", script])
        == 0
    )
    return path


@pytest.mark.parametrize("rate", [15, 25])
def test_blinks_and_perclos_are_within_a_tenth_of_the_truth(fer: Callable[..., Ran], filmed: Path, rate: int) -> None:
    truth = json.loads(filmed.with_suffix(".json").read_text())
    found = fer("clip", filmed, "--rate", rate, "--json").document
    assert found["blinks"] == pytest.approx(truth["blinks"], rel=0.1)
    assert found["perclos"] == pytest.approx(truth["perclos"], rel=0.1)
    assert found["verdict"] == "Asleep"
    assert [one["state"] for one in found["seconds"][-3:]] == ["Asleep"] * 3
    assert [one["state"] for one in found["seconds"][:11]].count("Awake") >= 10


def test_a_filmed_person_becomes_a_data_set(fer: Callable[..., Ran], filmed: Path, tmp_path: Path) -> None:
    found = fer("data", "prepare", filmed, "--out", tmp_path / "out", "--json").document
    assert found["labelled"] == 230 and found["kept"] > 190
    assert set(found["states"]) == {"Awake", "Drowsy", "Asleep"}
