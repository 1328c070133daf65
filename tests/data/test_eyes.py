"""`fer data eyes`: what is cut, what is written beside it, and that nobody is in two splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_core.contracts import FaceBox
from fer_core.data import decode, open_data
from fer_core.data.eyes import build, deal
from fer_core.data.preparation import prepare
from fer_core.faces import FaceFinder
from fer_core.framing import eye_crops
from fer_core.labels import EYES
from fer_core.pictures import open_picture
from fer_core.sections import Data
from tests.drawn_face import LANDMARKS, face


def eye_set(root: Path, people: int = 7) -> Path:
    """Eye crops of people whose share of open eyes grows from none to all; two of them cannot be used."""
    rng = np.random.default_rng(0)
    root.mkdir()
    rows = []
    for person in range(people):
        for number in range(people - 1):
            path = f"p{person}_{number}.png"
            cv2.imwrite(str(root / path), rng.integers(0, 256, (40, 40), dtype=np.uint8))
            rows.append({"path": path, "label": ("closed", "Open")[int(number < person)], "subject": f"p{person}"})
    (root / "broken.png").write_bytes(b"")
    rows.append({"path": "broken.png", "label": "open", "subject": "p0"})
    rows.append({"path": "p0_0.png", "label": "half", "subject": "p0"})
    pd.DataFrame(rows).to_csv(root / "manifest.csv", index=False)
    return root


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three drawn people whose table says how far their eyes are open; one picture shows nobody."""
    root = tmp_path_factory.mktemp("faces") / "drawn"
    root.mkdir()
    rows = []
    for person, (left, right) in enumerate(((1.0, 0.75), (0.25, None), (0.5, 0.0))):
        Image.fromarray(face(160, (205 - 20 * person, 165, 140))).save(root / f"q{person}.png")
        rows.append({"path": f"q{person}.png", "label": "Awake", "subject": f"q{person}", "session": "s0"})
        rows[-1] |= {"openness_left": left, "openness_right": right}
    Image.fromarray(np.zeros((160, 160, 3), np.uint8)).save(root / "nobody.png")
    rows.append(rows[0] | {"path": "nobody.png"})
    pd.DataFrame(rows).to_csv(root / "manifest.csv", index=False)
    return root


class Knowing(FaceFinder):
    """Knows where the drawn person's eyes are: the detector has tests of its own, and takes seconds."""

    def find(self, picture: np.ndarray) -> tuple[FaceBox, ...]:
        side = float(picture.shape[0])
        return (FaceBox((0, 0, side, side), 0.99, (LANDMARKS * side).astype(np.float32)),) if picture.any() else ()


def test_labelled_eyes_are_taken_as_they_are(fer: Callable, tmp_path: Path) -> None:
    root = eye_set(tmp_path / "lids")
    ran = fer("data", "eyes", root, "--out", tmp_path / "out", "--folds", 3, "--json")
    assert ran.code == 0, ran.err
    document = ran.document
    assert document["sources"]["lids"] == {
        "pictures": 44,
        "eyes": 42,
        "left_out": {"unreadable": 1, "no label closed or open": 1},
    }
    table = pd.read_csv(tmp_path / "out/manifest.csv", keep_default_na=False)
    assert list(table) == ["path", "label", "subject", "session", "split", "source", "p_closed", "p_open"]
    assert len(table) == document["n"] == 42 and set(table["label"]) == set(EYES) and set(table["p_open"]) == {""}
    assert {split: one["n"] for split, one in document["splits"].items()} == table["split"].value_counts().to_dict()
    for path in table["path"]:
        kept = cv2.imread(str(tmp_path / "out" / path), cv2.IMREAD_GRAYSCALE)
        np.testing.assert_array_equal(kept, cv2.imread(str(root / Path(path).name), cv2.IMREAD_GRAYSCALE))
    again = fer("data", "eyes", root, "--out", tmp_path / "again", "--folds", 3)
    assert again.code == 0 and "left out: 1 unreadable" in again.out
    assert (tmp_path / "again/manifest.csv").read_bytes() == (tmp_path / "out/manifest.csv").read_bytes()


def test_people_are_whole_and_tested_once(tmp_path: Path) -> None:
    data = open_data(eye_set(tmp_path / "lids", people=9))
    tested: list[str] = []
    for fold in range(4):
        splits = build([data], tmp_path / str(fold), fold, 4)["splits"]
        people = [person for one in splits.values() for person in one["subjects"]]
        assert len(people) == len(set(people)) == 9 and set(splits) == {"train", "validation", "test"}
        tested += splits["test"]["subjects"]
        # Dealt by their share of open eyes: each fold has both states.
        assert all(count > 0 for one in splits.values() for count in one["labels"].values())
    assert sorted(tested) == [f"p{person}" for person in range(9)]
    assert sorted(deal(data, 4).values()) == [0, 0, 0, 1, 1, 2, 2, 3, 3]


