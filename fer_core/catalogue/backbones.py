"""Backbones and their options."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from fer_core.catalogue.deviation import DeviationOptions
from fer_core.catalogue.options import BackboneOptions, Width
from fer_core.parts import Part, Table


class CompactOptions(BackboneOptions):
    """A residual network for small faces, sized for two CPU cores."""

    usual: ClassVar[int] = 48

    stem: Width = 32
    widths: tuple[Width, ...] = (64, 128, 256)
    """Channels of each stage; every stage halves the map."""
    blocks: tuple[Annotated[int, Field(ge=1, le=50)], ...] = (2, 2, 2)
    """Residual blocks of each stage."""
    mid: bool = False
    """Adds FERMixNet's mid-level branch: the space and map ``mid`` before the last stage (paper D, section 3.3); the
    head ``fusion`` reads it."""
    embedding: Annotated[int, Field(ge=0, le=4096)] = 0
    """D of an embedding of length 1 after the pooling, as FaceNet's: what identity encoders need (`fer pretrain`). 0:
    ``v_face`` is the pooled map."""
    weights: str | None = None
    """None, or an identity encoder of ours by name or path."""

    @model_validator(mode="after")
    def _one_count_per_stage(self) -> CompactOptions:
        if not self.widths or len(self.widths) != len(self.blocks):
            raise ValueError(
                f"widths and blocks must name the same stages, got {len(self.widths)} and {len(self.blocks)}"
            )
        if self.mid and len(self.widths) < 2:
            raise ValueError("mid stands before the last of at least two stages, got one")
        return self

    @property
    def smallest(self) -> int:
        """One cell of the last map: every stage halves."""
        return 2 ** len(self.widths)


class ResNetOptions(BackboneOptions):
    """A torchvision ResNet without its classifier."""

    weights: str | None = None
    """None, ``imagenet``, for ResNet-18 also ``msceleb`` (only where the file is on this machine), or the path of a
    torchvision state dict."""
    mid: bool = False
    """Adds FERMixNet's mid-level branch: the space and map ``mid`` after ``layer3`` (paper D, section 3.3). None of
    the published ResNets has it; the head ``fusion`` reads it."""


class MaskingOptions(BackboneOptions):
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
    """None, ``imagenet`` (ResNet-34's; masks start fresh) or ``fer2013`` (the authors' whole network), only where the
    file is on this machine, or the path of a state dict of either kind."""

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

    @property
    def smallest(self) -> int:
        """One cell of the last map; masks pool maps of any size."""
        return 2 ** (len(self.widths) - 1) * (4 if self.stem == "large" else 1)


class VGGOptions(BackboneOptions):
    """A VGG network without its classifier."""

    weights: str | None = None
    """None, ``imagenet`` (with ``hidden`` 4096, and only where the file is on this machine) or the path
    of a torchvision state dict."""
    batch_norm: bool = False
    """BatchNorm after every convolution; the paper's networks have none (Simonyan and Zisserman 2015, Table 1)."""
    hidden: Width = 4096
    """Units of each of the two hidden fully connected layers, and D; 4096: Table 1."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Probability of *dropping* a unit of the first hidden layer; 0.5: section 3.1. The second layer's is the head's
    ``dropout``."""


class PlainOptions(BackboneOptions):
    """A network as published; nothing to set."""


class TorchvisionOptions(BackboneOptions):
    """A torchvision network without its classifier."""

    weights: str | None = None
    """None, ``imagenet`` (only where the file is on this machine) or the path of a torchvision state dict."""


class EfficientNetB2Options(TorchvisionOptions):
    """EfficientNet-B2."""

    usual: ClassVar[int] = 260
    """The authors' code; the paper's compound scaling gives 224 * 1.15 = 258."""


class GoogLeNetOptions(BackboneOptions):
    """GoogLeNet."""

    weights: str | None = None
    """None, ``imagenet`` or the path of a torchvision state dict. Their pictures were (pixel - 0.5) / 0.5, not as
    ImageNet's usually are: ``preprocessing.mean`` and ``preprocessing.std`` 0.5 (torchvision's ``transform_input``)."""


