"""Penalties in an objective and in a training: what they add, what they learn, what is kept."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.assembly import build_loss, build_model, build_penalty
from fer_core.catalogue.penalties import IndependenceOptions, ReversalOptions
from fer_core.contracts import Blend, Features, PassPlan, Term, View
from fer_core.objective import Objective
from fer_core.penalties import Independence, Reversal, dependence, reversed_gradient
from fer_core.recipe import RecipeError, check_recipe
from fer_core.training import train
from tests.encoders import ENCODER, PEOPLE, deviation, stored_encoder

PLAN = PassPlan(Blend.plain(np.arange(3)), ())
WIDE = {"v_face": 6, "v_id": 6, "v_state": 6}


def _drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _one_hot(rows, classes, seed=0):
    numbers = torch.randint(classes, (rows,), generator=torch.Generator().manual_seed(seed))
    return nn.functional.one_hot(numbers, classes).float()


def _view(targets, at="image", **pairs):
    return View(torch.zeros(len(targets), 3, 2, 2), {}, (Term("main", 1.0, targets, at, **pairs),), PLAN)


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_what_both_owe_to_the_state_costs_nothing(kernel):
    targets = _one_hot(300, 3)
    shared = 5 * targets @ _drawn(3, 6, seed=5)
    spaces = {"v_id": _drawn(300, 6) + shared, "v_state": _drawn(300, 6, seed=1) + shared}
    assert float(dependence(spaces["v_id"], spaces["v_state"], kernel)) > 0.5
    total, found = Independence(IndependenceOptions(kernel=kernel), WIDE)(Features(spaces, {}), _view(targets))
    assert abs(float(found)) < 0.03 and float(total) == float(found)


@pytest.mark.parametrize("options", [{}, {"kernel": "linear"}, {"estimate": "biased"}, {"spread_weight": 0.5}])
def test_descending_the_penalty_takes_identity_out_of_the_space(options):
    targets, identity = _one_hot(60, 3), _drawn(60, 6)
    start = identity + 0.5 * _drawn(60, 6, seed=1)
    space = start.clone().requires_grad_()
    penalty = Independence(IndependenceOptions(**options), WIDE)
    optimiser, measured = torch.optim.Adam([space], lr=0.05), []
    for _ in range(60):
        total, found = penalty(Features({"v_id": identity, "v_state": space}, {}), _view(targets))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        measured.append(float(found))
    assert measured[0] > 0.5 > 0.25 > measured[-1] and not found.requires_grad
    assert torch.isfinite(space).all()


def test_at_its_start_v_state_is_zero_and_no_gradient_explodes():
    identity, targets = _drawn(30, 6), _one_hot(30, 3)
    for penalty in (
        Independence(IndependenceOptions(spread_weight=1.0), WIDE),
        Independence(IndependenceOptions(kernel="linear"), WIDE),
        Reversal(ReversalOptions(), WIDE),
    ):
        space = torch.zeros(30, 6, requires_grad=True)
        total, _ = penalty(Features({"v_id": identity, "v_state": space}, {}), _view(targets))
        total.backward()
        assert torch.isfinite(total) and torch.isfinite(space.grad).all() and space.grad.abs().max() < 100


def test_small_batches_tell_nothing():
    spaces = {"v_id": _drawn(6, 6), "v_state": _drawn(6, 6, seed=1)}
    for penalty in (Independence(IndependenceOptions(spread_weight=1.0), WIDE), Reversal(ReversalOptions(), WIDE)):
        assert [float(one) for one in penalty(Features(spaces, {}), _view(_one_hot(6, 3)))] == [0, 0]


def test_rows_blended_in_a_space_are_judged_blended_with_v_id():
    spaces, targets = {"v_id": _drawn(20, 6), "v_state": _drawn(20, 6, seed=1)}, _one_hot(20, 3)
    main, partner = torch.arange(20), torch.arange(20).flip(0)
    lam = torch.rand(20, generator=torch.Generator().manual_seed(4))
    soft = lam[:, None] * targets + (1 - lam[:, None]) * targets.flip(0)
    blended = {
        name: torch.stack([lam[i] * one[i] + (1 - lam[i]) * one[19 - i] for i in range(20)])
        for name, one in spaces.items()
    }
    penalty = Independence(IndependenceOptions(), WIDE)
    mine, _ = penalty(Features(spaces, {}), _view(soft, "v_state", main=main, partner=partner, lam=lam))
    torch.testing.assert_close(mine, penalty(Features(blended, {}), _view(soft))[0])


def test_the_adversary_descends_and_the_space_ascends():
    torch.manual_seed(0)
    penalty = Reversal(ReversalOptions(weight=0.3, hidden=8), WIDE)
    identity, targets = _drawn(40, 6), _one_hot(40, 3)
    space = _drawn(40, 6, seed=1).requires_grad_()
    total, found = penalty(Features({"v_id": identity, "v_state": space}, {}), _view(targets))
    total.backward()
    other, free = identity.double().numpy(), space.detach().clone().requires_grad_()
    for label in range(3):
        rows = (targets[:, label] == 1).numpy()
        other[rows] -= other[rows].mean(0)
    aim = torch.tensor(other).float()
    predicted = penalty.adversary(math.sqrt(6) * free / free.norm(dim=1, keepdim=True))
    plain = sum(1 - predicted[row] @ aim[row] / (predicted[row].norm() * aim[row].norm()) for row in range(40)) / 40
    wanted = torch.autograd.grad(plain, [free, *penalty.adversary.parameters()])
    assert found.item() == pytest.approx(plain.item(), rel=1e-4)
    assert total.item() == pytest.approx(-0.3 * plain.item(), rel=1e-4)
    torch.testing.assert_close(space.grad, -0.3 * wanted[0], atol=1e-6, rtol=1e-3)
    for one, slope in zip(penalty.adversary.parameters(), wanted[1:], strict=True):
        torch.testing.assert_close(one.grad, slope, atol=1e-6, rtol=1e-3)
    assert torch.equal(reversed_gradient(space, 1000.0), space)


@pytest.mark.parametrize("changes", [["penalty=independence", "penalty.spread_weight=0.1"], ["penalty=reversal"]])
def test_computes_in_full_precision_under_autocast(changes):
    targets, spaces = _one_hot(40, 3), {"v_id": _drawn(40, 6), "v_state": _drawn(40, 6, seed=1)}
    kind = {"penalty=independence": Independence, "penalty=reversal": Reversal}[changes[0]]
    torch.manual_seed(0)
    penalty = kind((IndependenceOptions if kind is Independence else ReversalOptions)(), WIDE)
    half = {name: one.bfloat16() for name, one in spaces.items()}
    plain = penalty(Features({name: one.float() for name, one in half.items()}, {}), _view(targets))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = penalty(Features(half, {}), _view(targets))
    assert all(one.dtype == torch.float32 and torch.equal(one, other) for one, other in zip(cast, plain, strict=True))


class _Two(nn.Module):
    """A model of a backbone that returns two spaces and a head on one."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer, self.classifier = nn.Linear(12, 6), nn.Linear(6, 3)

    def backbone(self, images, frozen=None):
        v_state = self.layer(images.flatten(1)) - frozen["v_id"]
        return Features({"v_state": v_state, "v_id": frozen["v_id"]}, {})

    def head(self, features):
        return {"main": self.classifier(features.spaces["v_state"])}


