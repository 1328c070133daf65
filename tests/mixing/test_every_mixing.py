"""What must hold for every mixing in the catalogue, whatever it does."""

from __future__ import annotations

import dataclasses
import json
import random

import numpy as np
import pandas as pd
import pytest
import torch

from fer_core.catalogue.mixings import MIXINGS
from fer_core.contracts import Blend
from fer_core.mixing.compose import compose
from fer_core.mixing.plans import plan_from_json, plan_to_json
from fer_core.parts import Choice
from tests.mixing.sample_table import ROWS, Table

FURTHER = {
    "mixup": [{"per_row": True}, {"training": "co"}, {"training": "either", "p_mix": 0.5}],
    "mixaugment": [{"per_row": True}],
    "cutmix": [{"per_row": True}, {"training": "co"}],
    "cutout": [{"fill": 0.5}, {"training": "co", "per_row": False}],
    "fermix": [{"patterns": ["diagonal"]}, {"guided": True, "patterns": ["corner", "diagonal"]}, {"training": "mixed"}],
    "pairs": [{"at": "image"}, {"partners": "other", "at": "image"}, {"partners": "other"}],
}
EVERY = [(name, options) for name in MIXINGS.names() for options in ({}, *FURTHER.get(name, []))]
SAMPLES = pd.DataFrame(
    {"label": ["Asleep", "Drowsy", "Awake", "Drowsy"] * 3, "subject": ["a", "a", "a", "b", "b", "b"] * 2}
)
"""Twelve rows like those of `Table`; its four classes stand for whatever they are."""


@pytest.fixture(params=EVERY, ids=[f"{name} {options or ''}".strip() for name, options in EVERY])
def mixing(request):
    name, options = request.param
    if name == "pairs":
        options = {"share": 0.5, **options}
    return MIXINGS.build(Choice(name, MIXINGS[name].options.model_validate(options)))


def _plan(mixing, seed=0, count=ROWS):
    """A step over ``count`` rows of the pool, shuffled, as the loop makes it."""
    pool = Blend.plain(np.arange(ROWS))
    added = mixing.pairs(np.random.default_rng(seed), SAMPLES)
    rng = np.random.default_rng(seed + 1)
    pool = pool if added is None else pool.join(added)
    return mixing.plan(rng, pool.take(rng.permutation(len(pool))[:count]))


def _arrays(value):
    """Every array in a plan, as bytes."""
    if isinstance(value, np.ndarray):
        return [(value.dtype, value.shape, value.tobytes())]
    if dataclasses.is_dataclass(value):
        return [one for field in dataclasses.fields(value) for one in _arrays(getattr(value, field.name))]
    return [one for part in value for one in _arrays(part)] if isinstance(value, tuple) else [(value,)]


def _same(one, other):
    for a, b in zip(one, other, strict=True):
        assert torch.equal(a.images, b.images) and torch.equal(a.frozen["v_id"], b.frozen["v_id"])
        for mine, theirs in zip(a.terms, b.terms, strict=True):
            assert (mine.role, mine.weight, mine.at) == (theirs.role, theirs.weight, theirs.at)
            assert torch.equal(mine.targets, theirs.targets)
            for name in ("main", "partner", "lam"):
                first, second = getattr(mine, name), getattr(theirs, name)
                assert first is second is None or torch.equal(first, second)


@pytest.mark.parametrize("count", [1, 2, 5, 7])
def test_batches_of_any_size_have_pictures_and_soft_labels_that_sum_to_one(mixing, count):
    for seed in range(5):
        for view in compose(_plan(mixing, seed, count), Table()):
            assert torch.isfinite(view.images).all() and view.images.shape[1:] == (3, 8, 6)
            for term in view.terms:
                assert term.targets.shape == (count, 4) and torch.all(term.targets >= 0)
                torch.testing.assert_close(term.targets.sum(1), torch.ones(count))
                if term.at == "image":
                    assert len(view.images) == len(view.frozen["v_id"]) == count


