from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_core.data import decode, open_data
from fer_core.pictures import open_picture
from tests.drawn import class_folders, fer2013_csv, manifest


def _zip(folder, path, prefix=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, prefix + file.relative_to(folder).as_posix())
        archive.writestr("__MACOSX/._junk.png", b"junk")
    return path


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return class_folders(tmp_path_factory.mktemp("fer"), {"train": 3, "validation": 2, "test": 1})


def test_three_folder_form_and_its_zips_are_one_data_set(folders, tmp_path):
    wanted = open_data(folders)
    assert wanted.splits == ("train", "validation", "test") and len(wanted) == 18
    assert wanted.labels == ("happiness", "sadness", "neutral")
    plain, wrapped = _zip(folders, tmp_path / "a.zip"), _zip(folders, tmp_path / "b.zip", "fer2013/")
    prints = {decode(open_data(one), 48, grey=True).fingerprint for one in (folders, plain, wrapped)}
    assert len(prints) == 1


def test_folder_names_are_read_by_name_through_aliases(tmp_path):
    root = class_folders(tmp_path / "x", {"train": 1, "test": 1})
    for split in ("train", "test"):
        (root / split / "happiness").rename(root / split / "Happy")
    data = open_data(root)
    assert data.splits == ("train", "test")  # the common two-folder form
    assert data.labels == ("happiness", "sadness", "neutral")
    with pytest.raises(ValueError, match="no split 'validation'; there are: train, test, all"):
        data.select("validation")


def test_class_folders_without_splits_and_a_single_class(tmp_path):
    data = open_data(class_folders(tmp_path / "plain", {"": 2}))
    assert data.splits == () and data.labels == ("happiness", "sadness", "neutral")
    only = class_folders(tmp_path / "one", {"": 2}, labels=("sadness",))
    assert open_data(only).labels == ("sadness",)


def test_csv_of_fer2013_by_its_codes_and_usages(tmp_path):
    path = fer2013_csv(tmp_path / "fer2013.csv", {"Training": 7, "PublicTest": 7, "PrivateTest": 3})
    data = open_data(path)
    assert data.splits == ("train", "validation", "test")
    assert data.table["label"].head(7).tolist() == [
        "anger",
        "disgust",
        "fear",
        "happiness",
        "sadness",
        "surprise",
        "neutral",
    ]
    values = np.array(path.read_text().splitlines()[1].split(",")[1].split(), dtype=np.uint8).reshape(48, 48)
    assert np.array_equal(open_picture(data.read(0))[..., 0], values)
    assert np.array_equal(decode(data, 48, grey=True).pixels[0], values)
    archive = tmp_path / "fer.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.write(path, "fer2013/fer2013.csv")
    again = open_data(archive)
    assert again.table["label"].tolist() == data.table["label"].tolist()
    assert decode(again, 48, grey=True).fingerprint == decode(data, 48, grey=True).fingerprint


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("0,1 2 3,Training", "row 2: expected 2304 grey values of 0 to 255, got 3"),
        ("9," + "7 " * 2304 + ",Training", "emotion must be 0 to 6"),
        ("0," + "9" * 30 + " 7" * 2303 + ",Training", "row 2: expected 2304 grey values of 0 to 255"),
        ("0," + "300 " * 2304 + ",Training", "from 300 to 300"),
        ("0," + "7 " * 2304 + ",Sunday", "unknown split 'Sunday'"),
    ],
)
def test_a_broken_fer2013_row_is_named(tmp_path, row, sentence):
    path = tmp_path / "fer2013.csv"
    path.write_text("emotion,pixels,Usage\n" + row + "\n")
    with pytest.raises(ValueError, match=sentence):
        open_data(path)


def test_a_file_name_that_is_no_utf8_is_told(tmp_path, fer):
    folder = tmp_path / "faces" / "happy"
    folder.mkdir(parents=True)
    for name in (b"a\xfe.png", "\u00e4.png".encode()):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(cv2.imencode(".png", np.zeros((20, 20), dtype=np.uint8))[1].tobytes())
    ran = fer("data", "describe", tmp_path / "faces")
    assert ran.code == 2 and r"the name of the file 'happy/a\udcfe.png' is not in UTF-8; rename it" in ran.err
    os.remove(os.fsencode(folder) + b"/a\xfe.png")
    assert open_data(tmp_path / "faces").table["path"].tolist() == ["happy/\u00e4.png"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "semicolon", "zip"])
