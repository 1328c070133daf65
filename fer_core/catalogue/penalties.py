"""Penalties on what a feature space still knows about who somebody is, and their options."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fer_core.parts import Options, Part, Table

Weight = Annotated[float, Field(ge=0, le=1000)]


class PenaltyOptions(Options):
    """What every penalty tells about itself without torch."""

    @property
    def acts(self) -> bool:
        """Whether it changes a training at all."""
        return False


class NoPenaltyOptions(PenaltyOptions):
    """Terms only; nothing to set."""


class IdentityOptions(PenaltyOptions):
    """A penalty on the identity in a space, measured against the frozen V_id of the same pictures."""

    space: str = "v_state"
    """Which space; the leakage of paper A's section 4.5 is measured in ``v_state``."""
    weight: Weight = 1.0
    """How much it weighs against the mean loss of a row. 0: not at all."""

    @property
    def acts(self) -> bool:
        """With any weight."""
        return self.weight > 0


class IndependenceOptions(IdentityOptions):
    """Dependence of a space on V_id among the rows of a batch, given their states (normalised HSIC)."""

    kernel: Literal["linear", "rbf"] = "rbf"
    """``linear`` sees what a linear map could read, ``rbf`` any dependence; the bandwidth is the batch's median
    distance (Gretton et al. 2005)."""
    bandwidth: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Of V_id's rbf kernel, in units of the batch's median distance: below 1 only pictures of about one person are
    near each other, so that the kernel says who is the same rather than who looks alike."""
    estimate: Literal["debiased", "biased"] = "debiased"
    """``debiased``: about 0 for independent rows, in [-1, 1]. ``biased``: in [0, 1], but for independent rows it grows
    with the space's effective rank over the batch size, so that its minimisation also flattens the space."""
    spread_weight: Weight = 0.0
    """Weight of VICReg's variance and covariance terms, which keep the space's effective rank high."""

    @property
    def acts(self) -> bool:
        """With any weight of the two."""
        return self.weight > 0 or self.spread_weight > 0


class ReversalOptions(IdentityOptions):
    """An adversary reads V_id from the space; the network receives its gradient reversed."""

    hidden: Annotated[int, Field(ge=1, le=4096)] = 256
    """Units of each of the adversary's two hidden layers."""
    speed: Annotated[float, Field(gt=0, le=1000)] = 10.0
    """The adversary's learning rate as a multiple of the network's: one that learns too slowly is no threat."""


PENALTIES = Table(
    "penalty",
    Part("none", "fer_core.penalties:nothing", NoPenaltyOptions, "The loss alone, as in all four papers."),
    Part(
        "independence",
        "fer_core.penalties:Independence",
        IndependenceOptions,
        "The space's dependence on V_id, given the state.",
    ),
    Part(
        "reversal",
        "fer_core.penalties:Reversal",
        ReversalOptions,
        "An adversary that looks for V_id in the space, with its gradient reversed.",
    ),
)
