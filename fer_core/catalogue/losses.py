"""Losses and their options."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fer_core.parts import Options, Part, Table


class CrossEntropyOptions(Options):
    """Cross-entropy against soft targets."""

    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of every target spread evenly over the K classes."""


class FusionLossOptions(Options):
    """Cross-entropy of a high-level and a mid-level branch, weighed against each other (paper D, eq. 9)."""

    beta: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Weight of the high-level branch, 1 - beta of the mid-level one; 0.5: section 4.2, chosen in section 4.3.6."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of every target spread evenly over the K classes; paper D names none."""


class MarginOptions(Options):
    """Cross-entropy that asks the right class for a margin (CosFace); judges the head cosine."""

    margin: Annotated[float, Field(ge=0, lt=2)] = 0.35
    """m, taken from the right class's cosine; 0.35: Wang et al. 2018, section 4.2."""
    scale: Annotated[float, Field(gt=0)] = 32.0
    """s of the head whose logits are judged."""


LOSSES = Table(
    "loss",
    Part(
        "cross_entropy",
        "fer_core.losses:SoftCrossEntropy",
        CrossEntropyOptions,
        "Soft-target cross-entropy with label smoothing.",
    ),
    Part(
        "fusion",
        "fer_core.losses:FusionLoss",
        FusionLossOptions,
        "Cross-entropies of the head fusion's two branches, weighed by beta.",
    ),
    Part("margin", "fer_core.losses:MarginLoss", MarginOptions, "Cross-entropy with a margin on the right cosine."),
)
