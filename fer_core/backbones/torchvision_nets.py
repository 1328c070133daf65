"""Networks of torchvision without classifier and auxiliary heads, as stages that can be looked at one by one.

Weights start at random, by torchvision's own rules, or from torchvision's ImageNet files.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torchvision import models
from torchvision.models.vgg import cfgs as vgg_configurations
from torchvision.models.vgg import make_layers

from fer_core.catalogue.backbones import (
    EfficientNetB2Options,
    GoogLeNetOptions,
    InceptionOptions,
    TorchvisionOptions,
    VGGOptions,
)
from fer_core.contracts import Features
from fer_core.pretrained.loading import load_pretrained


class Staged(nn.Module):
    """Stages in a row; the last one's map is ``high``, and an embedding of it ``v_face``."""

    def __init__(
        self, stages: Mapping[str, nn.Module], embedding: nn.Module, dimension: int, smallest: int = 32
    ) -> None:
        """A backbone of stages.

        Args:
            stages: By name, in forward order; each returns a map, and all but ``stem`` are worth explaining.
            embedding: ``(N, C, H, W)`` of the last stage -> ``(N, D)``.
            dimension: D.
            smallest: Rows and columns a picture must have.
        """
        super().__init__()
        for name, stage in stages.items():
            self.add_module(name, stage)
        self.embedding = embedding
        self.stages = tuple(stages)
        self.layers = tuple(name for name in stages if name != "stem")
        self.dimensions: Mapping[str, int] = {"v_face": dimension}
        self.smallest = smallest

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps.

        Args:
            images: ``(N, 3, H, W)`` normalised, at least `smallest` rows and columns.
            frozen: Not read: this backbone has no frozen part.

        Raises:
            ValueError: the pictures are too small for the network's poolings.
        """
        if min(images.shape[2:]) < self.smallest:
            raise ValueError(
                f"this network needs pictures of at least {self.smallest} x {self.smallest} pixels, "
                f"got {images.shape[2]} x {images.shape[3]}; raise preprocessing.size"
            )
        maps = images
        for name in self.stages:
            maps = self.get_submodule(name)(maps)
        return Features({"v_face": self.embedding(maps)}, {"high": maps})


def _pooled() -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


def _begun(backbone: Staged, architecture: str, weights: str | None) -> Staged:
    if weights is not None:
        load_pretrained(backbone, architecture, weights)
    return backbone


def _vgg(configuration: str, options: VGGOptions) -> Staged:
    stages: dict[str, nn.Module] = {}
    pools: list[nn.Module] = []
    block = nn.Sequential()
    for layer in make_layers(vgg_configurations[configuration], options.batch_norm):
        if isinstance(layer, nn.MaxPool2d):  # each stage but the first begins with the pooling of the one before
            stages[f"block{len(stages) + 1}"] = block
            block = nn.Sequential(layer)
            pools.append(layer)
        else:
            block.append(layer)
    embedding = nn.Sequential(
        pools[-1],
        nn.AdaptiveAvgPool2d(7),
        nn.Flatten(),
        nn.Linear(512 * 7 * 7, options.hidden),
        nn.ReLU(),
        nn.Dropout(options.dropout),
        nn.Linear(options.hidden, options.hidden),
        nn.ReLU(),
    )
    for module in (*(part for stage in stages.values() for part in stage.modules()), *embedding):
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
        if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
            nn.init.zeros_(module.bias)
    name = f"vgg{16 if configuration == 'D' else 19}{'_bn' if options.batch_norm else ''}"
    return _begun(Staged(stages, embedding, options.hidden), name, options.weights)


def vgg16(options: VGGOptions) -> Staged:
    """VGG-16 with its two hidden fully connected layers; the dropout before the classifier is the head's.

    Paper: Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition", Table 1
        column D. https://arxiv.org/abs/1409.1556
    """
    return _vgg("D", options)


def vgg19(options: VGGOptions) -> Staged:
    """VGG-19, as `vgg16`: column E. 139,598,919 parameters with seven classes (paper C, Table II: 139.5 million)."""
    return _vgg("E", options)


def split_densenet(network: models.DenseNet) -> Staged:
    """A DenseNet's blocks; every block but the first begins with the transition that leads to it."""
    layers = dict(network.features.named_children())
    stages: dict[str, nn.Module] = {
        "stem": nn.Sequential(*(layers[name] for name in ("conv0", "norm0", "relu0", "pool0"))),
        "block1": layers["denseblock1"],
    }
    for number in (2, 3, 4):
        stages[f"block{number}"] = nn.Sequential(layers[f"transition{number - 1}"], layers[f"denseblock{number}"])
    stages["last"] = nn.Sequential(layers["norm5"], nn.ReLU())
    return Staged(stages, _pooled(), network.classifier.in_features)