def test_inputs_and_plan_stay_as_they_are(mixing):
    table, samples, rows = Table(), SAMPLES.copy(), Blend.plain(np.arange(ROWS))
    tensors = [table.pixels, table.labels, table.v_id]
    before = [one.numpy().tobytes() for one in tensors]
    faces, told = table.faces.tobytes(), _arrays(rows)
    added = mixing.pairs(np.random.default_rng(0), samples)
    plan = mixing.plan(np.random.default_rng(1), rows if added is None else rows.join(added))
    planned = _arrays(plan)
    compose(plan, table)
    assert [one.numpy().tobytes() for one in tensors] == before and table.faces.tobytes() == faces
    assert _arrays(plan) == planned and _arrays(rows) == told
    pd.testing.assert_frame_equal(samples, SAMPLES)


def test_one_seed_makes_one_plan_and_one_plan_one_batch(mixing):
    assert _arrays(_plan(mixing, 3)) == _arrays(_plan(mixing, 3))
    plan = _plan(mixing, 3)
    _same(compose(plan, Table()), compose(plan, Table()))


def test_the_global_generators_are_left_alone(mixing):
    def states():
        numpy = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
        return numpy["key"].tobytes(), numpy["pos"], torch.get_rng_state().numpy().tobytes(), random.getstate()

    before = states()
    compose(_plan(mixing), Table())
    assert states() == before


def test_a_plan_survives_json(mixing):
    for seed in range(4):
        plan = _plan(mixing, seed)
        written = json.dumps(plan_to_json(plan), allow_nan=False)
        back = plan_from_json(json.loads(written))
        assert _arrays(back) == _arrays(plan)
        _same(compose(back, Table()), compose(plan, Table()))


def _with_lambda_one(plan):
    def one(blend):
        return dataclasses.replace(blend, lam=np.ones(len(blend)))

    return tuple(
        dataclasses.replace(
            single,
            pictures=one(single.pictures),
            terms=tuple(dataclasses.replace(term, blend=one(term.blend)) for term in single.terms),
        )
        for single in plan
    )


def test_lambda_one_is_the_identity(mixing):
    """Also where a region is named; but a Cutout's square is painted, its lambda is always 1."""
    table = Table()
    for seed in range(4):
        plan = _with_lambda_one(_plan(mixing, seed))
        for single, view in zip(plan, compose(plan, table), strict=True):
            main = single.pictures.main
            plain = table.pixels[main] * 2 - 1
            if single.pictures.fill is None:
                assert torch.equal(view.images, plain)
            else:
                painted = torch.full_like(plain, single.pictures.fill * 2 - 1)
                assert torch.all((view.images == plain) | (view.images == painted))
            assert torch.equal(view.frozen["v_id"], table.v_id[main])
            for term, planned in zip(view.terms, single.terms, strict=True):
                assert torch.equal(term.targets, table.labels[planned.blend.main])


class OnDevice(Table):
    """The same rows on the accelerator."""

    def __init__(self, device):
        super().__init__()
        self.pixels, self.labels, self.v_id = (one.to(device) for one in (self.pixels, self.labels, self.v_id))


@pytest.mark.gpu
def test_the_same_plan_gives_the_same_batch_on_the_gpu(mixing):
    plan = _plan(mixing, 2)
    for here, there in zip(compose(plan, Table()), compose(plan, OnDevice("cuda")), strict=True):
        # Products and sums of two numbers: the GPU may fuse them, which moves the last bit.
        torch.testing.assert_close(there.images.cpu(), here.images, rtol=0, atol=3e-7)
        for mine, theirs in zip(here.terms, there.terms, strict=True):
            torch.testing.assert_close(theirs.targets.cpu(), mine.targets, rtol=0, atol=3e-7)


def test_what_is_no_plan_is_refused():
    with pytest.raises(ValueError, match="no plan of a mixing"):
        plan_from_json([{"pictures": {"main": [0]}}])
