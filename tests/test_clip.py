"""Videos watched to their end: with stand-ins that read what was drawn, and through the command line."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_core import clip as clips
from fer_core.clip import Clip, document, watch
from fer_core.contracts import FaceBox
from fer_core.timeline import Timeline, judge
from tests.conftest import Ran
from tests.filmed import damage, film, most_alive, person

HERE, THERE = (20.0, 20.0, 80.0, 80.0), (110.0, 30.0, 140.0, 60.0)


def drawn(openness: float, there: bool = True, other: bool = False) -> np.ndarray:
    """``(96, 160, 3)`` uint8: what `StandIn` reads: openness as grey, presence of two people as lights below."""
    picture = np.full((96, 160, 3), 60, np.uint8)
    picture[20:80, 20:80] = 150
    for left, top, *_ in (HERE, THERE):
        picture[int(top) + 3 : int(top) + 15, int(left) + 3 : int(left) + 15] = round(255 * openness)
    picture[84:96, :40] = 255 * there
    picture[84:96, 60:100] = 255 * other
    return picture


class StandIn:
    """Finder, eye reader and run in one: reads what `drawn` says. Counts what it is asked."""

    labels = ("Asleep", "Drowsy", "Awake")

    def __init__(self) -> None:
        self.asked = 0
        self.batches: list[int] = []

    def find(self, picture: np.ndarray, smallest: float = 20) -> tuple[FaceBox, ...]:
        lights = (picture[88:92, 10:30].mean() > 128, picture[88:92, 70:90].mean() > 128)
        return tuple(FaceBox(box, 0.99) for box, on in zip((HERE, THERE), lights, strict=True) if on)

    def follow(self, picture: np.ndarray, faces: Sequence[FaceBox]) -> tuple[FaceBox | None, ...]:
        there = {face.box: face for face in self.find(picture)}
        return tuple(there.get(face.box) for face in faces)

    def crops(self, picture: np.ndarray, face: FaceBox) -> np.ndarray | None:
        left, top, right, bottom = map(int, face.box)
        part = picture[top + 5 : bottom - 5, left + 5 : right - 5][:8, :8]
        return np.stack([part, part])

    def openness_of_crops(self, crops: np.ndarray) -> np.ndarray:
        self.batches.append(len(crops))
        return crops.mean(axis=(1, 2, 3)).astype(np.float32) / 255

    def probabilities(self, crops: np.ndarray) -> np.ndarray:
        self.asked += len(crops) // 2
        share = crops.mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - share, np.zeros_like(share), share], axis=1)


def blinking(seconds: float, fps: float, shut: Sequence[tuple[float, float]]) -> Iterator[np.ndarray]:
    """Frames of eyes that are 0.9 open but for some times."""
    for number in range(round(seconds * fps)):
        closed = any(start <= number / fps < end for start, end in shut)
        yield drawn(0.05 if closed else 0.9)


def watched(path: Path, **how: Any) -> tuple[Clip, Timeline]:
    stand_in = StandIn()
    found = watch(path, stand_in, stand_in, **how)
    return found, judge(found.samples)


BLINKS = [(2.0 + 2 * number, 2.2 + 2 * number) for number in range(7)]


@pytest.mark.parametrize("fps", [12, 30, 60])
def test_blinks_and_perclos_are_those_that_were_drawn(tmp_path: Path, fps: float) -> None:
    path = film(tmp_path / "a.mp4", blinking(20, fps, [*BLINKS, (16.0, 18.0)]), fps)
    found, timeline = watched(path)
    assert len(timeline.blinks) == 7
    assert timeline.perclos == pytest.approx((7 * 0.2 + 2) / 20, rel=0.1)
    assert found.duration == pytest.approx(20, abs=0.01) and found.fps == pytest.approx(fps, rel=0.01)
    assert found.looked_at == 20 * min(fps, 15)
    assert timeline.verdict in ("Asleep", "Drowsy") and timeline.seconds["state"][17] == "Asleep"


def test_a_variable_frame_rate_changes_nothing(tmp_path: Path) -> None:
    """The second half comes at a third of the frames."""
    times = np.concatenate([np.arange(0, 10, 1 / 30), np.arange(10, 20, 1 / 10)])
    shut = [(3.0, 3.2), (6.0, 6.2), (12.05, 12.3), (15.05, 15.3)]
    frames = [drawn(0.05 if any(start <= time < end for start, end in shut) else 0.9) for time in times]
    _, timeline = watched(film(tmp_path / "a.mp4", frames, times.tolist()))
    assert [round(one.start) for one in timeline.blinks] == [3, 6, 12, 15]


def test_nobody_for_a_while_is_said_to_be_nobody(tmp_path: Path) -> None:
    frames = [drawn(0.9, there=not 4 <= number / 15 < 8) for number in range(15 * 12)]
    found, timeline = watched(film(tmp_path / "a.mp4", frames, 15))
    seconds = document(found, timeline)["seconds"]
    assert [one["faces"] for one in seconds] == [1] * 4 + [0] * 4 + [1] * 4
    assert [one["state"] for one in seconds] == ["Awake"] * 4 + ["no face"] * 4 + ["Awake"] * 4
    assert np.isnan(seconds[5]["openness"]) and seconds[9]["openness"] == pytest.approx(0.9, abs=0.03)
    assert 7.4 < timeline.seen < 8  # who returns is found within a quarter of a second


def test_the_person_is_who_is_there_longest_and_largest(tmp_path: Path) -> None:
    """A small face is there before and after; in between both are."""
    frames = [drawn(0.9, there=2 <= number / 15 < 9, other=True) for number in range(150)]
    found, _ = watched(film(tmp_path / "a.mp4", frames, 15))
    assert [person.track for person in found.people] == [1, 0]
    assert found.people[0].side == pytest.approx(60) and found.people[1].side == pytest.approx(30)
    assert found.people[0].first == pytest.approx(2, abs=0.3)
    assert np.isfinite(found.samples.openness).any()
    assert found.samples.faces is not None and found.samples.faces.max() == 2


def test_eyes_of_small_faces_are_not_read(tmp_path: Path) -> None:
    frames = [drawn(0.9, there=False, other=True)] * 30
    _, timeline = watched(film(tmp_path / "a.mp4", frames, 15))
    assert timeline.seconds["faces"].tolist() == [1, 1] and timeline.verdict == "unknown"


def test_a_run_is_asked_less_often_and_in_batches(tmp_path: Path) -> None:
    stand_in = StandIn()
    path = film(tmp_path / "a.mp4", blinking(20, 30, [(10.0, 20.0)]), 30)
    found = watch(path, stand_in, stand_in, stand_in)
    assert stand_in.asked == 50  # 2.5 a second
    assert stand_in.batches == [64] * 9 + [24]  # 300 frames of two eyes
    timeline = judge(found.samples)
    seconds = document(found, timeline)["seconds"]
    assert seconds[15]["probabilities"]["Asleep"] == pytest.approx(0.95, abs=0.03)
    assert seconds[5]["probabilities"]["Awake"] == pytest.approx(0.9, abs=0.03)
    assert timeline.verdict == "Asleep"


def test_damage_in_the_middle_costs_its_frames(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 60, 3), np.uint8)
    frames = [drawn(0.9) for _ in range(240)]
    for frame in frames:
        frame[:80, 100:] = noise[:80]
    path = damage(film(tmp_path / "a.mp4", frames, 24), 0.5, 0.53)
    found, timeline = watched(path)
    assert found.unreadable > 0 and found.duration == pytest.approx(10, abs=0.2)
    assert timeline.seconds["state"][9] == "Awake" and len(timeline.seconds) == 10


def test_no_frame_outlives_its_judgement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is flat with length: of hundreds of pictures only few are alive at a time."""
    most = most_alive(monkeypatch)
    watched(film(tmp_path / "a.mp4", blinking(20, 15, BLINKS), 15))
    gc.collect()
    assert 1 <= most() <= clips.BATCH  # crops that wait may be views of their frame


