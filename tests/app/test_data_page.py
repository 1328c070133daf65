"""The page Data: what it says of a data set is what the commands say, and it opens only what it may."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.charts.data import MOST_LABELS, label_bars, subject_bars
from app.components import data_choice
from app.components.data_choice import OTHER
from app.services import datasets
from tests.app import world

Open = Callable[..., AppTest]
FINDINGS, FACES = "What is wrong with it", "Faces"


def said(page: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*page.markdown, *page.caption, *page.html, *page.info, *page.warning])


@pytest.fixture(autouse=True)
def sits_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's browser has no address; it counts as one on this machine."""
    monkeypatch.setattr(data_choice, "away", lambda: False)


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders with a twin across splits, a contradiction, a damaged file and one without contrast."""
    root = tmp_path_factory.mktemp("messy") / "faces"
    faces = {
        "train/happy/a.png": world.face(1, "happiness"),
        "train/sad/b.png": world.face(2, "sadness"),
        "train/sad/again.png": world.face(1, "happiness"),
        "test/happy/c.png": world.face(1, "happiness"),
        "test/sad/d.png": world.face(3, "sadness"),
        "test/sad/blank.png": Image.new("RGB", (48, 48), (90, 90, 90)),
    }
    for name, picture in faces.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        picture.save(place)
    (root / "test/sad/broken.png").write_bytes(b"no picture")
    return root


def test_what_is_in_it_is_what_the_command_says(messy: Path, no_runs: Path, open_page: Open, fer: Callable) -> None:
    page = open_page("data", data=OTHER, data_at=str(messy))
    assert not page.exception and not page.error
    found = fer("data", "describe", messy, "--json").document
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown == {"Pictures": str(found["n"]), "Labels": "2", "People": "0"} and found["n"] == 7
    assert f"{found['n'] - found['readable']} cannot be read" in said(page)
    counts = datasets.label_counts(found)
    assert counts.groupby("label")["n"].sum().to_dict() == found["labels"]


def test_what_is_wrong_is_what_the_command_says(messy: Path, no_runs: Path, open_page: Open, fer: Callable) -> None:
    page = open_page("data", data=OTHER, data_at=str(messy), data_section=FINDINGS)
    assert not page.exception and not page.error
    found = fer("data", "audit", messy, "--json").document
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Superfluous copies"] == str(found["exact"]["copies"]) == "2"
    assert shown["Contradictions"] == "1"
    assert "also stand in train" in said(page) and "labels contradict" in said(page)
    assert [one.label for one in page.expander] == ["Cannot be read: 1", "Without contrast: 1"]
    table = page.dataframe[0].value.set_index("what")
    assert table.loc["groups", "exact twins"] == found["exact"]["groups"]
    across = found["exact"]["across"][0]["pictures"]["test"]
    assert table.loc["pictures in test, another in train", "exact twins"] == across == 1
    assert said(page).count("data:image/jpeg") == 3  # the three twins, side by side


def test_faces_are_leafed_through_by_label_person_and_split(no_runs: Path, open_page: Open) -> None:
    page = open_page("data", data=datasets.DRAWN, data_section=FACES, face_label="Asleep", face_of="p0003")
    assert not page.exception and not page.error
    assert page.selectbox(key="face_label").value == "Asleep" and page.selectbox(key="face_of").value == "p0003"
    assert "1 to 6 of 6" in said(page) and said(page).count("Asleep · p0003</figcaption>") == 6
    page.selectbox(key="face_label").set_value("all").run()
    page.selectbox(key="face_of").set_value("all").run()
    page.select_slider(key="face_page").set_value("7").run()
    assert "145 to 162 of 162" in said(page)
    page.selectbox(key="face_split").set_value("test").run()
    assert "of 18, in the order" in said(page)  # one person of nine


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("/nowhere/at/all", "No data at /nowhere/at/all"),
        ("people:subject=3", "unknown key"),
        ("people:subjects=500,frames=20", "looks at 20,000 at most"),
        ("/dev/zero", "neither a folder nor a file"),
        ("x" * 900, "no path"),
        ("<img src=x>/![a](http://b)", "No data at"),
        ("a + ", "No data at a"),
    ],
)
def test_a_hostile_path_is_one_sentence(asked: str, sentence: str, no_runs: Path, open_page: Open) -> None:
    page = open_page("data", data=OTHER, data_at=asked)
    assert not page.exception and len(page.error) == 1
    assert sentence.lower() in page.error[0].value.replace("\\", "").lower()


def test_groups_are_those_of_the_command(no_runs: Path, open_page: Open, fer: Callable) -> None:
    page = open_page("data", data=datasets.DRAWN)
    assert not page.exception and not page.error
    found = fer("data", "describe", datasets.DRAWN, "--json").document
    shown = page.dataframe[0].value
    assert shown["Asleep"].tolist() == [one["labels"]["Asleep"] for one in found["groups"]] == [6] * 9
    assert shown["subjects"].sum() == found["subjects"]["n"] == 9
    text = fer("data", "describe", datasets.DRAWN).out
    assert ["0", "1", "18", "6", "6", "6"] in [line.split() for line in text.splitlines()]


def test_an_empty_line_asks(no_runs: Path, open_page: Open) -> None:
    page = open_page("data", data=OTHER)
    assert not page.exception and not page.error and "Type the path" in said(page)


def test_from_another_machine_only_the_data_folders_are_seen(messy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_DATA", str(messy.parent / "other"))
    with pytest.raises(ValueError, match="from another machine"):
        datasets.opened(str(messy), at_home=False)
    monkeypatch.setenv("FER_DATA", str(messy.parent))
    assert len(datasets.opened("faces", at_home=False)) == 7
    with pytest.raises(ValueError, match="from another machine"):
        datasets.opened("faces/../../..", at_home=False)
    assert datasets.known() == ("faces",)


def test_a_disk_is_no_data_set(messy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "MOST_FILES", 3)
    with pytest.raises(ValueError, match="more than 3 files"):
        datasets.opened(str(messy), at_home=True)


def test_many_pictures_are_read_only_when_asked(
    messy: Path, no_runs: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "AT_ONCE", 3)
    page = open_page("data", data=OTHER, data_at=str(messy))
    assert not page.metric and "7 pictures" in said(page)
    page.button(key="data.agree").click().run()
    assert page.metric[0].value == "7"


def test_thousands_of_labels_are_cut_and_said_so() -> None:
    labels = [f"someone {number}" for number in range(3000)]
    bars = label_bars(pd.DataFrame({"label": labels, "split": "none", "n": 2}), labels=labels)
    assert len(bars.data[0].y) == MOST_LABELS and "the first 40 of 3,000 labels" in bars.layout.title.subtitle.text
    people = pd.DataFrame([{"subject": "a", "n": 3000, "sessions": 1, **dict.fromkeys(labels, 1)}])
    columns = subject_bars(people, labels=labels, total=1)
    assert len(columns.data) == MOST_LABELS + 1 and sum(one.y[0] for one in columns.data) == 3000
