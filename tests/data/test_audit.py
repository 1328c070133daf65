"""The audit's document against a slow count by hand, and both documents on small data sets from disk."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_core.data import open_data
from fer_core.data.audit import audit, findings
from fer_core.data.describe import describe


def photos(count: int, seed: int = 0) -> np.ndarray:
    """(count, 48, 48) uint8 random textures, each unlike the others."""
    rng = np.random.default_rng(seed)
    return np.stack(
        [
            sum(cv2.resize(rng.uniform(0, 125, (n, n)), (48, 48), interpolation=cv2.INTER_CUBIC) for n in (7, 18))
            for _ in range(count)
        ]
    ).clip(0, 255).astype(np.uint8)  # fmt: skip


def sample(
    splits: list[str | None], labels: list[str | None], subjects: list[str | None] | None = None
) -> pd.DataFrame:
    rows = len(splits)
    paths = [f"{row}.png" for row in range(rows)]
    subjects = [None] * rows if subjects is None else subjects
    return pd.DataFrame({"path": paths, "label": labels, "subject": subjects, "split": splits}, dtype=object)


class TestFindings:
    def test_counts_equal_a_slow_count(self) -> None:
        rng = np.random.default_rng(4)
        content = rng.integers(0, 25, 60)
        table = sample(rng.choice(["train", "validation", "test"], 60).tolist(), rng.choice(["a", "b"], 60).tolist())
        found = findings(photos(25)[content], content.astype(str), table)
        split, label = table["split"].tolist(), table["label"].tolist()

        def twinned(one: str, other: str) -> int:
            return sum(
                split[i] == one and any(content[i] == content[j] and split[j] == other for j in range(60) if j != i)
                for i in range(60)
            )

        repeated = [value for value in set(content.tolist()) if (content == value).sum() > 1]
        exact = found["exact"]
        assert exact["groups"] == len(repeated) == len(found["duplicate_groups"])
        assert exact["pictures"] == sum((content == value).sum() for value in repeated)
        assert exact["copies"] == 60 - len(set(content.tolist()))
        assert exact["within"] == {name: twinned(name, name) for name in ("train", "validation", "test")}
        for pair in exact["across"]:
            one, other = pair["splits"]
            assert pair["pictures"] == {one: twinned(one, other), other: twinned(other, one)}
        contradicting = [v for v in repeated if len({label[i] for i in range(60) if content[i] == v}) > 1]
        assert exact["conflicting"] == len(contradicting) > 0
        assert found["near"]["groups"] == found["near"]["pairs"] == 0

    def test_look_alikes_count_beside_exact_twins(self) -> None:
        """0 and 1 are exact twins across the splits, 2 is the same photo brighter, 3 and 4 a pair within train."""
        first, second = photos(2)
        brighter = [(picture * 0.6 + 60).astype(np.uint8) for picture in (first, second)]
        table = sample(["train", "validation", "validation", "train", "train"], ["a", "a", "b", "b", None])
        found = findings(np.stack([first, first, brighter[0], second, brighter[1]]), np.array(list("xxyzw")), table)
        assert found["exact"]["across"] == [
            {"splits": ["train", "validation"], "pictures": {"train": 1, "validation": 1}}
        ]
        near = found["near"]
        assert (near["groups"], near["pictures"], near["pairs"], near["conflicting"]) == (2, 5, 2, 1)
        assert near["within"] == {"train": 2, "validation": 2}
        assert near["across"] == [{"splits": ["train", "validation"], "pictures": {"train": 0, "validation": 1}}]

    def test_no_label_contradicts_nobody(self) -> None:
        pixels = np.repeat(photos(1), 3, axis=0)
        found = findings(pixels, np.array(["x", "x", "x"]), sample(["train"] * 3, ["a", None, "a"]))
        assert found["exact"]["conflicting"] == 0

    def test_unreadable_pictures_are_nobodys_twins(self) -> None:
        found = findings(np.zeros((3, 48, 48), np.uint8), np.array(["", "", ""]), sample([None] * 3, ["a"] * 3))
        assert found["exact"]["groups"] == found["near"]["groups"] == 0 and found["blank"] == []
        assert found["splits"] == {"none": 3}

    def test_blank_pictures_are_named(self) -> None:
        pixels = np.concatenate([photos(1), np.full((2, 48, 48), 200, np.uint8)])
        found = findings(pixels, np.array(["x", "y", "y"]), sample(["train"] * 3, ["a", "a", "b"]))
        assert found["blank"] == ["1.png", "2.png"] and found["exact"]["conflicting"] == 1

    def test_shared_subjects(self) -> None:
        table = sample(["train", "train", "test", "test", "test"], ["a"] * 5, ["p1", "p1", "p1", "p2", None])
        found = findings(photos(5), np.array(list("abcde")), table)
        assert found["shared_subjects"] == [{"subject": "p1", "pictures": {"train": 2, "test": 1}}]

    def test_no_pictures_at_all(self) -> None:
        found = findings(np.zeros((0, 48, 48), np.uint8), np.array([], dtype=str), sample([], []))
        assert found["n"] == 0 and found["duplicate_groups"] == []

    def test_groups_as_json(self) -> None:
        pixels = np.repeat(photos(2), 2, axis=0)
        found = findings(pixels, np.array(list("xxyy")), sample(["train"] * 4, ["a", "b", "a", "a"]))
        groups = found["duplicate_groups"]
        assert [group["conflict"] for group in groups] == [True, False]
        assert [[one["path"] for one in group["pictures"]] for group in groups] == [
            ["0.png", "1.png"],
            ["2.png", "3.png"],
        ]
        assert json.loads(json.dumps(found, allow_nan=False)) == found

    def test_lengths_must_agree(self) -> None:
        with pytest.raises(ValueError, match="one length, got 2, 1, 2"):
            findings(photos(2), np.array(["x"]), sample(["train"] * 2, ["a"] * 2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Class folders: an exact twin across the splits under another label, a look-alike in JPEG, a broken file."""
    pixels = photos(12, seed=9)
    for split, first in (("train", 0), ("test", 6)):
        for place, label in enumerate(("happy", "sad")):
            (tmp_path / split / label).mkdir(parents=True)
            for number in range(3):
                row = first + 3 * place + number
                cv2.imwrite(str(tmp_path / split / label / f"{row}.png"), pixels[row])
    cv2.imwrite(str(tmp_path / "test" / "sad" / "twin.png"), pixels[0])
    cv2.imwrite(str(tmp_path / "test" / "happy" / "alike.jpg"), pixels[1])
    (tmp_path / "train" / "sad" / "broken.png").write_bytes(b"\x89PNG no more")
    return tmp_path