def split_efficientnet(network: models.EfficientNet) -> Staged:
    """An EfficientNet's seven stages and its last convolution."""
    first, *middle, last = network.features
    stages = {"stem": first, **{f"stage{number}": stage for number, stage in enumerate(middle, start=1)}, "last": last}
    classifier = network.classifier[-1]
    return Staged(stages, _pooled(), int(classifier.in_features))


def split_googlenet(network: models.GoogLeNet) -> Staged:
    """GoogLeNet's three groups of inception modules, each after its pooling."""
    stem = ("conv1", "maxpool1", "conv2", "conv3")
    groups = {
        "inception3": ("maxpool2", "inception3a", "inception3b"),
        "inception4": ("maxpool3", *(f"inception4{letter}" for letter in "abcde")),
        "inception5": ("maxpool4", "inception5a", "inception5b"),
    }
    return Staged(_gathered(network, {"stem": stem, **groups}), _pooled(), network.fc.in_features)


def split_inception(network: models.Inception3) -> Staged:
    """Inception-v3's three groups of inception modules, by the sizes of their maps."""
    convolutions = ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3")
    groups = {
        "mixed5": tuple(f"Mixed_5{letter}" for letter in "bcd"),
        "mixed6": tuple(f"Mixed_6{letter}" for letter in "abcde"),
        "mixed7": tuple(f"Mixed_7{letter}" for letter in "abc"),
    }
    stages = _gathered(network, {"stem": (*convolutions, "maxpool2"), **groups})
    return Staged(stages, _pooled(), network.fc.in_features, InceptionOptions().smallest)


def _gathered(network: nn.Module, groups: Mapping[str, tuple[str, ...]]) -> dict[str, nn.Module]:
    return {name: nn.Sequential(*(network.get_submodule(part) for part in parts)) for name, parts in groups.items()}


def densenet121(options: TorchvisionOptions) -> Staged:
    """DenseNet-121, D = 1024.

    Paper: Huang et al. 2017, "Densely Connected Convolutional Networks". https://arxiv.org/abs/1608.06993
    """
    return _begun(split_densenet(models.densenet121(weights=None)), "densenet121", options.weights)


def efficientnet_b0(options: TorchvisionOptions) -> Staged:
    """EfficientNet-B0, D = 1280.

    Paper: Tan and Le 2019, "EfficientNet: Rethinking Model Scaling". https://arxiv.org/abs/1905.11946
    """
    return _begun(split_efficientnet(models.efficientnet_b0(weights=None)), "efficientnet_b0", options.weights)


def efficientnet_b2(options: EfficientNetB2Options) -> Staged:
    """EfficientNet-B2, D = 1408; see `efficientnet_b0`."""
    return _begun(split_efficientnet(models.efficientnet_b2(weights=None)), "efficientnet_b2", options.weights)


def googlenet(options: GoogLeNetOptions) -> Staged:
    """GoogLeNet with BatchNorm and without auxiliary classifiers, D = 1024.

    Paper: Szegedy et al. 2015, "Going Deeper with Convolutions". https://arxiv.org/abs/1409.4842
    """
    return _begun(
        split_googlenet(models.googlenet(weights=None, aux_logits=False, init_weights=True)),
        "googlenet",
        options.weights,
    )


def inception_v3(options: InceptionOptions) -> Staged:
    """Inception-v3 without its auxiliary classifier, D = 2048; 299 x 299 as published.

    Paper: Szegedy et al. 2016, "Rethinking the Inception Architecture". https://arxiv.org/abs/1512.00567
    """
    return _begun(
        split_inception(models.inception_v3(weights=None, aux_logits=False, init_weights=True)),
        "inception_v3",
        options.weights,
    )
