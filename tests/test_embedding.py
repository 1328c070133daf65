"""A run's spaces as a table, against the network asked picture by picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from fer_core import embedding
from fer_core.assembly import build_model, load_model, normaliser
from fer_core.data import open_data
from fer_core.data.folds import subject_keys
from fer_core.data.gathering import gather
from fer_core.embedding import embed, store_features
from fer_core.features import COLUMNS, FeatureTable, read_features
from fer_core.recipe import load_recipe
from fer_core.runs import create_run
from fer_core.tables import write_parquet
from fer_core.weights import save_weights
from tests.drawn import manifest

SMALL = ["backbone.widths=[4]", "backbone.blocks=[1]", "backbone.stem=4", "preprocessing.size=24"]


@pytest.fixture
def run(tmp_path):
    recipe = load_recipe("expression", [*SMALL, "preprocessing.faces=whole"])
    info = {
        "status": "finished",
        "seed": 0,
        "data": {"name": "faces"},
        "labels": recipe.labels,
        "preprocessing": recipe.preprocessing.model_dump(),
    }
    made = create_run(tmp_path / "own", recipe.dump(), info)
    save_weights(made.path / "weights.safetensors", build_model(recipe).state_dict(), {})
    return made


@pytest.fixture
def faces(tmp_path):
    return open_data(str(manifest(tmp_path / "faces", subjects=4, per_subject=6).parent))


def test_every_space_of_every_picture_is_written(run, faces, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "BATCH", 5)  # five batches, the last with four rows
    made = embed(run, faces, tmp_path / "t.parquet")
    table = read_features(tmp_path / "t.parquet")
    model, normalise = load_model(run), normaliser(run.preprocessing)
    found = gather(faces, None, run.preprocessing, run.labels)
    assert list(table.samples.columns) == list(COLUMNS) and made["n"] == len(table) == 24
    samples = found.chosen.table
    for column, own in (("sample", "path"), ("label", "label"), ("subject", "subject"), ("session", "session")):
        assert table.samples[column].tolist() == samples[own].tolist()
    with torch.no_grad():
        for row in range(24):
            images = normalise(found.pixels[row : row + 1])
            features = model.features(images, model.frozen(images))
            assert set(features.spaces) == set(table.spaces) == set(made["spaces"])
            for name, one in features.spaces.items():
                assert table.space(name)[row] == pytest.approx(one[0].numpy(), abs=1e-5)
            answer = model.decide(model(images))[0].argmax()
            assert table.samples["predicted"][row] == run.labels[int(answer)]
    assert table.made["fingerprint"] == found.decoded.fingerprint and table.made["run"] == "own"


def test_the_table_says_whom_the_run_has_learned_from(run, faces, tmp_path):
    assert embed(run, faces, tmp_path / "t.parquet")["met"] is None  # an older run did not write it down
    keys = subject_keys(faces)
    who = faces.table["subject"].to_numpy()
    learned = {name: keys[who == name][0] for name in sorted(set(who))[:3]}
    used = [True, True, False]  # of the third only a picture that was left out
    pictures = {"hash": np.zeros(3, np.uint64), "dhash": np.zeros(3, np.uint64), "used": used}
    write_parquet(run.path / "training.parquet", pd.DataFrame({**pictures, "subject": list(learned.values())}))
    embed(run, faces, tmp_path / "t.parquet")
    assert read_features(tmp_path / "t.parquet").made["met"] == list(learned)[:2]


def test_limits_leave_so_many(run, faces, tmp_path):
    embed(run, faces, tmp_path / "t.parquet", state_limit=3)
    table = read_features(tmp_path / "t.parquet")
    assert table.samples["label"].value_counts().tolist() == [3, 3, 3]
    assert embed(run, faces, tmp_path / "t.parquet", limit=5)["n"] == 5
    with pytest.raises(ValueError, match="state_limit must be 1 or more"):
        embed(run, faces, tmp_path / "t.parquet", state_limit=0)


def test_a_run_keeps_its_features_and_the_commands_find_them(fer, run, faces, tmp_path):
    ran = fer("embed", run.path, "--data", faces.source, "--store", "--json")
    assert ran.code == 0 and ran.document["stored"] and ran.document["n"] == 24, ran.err
    assert set(run.features("all").spaces) == {*ran.document["spaces"]}
    assert run.features().made["split"] == "all"
    space = next(iter(ran.document["spaces"]))
    found = fer("leakage", run.path, "--space", space, "--json")
    assert found.code == 0 and found.document["subjects"] == 4 and found.document["run"] == "own", found.err
    ran = fer("project", run.path, "--space", space, "--method", "pca", "--store", "--json")
    assert ran.code == 0 and len(pd.read_parquet(run.path / "projections" / f"{space}-pca.parquet")) == 24, ran.err
    with pytest.raises(FileNotFoundError, match="no stored features of split 'test'; there are: all"):
        run.features("test")
    assert "Written" in fer("embed", run.path, "--data", faces.source, "--out", tmp_path / "t.parquet").out
    for words, sentence in [
        ((), "where to?"),
        (("--out", tmp_path / "t.csv"), "must end in .parquet"),
        (("--out", tmp_path / "no" / "t.parquet"), "there is no folder"),
        (("--out", tmp_path / "t.parquet", "--split", "test"), "test"),
    ]:
        ran = fer("embed", run.path, "--data", faces.source, *words)
        assert ran.code == 2 and sentence in ran.err
    assert "comes with the software" in fer("embed", "expression", "--data", faces.source, "--store").err


def test_a_stored_table_is_of_one_split(run):
    samples = pd.DataFrame({"sample": ["a", "b"], "split": ["test", "train"]})
    table = FeatureTable(samples, {"v": np.ones((2, 3), dtype=np.float32)})
    with pytest.raises(ValueError, match="holds one split, this one holds test, train"):
        store_features(run, table)
    path = store_features(run, table.take(np.array([0])))
    assert path == run.path / "features" / "test.parquet" and len(run.features()) == 1
