"""Heads and their options."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fer_core.parts import Options, Part, Table


class LinearOptions(Options):
    """One fully connected layer on a space of the backbone, after dropout."""

    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Probability of *dropping* a unit of the pooled embedding; MixAugment uses 0.5 or none (paper B)."""
    space: str = "v_face"


HEADS = Table(
    "head", Part("linear", "fer_core.heads:LinearHead", LinearOptions, "Dropout, then one fully connected layer.")
)