def test_manifests(tmp_path, kind):
    path = manifest(tmp_path / "m", subjects=2, per_subject=4)
    table = pd.read_csv(path)
    table["Lighting"] = "dark"
    table["split"] = ["train", "test"] * 4
    table["time"] = np.arange(8) / 2
    if kind == "parquet":
        path.unlink()
        path = path.with_suffix(".parquet")
        table.to_parquet(path)
    elif kind == "semicolon":
        table.to_csv(path, sep=";", index=False, encoding="utf-8-sig")
    else:
        table.to_csv(path, index=False)
    if kind == "zip":
        path = _zip(path.parent, tmp_path / "m.zip")
    data = open_data(path)
    assert data.table["subject"].nunique() == 2 and data.table["session"].tolist()[:2] == ["s0", "s1"]
    assert data.table["time"].tolist() == table["time"].tolist() and "Lighting" in data.table
    assert data.splits == ("train", "test")
    assert decode(data, 48).readable.all()


def test_columns_of_numbers_are_numbers(tmp_path: Path) -> None:
    """A mark that is no number keeps its whole column text; the columns we know keep their own types."""
    (tmp_path / "manifest.csv").write_text("path,label,subject,pitch,glasses\na.png,happy,7,0.5,1\nb.png,sad,8,,none\n")
    table = open_data(tmp_path / "manifest.csv").table
    assert table["pitch"].tolist()[0] == 0.5 and np.isnan(table["pitch"].tolist()[1])
    assert table["glasses"].tolist() == ["1", "none"] and table["subject"].tolist() == ["7", "8"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("file,label\na.png,happy\n", "needs a column 'path'"),
        ("path,emotion\na.png,happy\n", "needs a column 'label'; it has path, emotion"),
        ("path,label\n", "has no rows"),
        ("path,label\n,happy\n", "no path in row 2"),
        ("path,label,split\na.png,happy,monday\n", "unknown split 'monday'"),
    ],
)
def test_a_manifest_with_a_mistake_gets_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "manifest.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        open_data(path)


def test_what_is_no_data_set(tmp_path):
    with pytest.raises(FileNotFoundError, match="no data at"):
        open_data(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no pictures"):
        open_data(tmp_path / "empty")
    text = tmp_path / "a.txt"
    text.write_text("hello")
    with pytest.raises(ValueError, match="neither a folder"):
        open_data(text)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ValueError, match="not a table that can be read"):
        open_data(tmp_path / "bad.parquet")


def test_relative_names_are_also_looked_for_in_fer_data(folders, monkeypatch):
    monkeypatch.setenv("FER_DATA", f"/nowhere:{folders.parent}")
    assert len(open_data(folders.name)) == 18


def test_bad_pictures_are_excluded_one_by_one_with_a_reason(folders, tmp_path):
    root = tmp_path / "bad"
    shutil.copytree(folders, root)
    (root / "train" / "sadness" / "empty.png").write_bytes(b"")
    (root / "train" / "sadness" / "text.jpg").write_text("no picture")
    decoded = decode(open_data(root), 48)
    assert len(decoded.pixels) == 20 and decoded.readable.sum() == 18
    reasons = decoded.about["error"].dropna().tolist()
    assert any("empty.png" in reason for reason in reasons) and any("text.jpg" in reason for reason in reasons)


def test_pictures_are_decoded_once_and_again_when_they_change(folders, tmp_path, monkeypatch):
    root = tmp_path / "data"
    shutil.copytree(folders, root)
    first = decode(open_data(root), 48)
    monkeypatch.setattr("fer_core.data.files.open_picture", lambda _: pytest.fail("decoded twice"))
    assert decode(open_data(root), 48).fingerprint == first.fingerprint
    monkeypatch.undo()
    shutil.copy(next((root / "train" / "sadness").glob("*.png")), root / "train" / "happiness" / "000.png")
    changed = decode(open_data(root), 48)
    assert changed.fingerprint != first.fingerprint
    assert changed.about["hash"].duplicated().any()


def test_a_damaged_cache_is_filled_again(folders, tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE", str(tmp_path / "cache"))
    first = np.array(decode(open_data(folders), 48).pixels)
    for file in (tmp_path / "cache").rglob("pixels.npy"):
        file.write_bytes(file.read_bytes()[:200])
    assert np.array_equal(decode(open_data(folders), 48).pixels, first)


@pytest.mark.slow
def test_fer2013_as_distributed(fer2013_zip):
    data = open_data(fer2013_zip)
    assert len(data) == 32_298 and data.splits == ("train", "validation")
    decoded = decode(data, 48, grey=True)
    assert decoded.readable.all()
    hashes = decoded.about["hash"]
    assert hashes.iloc[data.rows("validation")].isin(hashes.iloc[data.rows("train")]).sum() == 280
