"""Feature tables on disk: ours, and such as others make."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.features import FeatureTable, read_features, stream_features, write_features, writing
from fer_core.vectors import columns_from

SAMPLES = pd.DataFrame({"sample": ["a", "b", "c"], "label": ["happy", "fear", None], "subject": [1.0, 2.0, None]})
VECTORS = np.array([[0.5, 1, 2], [3, 4, 5], [6, 7, 8]], dtype=np.float32)


def test_a_table_comes_back_as_it_was(tmp_path):
    table = FeatureTable(SAMPLES, {"v_face": VECTORS, "v_id": VECTORS[:, :1]}, made={"split": "test", "n": 3})
    write_features(tmp_path / "t.parquet", table)
    assert [one.name for one in tmp_path.iterdir()] == ["t.parquet"]
    found = read_features(tmp_path / "t.parquet")
    assert list(found.spaces) == ["v_face", "v_id"] and found.made == {"split": "test", "n": 3}
    assert (found.space("v_face") == VECTORS).all() and found.space("v_id").dtype == np.float32
    assert found.samples["label"].tolist() == ["happiness", "fear", None]  # house names, whoever wrote them
    assert found.samples["sample"].tolist() == ["a", "b", "c"]
    plain = pd.read_parquet(tmp_path / "t.parquet")
    assert plain.attrs["split"] == "test" and plain["v_face"][1].tolist() == [3, 4, 5]
    assert list(read_features(tmp_path / "t.parquet", ["v_id"]).spaces) == ["v_id"]
    half = found.take(np.array([True, False, True]))
    assert len(half) == 2 and half.space("v_face")[1].tolist() == [6, 7, 8]


def test_columns_that_are_empty_at_first_keep_their_text(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_BATCH", 1)
    monkeypatch.setattr(writing, "_GROUP", 1)
    samples = pd.DataFrame({"session": [None, None, "s1"], "note": pd.Series([None, "x", 3], dtype=object), "age": 1.5})
    write_features(tmp_path / "t.parquet", FeatureTable(samples, {"v": VECTORS}))
    found = read_features(tmp_path / "t.parquet").samples
    assert found["session"].tolist()[2] == "s1" and found["note"].tolist()[1:] == ["x", "3"]
    assert found["age"].tolist() == [1.5] * 3 and found[["session", "note"]].iloc[0].isna().all()


def test_a_broken_stream_leaves_nothing_behind(tmp_path):
    def batches():
        yield FeatureTable(SAMPLES, {"v": VECTORS})
        raise ValueError("the second batch fails")

    with pytest.raises(ValueError, match="second batch"):
        stream_features(tmp_path / "t.parquet", batches(), ["sample"], ["v"], {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["float64 lists", "fixed size", "integers", "csv", "zipped csv"])
def test_tables_of_others_are_read(tmp_path, kind):
    import pyarrow as pa
    from pyarrow import parquet

    rows = VECTORS.astype(int) if kind == "integers" else VECTORS
    path = tmp_path / "t.parquet"
    if kind == "fixed size":
        spaces = pa.array(rows.tolist(), pa.list_(pa.float64(), 3))
        parquet.write_table(pa.table({"subject": ["x", "y", "z"], "v_a": spaces}), path)
    elif "csv" in kind:
        path = tmp_path / "t.csv"
        columns = {f"v_a_{number}": rows[:, number] for number in (2, 0, 1)}  # in any order
        pd.DataFrame({"subject": ["x", "y", "z"], **columns}).to_csv(path, index=False)
        if kind == "zipped csv":
            with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
                archive.write(path, "inside/t.csv")
            path = tmp_path / "t.zip"
    else:
        pd.DataFrame({"subject": ["x", "y", "z"], "v_a": rows.tolist()}).to_parquet(path)
    found = read_features(path)
    assert list(found.spaces) == ["v_a"] and list(found.samples.columns) == ["subject"]
    assert (found.space("v_a") == rows).all() and found.space("v_a").dtype == np.float32


def test_a_table_in_memory_reads_like_the_file(tmp_path):
    samples = pd.DataFrame({"subject": ["a", "b"], "label": ["Awake", "Drowsy"]})
    write_features(tmp_path / "t.parquet", FeatureTable(samples, {"v": np.eye(2, dtype=np.float32)}))
    content = (tmp_path / "t.parquet").read_bytes()
    table = read_features(Path("upload.parquet"), ["v"], {"session": "label"}, content)
    assert table.source == "upload.parquet" and (table.space("v") == np.eye(2)).all()
    assert table.samples["session"].tolist() == ["Awake", "Drowsy"]
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.write(tmp_path / "t.parquet", "inner.parquet")
    assert len(read_features(Path("u.zip"), content=(tmp_path / "t.zip").read_bytes())) == 2
    with pytest.raises(ValueError, match="upload.parquet is damaged"):
        read_features(Path("upload.parquet"), content=content[:40])


def test_columns_may_be_named_otherwise(tmp_path):
    pd.DataFrame({"Participant": [1.0, 2, 3], "Y": [0, 5, 10], "EAR": [0.1, 0.2, 0.3], "MAR": [4, 5, 6]}).to_csv(
        tmp_path / "t.csv", index=False
    )
    columns = columns_from("subject=Participant, label=Y")
    found = read_features(tmp_path / "t.csv", ["MAR,EAR"], columns)
    assert found.samples["subject"].tolist() == ["1", "2", "3"] and found.samples["label"].tolist() == ["0", "5", "10"]
    assert found.space("MAR,EAR") == pytest.approx(np.array([[4, 0.1], [5, 0.2], [6, 0.3]]))
    with pytest.raises(ValueError, match="has no column 'Who'; it has: Participant, Y"):
        read_features(tmp_path / "t.csv", [], {"subject": "Who"})


RAGGED = {"v": [[1.0, 2], [3.0], [4.0, 5]]}
BROKEN = {
    "ragged": (RAGGED, "must be equally long; lengths: 2, 1"),
    "absent row": ({"v": [[1.0], None, [2.0]]}, "must be equally long; lengths: 1, missing"),
    "not a number": ({"v": [[1.0], [np.nan], [np.inf]]}, "is no number in 2 of 3 rows, the first is row 1"),
    "absent number": ({"v": [[1.0], [None], [2.0]]}, "is no number in 1 of 3 rows, the first is row 1"),
    "words": ({"v": [["a"], ["b"], ["c"]]}, "must hold numbers, it holds"),
    "empty lists": ({"v": [[], [], []]}, "is empty|must hold numbers"),
    "other space": ({"w": [[1.0], [1.0], [2.0]]}, "has no space 'v'; it has: w"),
    "no space": ({"y": [1, 2, 3]}, "has no space 'v'; it has: none"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_space_is_told_in_a_sentence(tmp_path, case):
    columns, sentence = BROKEN[case]
    pd.DataFrame(columns).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(ValueError, match=sentence):
        read_features(tmp_path / "t.parquet", ["v"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("v_0,v_2\n1,2\n", "has no column 'v_1', but 2 columns of that space"),
        ("v_0,v_1\n1,x\n", "is no number in 1 of 1 rows"),
        ("v_0,v_1\n1\n", "is no number in 1 of 1 rows"),
        ("v_1,w_0\n1,2\n", "has no space 'v'; it has: w"),
        ("", "is no feature table"),
        ("v_0\n", "space 'v' of t.csv is empty"),
    ],
)
def test_what_is_no_space_of_a_csv_is_told_in_a_sentence(tmp_path, text, sentence):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_features(tmp_path / "t.csv", ["v"])


def test_what_is_no_table_is_told_in_a_sentence(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and nothing else")
    (tmp_path / "t.zip").write_bytes(b"no archive")
    (tmp_path / "t.txt").write_text("v_0\n1\n")
    for name, sentence in [("t.parquet", "is damaged"), ("t.zip", "is no feature table"), ("t.txt", "must be a .parq")]:
        with pytest.raises(ValueError, match=sentence):
            read_features(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="there is no feature table"):
        read_features(tmp_path / "none.csv")
    with pytest.raises(ValueError, match=r"space 'v' must be \(n, D\) with n=3"):
        FeatureTable(SAMPLES, {"v": VECTORS[:2]})
