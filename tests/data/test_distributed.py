"""RAF-DB and FERPlus as distributed: labels by name, real counts, what is left out, mistakes named."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.data import decode, open_data
from fer_core.data.files import Memory
from fer_core.data.formats import read_files
from fer_core.data.preparation import exclusions
from fer_core.data.targets import soft_targets
from fer_core.labels import EXPRESSIONS, index_of
from tests.data.listed import VOTES, fer2013, picture, rafdb, real_list, write, write_zip

RAF = ["train_00001.jpg 1", "train_00002.jpg 2", "train_00003.jpg 3", "train_00004.jpg 4", "train_00005.jpg 5"]
RAF += ["test_0001.jpg 6", "test_0002.jpg 7"]
RAF_WORDS = ["surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"]


def left_out(dataset) -> dict[str, int]:
    return {one.reason: one.n for one in dataset.left_out}


def test_rafdb_by_its_list_in_folder_and_zip(tmp_path: Path) -> None:
    folder = write(tmp_path / "a" / "RAF-DB" / "basic", rafdb(RAF))
    archive = write_zip(tmp_path / "raf.zip", rafdb(RAF), "data/basic/")
    for data in (open_data(folder), open_data(tmp_path / "a"), open_data(archive), open_data(archive)):
        assert data.format == "RAF-DB" and data.table["label"].tolist() == RAF_WORDS and not data.left_out
        assert data.table["split"].tolist() == ["train"] * 5 + ["test"] * 2
        assert [path.rsplit("/", 1)[-1] for path in data.table["path"]][5] == "test_0001_aligned.jpg"
        assert decode(data, 16, grey=True).pixels[:, 0, 0].tolist() == list(range(40, 47))
    original = open_data(write(tmp_path / "o", rafdb(RAF, "original")))
    assert original.table["path"].iloc[0] == "Image/original/train_00001.jpg" and len(original) == 7


def test_rafdb_leaves_out_what_is_missing_and_names_it(tmp_path: Path, fer: Callable) -> None:
    files = rafdb(RAF)
    del files["Image/aligned/train_00003_aligned.jpg"]
    files["EmoLabel/list_patition_label.txt"] += b"\ntest_00"
    ran = fer("data", "describe", write(tmp_path / "raf", files), "--json")
    assert ran.code == 0 and ran.document["format"] == "RAF-DB" and ran.document["n"] == 6
    assert ran.document["splits"]["test"]["n"] == 2 and "disgust" not in ran.document["labels"]
    reasons = {one["reason"]: one for one in ran.document["left_out"]["reasons"]}
    assert ran.document["left_out"]["n"] == 2
    assert reasons["no such picture"]["first"] == [
        "EmoLabel/list_patition_label.txt row 3: train_00003_aligned.jpg is not there"
    ]
    assert "list_patition_label.txt row 8" in reasons["broken row"]["first"][0]
    text = fer("data", "describe", tmp_path / "raf").out
    assert "Format: RAF-DB." in text and "row 3: train_00003_aligned.jpg" in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"EmoLabel/list_patition_label.txt": b"train_00001.jpg 1\ntrain_00002.jpg 8\n"}, "row 2: .*1 to 7, got '8'"),
        ({"EmoLabel/list_patition_label.txt": b"train_00001.jpg 0\n"}, "list_patition_label.txt row 1: .* got '0'"),
        ({"EmoLabel/list_patition_label.txt": b"train_77777.jpg 1\n"}, "row 1: train_77777.jpg is not there"),
        ({"EmoLabel/list_patition_label.txt": b"hello\n"}, "row 1: expected 'train_00001.jpg 5', got 'hello'"),
        ({"EmoLabel/list_patition_label.txt": b""}, "has no rows"),
        ({"EmoLabel/list_patition_label.txt": b"train_00001.jpg " + b"9" * 5000}, "row 1: .* got '9{20}' for"),
    ],
)
def test_a_list_of_rafdb_that_cannot_be_used(tmp_path: Path, fer: Callable, change: dict, sentence: str) -> None:
    ran = fer("data", "describe", write(tmp_path / "raf", {**rafdb(RAF), **change}))
    assert ran.code == 2 and ran.out == "" and len(ran.err.splitlines()) == 1
    with pytest.raises(ValueError, match=sentence):
        open_data(tmp_path / "raf")


def test_packed_pictures_and_lone_tables_are_told(tmp_path: Path) -> None:
    root = write(
        tmp_path / "raf", {"EmoLabel/list_patition_label.txt": b"train_00001.jpg 1", "Image/aligned.zip": b"PK"}
    )
    with pytest.raises(ValueError, match="unpack Image/aligned.zip first"):
        open_data(root)
    with pytest.raises(ValueError, match="the folder that holds EmoLabel"):
        open_data(root / "EmoLabel" / "list_patition_label.txt")
    table = write(tmp_path / "fp", {"fer2013new.csv": VOTES.encode()}) / "fer2013new.csv"
    with pytest.raises(ValueError, match="only the table of FERPlus"):
        open_data(table)


def test_rafdbs_real_list(shared_data: Path) -> None:
    content = real_list(shared_data, "rafdb_lists/EmoLabel/list_patition_label.txt")
    rows = content.decode().splitlines()
    data = read_files(Memory(rafdb(rows)), "raf", "raf")
    assert len(data) == 15_339 and (data.table["split"] == "train").sum() == 12_271 and not data.left_out
    assert (data.table["split"] == "test").sum() == 3_068
    codes = Counter(row.split()[1] for row in rows)
    assert {RAF_WORDS[int(code) - 1]: n for code, n in codes.items()} == data.table["label"].value_counts().to_dict()


# Usage, name, votes, and what must come of it.
FERPLUS = [
    ("Training", "fer0000000.png", (4, 0, 0, 1, 3, 2, 0, 0, 0, 0), "neutral"),
    ("Training", "fer0000001.png", (0, 0, 0, 0, 0, 0, 0, 6, 4, 0), "contempt"),
    ("Training", "fer0000002.png", (5, 5, 0, 0, 0, 0, 0, 0, 0, 0), None),  # a tie
    ("Training", "", (0, 0, 0, 0, 0, 0, 0, 0, 0, 10), None),  # no face, no name
    ("Training", "fer0000003.png", (3, 1, 0, 0, 0, 0, 0, 0, 6, 0), None),  # unknown
    ("PublicTest", "fer0000004.png", (0, 0, 9, 0, 0, 0, 0, 0, 0, 0), "surprise"),  # nine votes
    ("PrivateTest", "fer0000005.png", (0, 2, 0, 7, 0, 0, 0, 1, 0, 0), "sadness"),
    ("PrivateTest", "fer0000001.png", (0, 0, 0, 0, 0, 8, 2, 0, 0, 0), "disgust"),  # a name that is taken
]
REASONS = {"a tie for the most votes": 1, "most votes say unknown": 1, "most votes say that there is no face": 1}


def votes_csv(rows=FERPLUS) -> bytes:
    return "\n".join([VOTES, *(f"{usage},{name},{','.join(map(str, v))}" for usage, name, v, _ in rows)]).encode()


def test_ferplus_takes_pixels_row_by_row_and_votes_by_name(tmp_path: Path) -> None:
    files = {"FERPlus/fer2013new.csv": votes_csv(), "fer2013.csv": fer2013(row[0] for row in FERPLUS)}
    for data in (open_data(write(tmp_path / "f", files)), open_data(write_zip(tmp_path / "f.zip", files, "x/"))):
        assert data.format == "FERPlus" and left_out(data) == REASONS
        assert data.table["label"].tolist() == [label for *_, label in FERPLUS if label]
        assert data.table["split"].tolist() == ["train", "train", "validation", "test", "test"]
        assert data.table["path"].tolist()[-2:] == ["fer0000005.png", "fer0000001_row9.png"]
        assert decode(data, 48, grey=True).pixels[:, 0, 0].tolist() == [0, 1, 5, 6, 7]
        shares = data.table[[f"p_{label}" for label in ("neutral", "sadness", "anger", "disgust", "happiness")]]
        np.testing.assert_allclose(shares.iloc[0], [0.4, 0.1, 0.3, 0.2, 0])
        assert data.table["p_contempt"].tolist() == [0, 1, 0, 0.1, 0]


def test_ferplus_with_seven_labels_excludes_contempt_and_divides_the_rest(tmp_path: Path) -> None:
    files = {"fer2013new.csv": votes_csv(), "fer2013.csv": fer2013(row[0] for row in FERPLUS)}
    data = open_data(write(tmp_path / "f", files))
    why = exclusions(data, decode(data, 48, grey=True), EXPRESSIONS)
    assert why.tolist()[1] == "label 'contempt' is not among the model's" and why.notna().sum() == 1
    numbers = np.where(why.isna(), index_of(data.table["label"].tolist(), EXPRESSIONS), -1)
    targets, soft = soft_targets(data.table, numbers, EXPRESSIONS)
    assert soft.tolist() == [True, False, True, True, True]
    np.testing.assert_allclose(targets[3], [0, 0, 0, 2 / 9, 7 / 9, 0, 0], atol=1e-6)


def test_ferplus_as_folders_and_as_named_pictures(tmp_path: Path) -> None:
    folders = {"Training": "FER2013Train", "PublicTest": "FER2013Valid", "PrivateTest": "FER2013Test"}
    files: dict[str, bytes] = {}
    for number, (usage, name, votes, _) in enumerate(FERPLUS[:-1]):
        if name:
            files[f"data/{folders[usage]}/{name}"] = picture(50 + number)
            table = f"data/{folders[usage]}/label.csv"
            line = f'{name},"(0, 0, 48, 48)",{",".join(map(str, votes))}\n'
            files[table] = files.get(table, b"") + line.encode()
    del files["data/FER2013Valid/fer0000004.png"]
    data = open_data(write(tmp_path / "folders", files))
    assert data.table["label"].tolist() == ["sadness", "neutral", "contempt"]  # the test folder comes first
    assert data.table["split"].tolist() == ["test", "train", "train"] and left_out(data)["no such picture"] == 1
    assert decode(data, 16, grey=True).pixels[:, 0, 0].tolist() == [56, 50, 51]
    named = {
        "fer2013new.csv": votes_csv(FERPLUS[:-1]),
        "png/fer0000000.png": picture(9),
        "png/fer0000004.png": picture(8),
    }
    data = open_data(write(tmp_path / "named", named))
    assert data.table["label"].tolist() == ["neutral", "surprise"] and left_out(data)["no such picture"] == 2


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"fer2013new.csv": votes_csv()}, "put fer2013.csv beside fer2013new.csv"),
        ({"fer2013new.csv": votes_csv(), "fer2013.csv": fer2013(["Training"] * 3)}, "has 8 rows and fer2013.csv has 3"),
        ({"fer2013new.csv": votes_csv(), "fer2013.csv": fer2013(["Training"] * 8)}, "row 7: its usage is PublicTest"),
        ({"fer2013new.csv": votes_csv([]), "fer2013.csv": fer2013([])}, "fer2013.csv has no rows"),
        (
            {"fer2013new.csv": b"Usage,Image name,neutrl\nTraining,a.png,9\n", "fer2013.csv": fer2013(["Training"])},
            "has FERPlus's name, but not the columns of its votes: Usage, Image name, ",
        ),
        ({"FER2013Test/label.csv": b"fer0000000.png,1,2\n"}, "label.csv needs a name and 10 columns"),
    ],
)
def test_what_is_no_ferplus(tmp_path: Path, files: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        open_data(write(tmp_path / "f", files))


def test_a_byte_order_mark_does_not_make_another_format_of_votes(tmp_path: Path) -> None:
    files = {"fer2013new.csv": votes_csv(), "fer2013.csv": fer2013([row[0] for row in FERPLUS])}
    plain = open_data(write(tmp_path / "plain", files))
    marked = open_data(write(tmp_path / "marked", {name: b"\xef\xbb\xbf" + text for name, text in files.items()}))
    assert marked.format == plain.format == "FERPlus" and marked.table.equals(plain.table)


@pytest.mark.parametrize("word", ["x", "-1", "0.5", "1e300", "99999999999999999999"])
def test_a_broken_row_of_votes_is_left_out_and_named(tmp_path: Path, word: str) -> None:
    rows = [*FERPLUS[:2], ("Training", "fer0000009.png", (word, *[0] * 9), None)]
    files = {"fer2013new.csv": votes_csv(rows), "fer2013.csv": fer2013(["Training"] * 3)}
    data = open_data(write(tmp_path / "f", files))
    assert len(data) == 2 and [one.n for one in data.left_out] == [1]
    assert data.left_out[0].first[0].startswith(f"fer2013new.csv row 4: {word},0,0")


def test_ferpluss_real_votes(shared_data: Path) -> None:
    """With pictures by name: parsing 36,000 rows of pixels takes seconds."""
    content = real_list(shared_data, "ferplus_labels/fer2013new.csv")
    table = pd.read_csv(io.BytesIO(content))
    columns = list(table.columns[2:])
    votes = table[columns].to_numpy()
    assert len(table) == 35_887 and table["Image name"].isna().sum() == 173 and (votes.sum(axis=1) == 9).sum() == 1
    pictures = {f"png/{name}": b"" for name in table["Image name"].dropna()}
    data = read_files(Memory({"fer2013new.csv": content, **pictures}), "ferplus", "ferplus")
    expected: Counter[str] = Counter()
    for row, name in zip(votes.tolist(), table["Image name"], strict=True):
        best = [column for column, count in zip(columns, row, strict=True) if count == max(row)]
        expected["tie" if len(best) > 1 else best[0] if isinstance(name, str) or best[0] == "NF" else "?"] += 1
    gone = left_out(data)
    assert gone["a tie for the most votes"] == expected["tie"] == 1776
    assert gone["most votes say that there is no face"] == expected["NF"] == 177
    assert gone["most votes say unknown"] == expected["unknown"] == 222
    # Four names stand in two rows, one of these a tie; the second row has no picture of its own by name.
    labels = data.table["label"].value_counts()
    assert gone["no such picture"] == 3 and len(data) + sum(gone.values()) == 35_887
    assert (
        sum(expected[label] - labels[label] for label in labels.index) == 3
        and labels["contempt"] == expected["contempt"]
    )


def test_ferpluss_real_folders(shared_data: Path) -> None:
    files: dict[str, bytes] = {}
    for folder in ("FER2013Train", "FER2013Valid", "FER2013Test"):
        content = real_list(shared_data, f"ferplus_labels/data/{folder}/label.csv")
        files[f"{folder}/label.csv"] = content
        files |= {f"{folder}/{row.split(',')[0]}": b"" for row in content.decode().splitlines()}
    data = read_files(Memory(files), "ferplus", "ferplus")
    assert len(files) == 28_558 + 3_579 + 3_573 + 3
    assert len(data) + sum(left_out(data).values()) == 28_558 + 3_579 + 3_573 and "no such picture" not in left_out(
        data
    )
    shares = data.table[[f"p_{label}" for label in data.labels]].to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (np.array(data.labels)[shares.argmax(axis=1)] == data.table["label"]).all()


def test_folders_named_as_people_write_them(tmp_path: Path) -> None:
    """VEMO (paper C) and FED-RO are folders of classes; words differ, labels do not."""
    words = {"Angry": "anger", "Disgusted": "disgust", "Suprise": "surprise", "Joyful": "happiness", "Sad": "sadness"}
    words |= {"Frightened": "fear", "Neutral": "neutral"}
    data = open_data(write(tmp_path / "v", {f"training/{word}/1.png": picture() for word in words}))
    assert sorted(data.table["label"]) == sorted(words.values()) and data.format == "class folders"
