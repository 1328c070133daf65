"""Which weight files are known: from whom, under what terms, what for. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fer_core.labels import suggestion

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Input:
    """What pictures a network was trained on: rows and columns, and what was done to pixels in [0, 1]."""

    size: int
    mean: Triple
    std: Triple


@dataclass(frozen=True)
class Known:
    """One published weight file."""

    architectures: tuple[str, ...]
    """The backbones that can start from it; the first is the file's own."""
    trained_on: str
    """The word a recipe says: ``backbone.weights: imagenet``."""
    file: str
    """The publisher's file name."""
    licence: str
    source: str
    """Where it comes from, in words."""
    paper: str
    input: Input
    url: str | None = None
    """None where no public direct address is known: ``fer weights import`` a file you have."""
    sha256: str | None = None
    """The whole digest or its first digits; None where nobody published it: then what was imported is recorded."""
    bytes: int | None = None
    """About, where the publisher says."""

    @property
    def name(self) -> str:
        """What ``fer weights`` calls it: ``resnet18-imagenet``."""
        return f"{self.architectures[0].replace('_', '-')}-{self.trained_on}"

    @property
    def backbone(self) -> tuple[str, Mapping[str, bool]]:
        """The part of the table it is for, and the options that make the part fit."""
        kind = self.architectures[0]
        return (kind.removesuffix("_bn"), {"batch_norm": True}) if kind.endswith("_bn") else (kind, {})


