"""Backbones and their options."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from fer_core.parts import Options, Part, Table

Width = Annotated[int, Field(ge=1, le=4096)]


class CompactOptions(Options):
    """A residual network for small faces, sized for two CPU cores."""

    stem: Width = 32
    widths: tuple[Width, ...] = (64, 128, 256)
    """Channels of each stage; every stage halves the map."""
    blocks: tuple[Annotated[int, Field(ge=1, le=50)], ...] = (2, 2, 2)
    """Residual blocks of each stage."""

    @model_validator(mode="after")
    def _one_count_per_stage(self) -> CompactOptions:
        if not self.widths or len(self.widths) != len(self.blocks):
            raise ValueError(
                f"widths and blocks must name the same stages, got {len(self.widths)} and {len(self.blocks)}"
            )
        return self


class ResNetOptions(Options):
    """A torchvision ResNet without its classifier."""

    weights: str | None = None
    """None, ``imagenet`` (only where the file is on this machine) or the path of a torchvision state dict."""


BACKBONES = Table(
    "backbone",
    Part(
        "compact",
        "fer_core.backbones.compact:Compact",
        CompactOptions,
        "Residual network for 48-pixel faces; trains on two CPU cores.",
    ),
    Part("resnet18", "fer_core.backbones.resnet:resnet18", ResNetOptions, "ResNet-18 of torchvision."),
    Part("resnet34", "fer_core.backbones.resnet:resnet34", ResNetOptions, "ResNet-34 of torchvision."),
    Part("resnet50", "fer_core.backbones.resnet:resnet50", ResNetOptions, "ResNet-50 of torchvision."),
)
