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


class StateOptions(Options):
    """Two fully connected layers on a space of the backbone (paper A, section 2.2: 512 -> 128 -> K)."""

    hidden: Annotated[int, Field(ge=1, le=65_536)] = 128
    """Units between the layers; 128: paper A, section 2.2."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.4
    """Probability of *dropping* a hidden unit; 0.4: paper A's "selection rate", section 2.2."""
    space: str = "v_face"
    """``v_face``: the network without the deviation module (paper A, Fig. 7); ``v_state``: the State Module on a
    backbone that has it."""


class FusionOptions(Options):
    """A fully connected layer on each of two spaces; their logits are summed (paper D, section 3.4)."""

    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Probability of *dropping* a unit of either embedding; paper D names none."""
    high: str = "v_face"
    """The space of the high-level branch: global average pooling of the last map (section 3.3)."""
    mid: str = "mid"
    """The space of the mid-level branch (section 3.3, eq. 6)."""


class CosineOptions(Options):
    """The cosine between a space and one learned direction for each class: what a margin loss judges."""

    space: str = "v_face"
    scale: Annotated[float, Field(gt=0)] = 32.0
    """s: the logits are s times the cosines. Wang et al. 2018 show a bound for it (eq. 6); with 800 classes at a
    confidence of 0.999 it is 13.6."""


HEADS = Table(
    "head",
    Part("linear", "fer_core.heads:LinearHead", LinearOptions, "Dropout, then one fully connected layer."),
    Part(
        "state",
        "fer_core.heads:StateHead",
        StateOptions,
        "Two fully connected layers with ReLU and dropout between them.",
    ),
    Part(
        "fusion",
        "fer_core.heads:FusionHead",
        FusionOptions,
        "One fully connected layer for each of two branches, high and mid; their logits are summed.",
    ),
    Part("cosine", "fer_core.heads:CosineHead", CosineOptions, "Scaled cosines to one direction for each class."),
)
