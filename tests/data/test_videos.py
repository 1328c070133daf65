"""Labelled videos to face crops: the target person, what is left out, and going on after a kill."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_core.contracts import FaceBox
from fer_core.data import open_data
from fer_core.data.videos import CutOptions, cutting, find_videos, prepare_videos
from fer_core.pictures import open_picture
from tests.conftest import Ran
from tests.filmed import counted, damage, film, most_alive, person

SIZE = (240, 160)
TARGET, OTHER = (20.0, 20.0, 100.0, 100.0), (140.0, 30.0, 210.0, 100.0)


def patches(seed: int) -> np.ndarray:
    return np.kron(np.random.default_rng(seed).integers(0, 256, (5, 5, 3)), np.ones((16, 16, 1))).astype(np.uint8)


def drawn(number: int, target: bool = True, other: bool = False) -> np.ndarray:
    """``(160, 240, 3)`` uint8: up to two people as patches, and the frame's number."""
    picture = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    picture[110:160, :96] = counted(number % 256)[:50]
    picture[110:160, 100:130] = 255 * target
    picture[110:160, 140:170] = 255 * other
    if target:
        picture[20:100, 20:100] = patches(1)
    if other:
        picture[30:100, 140:210] = patches(2)[:70, :70]
    return picture


class StandIn:
    """Finds whoever `drawn` drew."""

    def __init__(self) -> None:
        self.steps = 0
        self.stop_after: int | None = None

    def find(self, picture: np.ndarray, smallest: float = 20) -> tuple[FaceBox, ...]:
        scale = picture.shape[1] / SIZE[0]
        row = picture[round(130 * scale)]
        lights = (row[round(115 * scale)].mean() > 128, row[round(155 * scale)].mean() > 128)
        boxes = [box for box, on in zip((TARGET, OTHER), lights, strict=True) if on]
        return tuple(FaceBox(tuple(edge * scale for edge in box), 0.99) for box in boxes)  # type: ignore[arg-type]

    def follow(self, picture: np.ndarray, faces: Sequence[FaceBox]) -> tuple[FaceBox | None, ...]:
        self.steps += 1
        if self.stop_after is not None and self.steps > self.stop_after:
            raise KeyboardInterrupt
        there = {face.box: face for face in self.find(picture)}
        return tuple(there.get(face.box) for face in faces)


