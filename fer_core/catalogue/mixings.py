"""Mixings and their options."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fer_core.parts import Options, Part, Table


class NoneOptions(Options):
    """Nothing is mixed; nothing to set."""


class MixupOptions(Options):
    """Mixup of random pairs within the batch."""

    alpha: Annotated[float, Field(gt=0, le=64)] = 0.2
    """Both parameters of the Beta distribution; 0.1 to 1 work on RAF-DB, 4 and 8 underfit (paper B)."""
    per_row: bool = False
    """One lambda for each row instead of one for the whole batch."""


MIXINGS = Table(
    "mixing",
    Part("none", "fer_core.mixing.none:Plain", NoneOptions, "Every picture as it is."),
    Part("mixup", "fer_core.mixing.mixup:Mixup", MixupOptions, "Pictures and labels blended in random pairs."),
)
