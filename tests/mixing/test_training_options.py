"""Co-training, either-or and mixed only: shared by every in-batch mixing, against eq. 9 of paper D written slowly."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from fer_core.catalogue.losses import CrossEntropyOptions
from fer_core.catalogue.mixings import (
    MIXINGS,
    CutMixOptions,
    CutoutOptions,
    FERMixOptions,
    MixAugmentOptions,
    MixupOptions,
)
from fer_core.contracts import Blend, PassPlan, TermPlan
from fer_core.losses import SoftCrossEntropy
from fer_core.mixing.compose import compose
from fer_core.mixing.cutmix import CutMix
from fer_core.mixing.cutout import Cutout
from fer_core.mixing.fermix import FERMix
from fer_core.mixing.mixaugment import MixAugment
from fer_core.mixing.mixup import Mixup
from fer_core.objective import Objective
from fer_core.recipe import RecipeError, load_recipe
from tests.mixing.sample_table import Table
from tests.test_objective import Flat

SHARING = [(Mixup, MixupOptions), (CutMix, CutMixOptions), (Cutout, CutoutOptions), (FERMix, FERMixOptions)]
EVERY = [*SHARING, (MixAugment, MixAugmentOptions)]
NAMES = ["mixup", "cutmix", "cutout", "fermix", "mixaugment"]
ROWS = np.array([2, 9, 4, 7, 11])


def _plan(mixing, options, seed=0, rows=ROWS, **changes):
    return mixing(options(**changes)).plan(np.random.default_rng(seed), Blend.plain(rows))


class Network(torch.nn.Module):
    """One linear layer, then another: small enough to be restated in NumPy."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.backbone, self.layer = Flat(), torch.nn.Linear(4, 4)
        self.backbone.layer = torch.nn.Linear(3 * 8 * 6, 4)

    def head(self, features):
        return {"main": self.layer(features.spaces["v_face"])}

    def slowly(self, picture):
        """Log shares of one picture (3, 8, 6) in float64."""
        first, second = (
            (one.weight.detach().double().numpy(), one.bias.detach().double().numpy())
            for one in (self.backbone.layer, self.layer)
        )
        logits = second[0] @ (first[0] @ picture.reshape(-1) + first[1]) + second[1]
        return logits - math.log(sum(math.exp(value) for value in logits))


def _loss(network, table, blend):
    """L of one pass, pixel by pixel."""
    pixels, labels = table.pixels.double().numpy(), table.labels.double().numpy()
    total = 0.0
    for place, (a, b, lam) in enumerate(zip(blend.main, blend.partner, blend.lam, strict=True)):
        picture = np.empty((3, 8, 6))
        for y in range(8):
            for x in range(6):
                if blend.region is None:
                    picture[:, y, x] = lam * pixels[a, :, y, x] + (1 - lam) * pixels[b, :, y, x]
                    continue
                left, top, right, bottom = blend.region[place]
                inside = round(left * 6) <= x < round(right * 6) and round(top * 8) <= y < round(bottom * 8)
                pasted = pixels[b, :, y, x] if blend.fill is None else blend.fill
                picture[:, y, x] = pasted if inside else pixels[a, :, y, x]
        soft = lam * labels[a] + (1 - lam) * labels[b]
        total -= sum(soft * network.slowly(picture * 2 - 1))
    return total / len(blend)


@pytest.mark.parametrize(("mixing", "options"), SHARING, ids=NAMES[:4])
@pytest.mark.parametrize("weight", [0.5, 0.1])
def test_co_training_equals_eq_9(mixing, options, weight):
    """alpha L_mix + (1 - alpha) L_main; beta = 1, the network has no mid-level branch."""
    table, network = Table(), Network()
    plan = _plan(mixing, options, 3, training="co", p_mix=1.0, mixed_weight=weight)
    assert [one.terms[0].role for one in plan] == ["mixed", "main"]
    total, log = Objective(network, SoftCrossEntropy(CrossEntropyOptions()))(compose(plan, table))
    mixed, main = _loss(network, table, plan[0].pictures), _loss(network, table, Blend.plain(ROWS))
    assert math.isclose(total.item(), weight * mixed + (1 - weight) * main, rel_tol=1e-5)
    assert math.isclose(log["mixed"].item(), mixed, rel_tol=1e-5)
    assert len(table.read) == 1  # main and mixed show the same augmented pictures


