"""Losses and their options."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fer_core.parts import Options, Part, Table


class CrossEntropyOptions(Options):
    """Cross-entropy against soft targets."""

    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of every target spread evenly over the K classes."""


LOSSES = Table(
    "loss",
    Part(
        "cross_entropy",
        "fer_core.losses:SoftCrossEntropy",
        CrossEntropyOptions,
        "Soft-target cross-entropy with label smoothing.",
    ),
)