def test_eyes_are_cut_from_faces_with_their_openness(faces: Path, tmp_path: Path) -> None:
    found = build(
        [open_data(faces), open_data(eye_set(tmp_path / "lids"))], tmp_path / "out", folds=3, finder=Knowing()
    )
    drawn = found["sources"]["drawn"]
    assert drawn == {"pictures": 4, "eyes": 5, "left_out": {"openness unknown": 1, "no face found": 1}}
    table = pd.read_csv(tmp_path / "out/manifest.csv").set_index("path")
    cut = table[table["source"] == "drawn"]
    assert cut["label"].to_dict() == {
        "drawn/q0-left.png": "open",
        "drawn/q0-right.png": "open",
        "drawn/q1-left.png": "closed",
        "drawn/q2-left.png": "open",
        "drawn/q2-right.png": "closed",
    }
    assert cut["p_open"].tolist() == [1, 0.75, 0.25, 0.5, 0] and np.allclose(cut["p_open"] + cut["p_closed"], 1)
    assert cut["session"].eq("s0").all() and cut.groupby("subject")["split"].nunique().eq(1).all()
    picture = open_picture((faces / "q0.png").read_bytes())
    wanted = eye_crops(picture, LANDMARKS * 160, 64)
    for side, crop in zip(("left", "right"), wanted, strict=True):
        kept = open_picture((tmp_path / f"out/drawn/q0-{side}.png").read_bytes())
        np.testing.assert_array_equal(kept, crop)
    data = open_data(tmp_path / "out")
    prepared = prepare(data, decode(data, 32, grey=True), EYES, Data(), 0)
    row = int(np.flatnonzero(data.table["path"] == "drawn/q1-left.png")[0])
    assert prepared.targets[row].tolist() == [0.75, 0.25] and prepared.labels[row] == 0


def test_rendered_people_only_train_beside_real_ones(faces: Path, tmp_path: Path) -> None:
    drawn = replace(open_data(faces), synthetic=True)
    splits = build([open_data(eye_set(tmp_path / "lids")), drawn], tmp_path / "both", folds=3, finder=Knowing())[
        "splits"
    ]
    assert {"q0", "q1", "q2"} < set(splits["train"]["subjects"])
    assert all(person.startswith("p") for split in ("validation", "test") for person in splits[split]["subjects"])
    alone = build([drawn], tmp_path / "alone", folds=3, finder=Knowing())["splits"]
    assert [len(one["subjects"]) for one in alone.values()] == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{lids}", "--out", "{lids}"], "already holds something; choose another --out"),
        (["{lids}", "--out", "{new}", "--fold", "6"], "fold in 0 ... folds - 1, got folds 6 and fold 6"),
        (["{lids}", "--out", "{new}", "--folds", "8"], "lids has 7 people, fewer than 8 folds; give --folds"),
        (["{lids}", "{lids}", "--out", "{new}"], "data sets must differ in name, got lids, lids"),
        (["{nameless}", "--out", "{new}"], "nameless names no subjects, so people cannot be kept whole"),
        (
            ["{lids}", "{moods}", "--out", "{new}", "--folds", "3"],
            "moods holds neither eye crops labelled closed and open nor",
        ),
        (["{wide}", "--out", "{new}", "--folds", "3"], "1.png: openness must lie in [0, 1], got 1.5"),
        (["{new}", "--out", "{new}"], "no data at"),
    ],
)
def test_mistakes_exit_with_two(fer: Callable, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    places = {name: tmp_path / name for name in ("lids", "nameless", "moods", "wide", "new")}
    eye_set(places["lids"])
    for name, columns in (
        ("nameless", {"label": "open"}),
        ("moods", {"label": "happy", "subject": ["a", "b", "c"]}),
        ("wide", {"label": "Awake", "subject": ["a", "b", "c"], "openness": [0.5, 1.5, ""]}),
    ):
        places[name].mkdir()
        for number in range(3):
            Image.fromarray(np.full((20, 20, 3), 40 * number, np.uint8)).save(places[name] / f"{number}.png")
        table = pd.DataFrame({"path": ["0.png", "1.png", "2.png"]}).assign(**columns)
        table.to_csv(places[name] / "manifest.csv", index=False)
    ran = fer("data", "eyes", *(one.format(**places) for one in arguments), "--json")
    assert ran.code == 2 and ran.out == "" and sentence in ran.err and "Traceback" not in ran.err
    assert not places["new"].exists()
