"""The Residual Attention Network: stages whose maps are weighed by what a small hourglass sees of the whole picture."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from fer_core.catalogue.backbones import PlainOptions
from fer_core.contracts import Features


class PreActivatedUnit(nn.Module):
    """A bottleneck of BatchNorm, ReLU and convolution thrice, of a quarter of the channels.

    Paper: He et al. 2016, "Identity Mappings in Deep Residual Networks". https://arxiv.org/abs/1603.05027
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        super().__init__()
        width = channels_out // 4
        self.before = nn.Sequential(nn.BatchNorm2d(channels_in), nn.ReLU())
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels_in, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, channels_out, 1, bias=False),
        )
        self.shortcut: nn.Module | None = None
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Conv2d(channels_in, channels_out, 1, stride, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, C', H / stride, W / stride)``."""
        ready = self.before(maps)
        return self.convolutions(ready) + (maps if self.shortcut is None else self.shortcut(ready))


class AttentionModule(nn.Module):
    """``(1 + M(x)) * T(x)``: a trunk of two units, weighed by a mask in [0, 1] from an hourglass.

    One unit before (p = 1), two in the trunk (t = 2), one beside each pooling and each enlargement (r = 1).

    Paper: Wang et al. 2017, section 3.1, eq. 3, and Fig. 2. https://arxiv.org/abs/1704.06904
    Departs: the enlargement goes to its partner's size instead of twice the rows and columns, so that maps of any size
        pass; at the published sizes that is the same.
    """

    def __init__(self, channels: int, depth: int) -> None:
        """A module for maps of one width.

        Args:
            channels: C.
            depth: How often the hourglass pools: until 7 x 7 remain of the published pictures.
        """
        super().__init__()

        def units(count: int) -> nn.Sequential:
            return nn.Sequential(*(PreActivatedUnit(channels, channels) for _ in range(count)))

        self.first = units(1)
        self.trunk = units(2)
        self.down = nn.ModuleList(units(1) for _ in range(depth))
        self.beside = nn.ModuleList(units(1) for _ in range(depth - 1))
        self.up = nn.ModuleList(units(1) for _ in range(depth))
        self.gate = nn.Sequential()
        for _ in range(2):
            self.gate.extend([nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 1, bias=False)])
        self.last = units(1)

    def mask(self, maps: Tensor, trunk: Tensor) -> Tensor:
        """``(N, C, H, W)`` twice -> weights in [0, 1] of the same shape."""
        partners = [trunk]
        for number, units in enumerate(self.down):
            maps = units(functional.max_pool2d(maps, 3, 2, 1))
            if number < len(self.beside):
                partners.append(maps + self.beside[number](maps))
        for units, partner in zip(self.up, reversed(partners), strict=True):
            size = (partner.shape[2], partner.shape[3])
            maps = functional.interpolate(units(maps), size, mode="bilinear", align_corners=True) + partner
        return torch.sigmoid(self.gate(maps))

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        maps = self.first(maps)
        trunk = self.trunk(maps)
        return self.last((1 + self.mask(maps, trunk)) * trunk)


class ResidualAttention56(nn.Module):
    """Attention-56: one attention module in each of the first three stages, three units in the fourth, D = 2048.

    29,776,071 parameters with seven classes; 31,810,728 with 1,000 (Wang et al., Table 6: 31.9 million).

    Paper: Wang et al. 2017, "Residual Attention Network for Image Classification", section 3 and Table 2.
        https://arxiv.org/abs/1704.06904
    Departs: paper C's Table II prints 29.0 million for the network of its code, which has the number above. How
        the mask's partners are added is not in the paper; here as in pytorchcv (0.0.74, ``models/resattnet.py``),
        which is the network of paper C's code:
        https://github.com/phamquiluan/ResidualMaskingNetwork/blob/914161802774528ed827bf0edd95795dfe1969c5/models/__init__.py
    """

    layers = ("stage1", "stage2", "stage3", "last")

    def __init__(self, options: PlainOptions) -> None:
        super().__init__()
        self.dimensions: Mapping[str, int] = {"v_face": 2048}
        stem = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.stem = nn.Sequential(stem, nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.stage1 = nn.Sequential(PreActivatedUnit(64, 256), AttentionModule(256, 3))
        self.stage2 = nn.Sequential(PreActivatedUnit(256, 512, 2), AttentionModule(512, 2))
        self.stage3 = nn.Sequential(PreActivatedUnit(512, 1024, 2), AttentionModule(1024, 1))
        units = (PreActivatedUnit(1024, 2048, 2), PreActivatedUnit(2048, 2048), PreActivatedUnit(2048, 2048))
        self.last = nn.Sequential(*units, nn.BatchNorm2d(2048), nn.ReLU())
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps.

        Args:
            images: ``(N, 3, H, W)`` normalised; 224 x 224 as published, 32 x 32 at least.
            frozen: Not read: this backbone has no frozen part.
        """
        maps = self.last(self.stage3(self.stage2(self.stage1(self.stem(images)))))
        return Features({"v_face": maps.mean((2, 3))}, {"high": maps})
