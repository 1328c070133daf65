"""Backbones and their options."""

from __future__ import annotations

from typing import Annotated, Literal

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
    mid: bool = False
    """Adds FERMixNet's mid-level branch: the space and map ``mid`` before the last stage (paper D, section 3.3); the
    head ``fusion`` reads it."""

    @model_validator(mode="after")
    def _one_count_per_stage(self) -> CompactOptions:
        if not self.widths or len(self.widths) != len(self.blocks):
            raise ValueError(
                f"widths and blocks must name the same stages, got {len(self.widths)} and {len(self.blocks)}"
            )
        if self.mid and len(self.widths) < 2:
            raise ValueError("mid stands before the last of at least two stages, got one")
        return self


class ResNetOptions(Options):
    """A torchvision ResNet without its classifier."""

    weights: str | None = None
    """None, ``imagenet`` (only where the file is on this machine) or the path of a torchvision state dict."""
    mid: bool = False
    """Adds FERMixNet's mid-level branch: the space and map ``mid`` after ``layer3`` (paper D, section 3.3). None of
    the published ResNets has it; the head ``fusion`` reads it."""


class MaskingOptions(Options):
    """The Residual Masking Network: a basic-block ResNet with a U-Net mask after each stage (paper C)."""

    widths: tuple[Width, ...] = (64, 128, 256, 512)
    """Channels of each stage; every stage but the first halves the map: Table I."""
    blocks: tuple[Annotated[int, Field(ge=1, le=50)], ...] = (3, 4, 6, 3)
    """Residual blocks of each stage: ResNet-34, section III-B."""
    depths: tuple[Annotated[int, Field(ge=1, le=6)], ...] = (4, 3, 2, 1)
    """Encoder levels of each stage's mask: the authors' code (the paper draws them, but gives no number)."""
    gate: Literal["softmax", "sigmoid"] = "softmax"
    """What turns a mask's last map into weights: softmax over the channels in the authors' code, so about 1 / C each;
    ``sigmoid`` gives each value its own weight, from 1/2 to 1."""
    stem: Literal["large", "small"] = "large"
    """``large``: 7x7 convolution and 3x3 pooling, each of stride 2 (Table I). ``small``: one 3x3 convolution of stride
    1, ours, for faces of about 48 pixels."""
    weights: str | None = None
    """None, ``imagenet`` (only where the file is on this machine) or the path of a torchvision ResNet-34 state dict;
    masks always start fresh."""

    @model_validator(mode="after")
    def _one_of_each_per_stage(self) -> MaskingOptions:
        stages = len(self.widths)
        if not stages or len(self.blocks) != stages or len(self.depths) != stages:
            raise ValueError(
                "widths, blocks and depths must name the same stages, "
                f"got {stages}, {len(self.blocks)} and {len(self.depths)}"
            )
        plain = (self.widths, self.blocks, self.stem) == ((64, 128, 256, 512), (3, 4, 6, 3), "large")
        if self.weights is not None and not plain:
            raise ValueError("weights are those of ResNet-34; other widths, blocks or stems must start from none")
        return self


class VGGOptions(Options):
    """A VGG network without its classifier."""

    batch_norm: bool = False
    """BatchNorm after every convolution; the paper's networks have none (Simonyan and Zisserman 2015, Table 1)."""
    hidden: Width = 4096
    """Units of each of the two hidden fully connected layers, and D; 4096: Table 1."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Probability of *dropping* a unit of the first hidden layer; 0.5: section 3.1. The second layer's is the head's
    ``dropout``."""


class PlainOptions(Options):
    """A network as published; nothing to set."""


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
    Part(
        "masking",
        "fer_core.backbones.masking:ResidualMaskingNetwork",
        MaskingOptions,
        "Residual Masking Network: a ResNet with a U-Net mask after each stage.",
    ),
    Part("vgg16", "fer_core.backbones.torchvision_nets:vgg16", VGGOptions, "VGG-16 of torchvision."),
    Part("vgg19", "fer_core.backbones.torchvision_nets:vgg19", VGGOptions, "VGG-19 of torchvision."),
    Part(
        "densenet121",
        "fer_core.backbones.torchvision_nets:densenet121",
        PlainOptions,
        "DenseNet-121 of torchvision.",
    ),
    Part(
        "efficientnet_b0",
        "fer_core.backbones.torchvision_nets:efficientnet_b0",
        PlainOptions,
        "EfficientNet-B0 of torchvision.",
    ),
    Part(
        "efficientnet_b2",
        "fer_core.backbones.torchvision_nets:efficientnet_b2",
        PlainOptions,
        "EfficientNet-B2 of torchvision.",
    ),
    Part(
        "googlenet",
        "fer_core.backbones.torchvision_nets:googlenet",
        PlainOptions,
        "GoogLeNet of torchvision, without auxiliary classifiers.",
    ),
    Part(
        "inception_v3",
        "fer_core.backbones.torchvision_nets:inception_v3",
        PlainOptions,
        "Inception-v3 of torchvision, without its auxiliary classifier; 75-pixel pictures at least.",
    ),
)
