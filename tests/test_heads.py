"""The state head of paper A: its formula, where dropout stands, and blending in the space it reads."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fer_core.assembly import build_loss, build_model
from fer_core.catalogue.heads import LinearOptions, StateOptions
from fer_core.contracts import Blend, Features, PassPlan, Term, View
from fer_core.heads import LinearHead, StateHead
from fer_core.objective import Objective
from fer_core.recipe import check_recipe
from tests.test_objective import Parts

DROWSINESS = {"name": "a", "data": {"labels": "drowsiness"}, "head": "state"}


def _literal(head, embedding):
    """Linear, ReLU, Linear of one embedding, number by number."""
    hidden = [
        max(0.0, sum(w * v for w, v in zip(row, embedding, strict=True)) + b)
        for row, b in zip(head.hidden.weight.tolist(), head.hidden.bias.tolist(), strict=True)
    ]
    return [
        sum(w * v for w, v in zip(row, hidden, strict=True)) + b
        for row, b in zip(head.classifier.weight.tolist(), head.classifier.bias.tolist(), strict=True)
    ]


def test_the_state_head_is_512_128_k_and_equals_its_formula():
    head = StateHead(StateOptions(), {"v_face": 512}, 3).eval()
    assert sum(one.numel() for one in head.parameters()) == 512 * 128 + 128 + 128 * 3 + 3
    embeddings = torch.randn(2, 512, generator=torch.Generator().manual_seed(0))
    logits = head(Features({"v_face": embeddings}, {}))
    assert set(logits) == {"main"} and torch.equal(head.decide(logits), logits["main"])
    np.testing.assert_allclose(
        logits["main"].tolist(), [_literal(head, one.tolist()) for one in embeddings], rtol=1e-4, atol=1e-5
    )
    assert logits["main"].min() < 0  # nothing follows the last layer


def test_two_fifths_of_the_hidden_units_are_dropped_in_training_only():
    head = StateHead(StateOptions(hidden=20_000), {"v_face": 2}, 2)
    seen = []
    head.classifier.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    features = Features({"v_face": torch.ones(1, 2)}, {})
    torch.manual_seed(0)
    head.train()(features)
    head.eval()(features)
    dropped, whole = (one[0].detach() for one in seen)
    alive = whole > 0
    assert float((dropped[alive] == 0).float().mean()) == pytest.approx(0.4, abs=0.02)
    kept = alive & (dropped > 0)
    torch.testing.assert_close(dropped[kept], whole[kept] / 0.6)


def test_paper_bs_dropout_stands_between_pooling_and_the_classifier():
    """B's "dropout 0.5": the head linear, of whatever backbone; half of the pooled units, never of the logits."""
    recipe = check_recipe({"name": "b", "backbone": {"kind": "compact"}, "head": {"kind": "linear", "dropout": 0.5}})
    model = build_model(recipe)
    pooled, given = [], []
    model.backbone.register_forward_hook(lambda _, __, out: pooled.append(out.spaces["v_face"]))
    model.head.classifier.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    torch.manual_seed(0)
    model.train()(torch.rand(16, 3, 32, 32))
    alive = pooled[0].abs() > 1e-6
    assert float((given[0][alive] == 0).float().mean()) == pytest.approx(0.5, abs=0.05)
    model.eval()(torch.rand(2, 3, 32, 32))
    assert torch.equal(pooled[1], given[1])


def test_every_weight_learns_from_a_recipe_with_the_state_head():
    recipe = check_recipe({**DROWSINESS, "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]}})
    assert recipe.head.options.model_dump() == {"hidden": 128, "dropout": 0.4, "space": "v_face"}
    model = build_model(recipe)
    build_loss(recipe)(model(torch.rand(4, 3, 16, 16)), torch.eye(3)[[0, 1, 2, 0]]).backward()
    assert all(one.grad is not None for one in model.parameters())


def test_states_are_blended_before_the_state_head():
    """Paper A, Fig. 5b: V_state of both computed apart, then mixed; the head reads the mixture."""
    model = Parts("v_state")
    model.head = StateHead(StateOptions(space="v_state", hidden=6), model.backbone.dimensions, 5).eval()
    images, targets = torch.rand(3, 3, 2, 2), torch.rand(2, 5).softmax(1)
    main, partner, lam = torch.tensor([2, 0]), torch.tensor([1, 1]), torch.tensor([0.25, 0.75])
    view = View(
        images,
        {},
        (Term("state", 1.0, targets, "v_state", main, partner, lam),),
        PassPlan(Blend.plain(main.numpy()), ()),
    )
    loss = build_loss(check_recipe({"name": "a"}))
    total, _ = Objective(model, loss)([view])
    state = model.backbone(images).spaces["v_state"]
    mixed = [0.25 * state[2] + 0.75 * state[1], 0.75 * state[0] + 0.25 * state[1]]
    slow = 0.0
    for one, soft in zip(mixed, targets.double().numpy(), strict=True):
        logits = np.array(_literal(model.head, one.tolist()))
        slow -= float(np.sum(soft * (logits - np.log(np.sum(np.exp(logits)))))) / 2
    assert total.item() == pytest.approx(slow, rel=1e-5)
    model.head = LinearHead(LinearOptions(), model.backbone.dimensions, 5)
    with pytest.raises(ValueError, match="blends at 'v_state', this head reads 'v_face'; set head.space to v_state"):
        Objective(model, loss)([view])
