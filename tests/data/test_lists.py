"""RAN's lists over the data sets they name pictures of: real counts, codings against the data sets' own, mistakes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fer_core.data import decode, open_data
from fer_core.data.dataset import Dataset
from fer_core.data.files import Memory
from fer_core.data.formats import read_files
from fer_core.data.lists import read_list
from fer_core.data.protocols import open_protocol
from tests.data.listed import affectnet, fer2013, picture, rafdb, real_list, write, write_zip

RAF, FER, AFFECT = "ran_lists/RAF_DB_dir", "ran_lists/FERplus_dir", "ran_lists/AffectNet_dir"
# List, family, rows, distinct pictures. Papers say 682 for the third, 1,248 for the fourth; these are the lists' own.
REAL = [
    (f"{RAF}/rafdb_occlusion_list.txt", "RAF-DB", 735, 734),
    (f"{FER}/jianfei_occlusion_list.txt", "FERPlus", 605, 605),
    (f"{AFFECT}/occlusion_affectnet_list.txt", "AffectNet", 683, 683),
    (f"{RAF}/val_raf_db_list.txt", "RAF-DB", 1247, 1247),
    (f"{RAF}/val_raf_db_list_45.txt", "RAF-DB", 558, 558),
    (f"{FER}/pose_30_ferplus_list.txt", "FERPlus", 1170, 1170),
    (f"{FER}/pose_45_ferplus_list.txt", "FERPlus", 633, 633),
    (f"{AFFECT}/pose_30_affectnet_list.txt", "AffectNet", 1949, 1944),
    (f"{AFFECT}/pose_45_affectnet_list.txt", "AffectNet", 985, 983),
    (f"{AFFECT}/simple_sample/val_affectnet8part_list.txt", "AffectNet", 4000, 4000),
]
FER_WORDS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
AFFECT_WORDS = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")
A, B = "a" * 56, "0123456789abcdef" * 3 + "01234567"


@pytest.mark.parametrize(("name", "family", "rows", "pictures"), REAL, ids=[one[0].rsplit("/", 1)[-1] for one in REAL])
def test_real_lists_have_their_rows(shared_data: Path, name: str, family: str, rows: int, pictures: int) -> None:
    found, listed = read_list(real_list(shared_data, name), name)
    assert found == family and len(listed) == rows and len({one.name for one in listed}) == pictures
    assert listed[-1].row == rows  # no row is passed over, and the last needs no newline


def test_rafs_lists_are_coded_one_less_than_its_own(shared_data: Path, tmp_path: Path) -> None:
    """Oracle: the same pictures in RAF-DB's own list, and the label files beside the pose lists."""
    own = dict(
        row.split()
        for row in real_list(shared_data, "rafdb_lists/EmoLabel/list_patition_label.txt").decode().splitlines()
    )
    data = read_files(Memory(rafdb(f"{name} {code}" for name, code in own.items())), "raf", "raf")
    words = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
    for name in ("rafdb_occlusion_list.txt", "val_raf_db_list.txt", "val_raf_db_list_45.txt"):
        path = write(tmp_path, {name: real_list(shared_data, f"{RAF}/{name}")}) / name
        protocol = open_protocol(path, data)
        report = protocol.report()
        assert report["missing"] == report["disagreements"] == [] and report["n"] == report["rows"] == len(
            protocol.rows
        )
        table = protocol.manifest()
        assert table["label"].tolist() == [words[int(own[f"{one}.jpg"]) - 1] for one in table["name"]]
        assert table["path"].str.endswith("_aligned.jpg").all() and (table["split"] == "test").all()
    labels = real_list(shared_data, f"{RAF}/val_raf_db_label_45.txt").decode().split()[2:]
    assert table["label"].tolist() == [words[int(code)] for code in labels]
    report = open_protocol(tmp_path / "rafdb_occlusion_list.txt", data).report()
    assert [one["name"] for one in report["repeated"]] == ["test_2464"] and report["pictures"] == 734
    assert report["list_types"] == {"1": 156, "2": 141, "3": 140, "4": 298}


def test_ferpluss_lists_agree_with_the_votes_but_for_a_few(shared_data: Path, tmp_path: Path) -> None:
    """Oracle: the votes themselves; 594 of 605 are a label with the most votes (one of these a tie)."""
    csv = real_list(shared_data, "ferplus_labels/fer2013new.csv")
    rows = [row.split(",") for row in csv.decode().splitlines()[1:]]
    votes = {row[1]: [int(one) for one in row[2:10]] for row in rows if row[0] == "PrivateTest"}
    data = read_files(Memory({"fer2013new.csv": csv, **{f"png/{row[1]}": b"" for row in rows if row[1]}}), "f", "f")
    path = write(tmp_path, {"list.txt": real_list(shared_data, f"{FER}/jianfei_occlusion_list.txt")}) / "list.txt"
    protocol = open_protocol(path, data)
    report = protocol.report()
    assert (
        report["n"] == 605
        and report["missing"] == []
        and report["list_types"] == {"0": 70, "1": 138, "2": 213, "3": 184}
    )
    disagree = {one["name"] for one in report["disagreements"]}
    best = {one.name: votes[f"{one.name}.png"][FER_WORDS.index(one.label)] for one in protocol.rows}
    most = {name: max(votes[f"{name}.png"]) for name in best}
    assert sum(best[name] == most[name] for name in best) == 594
    assert all(best[name] < most[name] for name in disagree) and len(disagree) == 9


