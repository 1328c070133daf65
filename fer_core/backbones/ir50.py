"""IR-50: the residual network of face recognition that FERMixNet and others start from."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from fer_core.backbones.mid import mid_branch, pooled
from fer_core.catalogue.backbones import IR50Options
from fer_core.contracts import Features
from fer_core.pretrained.loading import load_pretrained

_STAGES = ((64, 3), (128, 4), (256, 14), (512, 3))
"""Channels and units of each stage; every stage halves the map."""


class ImprovedUnit(nn.Module):
    """BatchNorm, 3x3, PReLU, 3x3, BatchNorm and a shortcut, with nothing after the sum.

    Paper: Deng et al. 2019, "ArcFace", section 3.1 (Han et al. 2017 for the unit). https://arxiv.org/abs/1801.07698
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module = nn.MaxPool2d(1, stride)  # every second value: no parameters
        if channels_in != channels_out:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(channels_in),
            nn.Conv2d(channels_in, channels_out, 3, 1, 1, bias=False),
            nn.PReLU(channels_out),
            nn.Conv2d(channels_out, channels_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels_out),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, C', H / stride, W / stride)``."""
        return self.res_layer(maps) + self.shortcut_layer(maps)


class IR50(nn.Module):
    """Twenty-four units in four stages; ``v_face`` ``(M, 512)`` is the mean of the normalised last map.

    The names of its tensors are face.evoLVe's and InsightFace_Pytorch's (``input_layer``, ``body.0`` ... ``body.23``,
    ``output_layer.0``), so that their files load as they are:
    https://github.com/ZhaoJ9014/face.evoLVe/blob/0c08eca4f0a4feab85a2a2bbd2a071ebd83d1117/backbone/model_irse.py

    Paper: Huang et al., "FERMixNet", section 4.7 (IR50 as the larger backbone) and section 3.3 (the branch ``mid``).
    Departs: the published network ends in dropout and a fully connected layer of 7 x 7 x 512 values, made for pictures
        of 112 pixels; here the mean of the map, as the high-level branch of FERMixNet's ResNet18 takes it, so that
        pictures of any size pass. What FERMixNet does there is not said. Files lose those two layers: 30,728,384
        parameters remain of 43,574,976.
    """

    def __init__(self, options: IR50Options) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64))
        self.body = nn.Sequential()
        channels, lasts = 64, []
        for width, units in _STAGES:
            for number in range(units):
                self.body.append(ImprovedUnit(channels, width, 2 if number == 0 else 1))
                channels = width
            lasts.append(f"body.{len(self.body) - 1}")
        self.output_layer = nn.Sequential(nn.BatchNorm2d(channels))
        self.before_last = lasts[2]
        self.layers: tuple[str, ...] = (*lasts[:3], "output_layer")
        self.dimensions: Mapping[str, int] = {"v_face": channels}
        self.mid: nn.Module | None = None
        if options.weights is not None:
            load_pretrained(self, "ir50", options.weights)
        if options.mid:
            self.mid = mid_branch(_STAGES[2][0])
            self.dimensions = {"v_face": channels, "mid": _STAGES[2][0]}
            self.layers = (*lasts[:3], "mid", "output_layer")

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps.

        Args:
            images: ``(N, 3, H, W)`` normalised; 112 x 112 as published, 16 x 16 at least.
            frozen: Not read: this backbone has no frozen part.
        """
        spaces: dict[str, Tensor] = {}
        named: dict[str, Tensor] = {}
        maps = self.input_layer(images)
        for number, unit in enumerate(self.body):
            maps = unit(maps)
            if self.mid is not None and self.before_last == f"body.{number}":
                named["mid"] = self.mid(maps)
                spaces["mid"] = pooled(named["mid"])
        maps = self.output_layer(maps)
        return Features({"v_face": maps.mean((2, 3)), **spaces}, {"high": maps, **named})
