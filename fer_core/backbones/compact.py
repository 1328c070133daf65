"""A compact residual network for faces of about 48 pixels that trains on two CPU cores."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from fer_core.backbones.mid import mid_branch, pooled
from fer_core.catalogue.backbones import CompactOptions
from fer_core.contracts import Features
from fer_core.pretrained.loading import load_pretrained


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut.

    BatchNorm starts at one throughout: the usual zero start of a block's last BatchNorm learned markedly slower here
    (mean loss of steps 136 to 150 on FER2013: 1.82 against 1.66), since short trainings are what this network is for.

    Source: He et al. 2016, "Deep Residual Learning", section 3; the shortcut that averages before it projects is
        ResNet-D of He et al. 2019, "Bag of Tricks", section 4.2. https://arxiv.org/abs/1512.03385
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels_out)
        self.second = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            average = nn.AvgPool2d(stride, ceil_mode=True) if stride != 1 else nn.Identity()
            projection = nn.Conv2d(channels_in, channels_out, 1, bias=False)
            self.shortcut = nn.Sequential(average, projection, nn.BatchNorm2d(channels_out))

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, C', H / stride, W / stride)``."""
        kept = self.shortcut(maps)
        maps = functional.relu(self.first_norm(self.first(maps)))
        return functional.relu(self.second_norm(self.second(maps)) + kept)


class Compact(nn.Module):
    """Stem at full resolution, then stages that each halve the map, then global average pooling.

    With ``embedding`` a fully connected layer and BatchNorm follow, and ``v_face`` has length 1, as FaceNet's.
    With ``mid`` FERMixNet's branch stands before the last stage: the space and map ``mid``.
    """

    def __init__(self, options: CompactOptions) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, options.stem, 3, 1, 1, bias=False), nn.BatchNorm2d(options.stem), nn.ReLU()
        )
        channels, names = options.stem, []
        for number, (width, blocks) in enumerate(zip(options.widths, options.blocks, strict=True), start=1):
            stage = nn.Sequential()
            for block in range(blocks):
                stage.append(ResidualBlock(channels, width, 2 if block == 0 else 1))
                channels = width
            names.append(f"stage{number}")
            self.add_module(names[-1], stage)
        self.stages = tuple(names)
        self.layers: tuple[str, ...] = ("stem", *names)
        self.dimensions: Mapping[str, int] = {"v_face": channels}
        self.embedding: nn.Module | None = None
        if options.embedding:
            self.embedding = nn.Sequential(
                nn.Linear(channels, options.embedding, bias=False), nn.BatchNorm1d(options.embedding)
            )
            self.dimensions = {"v_face": options.embedding}
        self.mid: nn.Module | None = None
        if options.mid:
            self.mid = mid_branch(options.widths[-2])
            self.dimensions = {**self.dimensions, "mid": options.widths[-2]}
            self.layers = ("stem", *names[:-1], "mid", names[-1])
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if options.weights is not None:
            load_pretrained(self, "compact", options.weights)

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps.

        Args:
            images: ``(N, 3, H, W)`` normalised. With an embedding N >= 2 while training: it passes a BatchNorm.
            frozen: Not read: this backbone has no frozen part.
        """
        spaces: dict[str, Tensor] = {}
        named: dict[str, Tensor] = {}
        maps = self.stem(images)
        for name in self.stages:
            if name == self.stages[-1] and self.mid is not None:
                named["mid"] = self.mid(maps)
                spaces["mid"] = pooled(named["mid"])
            maps = self.get_submodule(name)(maps)
        v_face = torch.flatten(functional.adaptive_avg_pool2d(maps, 1), 1)
        if self.embedding is not None:
            # In float32 also under autocast: bfloat16 would leave lengths between 0.99 and 1.01.
            v_face = functional.normalize(self.embedding(v_face).float(), dim=1)
        return Features({"v_face": v_face, **spaces}, {"high": maps, **named})