def test_the_objective_adds_it_by_the_weights_of_the_pass():
    recipe = check_recipe({"name": "x"})
    targets, model = _one_hot(30, 3), _Two()
    images = torch.rand(30, 3, 2, 2, generator=torch.Generator().manual_seed(1))
    view = View(images, {"v_id": _drawn(30, 6)}, (Term("a", 0.5, targets), Term("b", 1.5, targets)), PLAN)
    plain, log = Objective(model, build_loss(recipe))([view])
    penalty = Independence(IndependenceOptions(weight=3), WIDE)
    objective = Objective(model, build_loss(recipe), penalty)
    total, logged = objective([view])
    _, found = penalty(model.backbone(images, view.frozen), view)
    torch.testing.assert_close(total, plain + (0.5 + 1.5) * 3 * found)
    assert set(logged) == {*log, "penalty"} and float(logged["penalty"]) == pytest.approx(float(found))
    (group,) = objective.learned()
    assert len(group["params"]) == 4
    groups = Objective(model, build_loss(recipe), Reversal(ReversalOptions(speed=4), WIDE)).learned()
    assert [len(one["params"]) for one in groups] == [4, 6] and groups[1]["speed"] == 4


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"penalty": "independance"}, "did you mean 'independence'"),
        ({"penalty": {"kind": "none", "weight": 1}}, "unknown key 'penalty.weight'"),
        ({"penalty": {"kind": "reversal", "weight": -1}}, "penalty.weight: input should be greater than or equal to 0"),
        ({"penalty": {"kind": "reversal", "space": "v_id"}}, "V_id is frozen, no penalty changes it"),
        ({"penalty": {"kind": "reversal", "space": "v_stat"}}, "no space 'v_stat'; did you mean 'v_state'"),
        (
            {"penalty": "independence", "backbone": ENCODER, "head": "linear"},
            "penalty.kind 'independence' reads V_id, which backbone compact does not return; deviation does",
        ),
    ],
)
def test_mistakes_get_sentences(changes, sentence):
    with pytest.raises(RecipeError, match=sentence.replace("(", r"\(")) as caught:
        check_recipe({**deviation().plain(), **changes})
    assert len(caught.value.mistakes) == 1
    with pytest.raises(ValueError, match="the penalty reads 'v_id', this backbone has v_face"):
        Reversal(ReversalOptions(space="v_face"), {"v_face": 6})


