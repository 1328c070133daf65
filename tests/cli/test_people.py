"""Synthetic people on the command line: `fer data people`, and as DATA of every command that takes some."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from fer_core.data import open_data
from fer_core.data.describe import describe
from fer_core.pictures import open_picture
from fer_core.video import Frames, open_video

FEW = "people:subjects=9,sessions=1,frames=2,size=48"
RECIPE = {
    "name": "awake",
    "data": {"labels": ["Asleep", "Drowsy", "Awake"]},
    "preprocessing": {"size": 48},
    "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
    "optimisation": {"epochs": 3, "batch_size": 16},
}


def test_described_and_audited(fer: Callable) -> None:
    ran = fer("data", "describe", FEW, "--json")
    assert ran.code == 0, ran.err
    assert ran.document == describe(open_data(FEW)) and ran.document["synthetic"] is True
    assert {split: one["n"] for split, one in ran.document["splits"].items()} == {
        "train": 42,
        "validation": 6,
        "test": 6,
    }
    assert ran.document["timed"] == ran.document["n"] == 54
    text = fer("data", "describe", FEW).out
    assert "Its people do not exist: they are drawn." in text and "9 subjects with 6 pictures each" in text
    audit = fer("data", "audit", FEW, "--json").document
    assert audit["readable"] == 54 and audit["unreadable"] == audit["shared_subjects"] == audit["blank"] == []
    assert audit["exact"]["groups"] == 0


def test_trained_on_and_evaluated(fer: Callable, tmp_path: Path) -> None:
    (tmp_path / "awake.yaml").write_text(yaml.safe_dump(RECIPE))
    trained = fer(
        "train", tmp_path / "awake.yaml", "--data", FEW, "--out", tmp_path / "run", "--threads", 1,
        "--set", "optimisation.epochs=1", "--json",
    )  # fmt: skip
    assert trained.code == 0, trained.err
    assert trained.document["status"] == "finished" and trained.document["best"]["epoch"] == 1
    judged = fer("evaluate", tmp_path / "run", "--data", FEW, "--json")
    assert judged.code == 0, judged.err
    assert judged.document["n"] == 6 and judged.document["split"] == "test"
    assert sum(map(sum, judged.document["confusion"])) == 6
    others = "people:subjects=2,sessions=1,frames=1,size=48,first=500,split=all"
    assert fer("evaluate", tmp_path / "run", "--data", others, "--split", "all", "--json").document["n"] == 6
    missing = fer("evaluate", tmp_path / "run", "--data", others, "--split", "validation", "--json")
    assert missing.code == 2 and "no split 'validation'; there are: train, test, all" in missing.err


def test_told_with_how_hard_it_is(fer: Callable) -> None:
    line = "people:subjects=4,sessions=1,frames=3"
    document = fer("data", "people", line, "--json").document
    assert (document["n"], document["subjects"], document["sessions"]) == (36, 4, 1)
    assert (
        document["line"].startswith(line + ",") is False and open_data(document["line"]).stamp == open_data(line).stamp
    )
    assert document["splits"] == {"train": 18, "validation": 9, "test": 9}
    assert set(document["difficulty"]) == {"across_people", "own_baseline", "n", "people", "folds", "classifier"}
    assert "macro-F1" in fer("data", "people", line).out
    for other in ("people:subjects=1,frames=1", "people:states=expressions,frames=1,subjects=2"):
        ran = fer("data", "people", other, "--json")
        assert ran.code == 0 and ran.document["difficulty"] is None


def test_a_contact_sheet(fer: Callable, tmp_path: Path) -> None:
    ran = fer("data", "people", FEW, "--sheet", tmp_path / "sheet.png", "--rows", 2, "--columns", 4, "--json")
    assert ran.code == 0, ran.err
    sheet = open_picture((tmp_path / "sheet.png").read_bytes())
    assert sheet.shape == (2 * 48 + 4, 4 * 48 + 3 * 4, 3)
    # The first and the last person; frames from the middle of each quarter of theirs.
    rows = open_data(FEW).table.groupby("subject", sort=False).indices
    for top, person in ((0, "p0000"), (52, "p0008")):
        np.testing.assert_array_equal(sheet[top : top + 48, :48], open_data(FEW).picture(rows[person][0]))
    assert (sheet[:, 48:52] == 255).all()


def test_exported_pictures_are_a_data_set(fer: Callable, tmp_path: Path) -> None:
    line = "people:subjects=3,sessions=1,frames=1,size=64"
    ran = fer("data", "people", line, "--export", tmp_path / "out", "--json")
    assert ran.code == 0, ran.err
    drawn, read = open_data(line), open_data(tmp_path / "out")
    assert len(read) == len(drawn) == 9 and read.splits == drawn.splits and not list(tmp_path.rglob("*.part"))
    for name, values in drawn.table.items():
        kept = pd.to_numeric(read.table[name]) if pd.api.types.is_numeric_dtype(values) else read.table[name]
        pd.testing.assert_series_equal(kept, values, check_dtype=False, check_index=False, rtol=1e-12)
    for row in range(9):
        np.testing.assert_array_equal(read.picture(row), drawn.picture(row))
    points = read.table.filter(regex="^(eye_left|eye_right|nose|mouth_left|mouth_right)_[xy]$").astype(float)
    assert points.shape == (9, 10) and ((points > 0) & (points < 63)).all().all()
    assert (points["eye_left_x"] < points["eye_right_x"]).all()
    assert (read.table["face_width"].astype(float) > 20).all()
    light = read.table[["light_x", "light_y", "light_z"]].astype(float)
    np.testing.assert_allclose((light**2).sum(axis=1), 1, atol=1e-6)
    again = fer("data", "people", line, "--export", tmp_path / "out", "--json")
    assert again.code == 2 and again.out == "" and "already holds something; choose another folder" in again.err


def test_a_clip_with_its_truth(fer: Callable, tmp_path: Path) -> None:
    ran = fer(
        "data", "people", "people:first=3,seed=2", "--clip", tmp_path / "nap.mp4", "--script", "awake:1,Asleep:1.5",
        "--fps", 10, "--clip-size", 64, "--session", 1, "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    told = ran.document["clip"]
    assert told == json.loads((tmp_path / "nap.json").read_text())
    assert (told["person"], told["session"], told["seed"], told["duration"]) == (3, 1, 2, 2.5)
    assert told["closures"][-1]["end"] == 2.5 and 0.4 < told["perclos"] <= 1
    assert (tmp_path / "nap.csv").read_text().split() == ["second,label", "0,Awake", "1,Asleep", "2,Asleep"]
    video = open_video(tmp_path / "nap.mp4")
    assert len(list(Frames(video))) == 25 and video.declared_duration == pytest.approx(2.5, abs=0.11)
    assert "difficulty" not in ran.document and not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["describe", "people:subjct=3"], "unknown key 'subjct'; did you mean 'subjects'"),
        (["audit", "people:frames=none"], "frames must be a whole number from 1 to 100,000, got none"),
        (["people", "people:subjects=2,split=validation"], "split=validation is empty"),
        (["people", "--clip", "{there}/nap.avi"], "a clip is written as .mp4, got nap.avi"),
        (["people", "--clip", "{there}/nap.mp4", "--script", "Awke:1"], "unknown state 'Awke'; did you mean 'Awake'"),
        (["people", "--clip", "{there}/nap.mp4", "--script", "Awake:0"], "states of more than 0 s each"),
        (["people", "--clip", "{there}/nap.mp4", "--fps", "0"], "--fps"),
        (["people", "--person", "-1"], "--person"),
        (["people", "people:subjects=1,frames=1", "--sheet", "{there}/nowhere/sheet.png"], "there is no folder"),
    ],
)
def test_mistakes_exit_with_two(fer: Callable, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    ran = fer("data", *(one.format(there=tmp_path) for one in arguments), "--json")
    assert ran.code == 2 and ran.out == "" and sentence in ran.err and "Traceback" not in ran.err
    assert not list(tmp_path.iterdir())
