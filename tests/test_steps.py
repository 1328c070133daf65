"""A step against its formula: plain descent, and sharpness-aware minimisation in two explicit steps."""

from __future__ import annotations

import json
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.assembly import build_loss, build_model
from fer_core.catalogue import OPTIMISERS
from fer_core.contracts import Blend, PassPlan, Term, View
from fer_core.objective import Objective
from fer_core.recipe import RecipeError, check_recipe
from fer_core.runs import Run
from fer_core.sections import Optimisation
from fer_core.steps import take_step
from fer_core.training import train
from tests.drawn import LABELS, class_folders

CPU = torch.device("cpu")
PLAN = PassPlan(Blend.plain(np.arange(6)), ())


class Straight(nn.Module):
    """Two weights and a frozen one; the loss is quadratic in them, so that NumPy knows its gradient."""

    def __init__(self):
        super().__init__()
        self.w, self.fixed = nn.Parameter(torch.tensor([1.0, -2.0])), nn.Parameter(torch.ones(2), requires_grad=False)
        self.unused = nn.Parameter(torch.ones(3))

    def forward(self, views):
        total = sum(((view.images @ (self.w * self.fixed)) ** 2).mean() for view in views)
        return total, {}


def _views(*seeds, shape=(6, 2)):
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    return [View(torch.rand(*shape, generator=one), {}, (), PLAN) for one in generators]


