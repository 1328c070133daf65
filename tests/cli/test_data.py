"""`fer data`: the documents for programs, the tables for people, sentences for mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_core.contracts import FaceBox
from fer_core.data import open_data
from fer_core.data.audit import audit
from fer_core.data.describe import describe


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Three people, one of them in both splits; one exact twin under another label, one broken file."""
    rng = np.random.default_rng(1)
    rows = []
    for row in range(12):
        texture = cv2.resize(rng.uniform(0, 255, (9, 9)), (64, 64), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"{row}.png"), texture)
        subject = "p0" if row in (0, 11) else f"p{1 + row // 6}"
        split, label = ("train", "validation")[row // 6], ("happy", "neutral")[row % 2]
        rows.append({"path": f"{row}.png", "label": label, "subject": subject, "split": split})
    (tmp_path / "9.png").write_bytes((tmp_path / "2.png").read_bytes())
    (tmp_path / "4.png").write_bytes(b"")
    pd.DataFrame(rows).to_csv(tmp_path / "manifest.csv", index=False)
    return tmp_path


def test_json_is_the_document_of_the_package(fer: Callable, faces: Path) -> None:
    ran = fer("data", "describe", faces, "--json")
    assert ran.code == 0 and ran.document == describe(open_data(faces))
    ran = fer("data", "audit", faces, "--json")
    assert ran.code == 0 and ran.document == audit(open_data(faces))


def test_describe_for_people(fer: Callable, faces: Path) -> None:
    ran = fer("data", "describe", faces)
    assert ran.code == 0
    assert "12 pictures, 1 cannot be read" in ran.out and "64 x 64" in ran.out
    assert "3 subjects with 2 to 5 pictures each (median 5)" in ran.out
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["label", "train", "validation", "all"] in lines and ["happiness", "3", "3", "6"] in lines


def test_audit_for_people(fer: Callable, faces: Path) -> None:
    ran = fer("data", "audit", faces)
    assert ran.code == 0
    assert "4.png" in ran.out.split("Cannot be read:")[1]
    assert "1 of 6 validation pictures (16.7%) also stand in train, 1 of them exactly" in ran.out
    assert "happiness 1, neutral 1" in ran.out.split("Contradicting labels:")[1]
    assert ["p0", "1", "1"] in [line.split() for line in ran.out.split("Subjects in several splits:")[1].splitlines()]


def test_clean_data_gets_no_alarms(fer: Callable, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for label in ("happy", "sad"):
        (tmp_path / label).mkdir()
        for number in range(3):
            texture = cv2.resize(rng.uniform(0, 255, (9, 9)), (48, 48), interpolation=cv2.INTER_LINEAR)
            cv2.imwrite(str(tmp_path / label / f"{number}.png"), texture.astype(np.uint8))
    text = fer("data", "audit", tmp_path).out
    assert not any(word in text for word in ("Blank", "Cannot", "Contradicting", "Subjects", "also stand in train"))
    assert "It names no subjects" in fer("data", "describe", tmp_path).out


def test_long_lists_are_cut_for_people_only(fer: Callable, tmp_path: Path) -> None:
    (tmp_path / "happy").mkdir()
    cv2.imwrite(str(tmp_path / "happy" / "good.png"), np.eye(48, dtype=np.uint8) * 255)
    for number in range(13):
        (tmp_path / "happy" / f"bad{number:02d}.png").write_bytes(b"")
    assert "(10 of 13 files; --json lists all)" in fer("data", "audit", tmp_path).out
    assert len(fer("data", "audit", tmp_path, "--json").document["unreadable"]) == 13


@pytest.mark.parametrize("name", ["describe", "audit"])
def test_mistakes_are_sentences(fer: Callable, tmp_path: Path, name: str) -> None:
    missing = fer("data", name, tmp_path / "nothing", "--json")
    assert (missing.code, missing.out) == (2, "") and "no data at" in missing.err
    (tmp_path / "empty").mkdir()
    assert fer("data", name, tmp_path / "empty").code == 2
    (tmp_path / "bad" / "happy").mkdir(parents=True)
    (tmp_path / "bad" / "happy" / "1.png").write_bytes(b"no picture")
    unread = fer("data", name, tmp_path / "bad", "--json")
    assert (unread.code, unread.out) == (2, "") and "no picture of bad can be read" in unread.err


class _Finder:
    """A detector that sees the same face everywhere, and nobody in dark pictures."""

    def find(self, picture: np.ndarray) -> tuple[FaceBox, ...]:
        height, width = picture.shape[:2]
        inner = picture[height // 6 : -height // 6, width // 6 : -width // 6]
        if inner.mean() < 40:
            return ()
        corners = np.array([(0.4, 0.4), (0.6, 0.4), (0.5, 0.5), (0.42, 0.6), (0.58, 0.6)]) * (width, height)
        return (FaceBox((0.3 * width, 0.3 * height, 0.7 * width, 0.7 * height), 1.0, corners.astype(np.float32)),)


@pytest.fixture
def crops(tmp_path: Path) -> Path:
    """40 bright crops, 2 dark ones, one broken file."""
    (tmp_path / "happy").mkdir()
    for number in range(42):
        picture = np.full((48, 48), 180 if number < 40 else 0, np.uint8)
        cv2.imwrite(str(tmp_path / "happy" / f"{number:02d}.png"), picture)
    (tmp_path / "happy" / "broken.png").write_bytes(b"")
    return tmp_path


def test_framing(fer: Callable, crops: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_core.faces.FaceFinder", _Finder)
    ran = fer("data", "framing", crops, "--json")
    assert ran.code == 0
    assert (ran.document["n"], ran.document["looked_at"]) == (40, 42)
    assert ran.document["unreadable"] == ["happy/broken.png"]
    assert len(ran.document["landmarks"]) == len(ran.document["spread"]) == 5 and len(ran.document["box"]) == 4
    text = fer("data", "framing", crops).out
    assert "one face in 40 of 42 crops" in text and "mouth at right" in text


def test_framing_needs_faces(fer: Callable, crops: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_core.faces.FaceFinder", _Finder)
    few = fer("data", "framing", crops, "--sample", "30", "--split", "test")
    assert few.code == 2 and "no split 'test'" in few.err
    for picture in (crops / "happy").glob("[01]*.png"):
        picture.unlink()
    few = fer("data", "framing", crops, "--json")
    assert (few.code, few.out) == (2, "") and "at least 30" in few.err
