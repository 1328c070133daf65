"""A run that nobody trained, on drawn faces of six people who do not exist."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.assembly import build_model
from fer_core.data import open_data
from fer_core.recipe import load_recipe
from fer_core.runs import create_run
from fer_core.tables import prediction_table
from fer_core.weights import save_weights
from tests.drawn import manifest

SMALL = ["backbone.widths=[6,8]", "backbone.blocks=[1,1]", "backbone.stem=4", "preprocessing.size=24"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return str(manifest(tmp_path_factory.mktemp("data") / "faces", subjects=6, per_subject=15).parent)


@pytest.fixture
def faces(source):
    return open_data(source)


@pytest.fixture
def run(tmp_path, faces):
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
    held = faces.table[faces.table["subject"] != "p0"].assign(split="validation")
    shares = np.full((len(held), len(recipe.labels)), 1 / len(recipe.labels))
    made.store_predictions(prediction_table(held, shares, recipe.labels, np.zeros(len(held), dtype=bool)))
    return made


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Fewer pictures of each kind, and two people to compare with."""
    from fer_core.ood import trying

    monkeypatch.setattr(trying, "EACH", 12)
    monkeypatch.setattr(trying, "OTHERS", 20)
    monkeypatch.setattr(trying, "PEOPLE", "people:subjects=2,sessions=1,states=expressions,frames=1,size=64")