def test_a_penalty_of_no_weight_is_none():
    model = SimpleNamespace(backbone=SimpleNamespace(dimensions=WIDE))
    for changes, kind in (
        (["penalty=independence", "penalty.weight=0"], None),
        (["penalty=reversal", "penalty.weight=0"], None),
        ([], None),
        (["penalty=independence", "penalty.weight=0", "penalty.spread_weight=1"], Independence),
        (["penalty=reversal"], Reversal),
    ):
        built = build_penalty(deviation(*(one.replace("penalty=", "penalty.kind=") for one in changes)), model)
        assert built is None if kind is None else isinstance(built, kind)
    before = torch.get_rng_state()
    one, other = (build_penalty(deviation("penalty.kind=reversal", f"seed={seed}"), model) for seed in (0, 1))
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(one.adversary[0].weight, other.adversary[0].weight)


def test_an_adversary_is_trained_resumed_bit_for_bit_and_not_exported(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("FER_CACHE", str(tmp_path / "cache"))
    stored_encoder()
    recipe = deviation("penalty.kind=reversal", "penalty.hidden=8", "optimisation.precision=bf16")
    whole = train(recipe, PEOPLE, tmp_path / "whole", threads=1)
    import fer_core.loop as loop

    keep, kept = loop._keep, {}

    def stop_after_the_first(run, progress, objective, *rest):
        keep(run, progress, objective, *rest)
        kept.update({name: one.clone() for name, one in objective.penalties.state_dict().items()})
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loop, "_keep", stop_after_the_first)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, PEOPLE, tmp_path / "stopped", threads=1)
    fresh = build_penalty(recipe, build_model(recipe))
    assert not torch.equal(kept["0.adversary.0.weight"], fresh.adversary[0].weight)
    resumed = train(recipe, PEOPLE, tmp_path / "stopped", True, threads=1)
    weights = [(run.path / "weights.safetensors").read_bytes() for run in (whole, resumed)]
    assert weights[0] == weights[1] and b"adversary" not in weights[0]