class InceptionOptions(GoogLeNetOptions):
    """Inception-v3."""

    usual: ClassVar[int] = 299

    @property
    def smallest(self) -> int:
        """Its unpadded convolutions and poolings leave one cell of 75."""
        return 75


class FaceNetOptions(BackboneOptions):
    """FaceNet as InceptionResnetV1."""

    usual: ClassVar[int] = 160
    weights: str | None = None
    """None, ``vggface2``, ``casia-webface`` or the path of a facenet-pytorch state dict. Their pictures were
    (pixel - 127.5) / 128: ``preprocessing.mean`` 0.5, ``preprocessing.std`` 0.502."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.6
    """Probability of *dropping* a unit of the pooled map before the embedding; 0.6: facenet-pytorch 2.5.3."""

    @property
    def smallest(self) -> int:
        """Its unpadded convolutions and poolings leave one cell of 75."""
        return 75


class IR50Options(BackboneOptions):
    """ArcFace's IR-50 without its embedding layers."""

    usual: ClassVar[int] = 112
    weights: str | None = None
    """None, ``msceleb`` or the path of a face.evoLVe state dict. Their pictures were (pixel - 127.5) / 127.5:
    ``preprocessing.mean`` and ``preprocessing.std`` 0.5."""
    mid: bool = False
    """Adds FERMixNet's mid-level branch: the space and map ``mid`` after the 256-channel stage (paper D, section
    3.3); the head ``fusion`` reads it."""

    @property
    def smallest(self) -> int:
        """One cell of the last map: four stages halve, the stem does not."""
        return 16


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
    Part("resnet152", "fer_core.backbones.resnet:resnet152", ResNetOptions, "ResNet-152 of torchvision."),
    Part(
        "facenet",
        "fer_core.backbones.facenet:FaceNet",
        FaceNetOptions,
        "FaceNet (InceptionResnetV1 of facenet-pytorch) for 160-pixel faces; 75-pixel pictures at least.",
    ),
    Part(
        "deviation",
        "fer_core.backbones.deviation:Deviation",
        DeviationOptions,
        "Deviation module: a trained face encoder minus its frozen, identity-trained twin.",
    ),
    Part("ir50", "fer_core.backbones.ir50:IR50", IR50Options, "IR-50 of ArcFace for 112-pixel faces."),
    Part(
        "cbam_resnet50",
        "fer_core.backbones.attention:cbam_resnet50",
        PlainOptions,
        "ResNet-50 with channel and spatial attention in every block.",
    ),
    Part(
        "bam_resnet50",
        "fer_core.backbones.attention:bam_resnet50",
        PlainOptions,
        "ResNet-50 with one attention module between each two stages.",
    ),
    Part(
        "resattnet56",
        "fer_core.backbones.residual_attention:ResidualAttention56",
        PlainOptions,
        "Residual Attention Network, Attention-56: masks of small hourglasses in three stages.",
    ),
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
        TorchvisionOptions,
        "DenseNet-121 of torchvision.",
    ),
    Part(
        "efficientnet_b0",
        "fer_core.backbones.torchvision_nets:efficientnet_b0",
        TorchvisionOptions,
        "EfficientNet-B0 of torchvision.",
    ),
    Part(
        "efficientnet_b2",
        "fer_core.backbones.torchvision_nets:efficientnet_b2",
        EfficientNetB2Options,
        "EfficientNet-B2 of torchvision.",
    ),
    Part(
        "googlenet",
        "fer_core.backbones.torchvision_nets:googlenet",
        GoogLeNetOptions,
        "GoogLeNet of torchvision, without auxiliary classifiers.",
    ),
    Part(
        "inception_v3",
        "fer_core.backbones.torchvision_nets:inception_v3",
        InceptionOptions,
        "Inception-v3 of torchvision, without its auxiliary classifier; 75-pixel pictures at least.",
    ),
)
