"""Mixup plans what it planned before it shared its training options, and MixAugment is eq. 3 written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.catalogue.losses import CrossEntropyOptions
from fer_core.catalogue.mixings import MixAugmentOptions, MixupOptions
from fer_core.contracts import Blend, Features
from fer_core.losses import SoftCrossEntropy
from fer_core.mixing.compose import compose
from fer_core.mixing.mixaugment import MixAugment
from fer_core.mixing.mixup import Mixup
from fer_core.objective import Objective
from tests.mixing.sample_table import Table


@pytest.mark.parametrize(
    ("per_row", "partner", "lam", "after"),
    [
        (False, [4, 9, 5, 7, 2], [0.14100727103090993] * 5, 55),
        (
            True,
            [7, 5, 9, 2, 4],
            [
                0.14100727103090993,
                0.9979413270019902,
                0.004767456230481747,
                1.0834219737112089e-11,
                0.9348115379848733,
            ],
            719,
        ),
    ],
)
def test_mixup_plans_by_default_what_it_planned_before_training_options(per_row, partner, lam, after):
    """Recorded at commit 107ffb8; ``after`` is the stream's next number: nothing more was drawn."""
    rng = np.random.default_rng(7)
    rows = np.array([4, 9, 2, 7, 5])
    (one,) = Mixup(MixupOptions(alpha=0.2, per_row=per_row)).plan(rng, Blend.plain(rows))
    assert one.pictures.main.tolist() == rows.tolist() and one.pictures.partner.tolist() == partner
    np.testing.assert_allclose(one.pictures.lam, lam, rtol=1e-12)
    assert one.pictures.region is None and one.pictures.fill is None
    (term,) = one.terms
    assert (term.role, term.weight, term.at) == ("mixed", 1.0, "image") and term.blend is one.pictures
    assert rng.integers(1000) == after


class Backbone(nn.Module):
    """A linear layer and BatchNorm, whose statistics tell one pass from two."""

    def __init__(self):
        super().__init__()
        self.layer, self.norm = nn.Linear(3 * 8 * 6, 4), nn.BatchNorm1d(4)

    def forward(self, images, frozen=None):
        return Features({"v_face": self.norm(self.layer(images.flatten(1)))}, {})


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.backbone, self.layer = Backbone(), nn.Linear(4, 4)

    def head(self, features):
        return {"main": self.layer(features.spaces["v_face"])}


def _cross_entropy(logits, targets):
    log_share = logits - torch.logsumexp(logits, 1, keepdim=True)
    return -sum((targets[row] * log_share[row]).sum() for row in range(len(logits))) / len(logits)


@pytest.mark.parametrize("per_row", [False, True])
def test_mixaugment_equals_the_literal_three_forwards_of_eq_3(per_row):
    """L = CE(x~, lam y_i + (1 - lam) y_j) + CE(x_i, y_i) + CE(x_j, y_j), the gradient included."""
    table, network = Table(), Network().train()
    rows = np.array([0, 7, 2, 5, 10])
    mixing = MixAugment(MixAugmentOptions(alpha=1, per_row=per_row))
    plan = mixing.plan(np.random.default_rng(5), Blend.plain(rows))
    assert [(one.terms[0].role, one.terms[0].weight) for one in plan] == [("mixed", 1.0), ("main", 2.0)]
    total, log = Objective(network, SoftCrossEntropy(CrossEntropyOptions()))(compose(plan, table))

    def answer(images):
        return network.head(network.backbone(images * 2 - 1))["main"]

    i, j = plan[0].pictures.main, plan[0].pictures.partner
    assert i.tolist() == rows.tolist() and sorted(j) == sorted(rows) and j.tolist() != rows.tolist()
    lam = torch.tensor(plan[0].pictures.lam).float()
    picture, label = lam[:, None, None, None], lam[:, None]
    virtual = _cross_entropy(
        answer(picture * table.pixels[i] + (1 - picture) * table.pixels[j]),
        label * table.labels[i] + (1 - label) * table.labels[j],
    )
    real = [_cross_entropy(answer(table.pixels[one]), table.labels[one]) for one in (i, j)]
    literal = virtual + real[0] + real[1]
    torch.testing.assert_close(total, literal)
    torch.testing.assert_close(log["mixed"], virtual.detach())
    parameters = list(network.parameters())
    for mine, theirs in zip(
        torch.autograd.grad(total, parameters), torch.autograd.grad(literal, parameters), strict=True
    ):
        torch.testing.assert_close(mine, theirs)


def test_mixaugment_defaults_are_the_papers():
    assert MixAugmentOptions().alpha == 0.1 and not MixAugmentOptions().per_row