def test_affectnets_lists_are_coded_as_it_is(shared_data: Path, tmp_path: Path) -> None:
    """Oracle: RAN's own table of labels for AffectNet's validation split."""
    names = real_list(shared_data, f"{AFFECT}/simple_sample/val_affectnet8part_list.txt").decode().split("\n")
    codes = real_list(shared_data, f"{AFFECT}/simple_sample/val_affectnet8part_label.txt").decode().split()
    own = {
        row.split()[0].split("/")[1]: AFFECT_WORDS[int(code)]
        for row, code in zip(filter(None, names), codes, strict=True)
    }
    old = {f"Manually_Annotated_Images/{number % 700}/{name}.JPG": b"" for number, name in enumerate(own)}
    table = affectnet((path.split("/", 1)[1], AFFECT_WORDS.index(own[path.rsplit("/", 1)[1][:-4]])) for path in old)
    data = read_files(Memory({"validation.csv": table, **old}), "affect", "affect")
    assert Counter(data.table["label"]) == dict.fromkeys(AFFECT_WORDS, 500)
    for name, rows, pictures in (("occlusion", 683, 683), ("pose_30", 1949, 1944), ("pose_45", 985, 983)):
        path = write(tmp_path, {name: real_list(shared_data, f"{AFFECT}/{name}_affectnet_list.txt")}) / name
        protocol = open_protocol(path, data)
        report = protocol.report()
        assert (report["n"], report["pictures"]) == (rows, pictures) and report["missing"] == report[
            "disagreements"
        ] == []
        assert [one.label for one in protocol.rows] == [own[one.name] for one in protocol.rows]


def raf(tmp_path: Path) -> Path:
    rows = ["train_00001.jpg 1", "test_0001.jpg 4", "test_0002.jpg 7", "test_0003.jpg 5", "test_0004.jpg 2"]
    return write(tmp_path / "raf", rafdb(rows))


LIST = b"test_0001_aligned 3 4\r\ntest_0002_aligned 6 1\r\ntest_0001_aligned 3 4\r\n"
LIST += b"test_0003_aligned 0 2\r\ntest_0099_aligned 1 2"
TYPES = b"name,type\ntest_0001_aligned.jpg,Upper\n6/test_0002_aligned.jpg,corner\ntest_0004.jpg,left\n"


def test_a_list_becomes_data_on_the_command_line(tmp_path: Path, fer: Callable) -> None:
    path = write(tmp_path, {"occlusion.txt": LIST, "types.csv": TYPES}) / "occlusion.txt"
    command = ("data", "protocol", path, "--pictures", raf(tmp_path), "--types", tmp_path / "types.csv", "--out")
    ran = fer(*command, tmp_path / "out", "--json")
    assert ran.code == 0, ran.err
    found = ran.document
    assert (found["of"], found["rows"], found["n"], found["pictures"]) == ("RAF-DB", 5, 4, 3)
    assert found["missing"] == [{"row": 5, "name": "test_0099_aligned 1 2"}]
    assert found["repeated"] == [{"name": "test_0001", "rows": [1, 3]}]
    assert found["disagreements"] == [{"row": 4, "name": "test_0003", "list": "surprise", "data": "sadness"}]
    assert found["occlusion"] == {"types": {"corner": 1, "upper": 2}, "without": 2, "not_in_list": ["test_0004"]}
    data = open_data(tmp_path / "out")
    assert data.table["label"].tolist() == ["happiness", "neutral", "happiness", "surprise"] and data.splits == (
        "test",
    )
    assert data.table["occlusion"].tolist()[:3] == ["upper", "corner", "upper"] and data.table[
        "list_type"
    ].tolist() == [4, 1, 4, 2]
    assert decode(data, 16, grey=True).pixels[:, 0, 0].tolist() == [41, 42, 41, 43]
    text = fer(*command, tmp_path / "again").out
    assert (
        "5 rows of RAF-DB, n 4 with 3 different pictures" in text and "corner 1, upper 2; 2 rows without a type" in text
    )
    ran = fer(*command, tmp_path / "out")
    assert ran.code == 2 and "is not empty" in ran.err


