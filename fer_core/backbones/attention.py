"""ResNet-50 with attention: in every block (CBAM), or between its stages (BAM)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.resnet import Bottleneck

from fer_core.backbones.torchvision_nets import Staged
from fer_core.catalogue.backbones import PlainOptions

_REDUCTION = 16
"""Channels per hidden unit of both papers' attention (CBAM: section 4.1; BAM: section 3)."""


class ChannelAttention(nn.Module):
    """Weighs every channel by what its mean and its maximum say. Paper: CBAM, section 3, eq. 2."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = channels // _REDUCTION
        self.shared = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        weights = torch.sigmoid(self.shared(maps.mean((2, 3))) + self.shared(maps.amax((2, 3))))
        return maps * weights[..., None, None]


class SpatialAttention(nn.Module):
    """Weighs every place by what its channels' maximum and mean say around it. Paper: CBAM, section 3, eq. 3."""

    def __init__(self) -> None:
        super().__init__()
        convolution = nn.Conv2d(2, 1, 7, padding=3, bias=False)
        nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
        self.around = nn.Sequential(convolution, nn.BatchNorm2d(1))

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        seen = torch.cat([maps.amax(1, keepdim=True), maps.mean(1, keepdim=True)], dim=1)
        return maps * torch.sigmoid(self.around(seen))


class BottleneckAttention(nn.Module):
    """``F + F * sigmoid(channels * places)``: one weight for every value of a map. Paper: BAM, section 3, eq. 1.

    Departs: the paper adds what channels and places say (eq. 2); the authors' code multiplies them, and its released
        weights are of that network:
        https://github.com/Jongchan/attention-module/blob/3a34385e32b42b3cab02f2a8d203c6791d18de98/MODELS/bam.py
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = channels // _REDUCTION
        self.channels = nn.Sequential(
            nn.Linear(channels, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, channels)
        )
        self.places = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.BatchNorm2d(hidden), nn.ReLU())
        for _ in range(2):
            dilated = nn.Conv2d(hidden, hidden, 3, padding=4, dilation=4)
            self.places.extend([dilated, nn.BatchNorm2d(hidden), nn.ReLU()])
        self.places.append(nn.Conv2d(hidden, 1, 1))

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same; N >= 2 while training: the channels' means pass a BatchNorm."""
        said = self.channels(maps.mean((2, 3)))[..., None, None] * self.places(maps)
        return maps * (1 + torch.sigmoid(said))


def cbam_resnet50(options: PlainOptions) -> Staged:
    """ResNet-50 with channel, then spatial attention at the end of each of its sixteen blocks, D = 2048.

    26,054,967 parameters with seven classes (28,089,624 with 1,000: CBAM's Table 4 prints 28.09 million).

    Paper: Woo et al. 2018, "CBAM: Convolutional Block Attention Module". https://arxiv.org/abs/1807.06521
    Departs: paper C's Table II prints 28.5 million, which no number of classes that it uses explains. The spatial
        attention's BatchNorm starts at one, not at the zero of the authors' code, and forgets at torch's rate.
    """
    network = models.resnet50(weights=None)
    for block in network.modules():
        if isinstance(block, Bottleneck):  # the sum with the shortcut follows its last normalisation
            channels = block.conv3.out_channels
            block.bn3 = nn.Sequential(block.bn3, ChannelAttention(channels), SpatialAttention())
    return _staged(network)


def bam_resnet50(options: PlainOptions) -> Staged:
    """ResNet-50 with `BottleneckAttention` after each of its stages but the last, D = 2048.

    23,880,442 parameters with seven classes (paper C, Table II: 23.8 million).

    Paper: Park et al. 2018, "BAM: Bottleneck Attention Module". https://arxiv.org/abs/1807.06514
    """
    return _staged(models.resnet50(weights=None), BottleneckAttention)


def _staged(network: models.ResNet, between: type[BottleneckAttention] | None = None) -> Staged:
    stages: dict[str, nn.Module] = {
        "stem": nn.Sequential(network.conv1, network.bn1, network.relu, network.maxpool),
    }
    for number in range(1, 5):
        stage = network.get_submodule(f"layer{number}")
        stages[f"layer{number}"] = stage
        if between is not None and number < 4:
            stages[f"attention{number}"] = between(128 * 2**number)
    return Staged(stages, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), network.fc.in_features)
