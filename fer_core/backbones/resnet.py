"""ResNets of torchvision without their classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torchvision import models

from fer_core.backbones.mid import mid_branch, pooled
from fer_core.catalogue.backbones import ResNetOptions
from fer_core.contracts import Features
from fer_core.pretrained.loading import load_pretrained


class ResNet(nn.Module):
    """A torchvision ResNet that returns its last map and the pooled embedding.

    Paper: He et al. 2016, "Deep Residual Learning for Image Recognition". https://arxiv.org/abs/1512.03385
    """

    stages = ("layer1", "layer2", "layer3", "layer4")

    def __init__(self, network: models.ResNet) -> None:
        super().__init__()
        self.layers: tuple[str, ...] = self.stages
        self.mid: nn.Module | None = None
        self.dimensions: Mapping[str, int] = {"v_face": network.fc.in_features}
        self.stem = nn.Sequential(network.conv1, network.bn1, network.relu, network.maxpool)
        for name in self.stages:
            self.add_module(name, network.get_submodule(name))

    def add_mid_branch(self) -> None:
        """Adds the space and map ``mid`` after conv4_x, here ``layer3``; see `mid_branch`."""
        stage = self.get_submodule("layer3")
        channels = [module.out_channels for module in stage.modules() if isinstance(module, nn.Conv2d)][-1]
        self.mid = mid_branch(channels)
        self.dimensions = {**self.dimensions, "mid": channels}
        self.layers = ("layer1", "layer2", "layer3", "mid", "layer4")

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps.

        Args:
            images: ``(N, 3, H, W)`` normalised; 224 x 224 as published, 32 x 32 at least.
            frozen: Not read: this backbone has no frozen part.
        """
        spaces: dict[str, Tensor] = {}
        named: dict[str, Tensor] = {}
        maps = self.stem(images)
        for name in self.stages:
            maps = self.get_submodule(name)(maps)
            if name == "layer3" and self.mid is not None:
                named["mid"] = self.mid(maps)
                spaces["mid"] = pooled(named["mid"])
        return Features({"v_face": torch.flatten(maps.mean((2, 3)), 1), **spaces}, {"high": maps, **named})


def _build(architecture: Callable[..., models.ResNet], options: ResNetOptions) -> ResNet:
    backbone = ResNet(architecture(weights=None))
    if options.weights is not None:
        load_pretrained(backbone, architecture.__name__, options.weights)
    if options.mid:
        backbone.add_mid_branch()
    return backbone


def resnet18(options: ResNetOptions) -> ResNet:
    """ResNet-18: 11,176,512 parameters without a classifier, D = 512."""
    return _build(models.resnet18, options)


def resnet34(options: ResNetOptions) -> ResNet:
    """ResNet-34, D = 512."""
    return _build(models.resnet34, options)


def resnet50(options: ResNetOptions) -> ResNet:
    """ResNet-50, D = 2048."""
    return _build(models.resnet50, options)


def resnet152(options: ResNetOptions) -> ResNet:
    """ResNet-152, D = 2048: 58,158,151 parameters with seven classes (paper C, Table II: 58.1 million)."""
    return _build(models.resnet152, options)
