"""The Residual Masking Network: a ResNet whose stages are each re-weighted by a small U-Net."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock

from fer_core.catalogue.backbones import MaskingOptions
from fer_core.contracts import Features
from fer_core.pretrained.loading import load_pretrained


def _block(channels_in: int, channels_out: int, stride: int = 1) -> BasicBlock:
    """A ResNet basic block; where the shape changes, the shortcut is a 1x1 convolution with BatchNorm."""
    shortcut: nn.Module | None = None
    if stride != 1 or channels_in != channels_out:
        shortcut = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
        )
    return BasicBlock(channels_in, channels_out, stride, shortcut)


def _raise(channels_in: int, channels_out: int) -> nn.Sequential:
    """Twice the rows and columns, by a transposed convolution."""
    return nn.Sequential(
        nn.ConvTranspose2d(channels_in, channels_out, 2, 2), nn.BatchNorm2d(channels_out), nn.ReLU(inplace=True)
    )


class MaskingBlock(nn.Module):
    """``M(F)``: a weight in [0, 1] for every value of a map, from a U-Net of basic blocks.

    The encoder's level k = 1 ... depth returns ``2^k C`` channels; 2x2 max-pooling between levels. On the way up each
    level is raised by a transposed convolution, joined with the encoder's map of that size and halved in channels.

    Paper: Pham, Vu and Tran, "Facial Expression Recognition Using Residual Masking Network", section III-B and Fig. 2b.
        The text names the U-Net only; levels, channels and the zero start are those of the authors' code:
        https://github.com/phamquiluan/ResidualMaskingNetwork/blob/43f0668d131dd6347031ec61754830fd2243ad41/models/masking.py
    Departs: pooling rounds up and what was raised is cut to its partner's size, so that maps of any size pass; the
        published sizes (56, 28, 14, 7) are never cut. As in their code the last block ends in a ReLU, so a sigmoid
        mask starts from 1/2 upwards and cannot reach 0.
    """

    def __init__(self, channels: int, depth: int, gate: str) -> None:
        """A mask for maps of one width.

        Args:
            channels: C of the map and of its mask.
            depth: Encoder levels, at least 1.
            gate: ``softmax`` over the channels, or ``sigmoid`` value by value.
        """
        super().__init__()
        self.gate = gate
        levels = range(1, depth + 1)
        self.down = nn.ModuleList(_block(channels * 2 ** (level - 1), channels * 2**level) for level in levels)
        self.raises = nn.ModuleList(
            _raise(channels * 2**level, channels * 2 ** (level - 1)) for level in reversed(levels[1:])
        )
        self.up = nn.ModuleList(
            _block(channels * 2**level, channels * 2 ** (level - 1)) for level in reversed(levels[1:])
        )
        self.last = _block(2 * channels, channels)

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> a mask of the same shape."""
        skips: list[Tensor] = []
        for number, block in enumerate(self.down):
            maps = block(maps if number == 0 else functional.max_pool2d(maps, 2, ceil_mode=True))
            skips.append(maps)
        for raised, block in zip(self.raises, self.up, strict=True):
            skip = skips[-2]
            skips.pop()
            maps = raised(maps)[..., : skip.shape[2], : skip.shape[3]]
            maps = block(torch.cat([maps, skip], dim=1))
        logits = self.last(maps)
        return torch.sigmoid(logits) if self.gate == "sigmoid" else torch.softmax(logits, dim=1)


class Masked(nn.Module):
    """``F_N = F_R + F_R * M(F_R)``: nothing that a stage found is removed. Paper: section III-B."""

    def forward(self, maps: Tensor, mask: Tensor) -> Tensor:
        """``(N, C, H, W)`` twice -> the same shape."""
        return maps + maps * mask


class ResidualMaskingNetwork(nn.Module):
    """A basic-block ResNet with a masking block after each stage.

    Stage n's map is named ``layern``, its mask ``maskn``, and the map after the mask ``maskedn``, both among
    ``Features.maps`` and among `layers`; ``high`` is the last of them. 137,796,423 parameters with a linear head of
    seven classes at the published widths.

    Paper: Pham, Vu and Tran, "Facial Expression Recognition Using Residual Masking Network", section III and Table I.
        https://github.com/phamquiluan/ResidualMaskingNetwork
    Departs: where text and Table I differ (3x3 convolution and 2x2 pooling against 7x7 and 3x3) the table holds, as in
        the authors' code. Table II prints 142.9 million parameters; their code builds the number above.
    """

    def __init__(self, options: MaskingOptions) -> None:
        super().__init__()
        channels = options.widths[0]
        stem = nn.Conv2d(3, channels, 3, 1, 1, bias=False)
        if options.stem == "large":
            stem = nn.Conv2d(3, channels, 7, 2, 3, bias=False)
        self.stem = nn.Sequential(stem, nn.BatchNorm2d(channels), nn.ReLU(inplace=True))
        if options.stem == "large":
            self.stem.append(nn.MaxPool2d(3, 2, 1))
        for number, (width, blocks, depth) in enumerate(
            zip(options.widths, options.blocks, options.depths, strict=True), start=1
        ):
            stage = nn.Sequential(_block(channels, width, 1 if number == 1 else 2))
            for _ in range(1, blocks):
                stage.append(_block(width, width))
            channels = width
            self.add_module(f"layer{number}", stage)
            self.add_module(f"mask{number}", MaskingBlock(width, depth, options.gate))
            self.add_module(f"masked{number}", Masked())
        self.stages = tuple(range(1, len(options.widths) + 1))
        self.layers = tuple(f"{kind}{number}" for number in self.stages for kind in ("layer", "mask", "masked"))
        self.dimensions: Mapping[str, int] = {"v_face": channels}
        self._initialise()
        if options.weights is not None:
            load_pretrained(self, "masking", options.weights, fresh=("mask",))  # ResNet-34 has no masks

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if isinstance(module, MaskingBlock):
                for block in module.modules():
                    if isinstance(block, BasicBlock):
                        nn.init.zeros_(block.bn2.weight)

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps.

        Args:
            images: ``(N, 3, H, W)`` normalised; 224 x 224 as published, 32 x 32 at least with the large stem.
            frozen: Not read: this backbone has no frozen part.
        """
        last = self.stem(images)
        maps: dict[str, Tensor] = {}
        for number in self.stages:
            before, mask, after = f"layer{number}", f"mask{number}", f"masked{number}"
            maps[before] = self.get_submodule(before)(last)
            maps[mask] = self.get_submodule(mask)(maps[before])
            last = maps[after] = self.get_submodule(after)(maps[before], maps[mask])
        return Features({"v_face": torch.flatten(functional.adaptive_avg_pool2d(last, 1), 1)}, {**maps, "high": last})
