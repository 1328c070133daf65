"""Planned pairs in a whole training: every added row stands in every epoch, and the run keeps which they were."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fer_core.mixing.pairing import PlannedPairs
from fer_core.mixing.plans import blend_from_json
from fer_core.recipe import RecipeError, check_recipe
from fer_core.runs import Run
from fer_core.training import train
from tests.drawn import LABELS, manifest

RECIPE = {
    "name": "paired",
    "data": {"labels": list(LABELS), "validation_share": 0.2},
    "preprocessing": {"size": 16, "grey": True},
    "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
    "mixing": {"kind": "pairs", "at": "image", "share": 0.4, "between": [LABELS[:2], LABELS[1:]]},
    "optimisation": {"epochs": 2, "batch_size": 16, "precision": "fp32"},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(manifest(tmp_path_factory.mktemp("people"), subjects=6, per_subject=12))


@pytest.fixture
def seen(monkeypatch):
    """The rows of every training step, in order; after ``stop`` steps somebody presses Ctrl-C."""
    steps, plan = [], PlannedPairs.plan

    def watched(self, rng, rows):
        if len(steps) == steps_until_stop[0]:
            raise KeyboardInterrupt
        steps.append(rows)
        return plan(self, rng, rows)

    steps_until_stop = [10**9]
    monkeypatch.setattr(PlannedPairs, "plan", watched)
    return steps, steps_until_stop


def _keys(blends):
    return sorted(
        (int(i), int(j), float(lam)) for one in blends for i, j, lam in zip(one.main, one.partner, one.lam, strict=True)
    )


def test_every_added_row_stands_once_in_every_epoch_and_a_resume_draws_the_same(data, seen, tmp_path):
    steps, stop = seen
    recipe, out = check_recipe(RECIPE, "paired"), tmp_path / "run"
    stop[0] = 7  # six steps an epoch: the second epoch has begun
    with pytest.raises(KeyboardInterrupt):
        train(recipe, data, out, threads=1)
    run = Run(out)
    written = (out / "pairs.json").read_text()
    document = json.loads(written)
    added = blend_from_json(document)
    count = run.info["data"]["train"]
    assert len(added) == round(0.4 * count) and len(steps) == 7
    pool = _keys([added]) + [(row, row, 1.0) for row in range(count)]
    assert _keys(steps[:6]) == sorted(pool)
    assert any(np.any(one.lam == 1) and np.any(one.lam != 1) for one in steps)  # plain and mixed rows in one batch
    for main, partner in zip(document["main_path"], document["partner_path"], strict=True):
        assert main.split("_")[0] == partner.split("_")[0] and main != partner  # the same person
    stop[0] = 10**9
    steps.clear()
    train(recipe, data, out, resume=True, threads=1)
    assert Run(out).info["landmarks"] == {"own": 0, "framing": count, "unknown": 0}
    assert Run(out).status == "finished" and (out / "pairs.json").read_text() == written
    assert _keys(steps) == sorted(pool)


def test_a_resume_with_other_pairs_is_refused(data, seen, tmp_path):
    _, stop = seen
    recipe, out = check_recipe(RECIPE, "paired"), tmp_path / "run"
    stop[0] = 1
    with pytest.raises(KeyboardInterrupt):
        train(recipe, data, out, threads=1)
    document = json.loads((out / "pairs.json").read_text())
    document["lam"][0] = 0.5
    (out / "pairs.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match="begun with other pairs"):
        train(recipe, data, out, resume=True, threads=1)


def test_what_cannot_be_paired_is_told_before_anything_is_written(data, tmp_path):
    recipe = check_recipe(RECIPE, "paired", ["mixing.between=[[Asleep, Drowsy]]"])
    with pytest.raises(ValueError, match="no training picture of Asleep names its subject"):
        train(recipe, data, tmp_path / "run", threads=1)
    assert not (tmp_path / "run").exists()
    with pytest.raises(RecipeError, match="mixing.at: the head does not read 'v_state'"):
        check_recipe(RECIPE, "paired", ["mixing.at=v_state"])
