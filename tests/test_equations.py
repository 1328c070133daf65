"""Eq. 3 of MixAugment (paper B) and eq. 9 of FERMixNet (paper D), gradients included, through the way a training takes:
the mixing plans, `compose` blends, `Objective` judges. The oracles are NumPy loops over pictures and labels in float64,
and for eq. 3 also the paper's literal three forward passes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.assembly import build_loss, build_mixing, build_model
from fer_core.contracts import Blend, Features
from fer_core.mixing.compose import compose
from fer_core.objective import Objective
from fer_core.recipe import check_recipe
from tests.mixing.sample_table import Table

ROWS = np.array([2, 9, 4, 7, 11])
BRANCHES = {"main": "v_face", "high": "v_face", "mid": "mid"}


class Network(nn.Module):
    """A linear embedding for each branch, then a classifier; no BatchNorm, so passes can be split at will."""

    def __init__(self, branches):
        super().__init__()
        torch.manual_seed(1)
        self.embed = nn.ModuleDict({branch: nn.Linear(3 * 8 * 6, 4) for branch in branches})
        self.classify = nn.ModuleDict({branch: nn.Linear(4, 4) for branch in branches})

    def backbone(self, images, frozen=None):
        return Features({BRANCHES[one]: layer(images.flatten(1)) for one, layer in self.embed.items()}, {})

    def head(self, features):
        return {one: layer(features.spaces[BRANCHES[one]]) for one, layer in self.classify.items()}

    def slowly(self, total, branch, picture, soft, weight):
        """Adds ``weight`` times one picture's cross-entropy and its slope in every parameter, number by number."""
        w1, b1, w2, b2 = (
            getattr(layer[branch], name).detach().double().numpy()
            for layer in (self.embed, self.classify)
            for name in ("weight", "bias")
        )
        embedding = w1 @ picture.reshape(-1) + b1
        logits = w2 @ embedding + b2
        whole = sum(math.exp(value) for value in logits)
        slopes = {name: np.zeros_like(value) for name, value in (("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2))}
        for k in range(4):
            total["loss"] -= weight * soft[k] * (logits[k] - math.log(whole))
            slope = weight * (math.exp(logits[k]) / whole - soft[k])
            total["logits"].setdefault(branch, []).append(slope)
            slopes["b2"][k] += slope
            for d in range(4):
                slopes["w2"][k, d] += slope * embedding[d]
                slopes["b1"][d] += slope * w2[k, d]
                slopes["w1"][d] += slope * w2[k, d] * picture.reshape(-1)
        for name, value in slopes.items():
            total[branch, name] = total.get((branch, name), 0) + value


def _picture(table, a, b, lam, region):
    """One blended picture in [0, 1], pixel by pixel."""
    pixels = table.pixels.double().numpy()
    picture = np.empty((3, 8, 6))
    for y in range(8):
        for x in range(6):
            if region is None:
                picture[:, y, x] = lam * pixels[a, :, y, x] + (1 - lam) * pixels[b, :, y, x]
            else:
                left, top, right, bottom = region
                inside = left * 6 <= x < right * 6 and top * 8 <= y < bottom * 8
                picture[:, y, x] = pixels[b if inside else a, :, y, x]
    return picture * 2 - 1


def _check(network, recipe, views, expected):
    """Loss, slopes in every logit and slopes in every parameter."""
    kept = []
    for layer in network.classify.values():
        layer.register_forward_hook(lambda _, __, out: (out.retain_grad(), kept.append(out))[1])
    total, _ = Objective(network, build_loss(recipe))(views)
    total.backward()
    assert total.item() == pytest.approx(expected["loss"], rel=1e-5)
    branches = list(network.classify)
    for place, branch in enumerate(branches):
        mine = torch.cat([one.grad for one in kept[place :: len(branches)]]).double().numpy()
        slow = np.array(expected["logits"][branch]).reshape(-1, 4)
        np.testing.assert_allclose(mine, slow, rtol=1e-4, atol=1e-7)
        for layers, names in ((network.embed, ("w1", "b1")), (network.classify, ("w2", "b2"))):
            for name, one in zip(names, layers[branch].parameters(), strict=True):
                np.testing.assert_allclose(one.grad.double().numpy(), expected[branch, name], rtol=1e-4, atol=1e-6)


def _plan(recipe, seed=3):
    return build_mixing(recipe).plan(np.random.default_rng(seed), Blend.plain(ROWS))


@pytest.mark.parametrize("per_row", [False, True])
def test_equation_three_of_mixaugment(per_row):
    """CE(x~, y~) + CE(x_i, y_i) + CE(x_j, y_j), each of weight 1, mean over the pairs of the batch."""
    recipe = check_recipe({"name": "b", "mixing": {"kind": "mixaugment", "alpha": 0.6, "per_row": per_row}})
    table, network = Table(), Network(["main"])
    plan = _plan(recipe)
    blend, labels = plan[0].pictures, table.labels.double().numpy()
    assert 0.01 < blend.lam.min() < blend.lam.max() + 1e-9 and sorted(blend.partner) == sorted(ROWS)
    expected = {"loss": 0.0, "logits": {}}
    for i, j, lam in zip(blend.main, blend.partner, blend.lam, strict=True):
        soft = lam * labels[i] + (1 - lam) * labels[j]
        network.slowly(expected, "main", _picture(table, i, j, lam, None), soft, 1 / len(ROWS))
    mixed = expected["logits"].pop("main")
    for one in (blend.main, blend.partner):
        for row in one:
            network.slowly(expected, "main", _picture(table, row, row, 1, None), labels[row], 1 / len(ROWS))
    # The real pictures go through the network once: a picture's slope is that of x_i plus that of where it is x_j.
    real = np.array(expected["logits"]["main"]).reshape(2, len(ROWS), 4)
    back = [list(blend.partner).index(row) for row in blend.main]
    expected["logits"]["main"] = [*mixed, *(real[0] + real[1][back]).ravel()]
    _check(network, recipe, compose(plan, table), expected)


def test_equation_three_equals_three_forward_passes_of_a_real_network():
    """x~, x_i and x_j forwarded one after the other, as the paper's text has it; BatchNorm in eval mode, for three
    passes have three sets of statistics and two have two."""
    tiny = {"kind": "compact", "stem": 4, "widths": [4, 8], "blocks": [1, 1]}
    recipe = check_recipe(
        {"name": "b", "data": {"labels": ["anger", "fear", "sadness", "neutral"]}, "backbone": tiny,
         "head": {"kind": "linear", "dropout": 0.5}, "mixing": {"kind": "mixaugment", "alpha": 1.0}}
    )  # fmt: skip
    table, model, loss = Table(), build_model(recipe).eval(), build_loss(recipe)
    plan = _plan(recipe, 4)
    total, _ = Objective(model, loss)(compose(plan, table))
    mine = torch.autograd.grad(total, list(model.parameters()))
    blend = plan[0].pictures
    lam = float(blend.lam[0])
    x_i, x_j = (table.normalise(table.pixels[rows]) for rows in (blend.main, blend.partner))
    y_i, y_j = (table.labels[rows] for rows in (blend.main, blend.partner))
    slow = sum(
        loss(model(x), y)
        for x, y in ((lam * x_i + (1 - lam) * x_j, lam * y_i + (1 - lam) * y_j), (x_i, y_i), (x_j, y_j))
    )
    torch.testing.assert_close(total, slow)
    for one, other in zip(mine, torch.autograd.grad(slow, list(model.parameters())), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (0.9, 0.1)])
@pytest.mark.parametrize("pattern", ["horizontal", "vertical", "corner"])
@pytest.mark.parametrize("mixes", [True, False])
def test_equation_nine_of_fermixnet(alpha, beta, pattern, mixes):
    """alpha (beta Lh_mix + (1 - beta) Lm_mix) + (1 - alpha) (beta Lh_main + (1 - beta) Lm_main) where a step mixes,
    beta Lh_main + (1 - beta) Lm_main where it does not."""
    recipe = check_recipe(
        {"name": "d", "backbone": {"kind": "resnet18", "mid": True}, "head": "fusion",
         "loss": {"kind": "fusion", "beta": beta},
         "mixing": {"kind": "fermix", "patterns": [pattern], "mixed_weight": alpha, "p_mix": 0.5}}
    )  # fmt: skip
    seed = next(seed for seed in range(50) if (len(_plan(recipe, seed)) == 2) == mixes)
    table, network, plan = Table(), Network(["high", "mid"]), _plan(recipe, seed)
    labels, expected = table.labels.double().numpy(), {"loss": 0.0, "logits": {}}
    shares = (("high", beta), ("mid", 1 - beta))
    if mixes:
        blend = plan[0].pictures
        assert set(blend.lam) == {0.75 if pattern == "corner" else 0.5}
        for i, j, lam, region in zip(blend.main, blend.partner, blend.lam, blend.region, strict=True):
            soft = lam * labels[i] + (1 - lam) * labels[j]
            for branch, share in shares:
                picture = _picture(table, i, j, lam, region)
                network.slowly(expected, branch, picture, soft, alpha * share / len(ROWS))
    for row in ROWS:
        for branch, share in shares:
            weight = ((1 - alpha) if mixes else 1) * share / len(ROWS)
            network.slowly(expected, branch, _picture(table, row, row, 1, None), labels[row], weight)
    _check(network, recipe, compose(plan, table), expected)