IMAGENET = Input(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""https://docs.pytorch.org/vision/stable/models.html"""
HALVES = (0.5, 0.5, 0.5)
_TORCHVISION = "https://download.pytorch.org/models/"
_MSCELEB = "trained on MS-Celeb-1M: people's pictures from the web, for research only, withdrawn by Microsoft in 2019"


def _imagenet(
    architecture: str, file: str, megabytes: float, also: tuple[str, ...] = (), given: Input = IMAGENET, paper: str = ""
) -> Known:
    digest = file.removesuffix(".pth").rpartition("-")[2]
    return Known(
        (architecture, *also),
        "imagenet",
        file,
        "BSD-3-Clause (torchvision); ImageNet's pictures are for non-commercial research",
        "torchvision",
        paper,
        given,
        _TORCHVISION + file,
        digest,
        round(megabytes * 2**20),
    )


_RESNET = "He et al. 2016, https://arxiv.org/abs/1512.03385"
_VGG = "Simonyan and Zisserman 2015, https://arxiv.org/abs/1409.1556"
_EFFICIENTNET = "Tan and Le 2019, https://arxiv.org/abs/1905.11946"
_FACENET = "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/"
_FACENET_INPUT = Input(160, (127.5 / 255,) * 3, (128 / 255,) * 3)
"""``(pixel - 127.5) / 128``: facenet-pytorch, ``fixed_image_standardization``."""

_ROWS = (
    Known(
        ("facenet",),
        "vggface2",
        "20180402-114759-vggface2.pt",
        "MIT (facenet-pytorch); trained on VGGFace2: people's pictures from the web, no longer distributed",
        "facenet-pytorch, release 2.2.9",
        "Schroff et al. 2015, https://arxiv.org/abs/1503.03832; Cao et al. 2018, https://arxiv.org/abs/1710.08092",
        _FACENET_INPUT,
        _FACENET + "20180402-114759-vggface2.pt",
        "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b",
        111_898_327,
    ),
    Known(
        ("facenet",),
        "casia-webface",
        "20180408-102900-casia-webface.pt",
        "MIT (facenet-pytorch); trained on CASIA-WebFace: people's pictures from the web, for research only",
        "facenet-pytorch, release 2.2.9",
        "Schroff et al. 2015, https://arxiv.org/abs/1503.03832; Yi et al. 2014, https://arxiv.org/abs/1411.7923",
        _FACENET_INPUT,
        _FACENET + "20180408-102900-casia-webface.pt",
        None,
        111 * 10**6,
    ),
    _imagenet("resnet18", "resnet18-f37072fd.pth", 44.661, paper=_RESNET),
    _imagenet("resnet34", "resnet34-b627a593.pth", 83.275, ("masking",), paper=_RESNET),
    _imagenet("resnet50", "resnet50-11ad3fa6.pth", 97.79, paper=_RESNET),
    _imagenet("resnet152", "resnet152-f82ba261.pth", 230.474, paper=_RESNET),
    _imagenet("vgg16", "vgg16-397923af.pth", 527.796, paper=_VGG),
    _imagenet("vgg16_bn", "vgg16_bn-6c64b313.pth", 527.866, paper=_VGG),
    _imagenet("vgg19", "vgg19-dcbb9e9d.pth", 548.051, paper=_VGG),
    _imagenet("vgg19_bn", "vgg19_bn-c79401a0.pth", 548.143, paper=_VGG),
    _imagenet(
        "densenet121", "densenet121-a639ec97.pth", 30.845, paper="Huang et al. 2017, https://arxiv.org/abs/1608.06993"
    ),
    _imagenet("efficientnet_b0", "efficientnet_b0_rwightman-7f5810bc.pth", 20.451, paper=_EFFICIENTNET),
    _imagenet(
        "efficientnet_b2",
        "efficientnet_b2_rwightman-c35c1473.pth",
        35.174,
        given=Input(288, IMAGENET.mean, IMAGENET.std),
        paper=_EFFICIENTNET,
    ),
    # torchvision feeds these two (pixel - 0.5) / 0.5: their `transform_input`, which our backbones leave to the recipe.
    _imagenet(
        "googlenet",
        "googlenet-1378be20.pth",
        49.731,
        given=Input(224, HALVES, HALVES),
        paper="Szegedy et al. 2015, https://arxiv.org/abs/1409.4842",
    ),
    _imagenet(
        "inception_v3",
        "inception_v3_google-0cc3c7bd.pth",
        103.903,
        given=Input(299, HALVES, HALVES),
        paper="Szegedy et al. 2016, https://arxiv.org/abs/1512.00567",
    ),
    Known(
        ("resnet18",),
        "msceleb",
        "resnet18_msceleb.pth",
        f"none stated; {_MSCELEB}",
        "the authors of RAN and SCN, by their repositories' links (github.com/kaiwang960112/Self-Cure-Network); "
        "no direct address, so import a file you have",
        "Wang et al. 2020, https://arxiv.org/abs/1905.04075; Guo et al. 2016, https://arxiv.org/abs/1607.08221",
        IMAGENET,
    ),
    Known(
        ("ir50",),
        "msceleb",
        "backbone_ir50_ms1m_epoch120.pth",
        f"MIT (face.evoLVe); {_MSCELEB}",
        "face.evoLVe, by its model zoo's links (github.com/ZhaoJ9014/face.evoLVe); "
        "no direct address, so import a file you have",
        "Deng et al. 2019, https://arxiv.org/abs/1801.07698; Guo et al. 2016, https://arxiv.org/abs/1607.08221",
        Input(112, HALVES, HALVES),
    ),
    Known(
        ("masking",),
        "fer2013",
        "Z_resmasking_dropout1_rot30_2019Nov30_13.32",
        "MIT (ResidualMaskingNetwork); FER2013's pictures are for research",
        "the authors' release 0.0.1",
        "Pham, Vu and Tran 2021, Residual Masking Network, Table II",
        Input(224, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
        "https://github.com/phamquiluan/ResidualMaskingNetwork/releases/download/v0.0.1/"
        "Z_resmasking_dropout1_rot30_2019Nov30_13.32",
    ),
)
KNOWN: Mapping[str, Known] = {row.name: row for row in _ROWS}


def architecture_of(kind: str, options: Mapping[str, Any]) -> str:
    """The network that a backbone with these options is: the inverse of `Known.backbone`."""
    return f"{kind}_bn" if options.get("batch_norm") else kind


def differences(seen: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """In what a recipe's pictures are not those that weights have seen: ``size 48, there 224``.

    Args:
        seen: ``size``, ``mean``, ``std`` ... of the weights.
        given: A recipe's ``preprocessing``, which has these keys among others.
    """
    found = []
    for key, there in seen.items():
        here = given[key]
        pairs = zip(here, there, strict=True) if isinstance(there, tuple | list) else [(here, there)]
        if any(abs(one - other) > 0.01 for one, other in pairs):
            found.append(f"{key} {_short(here)}, there {_short(there)}")
    return found


def _short(value: Any) -> str:
    return ", ".join(f"{one:.3g}" for one in value) if isinstance(value, tuple | list) else f"{value}"


def known(name: str) -> Known:
    """The row of a name.

    Raises:
        ValueError: there is none; the sentence suggests one.
    """
    if name not in KNOWN:
        raise ValueError(f"unknown weights '{name}'{suggestion(name, KNOWN)}")
    return KNOWN[name]


def known_for(architecture: str, trained_on: str) -> Known | None:
    """The row that ``backbone: {kind: <architecture>, weights: <trained_on>}`` means; None where there is none."""
    rows = (row for row in KNOWN.values() if architecture in row.architectures and row.trained_on == trained_on)
    return next(rows, None)