def test_audit_of_a_folder(folder: Path) -> None:
    found = audit(open_data(folder))
    assert (found["n"], found["readable"]) == (15, 14)
    assert [one["path"] for one in found["unreadable"]] == ["train/sad/broken.png"]
    assert found["unreadable"][0]["reason"].startswith("train/sad/broken.png")
    assert found["exact"]["across"] == [{"splits": ["train", "test"], "pictures": {"train": 1, "test": 1}}]
    assert found["near"]["across"] == [{"splits": ["train", "test"], "pictures": {"train": 1, "test": 1}}]
    groups = [(one["kind"], one["conflict"], {p["path"] for p in one["pictures"]}) for one in found["duplicate_groups"]]
    assert groups == [
        ("exact", True, {"train/happy/0.png", "test/sad/twin.png"}),
        ("near", False, {"train/happy/1.png", "test/happy/alike.jpg"}),
    ]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_describe_a_folder(folder: Path) -> None:
    found = describe(open_data(folder))
    assert (found["n"], found["readable"], found["unlabelled"]) == (15, 14, 0)
    assert found["labels"] == {"happiness": 7, "sadness": 8}
    assert found["splits"]["train"] == {
        "n": 7, "labels": {"happiness": 3, "sadness": 4}, "unlabelled": 0, "subjects": 0,
    }  # fmt: skip
    assert found["subjects"] == {"n": 0, "without": 15, "pictures": None, "per_subject": []}
    assert found["sizes"]["most_common"] == [{"width": 48, "height": 48, "n": 14}]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_describe_people(tmp_path: Path) -> None:
    pixels = photos(6)
    rows = []
    for row, (subject, session, label) in enumerate(
        [("p1", "s0", "Awake"), ("p1", "s1", "Drowsy"), ("p1", "s1", "Awake"), ("p2", "s0", "Awake"), ("", "", ""),
         ("p2", "s0", "asleep")]
    ):  # fmt: skip
        cv2.imwrite(str(tmp_path / f"{row}.png"), cv2.resize(pixels[row], (48, 60) if row == 5 else (48, 48)))
        rows.append({"path": f"{row}.png", "label": label, "subject": subject, "session": session, "time": row})
    pd.DataFrame(rows).to_csv(tmp_path / "manifest.csv", index=False)
    found = describe(open_data(tmp_path))
    assert found["labels"] == {"Asleep": 1, "Drowsy": 1, "Awake": 3} and found["unlabelled"] == 1
    assert list(found["splits"]) == ["none"] and found["splits"]["none"]["subjects"] == 2
    assert found["subjects"]["pictures"] == {"min": 2, "median": 2.5, "max": 3} and found["subjects"]["without"] == 1
    assert found["subjects"]["per_subject"][0] == {
        "subject": "p1", "n": 3, "sessions": 2, "labels": {"Asleep": 0, "Drowsy": 1, "Awake": 2},
    }  # fmt: skip
    assert found["sessions"] == {"n": 3, "without": 1, "per_subject": {"min": 1, "median": 1.5, "max": 2}}
    assert found["timed"] == 6
    assert found["sizes"]["distinct"] == 2 and found["sizes"]["height"] == {"min": 48, "median": 48, "max": 60}


@pytest.mark.slow
def test_fer2013_has_the_published_twins(fer2013_zip: Path) -> None:
    """280 of 3,589 validation pictures have an exact twin in train; 1,532 of 1,853 copies need no private test."""
    found = audit(open_data(fer2013_zip))
    assert (found["n"], found["readable"]) == (32298, 32298)
    assert found["exact"]["across"] == [
        {"splits": ["train", "validation"], "pictures": {"train": 351, "validation": 280}}
    ]
    assert (found["exact"]["groups"], found["exact"]["copies"], found["exact"]["conflicting"]) == (1273, 1532, 47)
    assert 250 <= found["near"]["across"][0]["pictures"]["validation"] <= 275
