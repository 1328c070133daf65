"""What comes with the software: usable, light, and true to its own card."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fer_core.assembly import load_model, normaliser
from fer_core.evaluation import stored_report, verify
from fer_core.predictor import Predictor
from fer_core.runs import SHIPPED, Run

SHIPPED_RUNS = sorted(path.parent for path in SHIPPED.glob("*/run.json"))


def test_the_expression_model_is_shipped():
    assert SHIPPED / "expression" in SHIPPED_RUNS


@pytest.mark.parametrize("path", SHIPPED_RUNS, ids=lambda path: path.name)
def test_a_shipped_run_is_whole_light_and_names_no_machine(path):
    run = Run(path)
    assert run.usable and run.shipped, run.why_not
    assert (path / "weights.safetensors").stat().st_size < 50 * 2**20
    assert not {"host", "pid"} & set(run.info) and not run.info["data"]["source"].startswith("/")
    for split in run.evaluated:
        report = stored_report(run, split)
        for figure in ("accuracy", "accuracy_without_twins", "macro_f1", "ece"):
            assert f"{report[figure]:.4f}" in run.card()
    size = run.preprocessing["size"]
    crops = np.random.default_rng(0).integers(0, 256, (3, size, size, 3), dtype=np.uint8)
    assert np.allclose(Predictor(run, "cpu").probabilities(crops).sum(1), 1, atol=1e-5)


def test_the_expression_model_meets_its_order():
    report = stored_report(Run(SHIPPED / "expression"), "validation")
    assert report["n"] == 3589 and report["twins"] == 280
    assert report["accuracy_without_twins"] >= 0.65


@pytest.mark.slow
@pytest.mark.parametrize("name", ["expression", "expression-mid", "masking"])
def test_stored_predictions_are_recomputed_from_the_shipped_weights(name, fer2013_zip):
    assert verify(Run(SHIPPED / name), data=str(fer2013_zip))["equal"]


def test_branches_and_masks_can_be_looked_at():
    """What the mid-level and the masking network are shipped for: their maps exist and answer to the picture."""
    pixels = np.random.default_rng(0).integers(0, 256, (1, 96, 96), dtype=np.uint8)
    for name, maps in (("expression-mid", {"high", "mid"}), ("masking", {f"mask{n}" for n in (1, 2, 3, 4)})):
        run = Run(SHIPPED / name)
        size = run.preprocessing["size"]
        model, normalise = load_model(run), normaliser(run.preprocessing)
        with torch.inference_mode():
            found = [model.features(normalise(one[:, :size, :size])).maps for one in (pixels, pixels[:, ::-1])]
        assert maps <= set(found[0])
        assert all(not torch.equal(found[0][one], found[1][one]) and found[0][one].std() > 0 for one in maps)
