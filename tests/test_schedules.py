"""Schedules against torch's own, stepped literally."""

from __future__ import annotations

import pytest
import torch

from fer_core.catalogue.optimisers import EpochOptions, OneCycleOptions, PlateauOptions, StepOptions
from fer_core.schedules import Position, epoch, onecycle, plateau, step


def _literal(make, steps, metric=None):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0)
    scheduler, rates = make(optimiser), []
    for number in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step() if metric is None else scheduler.step(metric[number])
    return rates


@pytest.mark.parametrize(("steps", "warm_up"), [(40, 0.25), (101, 0.3), (7, 0.5)])
def test_onecycle_equals_torch(steps, warm_up):
    mine = onecycle(OneCycleOptions(warm_up=warm_up, start=10, end=1000))

    def make(one):
        return torch.optim.lr_scheduler.OneCycleLR(
            one, 1.0, steps, pct_start=warm_up, div_factor=10, final_div_factor=1000
        )

    assert [mine(Position(at, 0, steps)) for at in range(steps)] == pytest.approx(_literal(make, steps), abs=1e-9)


@pytest.mark.parametrize("unit", ["epoch", "step"])
def test_step_equals_torch(unit):
    mine = step(StepOptions(milestones=(2, 5), factor=0.1, unit=unit))

    def make(one):
        return torch.optim.lr_scheduler.MultiStepLR(one, [2, 5], 0.1)

    positions = [Position(at, 0, 9) if unit == "step" else Position(0, at, 9) for at in range(9)]
    assert [mine(one) for one in positions] == pytest.approx(_literal(make, 9))


def test_epoch_equals_torch():
    mine = epoch(EpochOptions(factor=0.8))

    def make(one):
        return torch.optim.lr_scheduler.ExponentialLR(one, 0.8)

    assert [mine(Position(0, at, 5)) for at in range(5)] == pytest.approx(_literal(make, 5))


def test_plateau_equals_torch():
    scores = [0.5, 0.6, 0.6, 0.55, 0.59, 0.61, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
    mine = plateau(PlateauOptions(factor=0.1, patience=2))

    def make(one):
        return torch.optim.lr_scheduler.ReduceLROnPlateau(one, "max", 0.1, 2, threshold=0)

    got = [mine(Position(0, at, 12, scores[:at])) for at in range(12)]
    assert got == pytest.approx(_literal(make, 12, scores))
    assert min(got) == pytest.approx(0.01)