def table(path: Path, rows: list[dict[str, Any]]) -> Path:
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """12 s at 20 fps: nobody in second 3, the other beside in seconds 6 and 7, only the other in second 9."""
    frames = [
        drawn(number, target=number // 20 not in (3, 9), other=number // 20 in (6, 7, 9)) for number in range(240)
    ]
    return film(tmp_path / "p1.mp4", frames, 20)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Awake, Drowsy from second 3, Asleep from second 8; seconds 10 and 11 have no label."""
    words = ["awake"] * 3 + ["Sleepy"] * 5 + ["asleep"] * 2
    rows = [{"video": "p1", "second": second, "label": label} for second, label in enumerate(words)]
    return table(tmp_path / "labels.csv", [{**row, "subject": "anna", "session": "s1"} for row in rows])


def prepare(recording: Path, labels: Path | None, out: Path, **how: Any) -> dict[str, Any]:
    return prepare_videos([recording], labels, out, StandIn(), CutOptions(min_face=50, **how))


def test_every_labelled_frame_is_counted_once_by_state(recording: Path, labels: Path, tmp_path: Path) -> None:
    """At 10 a second: 3 s awake, 5 s drowsy of which one is empty, 2 s asleep of which one shows somebody else."""
    found = prepare(recording, labels, tmp_path / "out")
    assert found["states"] == {
        "Asleep": {"frames": 20, "kept": 10, "without_face": 0, "too_small": 0, "other_person": 10},
        "Drowsy": {"frames": 50, "kept": 40, "without_face": 10, "too_small": 0, "other_person": 0},
        "Awake": {"frames": 30, "kept": 30, "without_face": 0, "too_small": 0, "other_person": 0},
    }
    assert found["without_face"]["Drowsy"] == {"frames": 10, "of": 50, "share": 0.2}
    assert (found["frames"], found["labelled"], found["kept"], found["unlabelled"]) == (120, 100, 80, 20)
    assert found["others_dropped"] == 30  # 20 frames beside the target, 10 alone
    (video,) = found["videos"]
    assert video["error"] is None and (video["seconds"], video["fps"]) == pytest.approx((11.95, 20), abs=0.01)


def test_the_manifest_and_the_crops_are_those_frames(recording: Path, labels: Path, tmp_path: Path) -> None:
    prepare(recording, labels, tmp_path / "out")
    dataset = open_data(tmp_path / "out")
    assert len(dataset) == 80 and dataset.labels == ("Asleep", "Drowsy", "Awake")
    assert set(dataset.table["subject"]) == {"anna"} and set(dataset.table["session"]) == {"s1"}
    row = dataset.table[dataset.table["time"] == 7.5].iloc[0]
    assert row["label"] == "Drowsy" and row["path"] == "faces/p1/00007500.jpg"
    np.testing.assert_allclose(row[["left", "top", "right", "bottom"]].astype(float), TARGET, atol=0.1)
    crop = open_picture(tmp_path / "out" / row["path"])
    assert crop.shape == (160, 160, 3)
    enlarged = np.kron(patches(1)[::16, ::16], np.ones((32, 32, 1)))
    middles = np.abs(crop[16::32, 16::32].astype(int) - enlarged[16::32, 16::32])
    assert np.median(middles) < 12  # the very person, not the other one
    names = {path.name for path in (tmp_path / "out" / "faces" / "p1").iterdir()}
    assert names == {Path(path).name for path in dataset.table["path"]}


def test_large_frames_are_cut_from_the_whole_frame(labels: Path, tmp_path: Path) -> None:
    """The detector sees 960 pixels of 1200; boxes and crops are of the whole frame."""
    frames = [np.kron(drawn(number), np.ones((5, 5, 1), np.uint8)) for number in range(10)]
    prepare(film(tmp_path / "p1.mp4", frames, 10), labels, tmp_path / "out")
    table = open_data(tmp_path / "out").table
    np.testing.assert_allclose(table[["left", "top", "right", "bottom"]].iloc[0].astype(float), np.array(TARGET) * 5)
    assert table["face"].astype(float).iloc[0] == pytest.approx(400, abs=1)


def test_small_faces_are_counted_as_too_small(recording: Path, labels: Path, tmp_path: Path) -> None:
    found = prepare_videos([recording], labels, tmp_path / "out", StandIn(), CutOptions(min_face=90))
    assert found["kept"] == 0 and found["too_small"] == 90 and found["without_face"]["Drowsy"]["frames"] == 10


@pytest.mark.parametrize("stop_after", [3, 15, 40, 77, 95])
def test_a_killed_cutting_goes_on_to_the_same_result(
    recording: Path, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    monkeypatch.setattr(cutting, "PIECE", 2.0)
    whole = prepare(recording, labels, tmp_path / "whole")
    stand_in = StandIn()
    stand_in.stop_after = stop_after
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        prepare_videos([recording], labels, out, stand_in, CutOptions(min_face=50))
    log = out / "progress" / "p1.jsonl"
    before = log.read_bytes()
    log.write_bytes(before + b'{"next_slot": 999, "rows"')  # the line that a crash tore
    again = StandIn()
    found = prepare_videos([recording], labels, out, again, CutOptions(min_face=50))
    assert log.read_bytes().startswith(before)
    assert {**found, "out": ""} == {**whole, "out": ""}
    for name in ("manifest.csv", "progress/p1.jsonl"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    crops = [
        {path.name: path.read_bytes() for path in (one / "faces/p1").iterdir()} for one in (out, tmp_path / "whole")
    ]
    assert crops[0] == crops[1]
    if stop_after > 40:
        assert again.steps < 80  # it did not begin again


def test_what_is_done_is_not_done_again(recording: Path, labels: Path, tmp_path: Path) -> None:
    first = prepare(recording, labels, tmp_path / "out")
    stand_in = StandIn()
    stand_in.stop_after = 0
    assert prepare_videos([recording], labels, tmp_path / "out", stand_in, CutOptions(min_face=50)) == first


def test_other_settings_begin_again(recording: Path, labels: Path, tmp_path: Path) -> None:
    prepare(recording, labels, tmp_path / "out")
    found = prepare(recording, labels, tmp_path / "out", rate=5)
    assert found["kept"] == 40
    assert len(list((tmp_path / "out/faces/p1").iterdir())) == 40  # no crop of the first cutting is left


def test_a_broken_video_is_a_sentence_and_the_others_go_on(recording: Path, labels: Path, tmp_path: Path) -> None:
    broken = tmp_path / "p0.mp4"
    broken.write_bytes(recording.read_bytes()[:2000])
    table(tmp_path / "p0.mp4.csv", [{"second": 0, "label": "Awake"}])
    lonely = Path(shutil.copy(recording, tmp_path / "p2.mp4"))
    found = prepare_videos([tmp_path], labels, tmp_path / "out", StandIn(), CutOptions(min_face=50))
    errors = {Path(one["path"]).name: one["error"] for one in found["videos"]}
    assert set(errors) == {broken.name, recording.name, lonely.name}
    assert "p0.mp4 is not a video that can be read" in errors["p0.mp4"]
    assert "p2.mp4 has no labels" in errors["p2.mp4"]
    assert errors["p1.mp4"] is None and found["kept"] == 80


def test_damage_inside_costs_its_frames(labels: Path, tmp_path: Path) -> None:
    path = damage(film(tmp_path / "p1.mp4", (drawn(number) for number in range(200)), 20, key_every=5), 0.5, 0.55)
    found = prepare(path, labels, tmp_path / "out")
    assert found["unreadable"] > 0 and 60 < found["kept"] < 100
    assert found["videos"][0]["error"] is None


def test_videos_of_one_name_keep_apart(recording: Path, tmp_path: Path) -> None:
    rows = []
    for folder in ("a", "b"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        shutil.copy(recording, tmp_path / "in" / folder / "night.mp4")
        rows += [{"video": f"{folder}/night.mp4", "start": 0, "end": 2, "label": "Awake"}]
    labels = table(tmp_path / "all.csv", rows)
    prepare_videos([tmp_path / "in"], labels, tmp_path / "out", StandIn(), CutOptions(min_face=50))
    found = open_data(tmp_path / "out").table
    assert found.groupby("subject").size().to_dict() == {"a-night": 20, "b-night": 20}


def test_no_frame_outlives_its_cutting(
    recording: Path, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = most_alive(monkeypatch)
    prepare(recording, labels, tmp_path / "out")
    assert 1 <= most() <= 2


def test_a_folder_of_something_else_is_left_alone(recording: Path, labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty"):
        prepare(recording, labels, out)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_videos_are_found_in_folders(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "empty").mkdir()
    for name in ("b.MP4", "deep/a.mkv", "notes.txt", ".hidden.mp4"):
        (tmp_path / name).touch()
    assert [path.name for path in find_videos([tmp_path])] == ["b.MP4", "a.mkv"]
    for sources, sentence in (([tmp_path / "empty"], "holds no videos"), ([tmp_path / "b.MP4"] * 2, "named twice")):
        with pytest.raises(ValueError, match=sentence):
            find_videos(sources)


def test_the_command_prepares_data_that_other_commands_read(fer: Callable[..., Ran], tmp_path: Path) -> None:
    """With MTCNN and a drawn person, who is away for the second second."""
    frames = [person(60 + number, 40) if number // 5 != 1 else person(400, 400) for number in range(15)]
    video = film(tmp_path / "anna.mp4", frames, 5)
    table(tmp_path / "anna.csv", [{"second": second, "label": label} for second, label in enumerate(("Awake",) * 3)])
    ran = fer("data", "prepare", video, "--out", tmp_path / "out", "--rate", 5, "--json")
    assert ran.code == 0
    assert ran.document["kept"] == 10 and ran.document["without_face"]["Awake"]["share"] == pytest.approx(1 / 3)
    assert json.loads((tmp_path / "out/report.json").read_text()) == ran.document
    assert fer("data", "describe", tmp_path / "out", "--json").document["labels"] == {"Awake": 10}
    assert "10 faces of 15 labelled frames" in fer("data", "prepare", video, "--out", tmp_path / "out", "--rate", 5).out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.mp4"], "nothing.mp4 was not found"),
        (["{video}", "--labels", "none.csv"], "no table of labels at none.csv"),
        (["{video}"], "no video has labels"),
        (["{video}", "--rate", "0"], r"rate must lie in [0.1, 120], got 0"),
        (["{video}", "--framing", "eye"], "the framing of faces is one of"),
    ],
)
def test_mistakes_are_one_sentence(
    fer: Callable[..., Ran], tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    video = film(tmp_path / "v.mp4", [counted(0)], 5)
    ran = fer("data", "prepare", *(one.format(video=video) for one in arguments), "--out", tmp_path / "out", "--json")
    assert ran.code == 2 and ran.out == "" and sentence in ran.err and ran.err.count("\n") == 1


def test_only_broken_videos_are_a_mistake(fer: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"nothing")
    table(tmp_path / "v.csv", [{"second": 0, "label": "Awake"}])
    ran = fer("data", "prepare", tmp_path / "v.mp4", "--out", tmp_path / "out", "--json")
    assert ran.code == 2 and "v.mp4 is not a video" in ran.err and ran.document["kept"] == 0
