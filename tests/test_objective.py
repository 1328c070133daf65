"""The objective and the loss against their formulas, written slowly."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.catalogue.heads import LinearOptions
from fer_core.catalogue.losses import CrossEntropyOptions
from fer_core.contracts import Blend, Features, PassPlan, Term, View
from fer_core.heads import LinearHead
from fer_core.losses import SoftCrossEntropy, soft_cross_entropy
from fer_core.objective import Objective

PLAN = PassPlan(Blend.plain(np.arange(3)), ())


class Flat(nn.Module):
    """A backbone of one linear layer; its embedding also stands as v_state."""

    dimensions = {"v_face": 4, "v_state": 4}

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(12, 4)

    def forward(self, images, frozen=None):
        embedding = self.layer(images.flatten(1))
        return Features({"v_face": embedding, "v_state": embedding}, {})


class Parts(nn.Module):
    def __init__(self, space="v_face"):
        super().__init__()
        torch.manual_seed(0)
        self.backbone = Flat()
        self.head = LinearHead(LinearOptions(space=space), Flat.dimensions, 5)


def _literal(logits, targets, smoothing):
    total = 0.0
    for row in range(len(logits)):
        log_share = logits[row] - torch.logsumexp(logits[row], 0)
        for label in range(logits.shape[1]):
            soft = (1 - smoothing) * targets[row, label] + smoothing / logits.shape[1]
            total -= soft * log_share[label]
    return total / len(logits)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_soft_cross_entropy_equals_its_formula_and_gradient(smoothing):
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(1), requires_grad=True)
    targets = torch.rand(4, 5, generator=torch.Generator().manual_seed(2))
    targets = targets / targets.sum(1, keepdim=True)
    mine, slow = soft_cross_entropy(logits, targets, smoothing), _literal(logits, targets, smoothing)
    torch.testing.assert_close(mine, slow)
    torch.testing.assert_close(*(torch.autograd.grad(one, logits)[0] for one in (mine, slow)))


def test_terms_are_weighted_and_passes_summed():
    model = Parts()
    objective = Objective(model, SoftCrossEntropy(CrossEntropyOptions()))
    images, targets = torch.rand(3, 3, 2, 2), torch.eye(5)[:3]
    view = View(images, {}, (Term("a", 1.0, targets), Term("b", 2.0, targets.flip(0))), PLAN)
    total, log = objective([view, view])
    logits = model.head(model.backbone(images))["main"]
    a, b = _literal(logits, targets, 0), _literal(logits, targets.flip(0), 0)
    torch.testing.assert_close(total, 2 * (a + 2 * b))
    assert set(log) == {"a", "b"} and not log["a"].requires_grad


def test_a_term_in_a_space_blends_embeddings_before_the_head():
    model = Parts("v_state")
    images, targets = torch.rand(3, 3, 2, 2), torch.eye(5)[:2]
    main, partner, lam = torch.tensor([2, 0]), torch.tensor([1, 1]), torch.tensor([0.25, 0.75])
    view = View(images, {}, (Term("state", 1.0, targets, "v_state", main, partner, lam),), PLAN)
    total, _ = Objective(model, SoftCrossEntropy(CrossEntropyOptions()))([view])
    state = model.backbone(images).spaces["v_state"]
    mixed = torch.stack([0.25 * state[2] + 0.75 * state[1], 0.75 * state[0] + 0.25 * state[1]])
    torch.testing.assert_close(total, _literal(model.head.classifier(mixed), targets, 0))
    bad = View(images, {}, (Term("state", 1.0, targets, "v_soul", main, partner, lam),), PLAN)
    with pytest.raises(ValueError, match="blends at 'v_soul', this backbone has v_face, v_state"):
        Objective(model, SoftCrossEntropy(CrossEntropyOptions()))([bad])


def test_mistakes_get_sentences():
    with pytest.raises(ValueError, match="no space 'v_fase'; did you mean 'v_face'"):
        LinearHead(LinearOptions(space="v_fase"), Flat.dimensions, 5)
    with pytest.raises(ValueError, match="at least one term"):
        Objective(Parts(), SoftCrossEntropy(CrossEntropyOptions()))([])
    with pytest.raises(ValueError, match="this head returns high, mid"):
        SoftCrossEntropy(CrossEntropyOptions())(
            {"high": torch.zeros(1, 2), "mid": torch.zeros(1, 2)}, torch.zeros(1, 2)
        )


def test_dropout_is_a_probability_of_dropping_and_acts_in_training_only():
    head = LinearHead(LinearOptions(dropout=0.5), {"v_face": 1000}, 2)
    features = Features({"v_face": torch.ones(1, 1000)}, {})
    assert torch.equal(head.eval()(features)["main"], head.classifier(torch.ones(1, 1000)))
    assert 0.4 < (head.train().dropout(torch.ones(10_000)) == 0).float().mean() < 0.6
