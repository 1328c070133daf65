"""Labels of videos, second by second: read, checked, and matched with files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fer_core.data.videos import CutOptions, prepare_videos
from fer_core.data.videos.coding import Coding, match, read_codings, read_sidecar
from fer_core.faces import FaceFinder


def table(path: Path, rows: list[dict[str, Any]]) -> Path:
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [{"video": "p1", "second": 0, "label": "tired"}, {"video": "p1", "second": 1, "label": "bored"}],
            "bored, tired",
        ),
        ([{"video": "p1", "second": "x", "label": "Awake"}], "'second' must be seconds, got 'x' in row 2"),
        ([{"video": "p1", "start": 5, "end": 5, "label": "Awake"}], "times must grow .* row 2"),
        ([{"video": "p1", "second": 1, "label": one} for one in ("Awake", "Drowsy")], "second 1 of p1 has the labels"),
        ([{"video": "p1", "label": "Awake"}], "second,label or start,end,label"),
        ([{"second": 1, "label": "Awake"}], "needs a column 'video'"),
        ([{"video": "p9", "second": 1, "label": "Awake"}], "no video has labels: labels.csv labels none of them"),
        (
            [{"video": "p1", "second": second, "label": "Awake", "subject": f"p{second}"} for second in range(2)],
            "subjects p0 and p1; a video has one",
        ),
    ],
)
def test_wrong_labels_are_one_sentence(tmp_path: Path, rows: list[dict[str, Any]], sentence: str) -> None:
    (tmp_path / "p1.mp4").touch()
    labels = table(tmp_path / "labels.csv", rows)
    with pytest.raises(ValueError, match=sentence):
        prepare_videos([tmp_path / "p1.mp4"], labels, tmp_path / "out", FaceFinder(), CutOptions())
    assert not (tmp_path / "out").exists()


def test_ranges_end_before_their_end(tmp_path: Path) -> None:
    rows = [
        {"video": "v", "start": 0, "end": 2, "label": "open"},
        {"video": "v", "start": 2, "end": 3, "label": "closed"},
    ]
    assert read_codings(table(tmp_path / "l.csv", rows))["v"].labels == {0: "open", 1: "open", 2: "closed"}


def test_a_table_beside_the_video_is_found(tmp_path: Path) -> None:
    video = tmp_path / "v.mp4"
    assert read_sidecar(video) is None
    table(tmp_path / "v.csv", [{"second": 1, "label": "Awake"}])
    assert read_sidecar(video) == Coding({1: "Awake"})
    table(tmp_path / "v.mp4.csv", [{"second": 2, "label": "Drowsy"}])
    assert read_sidecar(video) == Coding({2: "Drowsy"})


def test_names_are_matched_by_path_or_stem() -> None:
    videos = [Path("x/a/n.mp4"), Path("x/b/n.mp4"), Path("x/c.mov")]
    found, strangers = match(videos, {"a/n.mp4": Coding({1: "Awake"}), "c": Coding({2: "Awake"}), "d": Coding()})
    assert {str(path): min(coding.labels) for path, coding in found.items()} == {"x/a/n.mp4": 1, "x/c.mov": 2}
    assert strangers == ["d"]
    with pytest.raises(ValueError, match=r"'n.mp4' may be x/a/n.mp4 or x/b/n.mp4"):
        match(videos, {"n.mp4": Coding()})
