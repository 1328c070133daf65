"""How the tensors of published files are called here. A backbone's own names are the target; classifiers are left out.

A rule is a prefix of theirs and what stands for it here; the longest prefix decides, what no rule names keeps its name,
and None leaves it out. Architectures without an entry keep every name (FaceNet's and IR50's names are the publishers').
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

Rules = Mapping[str, str | None]

_RESNET: Rules = {"conv1.": "stem.0.", "bn1.": "stem.1.", "fc.": None}


def _in_order(stage: str, names: str) -> dict[str, str | None]:
    """Modules that became the numbered places of one stage; a dot stands for a place without tensors."""
    return {f"{name}.": f"{stage}.{place}." for place, name in enumerate(names.split()) if name != "."}


def _vgg(layers: str) -> Rules:
    """VGG's flat ``features.N`` as blocks; each block but the first begins with the pooling of the one before.

    Args:
        layers: One letter per place of ``features``: ``M`` is a pooling.
    """
    rules: dict[str, str | None] = {
        "classifier.0.": "embedding.3.",
        "classifier.3.": "embedding.6.",
        "classifier.6.": None,
    }
    block = place = 0
    for number, layer in enumerate(layers):
        if number == 0 or layer == "M":
            block, place = block + 1, 0
        rules[f"features.{number}."] = f"block{block}.{place}."
        place += 1
    return rules


def _masks() -> Rules:
    """The masks of the authors' Residual Masking Network.

    A mask of depth d calls its blocks ``conv1`` ... ``conv<2d>``: d on the way down, d - 1 on the way up, and the last.
    ``downsampleN`` are the same tensors as ``convN.downsample``, registered twice.
    https://github.com/phamquiluan/ResidualMaskingNetwork/blob/43f0668d131dd6347031ec61754830fd2243ad41/models/masking.py
    """
    rules: dict[str, str | None] = {}
    for number, depth in ((1, 4), (2, 3), (3, 2), (4, 1)):
        mask = f"mask{number}."
        rules[f"{mask}downsample"] = None
        for level in range(depth):
            rules[f"{mask}conv{level + 1}."] = f"{mask}down.{level}."
        for level in range(depth - 1):
            rules[f"{mask}up_pool{depth + level + 1}."] = f"{mask}raises.{level}."
            rules[f"{mask}conv{depth + level + 1}."] = f"{mask}up.{level}."
        rules[f"{mask}conv{2 * depth}."] = f"{mask}last."
    return rules


_VGG16, _VGG19 = "CRCRMCRCRMCRCRCRMCRCRCRMCRCRCRM", "CRCRMCRCRMCRCRCRCRMCRCRCRCRMCRCRCRCRM"
_EFFICIENTNET: Rules = {
    "features.0.": "stem.",
    **{f"features.{number}.": f"stage{number}." for number in range(1, 8)},
    "features.8.": "last.",
    "classifier.": None,
}
RULES: Mapping[str, Rules] = {
    **dict.fromkeys(("resnet18", "resnet34", "resnet50", "resnet152"), _RESNET),
    "masking": {**_RESNET, **_masks()},
    "vgg16": _vgg(_VGG16),
    "vgg19": _vgg(_VGG19),
    "vgg16_bn": _vgg(_VGG16.replace("C", "CB")),
    "vgg19_bn": _vgg(_VGG19.replace("C", "CB")),
    "densenet121": {
        "features.conv0.": "stem.0.",
        "features.norm0.": "stem.1.",
        "features.denseblock1.": "block1.",
        **{f"features.transition{number - 1}.": f"block{number}.0." for number in (2, 3, 4)},
        **{f"features.denseblock{number}.": f"block{number}.1." for number in (2, 3, 4)},
        "features.norm5.": "last.0.",
        "classifier.": None,
    },
    "efficientnet_b0": _EFFICIENTNET,
    "efficientnet_b2": _EFFICIENTNET,
    "googlenet": {
        **_in_order("stem", "conv1 . conv2 conv3"),
        **_in_order("inception3", ". inception3a inception3b"),
        **_in_order("inception4", ". inception4a inception4b inception4c inception4d inception4e"),
        **_in_order("inception5", ". inception5a inception5b"),
        **dict.fromkeys(("aux1.", "aux2.", "fc.")),
    },
    "inception_v3": {
        **_in_order("stem", "Conv2d_1a_3x3 Conv2d_2a_3x3 Conv2d_2b_3x3 . Conv2d_3b_1x1 Conv2d_4a_3x3"),
        **_in_order("mixed5", "Mixed_5b Mixed_5c Mixed_5d"),
        **_in_order("mixed6", "Mixed_6a Mixed_6b Mixed_6c Mixed_6d Mixed_6e"),
        **_in_order("mixed7", "Mixed_7a Mixed_7b Mixed_7c"),
        **dict.fromkeys(("AuxLogits.", "fc.")),
    },
    "facenet": {"logits.": None},
    # Its embedding layer, made for maps of 7 x 7 values, and the BatchNorm after it; the backbone takes the map's mean.
    "ir50": {"output_layer.3.": None, "output_layer.4.": None},
}

_OLD_DENSE = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")
"""Names of torchvision before 0.3, still in its DenseNet files: ``norm.1`` is ``norm1``."""


def our_names(architecture: str, theirs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A published state dict under the names of our backbone.

    Args:
        architecture: A backbone: ``resnet18`` ...
        theirs: As published; ``module.`` prefixes are already gone.

    Returns:
        Without the classifier. BatchNorm counters that files from before torch 0.4.1 lack are 0.
    """
    rules = RULES.get(architecture, {})
    ordered = sorted(rules, key=len, reverse=True)
    ours: dict[str, Tensor] = {}
    for key, value in theirs.items():
        name = _OLD_DENSE.sub(r"\1\2", key)
        prefix = next((prefix for prefix in ordered if name.startswith(prefix)), None)
        place = prefix if prefix is None else rules[prefix]
        if prefix is None:
            ours[name] = value
        elif place is not None:
            ours[place + name.removeprefix(prefix)] = value
    for name in [name for name in ours if name.endswith(".running_mean")]:
        ours.setdefault(name.removesuffix("running_mean") + "num_batches_tracked", torch.tensor(0))
    return ours
