"""Learning-rate schedules: the rate as a pure function of where the run is. Chosen by
`fer_core.catalogue.SCHEDULES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fer_core.catalogue.optimisers import ConstantOptions, EpochOptions, OneCycleOptions, PlateauOptions, StepOptions


@dataclass(frozen=True)
class Position:
    """Where a run is before a training step."""

    step: int
    """Steps done since the run began."""
    epoch: int
    """Epochs done since the run began."""
    steps: int
    """Steps of the whole run, as the recipe plans it."""
    scores: Sequence[float] = field(default=())
    """The selected validation figure after each epoch so far; higher is better."""


Schedule = Callable[[Position], float]
"""Position -> the factor on the optimiser's ``lr``. Stateless, so a resumed run cannot differ."""


def constant(options: ConstantOptions) -> Schedule:
    """Always 1."""
    return lambda position: 1.0


def step(options: StepOptions) -> Schedule:
    """``factor`` to the power of the milestones passed."""

    def at(position: Position) -> float:
        done = position.epoch if options.unit == "epoch" else position.step
        return options.factor ** sum(done >= milestone for milestone in options.milestones)

    return at


def epoch(options: EpochOptions) -> Schedule:
    """``factor`` to the power of the epochs done."""
    return lambda position: options.factor**position.epoch


def plateau(options: PlateauOptions) -> Schedule:
    """``factor`` each time ``patience`` epochs in a row brought no improvement and one more did not either."""

    def at(position: Position) -> float:
        best, waited, drops = -math.inf, 0, 0
        for score in position.scores:
            if score > best:
                best, waited = score, 0
                continue
            waited += 1
            if waited > options.patience:
                drops, waited = drops + 1, 0
        return options.factor**drops

    return at


def onecycle(options: OneCycleOptions) -> Schedule:
    """Cosine from ``1 / start`` up to 1, cosine down to ``1 / start / end``.

    Source: Smith and Topin 2018, "Super-Convergence", section 3, in the two-phase cosine form that torch's
        ``OneCycleLR`` documents. https://arxiv.org/abs/1708.07120
    """
    low, last = 1 / options.start, 1 / options.start / options.end

    def at(position: Position) -> float:
        peak = options.warm_up * position.steps - 1
        final = position.steps - 1
        if position.step <= peak:
            return _cosine(low, 1.0, position.step / peak)
        return _cosine(1.0, last, min(1.0, (position.step - peak) / max(final - peak, 1e-9)))

    return at


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
