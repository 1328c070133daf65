"""`fer neighbours`: a stored picture shown again is nearest to itself, and lies where it lies."""

from __future__ import annotations

import pytest
from PIL import Image

from fer_core.embedding import store_features
from fer_core.features import FeatureTable
from fer_core.tables import read_parquet


@pytest.fixture
def kept(fer, run, source):
    assert fer("embed", run.path, "--data", source, "--faces", "whole", "--store", "--device", "cpu").code == 0
    asked = ("project", run.path, "--space", "v_face", "--method", "pca", "--store")
    assert fer(*asked).code == 0
    return run


def test_a_stored_picture_finds_itself(fer, kept, faces, tmp_path):
    Image.fromarray(faces.picture(20)).save(tmp_path / "face.png")
    (tmp_path / "broken.png").write_bytes(b"x")
    asked = ("neighbours", tmp_path / "face.png", tmp_path / "broken.png", "--run", kept.path, "--faces", "whole")
    ran = fer(*asked, "--k", 3, "--json")
    assert ran.code == 0 and (ran.document["n"], ran.document["made"]["split"]) == (90, "all"), ran.err
    shown, broken = ran.document["images"]
    assert broken["faces"] == [] and broken["error"]
    (face,) = shown["faces"]
    found = face["spaces"]["v_face"]
    assert len(found["neighbours"]) == 3
    assert found["neighbours"][0]["sample"] == faces.table["path"][20]
    assert found["neighbours"][0]["cosine"] == pytest.approx(1, abs=1e-5)
    mapped = read_parquet(kept.path / "projections" / "v_face-pca.parquet")
    at = found["places"]["pca"]
    # Not to the last digit: other batches round otherwise.
    assert [at["x"], at["y"]] == pytest.approx(mapped[["x", "y"]].iloc[20].tolist(), abs=1e-3)
    assert at["confidence"] > 0 and set(at) == {"x", "y", "distance", "confidence", "spread"}
    text = fer(*asked).out
    assert "the model says" in text and "among 90 stored samples of faces, all" in text and "broken.png" in text


def test_mistakes_are_told(fer, kept, faces, tmp_path):
    Image.fromarray(faces.picture(20)).save(tmp_path / "face.png")
    asked = ("neighbours", tmp_path / "face.png", "--run", kept.path)
    for words, sentence in [
        (("--k", "0"), "--k must be 1 or more"),
        (("--split", "test"), "no stored features of split 'test'; there are: all"),
        (("--space", "mid"), "has no space 'mid'"),
    ]:
        ran = fer(*asked, *words)
        assert ran.code == 2 and sentence in ran.err
    assert fer("neighbours", tmp_path / "gone.png", "--run", kept.path).code == 2
    table = kept.features()
    store_features(kept, FeatureTable(table.samples, {"v_face_erased": table.space("v_face")}, made=table.made))
    ran = fer(*asked)
    assert ran.code == 2 and "no features of v_face_erased; the network gives: v_face" in ran.err
