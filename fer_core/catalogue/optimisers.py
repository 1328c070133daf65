"""Optimisers, learning-rate schedules, and their options."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from fer_core.parts import Options, Part, Table

Rate = Annotated[float, Field(gt=0, le=100)]
Share = Annotated[float, Field(ge=0, lt=1)]


class SGDOptions(Options):
    """Stochastic gradient descent."""

    lr: Rate = 0.1
    momentum: Share = 0.9
    nesterov: bool = False
    weight_decay: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _momentum_to_look_ahead_by(self) -> SGDOptions:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov looks ahead along the momentum; set momentum above 0")
        return self


class AdamOptions(Options):
    """Adam, RAdam and AdamW; AdamW decouples the weight decay."""

    lr: Rate = 1e-3
    betas: tuple[Share, Share] = (0.9, 0.999)
    weight_decay: Annotated[float, Field(ge=0)] = 0.0


class ConstantOptions(Options):
    """The learning rate stays."""


class StepOptions(Options):
    """The rate is multiplied by ``factor`` at the end of the named epochs, or at the named training steps."""

    milestones: tuple[Annotated[int, Field(ge=1)], ...] = (30, 60, 90)
    factor: Annotated[float, Field(gt=0, le=1)] = 0.1
    unit: Annotated[str, Field(pattern="^(epoch|step)$")] = "epoch"
    """``epoch`` or ``step`` (one batch)."""


class EpochOptions(Options):
    """The rate is multiplied by ``factor`` after every epoch, e.g. 0.8 (paper D on AffectNet)."""

    factor: Annotated[float, Field(gt=0, le=1)] = 0.8


class PlateauOptions(Options):
    """The rate is multiplied by ``factor`` when the selected validation figure has not improved for ``patience``
    epochs.
    """

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: Annotated[int, Field(ge=0)] = 2
    """Epochs without improvement that are tolerated; 2 (paper C)."""


class OneCycleOptions(Options):
    """Up to the optimiser's ``lr`` by a cosine, then down to nearly nothing; counted in steps."""

    warm_up: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """Share of all steps that rise."""
    start: Annotated[float, Field(gt=1)] = 10.0
    """The first rate is ``lr / start``."""
    end: Annotated[float, Field(gt=1)] = 1000.0
    """The last rate is ``lr / start / end``."""


OPTIMISERS = Table(
    "optimiser",
    Part("sgd", "torch.optim:SGD", SGDOptions, "Stochastic gradient descent with momentum."),
    Part("adam", "torch.optim:Adam", AdamOptions, "Adam."),
    Part("adamw", "torch.optim:AdamW", AdamOptions, "Adam with decoupled weight decay."),
    Part("radam", "torch.optim:RAdam", AdamOptions, "Rectified Adam."),
)

SCHEDULES = Table(
    "schedule",
    Part("constant", "fer_core.schedules:constant", ConstantOptions, "The learning rate stays."),
    Part("step", "fer_core.schedules:step", StepOptions, "Multiplied at given epochs or steps."),
    Part("epoch", "fer_core.schedules:epoch", EpochOptions, "Multiplied after every epoch."),
    Part("plateau", "fer_core.schedules:plateau", PlateauOptions, "Multiplied when validation stops improving."),
    Part("onecycle", "fer_core.schedules:onecycle", OneCycleOptions, "Up, then down, counted in steps."),
)