def _slope(w, views):
    """d/dw of the sum over views of mean((x w)^2), row by row."""
    total = np.zeros(2)
    for view in views:
        x = view.images.double().numpy()
        for row in x:
            total += 2 * (row @ w) * row / len(x)
    return total


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.5])
@pytest.mark.parametrize("clip", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw", "radam"])
def test_the_gradient_is_taken_at_distance_rho_uphill(rho, clip, kind):
    """w' = base(w, clip(g(w + rho g(w) / |g(w)|))) for every base optimiser, twice in a row."""
    model, views, w = Straight(), _views(0, 1), np.array([1.0, -2.0])
    choice = check_recipe({"name": "x", "optimiser": {"kind": kind, "lr": 0.05, "weight_decay": 0.01}}).optimiser
    optimiser = OPTIMISERS.build_with(choice, [one for one in model.parameters() if one.requires_grad])
    mirror = nn.Parameter(torch.tensor(w))
    base = OPTIMISERS.build_with(choice, [mirror])
    plan = Optimisation(precision="fp32", sharpness=rho, clip_norm=clip)
    for _ in range(2):
        loss = sum(np.mean((view.images.double().numpy() @ w) ** 2) for view in views)
        total, shown = take_step(model, optimiser, views, plan, CPU)
        assert float(total) == pytest.approx(loss, rel=1e-5)  # the loss at w, not at the point nearby
        assert shown == (24 if rho else 12) and not total.requires_grad
        uphill = _slope(w, views)
        slope = _slope(w + rho * uphill / np.linalg.norm(uphill), views)
        slope *= min(1.0, clip / np.linalg.norm(slope)) if clip else 1.0
        mirror.grad = torch.tensor(slope)
        base.step()
        w = mirror.detach().numpy().copy()
        np.testing.assert_allclose(model.w.detach().numpy(), w, rtol=1e-4)
    assert model.unused.tolist() == [1, 1, 1] and model.fixed.tolist() == [1, 1]


def test_where_the_gradient_is_zero_nothing_is_divided_by_it():
    model = Straight()
    nothing = [View(torch.zeros(6, 2), {}, (), PLAN)]
    take_step(model, torch.optim.SGD(model.parameters(), lr=0.1), nothing, Optimisation(sharpness=0.05), CPU)
    assert model.w.tolist() == [1, -2]


class Watched(nn.Module):
    """An objective with dropout and BatchNorm that keeps what each of its passes saw."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.norm, self.drop, self.layer = nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1)
        self.frozen = nn.BatchNorm1d(8).eval()
        self.seen = []

    def forward(self, views):
        (view,) = views
        mask = self.drop(torch.ones(6, 8))
        self.seen.append((mask, [one.detach().clone() for one in self.parameters()], view.images))
        return (self.layer(mask * self.norm(self.frozen(view.images))) ** 2).mean(), {}


def test_both_passes_drop_the_same_units_and_only_the_first_enters_batchnorms_statistics():
    model = Watched()
    once = deepcopy(model)
    views, plan = _views(3, shape=(6, 8)), Optimisation(precision="fp32", sharpness=0.2)
    torch.manual_seed(7)
    take_step(model, torch.optim.SGD(model.parameters(), lr=0.0), views, plan, CPU)
    after = torch.rand(1)
    torch.manual_seed(7)
    once(views)
    assert torch.equal(after, torch.rand(1))  # the stream goes on as if there had been one pass
    (first, at, images), (second, nearby, again) = model.seen
    assert torch.equal(first, second) and images is again
    moved = torch.cat([(one - other).flatten() for one, other in zip(nearby, at, strict=True)])
    assert float(moved.norm()) == pytest.approx(0.2, rel=1e-4)
    # lr 0: the weights are bit for bit those before, though they were moved meanwhile.
    for (name, one), other in zip(model.state_dict().items(), once.state_dict().values(), strict=True):
        assert torch.equal(one, other), name
    assert model.norm.num_batches_tracked == 1 and model.norm.track_running_stats
    assert model.frozen.num_batches_tracked == 0


def test_a_failure_between_the_passes_leaves_the_weights_as_they_were():
    class Failing(Straight):
        calls = 0

        def forward(self, views):
            self.calls += 1
            if self.calls == 2:
                raise MemoryError
            return super().forward(views)

    model = Failing()
    with pytest.raises(MemoryError):
        take_step(model, torch.optim.SGD(model.parameters(), lr=1), _views(0), Optimisation(sharpness=0.1), CPU)
    assert model.w.tolist() == [1, -2]


RECIPE = {
    "name": "sharp",
    "data": {"labels": list(LABELS)},
    "preprocessing": {"size": 16, "grey": True},
    "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
    "head": {"kind": "state", "hidden": 8},
    "mixing": {"kind": "mixup", "training": "co"},
    "optimiser": {"kind": "adam", "lr": 0.01},
    "optimisation": {"epochs": 2, "batch_size": 8, "sharpness": 0.05, "clip_norm": 1.0},
}


def test_sharpness_zero_is_the_plain_step_and_a_recipe_bounds_it():
    recipe = check_recipe(RECIPE)
    images, targets = torch.rand(4, 3, 16, 16), torch.eye(3)[[0, 1, 2, 0]]
    views = [View(images, {}, (Term("main", 1.0, targets),), PLAN)]
    model = build_model(recipe).eval()
    mine, slow = Objective(model, build_loss(recipe)), Objective(deepcopy(model), build_loss(recipe))
    take_step(mine, torch.optim.SGD(mine.parameters(), lr=0.1), views, Optimisation(precision="fp32"), CPU)
    slow(views)[0].backward()
    with torch.no_grad():
        for one, other in zip(mine.parameters(), slow.parameters(), strict=True):
            torch.testing.assert_close(one, other - 0.1 * other.grad)
    with pytest.raises(RecipeError, match="optimisation.sharpness: input should be greater than or equal to 0, got -1"):
        check_recipe(RECIPE, "x", ["optimisation.sharpness=-1"])
    assert check_recipe({"name": "x"}).optimisation.sharpness == 0


def test_a_sharp_training_resumes_bit_for_bit_and_counts_both_passes(tmp_path, monkeypatch):
    data = class_folders(tmp_path / "data", {"train": 6, "validation": 2})
    whole = train(check_recipe(RECIPE), str(data), tmp_path / "whole", threads=1)
    assert whole.history()["pictures"].tolist() == [18 * 2 * 2] * 2  # mixed and main, each twice
    plain = train(check_recipe(RECIPE, "x", ["optimisation.sharpness=0"]), str(data), tmp_path / "plain", threads=1)
    assert plain.history()["pictures"].tolist() == [18 * 2] * 2
    assert plain.history()["loss"].iloc[-1] != whole.history()["loss"].iloc[-1]
    import fer_core.loop as loop

    keep = loop._keep

    def stop_after_the_first(run, progress, *rest):
        keep(run, progress, *rest)
        if progress.epoch == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "_keep", stop_after_the_first)
    with pytest.raises(KeyboardInterrupt):
        train(check_recipe(RECIPE), str(data), tmp_path / "stopped", threads=1)
    monkeypatch.setattr(loop, "_keep", keep)
    assert Run(tmp_path / "stopped").status == "stopped"
    resumed = train(check_recipe(json.loads(json.dumps(RECIPE))), str(data), tmp_path / "stopped", True, threads=1)
    one, other = ((run.path / "weights.safetensors").read_bytes() for run in (whole, resumed))
    assert one == other
