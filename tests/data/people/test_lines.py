"""``people:`` lines: what they say, the table they give, and that pictures are drawn once and known by their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.data import decode, open_data
from fer_core.data.dataset import COLUMNS
from fer_core.data.people import People, openness, read_line
from fer_core.data.people.source import Drawings
from fer_core.labels import DROWSINESS, EXPRESSIONS
from fer_core.pictures import open_picture

EVERYTHING = "people:subjects=5,sessions=3,states=expressions,frames=2,size=64,seed=4,first=7,groups=3,split=train"


def test_what_is_not_named_has_its_default() -> None:
    assert read_line("people:") == People() == read_line("people: sessions=2 , frames=20,")
    said = "subjects=27,sessions=2,states=drowsiness,frames=20,size=160,seed=0,first=0,groups=9,split=all"
    assert People().line() == f"people:{said}" and read_line(People().line()) == People()


def test_every_key_counts() -> None:
    wanted = read_line(EVERYTHING)
    assert wanted == People(5, 3, "expressions", 2, 64, 4, 7, 3, "train") and wanted.line() == EVERYTHING
    assert wanted.name == "people-p0007-p0011-expressions"


def test_all_mistakes_are_in_one_sentence() -> None:
    line = "people:subjct=3,frames=0,size=9999,seed=-1,states=moods,split=dev,groups,first=1,first=2,sessions=1.5"
    with pytest.raises(ValueError) as told:
        read_line(line)
    sentence = str(told.value)
    assert "\n" not in sentence and sentence.startswith(line)
    for part in (
        "unknown key 'subjct'; did you mean 'subjects'",
        "frames must be a whole number from 1 to 100,000, got 0",
        "size must be a whole number from 32 to 512, got 9999",
        "seed must be a whole number from 0 to 2,147,483,647, got -1",
        "unknown states 'moods'",
        "unknown split 'dev'",
        "groups needs a value",
        "first is given twice",
        "sessions must be a whole number from 1 to 1,000, got 1.5",
    ):
        assert part in sentence
    with pytest.raises(ValueError, match="asks for 12,000,000 pictures; at most 500,000"):
        read_line("people:subjects=100000")


@pytest.mark.parametrize(
    ("subjects", "groups", "people"),
    [
        (9, 9, {"train": 7, "validation": 1, "test": 1}),
        (27, 9, {"train": 21, "validation": 3, "test": 3}),
        (10, 5, {"train": 6, "validation": 2, "test": 2}),
        (3, 9, {"train": 1, "validation": 1, "test": 1}),
        (2, 9, {"train": 1, "test": 1}),
        (1, 9, {}),
        (6, 1, {}),
    ],
)
def test_people_are_dealt_into_splits(subjects: int, groups: int, people: dict[str, int]) -> None:
    data = open_data(f"people:subjects={subjects},groups={groups},frames=1")
    assert data.table.groupby("split")["subject"].nunique().to_dict() == people and data.splits == tuple(people)
    assert data.table.groupby("subject")["split"].nunique().max() <= 1
    assert data.table["group"].nunique() == min(subjects, groups)
    if not people:
        assert data.table["split"].isna().all()


def test_a_split_alone_is_that_part_of_the_whole() -> None:
    line = "people:subjects=6,groups=3,frames=2"
    whole = open_data(line)
    for split in ("train", "validation", "test"):
        part = open_data(f"{line},split={split}")
        expected = whole.select(split)
        pd.testing.assert_frame_equal(part.table, expected.table)
        assert part.stamp not in (whole.stamp, expected.stamp)
    with pytest.raises(ValueError, match="split=validation is empty, because 2 subjects fall into 2 groups and three"):
        open_data("people:subjects=2,split=validation")


def test_ranges_share_people_only_where_they_overlap() -> None:
    first, second, across = (
        open_data(f"people:subjects={n},first={start},frames=2,size=48")
        for n, start in ((4, 0), (4, 4), (4, 2))
    )  # fmt: skip
    assert not set(first.table["path"]) & set(second.table["path"])
    assert not set(first.table["subject"]) & set(second.table["subject"])
    both = set(first.table["subject"]) & set(across.table["subject"])
    assert both == {"p0002", "p0003"}
    truth = [name for name in first.table if name not in ("split", "group")]
    here, there = (
        data.table[data.table["subject"].isin(both)].reset_index(drop=True)[truth] for data in (first, across)
    )
    pd.testing.assert_frame_equal(here, there)
    np.testing.assert_array_equal(first.files.picture(here["path"][0]), across.files.picture(here["path"][0]))


@pytest.mark.parametrize(("states", "labels"), [("drowsiness", DROWSINESS), ("expressions", EXPRESSIONS)])
def test_the_table(states: str, labels: tuple[str, ...]) -> None:
    data = open_data(f"people:subjects=3,sessions=2,frames=4,states={states},seed=1")
    table = data.table
    assert data.synthetic and len(data) == 3 * 2 * 4 * len(labels) and tuple(table.columns[:6]) == COLUMNS
    assert set(data.labels) == set(labels) == set(table["label"])
    truth = {"lid_left", "lid_right", "openness_left", "openness_right", "gaze_x", "gaze_y", "mouth", "yaw", "pitch"}
    truth |= {"roll", "base_lid", "base_mouth", "base_pitch"}
    assert set(table.columns) == {*COLUMNS, *truth, "group", "occluder"}
    assert all(table[name].dtype == np.float64 for name in (*truth, "time")) and table["group"].dtype == np.int64
    assert not table.isna().any().any() and not table["path"].duplicated().any()
    assert set(table["time"]) == {0.0, 0.5, 1.0, 1.5} and set(table["session"]) == {"s0", "s1"}
    assert sorted(set(table["subject"])) == ["p0000", "p0001", "p0002"]
    assert table.groupby(["subject", "session", "label"]).size().eq(4).all()
    assert (table["openness_left"] == table["lid_left"].map(openness)).all() and set(table["occluder"]) == {"none"}
    assert table.groupby("subject")["base_lid"].nunique().eq(1).all() and table["base_lid"].nunique() == 3


def test_the_table_says_what_the_picture_shows() -> None:
    data = open_data("people:subjects=2,frames=3,size=32")
    files = data.files
    assert isinstance(files, Drawings)
    for row in (0, 8, 17, 30):
        said, truth = data.table.iloc[row], files.draw(data.table["path"][row])[1]
        assert (said["lid_left"], said["lid_right"]) == truth.lids and (said["gaze_x"], said["gaze_y"]) == truth.gaze
        assert (said["mouth"], said["yaw"], said["pitch"]) == (truth.mouth, truth.yaw, truth.pitch)
        assert said["roll"] == pytest.approx(truth.roll)


def test_bytes_are_a_png_of_the_picture() -> None:
    data = open_data("people:subjects=1,frames=1,size=48")
    np.testing.assert_array_equal(open_picture(data.read(1)), data.picture(1))
    assert data.files.head(data.table["path"][1]) == data.read(1)[:1024]


def test_a_decoded_data_set_is_not_drawn_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nor do pixels count for its fingerprint: another processor may round one of them differently."""
    line, drawn = "people:subjects=2,frames=1,size=32,seed=77", []
    plain = Drawings.picture

    def counted(self: Drawings, name: str) -> np.ndarray:
        drawn.append(name)
        return plain(self, name) ^ np.uint8(len(drawn) > 12)

    monkeypatch.setattr(Drawings, "picture", counted)
    monkeypatch.setenv("FER_CACHE", str(tmp_path / "one"))
    first, again = decode(open_data(line), 32), decode(open_data(line), 32)
    assert len(drawn) == 12 and first.readable.all()
    np.testing.assert_array_equal(first.pixels, again.pixels)
    monkeypatch.setenv("FER_CACHE", str(tmp_path / "two"))
    other = decode(open_data(line), 32)
    assert len(drawn) == 24 and not np.array_equal(other.pixels, first.pixels)
    assert first.fingerprint == again.fingerprint == other.fingerprint
    assert first.about["hash"].is_unique and first.about["hash"].equals(other.about["hash"])
    for change in ("seed=78", "seed=77,first=1", "seed=77,groups=1"):
        assert decode(open_data(line.replace("seed=77", change)), 32).fingerprint != first.fingerprint


def test_threads_decode_what_one_draws() -> None:
    data = open_data("people:subjects=2,frames=3,size=48,seed=6")
    decoded = decode(data, 48)
    for row in (0, 5, 20, 35):
        np.testing.assert_array_equal(decoded.pixels[row], data.picture(row))