def test_one_frame_is_a_clip(tmp_path: Path) -> None:
    found, timeline = watched(film(tmp_path / "a.mp4", [drawn(0.9)], 25))
    assert (found.looked_at, len(timeline.seconds), timeline.seconds["faces"][0]) == (1, 1, 1)


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a drawn person who moves, then one second of nobody."""
    frames = [person(60 + number, 40) for number in range(20)] + [person(400, 400)] * 10
    return film(tmp_path_factory.mktemp("clip") / "portrait.mp4", frames, 10)


def test_the_command_keeps_its_contract(fer: Callable[..., Ran], portrait: Path) -> None:
    ran = fer("clip", portrait, "--run", "expression", "--json")
    found = ran.document
    assert ran.code == 0
    assert {"fps", "duration", "seconds", "perclos", "alarms", "verdict"} <= set(found)
    assert found["fps"] == pytest.approx(10) and found["duration"] == pytest.approx(3)
    assert [one["t"] for one in found["seconds"]] == [0, 1, 2]
    assert [one["faces"] for one in found["seconds"]] == [1, 1, 0]
    for one in found["seconds"][:2]:
        assert set(one["probabilities"]) >= {"happiness", "neutral"}
        assert sum(one["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert 0 <= one["openness"] <= 1
    assert found["seconds"][2]["openness"] is None and found["seconds"][2]["probabilities"] == {}
    assert isinstance(found["verdict"], str) and isinstance(found["blinks"], int)


def test_people_get_a_summary(fer: Callable[..., Ran], portrait: Path) -> None:
    ran = fer("clip", portrait)
    assert ran.code == 0
    assert "0:03 at 10 frames a second; 30 frames looked at" in ran.out
    assert "no face" in ran.out and "PERCLOS" in ran.out


def test_a_clip_without_anybody_is_an_answer(fer: Callable[..., Ran], tmp_path: Path) -> None:
    ran = fer("clip", film(tmp_path / "a.mp4", [np.full((90, 120, 3), 99, np.uint8)] * 5, 10), "--json")
    assert ran.code == 0 and ran.document["verdict"] == "no face"
    assert ran.document["perclos"] is None and ran.document["alarms"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{empty}"], "empty.mp4 is empty"),
        (["nothing.mp4"], "nothing.mp4 was not found"),
        (["{portrait}", "--run", "expresion"], "did you mean 'expression'"),
        (["{portrait}", "--eyes", "expression"], "does not judge eyes"),
        (["{portrait}", "--rate", "0"], "the rate must lie above 0"),
        (["{portrait}", "--alarm-on", "0.2"], "alarm_off must not exceed alarm_on"),
    ],
)
def test_mistakes_are_one_sentence(
    fer: Callable[..., Ran], portrait: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "empty.mp4").touch()
    places = {"empty": tmp_path / "empty.mp4", "portrait": portrait}
    ran = fer("clip", *(argument.format(**places) for argument in arguments), "--json")
    assert ran.code == 2 and ran.out == ""
    assert sentence in ran.err and ran.err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "duration", "faces"),
    [
        ("fer/test.mp4", 4.6, 1),
        ("face_recognition/short_hamilton_clip.mp4", 9.2, 3),
        ("facenet_pytorch/video.mp4", 4.2, 5),
    ],
)
def test_real_clips_are_watched(
    fer: Callable[..., Ran], photos_zip: Path, tmp_path: Path, name: str, duration: float, faces: int
) -> None:
    import zipfile

    with zipfile.ZipFile(photos_zip) as archive:
        path = Path(archive.extract(name, tmp_path))
    found = fer("clip", path, "--run", "expression", "--json").document
    assert found["duration"] == pytest.approx(duration, abs=0.05)
    assert max(one["faces"] for one in found["seconds"]) >= faces
    assert found["frames"]["unreadable"] == 0 and (found["seen"] > 1) == (name != "facenet_pytorch/video.mp4")
