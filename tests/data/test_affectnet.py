"""AffectNet in its two forms: codes by name, what is left out, mistakes named, nothing unpickled."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from fer_core.data import decode, open_data
from fer_core.data.preparation import exclusions
from fer_core.labels import EXPRESSIONS
from tests.data.listed import affectnet, picture, write, write_zip


def left_out(dataset) -> dict[str, int]:
    return {one.reason: one.n for one in dataset.left_out}


AFFECT_WORDS = ["neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt"]


def test_affectnets_tables(tmp_path: Path) -> None:
    train = [(f"12/{number:04x}.jpg", number) for number in range(11)] + [("13/gone.jpg", 1)]
    files = {
        "Manually_Annotated_file_lists/training.csv": affectnet(train),
        "Manually_Annotated_file_lists/validation.csv": affectnet([("7/0001.png", 3)]),
        "Manually_Annotated_Images/7/0001.png": picture(77),
        **{f"Manually_Annotated_Images/{path}": picture(20 + code) for path, code in train[:-1]},
    }
    data = open_data(write(tmp_path / "a", files))
    assert data.format == "AffectNet" and data.table["label"].tolist() == [*AFFECT_WORDS, "surprise"]
    assert data.table["split"].tolist() == ["train"] * 8 + ["validation"]
    assert decode(data, 16, grey=True).pixels[:, 0, 0].tolist() == [*range(20, 28), 77]
    unusable = ("expression 8: none of the expressions", "expression 9: uncertain", "expression 10: no face")
    assert left_out(data) == {**dict.fromkeys(unusable, 1), "no such picture": 1}
    assert "training.csv row 13: 13/gone.jpg" in data.left_out[-1].first[0]
    why = exclusions(data, decode(data, 16, grey=True), EXPRESSIONS)
    assert why.dropna().tolist() == ["label 'contempt' is not among the model's"]


def test_a_byte_order_mark_does_not_make_folders_the_labels(tmp_path: Path) -> None:
    table = b"\xef\xbb\xbf" + affectnet([("1/a.jpg", 1), ("1/b.jpg", 3)])
    data = open_data(write(tmp_path / "a", {"training.csv": table, "1/a.jpg": picture(), "1/b.jpg": picture(10)}))
    assert data.format == "AffectNet" and data.labels == ("happiness", "surprise")


@pytest.mark.parametrize("code", [11, -1, "happy"])
def test_an_unknown_expression_is_named(tmp_path: Path, code: object) -> None:
    root = write(tmp_path / "a", {"training.csv": affectnet([("1/a.jpg", 1), ("1/b.jpg", code)]), "1/a.jpg": picture()})
    with pytest.raises(ValueError, match=f"training.csv row 3: the expression must be 0 to 10, got '{code}'"):
        open_data(root)
    root = write(tmp_path / "b", {"training.csv": affectnet([("1/a.jpg", 1)])})
    with pytest.raises(ValueError, match="training.csv row 2: 1/a.jpg: no such picture; not one usable picture"):
        open_data(root)


def array(value: object) -> bytes:
    kept = io.BytesIO()
    np.save(kept, np.array(value))
    return kept.getvalue()


def release(codes: dict[str, object], split: str = "train") -> dict[str, bytes]:
    files = {f"{split}_set/annotations/{name}_exp.npy": array(code) for name, code in codes.items()}
    return files | {f"{split}_set/images/{name}.jpg": picture(30) for name in codes}


def test_affectnets_new_release(tmp_path: Path) -> None:
    codes = {str(number): str(number) for number in range(8)} | {"90": 9, "91": 3.0}
    files = release(codes) | release({"0": "6"}, "val")
    files["train_set/annotations/0_lnd.npy"] = b"not read"
    files["train_set/images/500.jpg"] = picture(3)
    del files["train_set/images/4.jpg"]
    archive = write_zip(tmp_path / "a.zip", files, "AffectNet/")
    # The second look at a zip comes from the cached table.
    for data in (open_data(write(tmp_path / "a", files)), open_data(archive), open_data(archive)):
        assert data.format == "AffectNet"
        labels = dict(zip(data.table["path"].str.removeprefix("AffectNet/"), data.table["label"], strict=True))
        wanted = {f"train_set/images/{n}.jpg": word for n, word in enumerate(AFFECT_WORDS) if n != 4}
        wanted |= {"train_set/images/91.jpg": "surprise", "val_set/images/0.jpg": "anger"}
        assert labels == wanted and data.splits == ("train", "validation")
        gone = {"expression 9: uncertain": 1, "no such picture": 1, "a picture without annotation": 1}
        assert left_out(data) == gone


def test_annotations_are_read_once_and_never_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "a", release({"0": "1", "1": "2"}))
    first = open_data(root).table
    monkeypatch.setattr("fer_core.data.affectnet._code", lambda *_: pytest.fail("read twice"))
    assert open_data(root).table.equals(first)
    monkeypatch.undo()
    for content, sentence in (
        (array([1, 2]), "it holds 2 values"),
        (array("77"), "the expression must be 0 to 10, got 77"),
        (array("x"), "no array of one expression code"),
        (b"", "no array of one expression code"),
        (array("1")[:-2], "no array of one expression code"),
    ):
        (root / "train_set/annotations/1_exp.npy").write_bytes(content)
        with pytest.raises(ValueError, match=f"train_set/annotations/1_exp.npy.*{sentence}"):
            open_data(root)
    kept = io.BytesIO()
    np.save(kept, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (root / "train_set/annotations/1_exp.npy").write_bytes(kept.getvalue())
    with pytest.raises(ValueError, match="elements of type object"):
        open_data(root)