def test_pictures_in_a_zip_or_a_csv_are_copied(tmp_path: Path) -> None:
    from fer_core.data.protocols import write_protocol

    archive = write_zip(tmp_path / "raf.zip", rafdb(["test_0001.jpg 4", "train_00001.jpg 1"]), "RAF/")
    votes = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
    votes += "PrivateTest,fer0000000.png,5,5,0,0,0,0,0,0,0,0\nPrivateTest,fer0000001.png,9,0,0,0,0,0,0,1,0,0\n"
    plus = {"fer2013new.csv": votes.encode(), "fer2013.csv": fer2013(["PrivateTest"] * 2)}
    lists = {"raf.txt": b"test_0001_aligned 3 4", "fer.txt": b"1_fer0000000.png 8 0\r\n0_fer0000001.png 8 3\r\n"}
    write(tmp_path, lists)
    for name, source, shades in (("raf", archive, [40]), ("fer", write(tmp_path / "plus", plus), [0, 1])):
        protocol = open_protocol(tmp_path / f"{name}.txt", open_data(source))
        write_protocol(protocol, tmp_path / f"{name}-out")
        data = open_data(tmp_path / f"{name}-out")
        assert decode(data, 48, grey=True).pixels[:, 0, 0].tolist() == shades and data.splits == ("test",)
    # A tie has no label in FERPlus; the list gives it one.
    assert data.table["label"].tolist() == ["happiness", "neutral"]


def test_ferpluss_and_affectnets_ways_of_naming(tmp_path: Path) -> None:
    named = {
        f"x/{name}": picture() for name in ("fer0000007.png", f"3/{A}.jpg", f"val/7/{B}/8.jpg", f"val/7/{B}/0.jpg")
    }
    data: Dataset = open_data(write(tmp_path / "all", named))
    for text, wanted in (
        ("5/fer0000007.jpg", "x/fer0000007.png disgust"),
        ("5/fer0000007 6", "x/fer0000007.png disgust"),
        (f"val/2/{A}/", f"x/3/{A}.jpg sadness"),
        (f"7/{B}/8.jpg", f"x/val/7/{B}/8.jpg contempt"),
        (f"7/{B}/0.jpg", f"x/val/7/{B}/0.jpg contempt"),
        (f"val/7/{B}/", f"x/val/7/{B}/8.jpg contempt"),
    ):
        path = write(tmp_path, {"one.txt": text.encode()}) / "one.txt"
        table = open_protocol(path, data).manifest()
        assert (table["path"] + " " + table["label"]).tolist() == [wanted]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"test_0001_aligned 3 4\ntest_0002_aligned 7 4\n",
            "list.txt row 2: the code must be 0 to 6 for RAF-DB, got 7",
        ),
        (b"8/fer0000001.jpg\n", "row 1: the code must be 0 to 7 for FERPlus, got 8"),
        (b"test_0001_aligned 3 4\n\nnonsense\n", "list.txt row 3: 'nonsense' is no row of a list"),
        (b"test_0001.jpg 4\n", "row 1: .* is no row"),  # RAF-DB's own list, which codes otherwise
        (
            b"test_0001_aligned 3 4\n0/fer0000001.jpg\n",
            "row 2: .* names a picture of FERPlus, the rows above of RAF-DB",
        ),
        (b"\n\n", "list.txt has no rows"),
        (b"test_0001_aligned " + b"9" * 5000 + b" 4", "list.txt row 1: .* is no row of a list"),
        (b"0/test_0555_aligned.jpg\n", "list.txt row 1: 0/test_0555_aligned.jpg is not in .* nor is any other"),
        (f"0/{A}.jpg\n".encode(), "new release renamed its pictures"),
    ],
)
def test_a_list_that_cannot_be_used(tmp_path: Path, fer: Callable, content: bytes, sentence: str) -> None:
    path = write(tmp_path, {"list.txt": content}) / "list.txt"
    ran = fer("data", "protocol", path, "--pictures", raf(tmp_path), "--out", tmp_path / "out")
    assert ran.code == 2 and len(ran.err.splitlines()) == 1 and re.search(sentence, ran.err), ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("types", "sentence"),
    [
        (b"picture,kind\n", "needs the columns name,type; it has picture, kind"),
        (b"name,type\ntest_0001,\n", "types.csv row 2: expected a picture's name and a type"),
        (b"name,type\ntest_0001,upper\nhello,upper\n", "types.csv row 3: .*'hello'"),
        (
            b"name,type\ntest_0001,upper\n3/test_0001_aligned.jpg,left\n",
            "row 3: test_0001 is 'left' here and 'upper' above",
        ),
    ],
)
def test_types_that_cannot_be_used(tmp_path: Path, types: bytes, sentence: str) -> None:
    write(tmp_path, {"list.txt": LIST, "types.csv": types})
    with pytest.raises(ValueError, match=sentence):
        open_protocol(tmp_path / "list.txt", open_data(raf(tmp_path)), tmp_path / "types.csv")
    with pytest.raises(FileNotFoundError, match=r"no list at .*nowhere\.txt"):
        open_protocol(tmp_path / "nowhere.txt", open_data(tmp_path / "raf"))


def test_a_types_file_joins_by_whatever_names_the_picture(tmp_path: Path) -> None:
    write(tmp_path, {"list.txt": LIST, "types.csv": b"name,type\ntest_0003_aligned 0 2,lower\n"})
    table = open_protocol(tmp_path / "list.txt", open_data(raf(tmp_path)), tmp_path / "types.csv").manifest()
    assert pd.isna(table["occlusion"].iloc[0]) and table["occlusion"].iloc[3] == "lower"