@pytest.mark.parametrize(("mixing", "options"), SHARING, ids=NAMES[:4])
@pytest.mark.parametrize(
    ("training", "mixes", "otherwise"),
    [("co", ["mixed", "main"], ["main"]), ("either", ["mixed"], ["main"]), ("mixed", ["mixed"], None)],
)
def test_a_step_mixes_with_chance_p_mix_and_weighs_one_in_all(mixing, options, training, mixes, otherwise):
    draws, chance = 2000, 0.8
    one = mixing(options(training=training, p_mix=chance))
    rng, rows = np.random.default_rng(1), Blend.plain(np.arange(3))
    plans = [one.plan(rng, rows) for _ in range(draws)]
    roles = [[term.role for single in plan for term in single.terms] for plan in plans]
    assert all(math.isclose(sum(single.terms[0].weight for single in plan), 1) for plan in plans)
    mixed = sum(role == mixes for role in roles)
    if otherwise is None:
        assert mixed == draws
        return
    assert mixed + sum(role == otherwise for role in roles) == draws
    assert abs(mixed - draws * chance) <= 5 * math.sqrt(draws * chance * (1 - chance))


def _same(one, other):
    return all(
        a.terms[0].weight == b.terms[0].weight
        and a.terms[0].role == b.terms[0].role
        and all(
            np.array_equal(getattr(a.pictures, name), getattr(b.pictures, name))
            for name in ("main", "partner", "lam", "fill")
        )
        and (a.pictures.region is b.pictures.region or np.array_equal(a.pictures.region, b.pictures.region))
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize(("mixing", "options"), EVERY, ids=NAMES)
def test_a_seed_makes_a_plan_and_nothing_else_is_touched(mixing, options):
    before = np.random.get_state(legacy=False)["state"]["key"].copy()  # noqa: NPY002
    rows = ROWS.copy()
    assert _same(_plan(mixing, options, 5, rows), _plan(mixing, options, 5, rows))
    plans = [_plan(mixing, options, seed, rows) for seed in range(30)]
    assert len({str([(single.pictures.partner, single.pictures.region) for single in one]) for one in plans}) > 1
    assert np.array_equal(rows, ROWS)
    assert np.array_equal(before, np.random.get_state(legacy=False)["state"]["key"])  # noqa: NPY002


@pytest.mark.parametrize(("mixing", "options"), EVERY, ids=NAMES)
def test_partners_are_shuffled_and_every_row_may_meet_every_row(mixing, options):
    """Cutout needs none: its rows are their own. Else each of four rows is the partner in a quarter of the steps."""
    draws = 1200
    one = mixing(options(**({} if mixing is MixAugment else {"training": "mixed"})))
    rng, rows = np.random.default_rng(8), Blend.plain(np.arange(4))
    met = np.zeros((4, 4))
    for _ in range(draws):
        met[np.arange(4), one.plan(rng, rows)[0].pictures.partner] += 1
    if mixing is Cutout:
        assert np.array_equal(met, draws * np.eye(4))
        return
    assert np.all(np.abs(met - draws / 4) <= 5 * math.sqrt(draws * 3 / 16))


@pytest.mark.parametrize(("mixing", "options"), EVERY, ids=NAMES)
@pytest.mark.parametrize("count", [1, 2, 7])
def test_soft_labels_sum_to_one_in_batches_of_any_size(mixing, options, count):
    table = Table()
    pixels, labels = table.pixels.clone(), table.labels.clone()
    for seed in range(10):
        plan = _plan(mixing, options, seed, np.arange(count))
        for view in compose(plan, table):
            assert view.images.shape == (count, 3, 8, 6)
            torch.testing.assert_close(view.terms[0].targets.sum(1), torch.ones(count))
            assert torch.all(view.terms[0].targets >= 0)
        for single in plan:
            assert sorted(single.pictures.partner) == list(range(count))  # a permutation, self included
    assert torch.equal(table.pixels, pixels) and torch.equal(table.labels, labels)


@pytest.mark.parametrize(("mixing", "options"), EVERY, ids=NAMES)
def test_a_plan_survives_json(mixing, options):
    plan = _plan(mixing, options, 2)
    back = []
    for single in plan:
        fields = {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in vars(single.pictures).items()
        }
        read = json.loads(json.dumps(fields))
        blend = Blend(**{name: np.array(value) if isinstance(value, list) else value for name, value in read.items()})
        back.append(PassPlan(blend, (TermPlan(single.terms[0].role, single.terms[0].weight, blend),)))
    for one, other in zip(compose(plan, Table()), compose(back, Table()), strict=True):
        assert torch.equal(one.images, other.images) and torch.equal(one.terms[0].targets, other.terms[0].targets)


@pytest.mark.parametrize(("mixing", "options"), EVERY, ids=NAMES)
def test_rows_that_are_already_blended_are_refused(mixing, options):
    blended = Blend(np.array([0]), np.array([1]), np.array([0.5]))
    with pytest.raises(ValueError, match=f"^{mixing.name} blends plain rows; .* already blended"):
        mixing(options(**({} if mixing is MixAugment else {"training": "mixed"}))).plan(
            np.random.default_rng(0), blended
        )
    assert mixing(options()).pairs(np.random.default_rng(0), None) is None


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_the_table_builds_and_round_trips(name):
    recipe = load_recipe("expression", [f"mixing.kind={name}"])
    assert MIXINGS.build(recipe.mixing).name == name
    expected = {"fermix": "co", "mixaugment": None}.get(name, "mixed")
    assert recipe.mixing.plain().get("training") == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["kind=mixup", "training=both"], "mixing.training: input should be 'co', 'either' or 'mixed', got 'both'"),
        (["kind=cutmix", "p_mix=0"], "mixing.p_mix: input should be greater than 0, got 0"),
        (["kind=cutmix", "p_mix=1.1"], "mixing.p_mix: input should be less than or equal to 1, got 1.1"),
        (["kind=cutout", "mixed_weight=1"], "mixing.mixed_weight: input should be less than 1, got 1"),
        (["kind=cutout", "mixed_weight=0"], "mixing.mixed_weight: input should be greater than 0, got 0"),
        (["kind=cutmix", "alpha=0"], "mixing.alpha: input should be greater than 0, got 0"),
        (["kind=mixaugment", "alpha=65"], "mixing.alpha: input should be less than or equal to 64, got 65"),
        (["kind=mixaugment", "training=co"], "unknown key 'mixing.training'"),
        (["kind=cutout", "side=0"], "mixing.side: input should be greater than 0, got 0"),
        (["kind=cutout", "side=1.5"], "mixing.side: input should be less than or equal to 1, got 1.5"),
        (["kind=cutout", "fill=2"], "mixing.fill: input should be less than or equal to 1, got 2"),
        (["kind=cutout", "fill=-1"], "mixing.fill: input should be greater than or equal to 0, got -1"),
        (
            ["kind=fermix", "patterns=[]"],
            r"mixing.patterns: name at least one of horizontal, vertical, corner, diagonal, got \[\]",
        ),
        (["kind=fermix", "patterns=[corner, corner]"], "mixing.patterns: corner is named more than once"),
        (
            ["kind=fermix", "patterns=[middle]"],
            "input should be 'horizontal', 'vertical', 'corner' or 'diagonal', got 'middle'",
        ),
        (["kind=fermix", "horizontal=0"], "mixing.horizontal: input should be greater than 0, got 0"),
        (["kind=fermix", "per_row=true"], "unknown key 'mixing.per_row'"),
        (["kind=fermx"], "did you mean 'fermix'"),
    ],
)
def test_every_mistake_has_its_sentence(changes, sentence):
    with pytest.raises(RecipeError, match=sentence):
        load_recipe("expression", [f"mixing.{one}" for one in changes])
