"""What the shipped runs keep: sums over many pictures, true to their weights, and useful."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import load_file

from fer_core.assembly import load_model, normaliser
from fer_core.inference import spaces_of
from fer_core.ood import usual
from fer_core.ood.drawn import non_faces
from fer_core.ood.gaussian import LEAST
from fer_core.ood.reference import FILE
from fer_core.runs import SHIPPED, Run

SHIPPED_RUNS = [
    # Its maps have 96 pixels a side: seconds.
    pytest.param(path.parent, marks=pytest.mark.slow) if path.parent.name == "masking" else path.parent
    for path in sorted(SHIPPED.glob("*/run.json"))
]


@pytest.mark.parametrize("path", SHIPPED_RUNS, ids=lambda path: path.name)
def test_a_shipped_run_tells_what_is_no_face(path):
    run = Run(path)
    kept = usual(run)
    facts = kept.facts
    judged = run.evaluated["validation"]
    assert (facts["data"], facts["of"]) == (judged["data"], judged["n"]) and facts["n"] > 1000
    assert facts["split"] == "validation" and not facts["in_sample"]
    assert f"fer ood {run.name} --data" in facts["command"]
    assert (path / FILE).stat().st_size < 300_000
    width = facts["dimension"]
    stored = {name: one.shape for name, one in load_file(path / FILE).items()}
    classes = sum(count >= LEAST for count in facts["labels"].values())
    assert stored == {"means": (classes, width), "factor": (width * (width + 1) // 2,), "quantiles": (101,)}
    # What the file says of drawn textures comes out again.
    told = next(one for one in facts["tried"] if one["name"] == "texture")
    pictures = non_faces("texture", 24, run.preprocessing["size"], facts["seed"])
    far = kept.score(spaces_of(load_model(run), normaliser(run.preprocessing), pictures)[facts["space"]])
    assert (far > kept.threshold).mean() == pytest.approx(told["outside"], abs=0.15)
    assert np.median(far) == pytest.approx(told["median"], rel=0.15)
    assert facts["tried"][0]["group"] == "non-faces" and facts["tried"][0]["auroc"] > 0.8
