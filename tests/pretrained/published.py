"""Networks under their publishers' names, stated again from their public descriptions: what the files' names mean."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, ResNet


def _shortcut(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out))


class AuthorsMask(nn.Module):
    """A mask of the Residual Masking Network as its authors name it: shortcuts registered twice, numbered on end."""

    def __init__(self, channels: int, depth: int) -> None:
        super().__init__()
        self.depth = depth
        wide = [channels * 2**level for level in range(depth + 1)]
        steps = [(wide[n], wide[n + 1]) for n in range(depth)] + [(wide[n], wide[n - 1]) for n in range(depth, 0, -1)]
        for number, (first, second) in enumerate(steps, start=1):
            self.add_module(f"downsample{number}", _shortcut(first, second))
        for number, (first, second) in enumerate(steps, start=1):
            shortcut = self.get_submodule(f"downsample{number}")
            if number > depth and number < 2 * depth:
                raised = nn.Sequential(nn.ConvTranspose2d(first, second, 2, 2), nn.BatchNorm2d(second), nn.ReLU())
                self.add_module(f"up_pool{number}", raised)
            self.add_module(f"conv{number}", BasicBlock(first, second, downsample=shortcut))

    def forward(self, maps: Tensor) -> Tensor:
        kept = []
        for number in range(1, self.depth + 1):
            maps = self.get_submodule(f"conv{number}")(maps)
            kept.append(maps)
            if number < self.depth:
                maps = nn.functional.max_pool2d(maps, 2)
        for number in range(self.depth + 1, 2 * self.depth):
            raised = self.get_submodule(f"up_pool{number}")(maps)
            maps = self.get_submodule(f"conv{number}")(torch.cat([raised, kept[2 * self.depth - 1 - number]], 1))
        return torch.softmax(self.get_submodule(f"conv{2 * self.depth}")(maps), dim=1)


class AuthorsMaskingNetwork(ResNet):
    """ResNet-34 with four masks and the classifier ``fc = [dropout, linear]``; narrower where asked."""

    def __init__(self, widths: tuple[int, ...] = (64, 128, 256, 512), blocks: tuple[int, ...] = (3, 4, 6, 3)) -> None:
        super().__init__(BasicBlock, list(blocks))
        if widths != (64, 128, 256, 512):
            self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
            self.bn1 = nn.BatchNorm2d(widths[0])
            self.inplanes = widths[0]
            for number, (width, count) in enumerate(zip(widths, blocks, strict=True), start=1):
                stage = self._make_layer(BasicBlock, width, count, stride=1 if number == 1 else 2)
                self.add_module(f"layer{number}", stage)
        self.fc = nn.Sequential(nn.Dropout(0.4), nn.Linear(widths[3], 7))
        for number, width in enumerate(widths, start=1):
            self.add_module(f"mask{number}", AuthorsMask(width, 5 - number))

    def embed(self, images: Tensor) -> Tensor:
        """``(N, 3, H, W)`` -> ``(N, D)``, before the classifier."""
        maps = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        for number in (1, 2, 3, 4):
            maps = self.get_submodule(f"layer{number}")(maps)
            maps = maps * (1 + self.get_submodule(f"mask{number}")(maps))
        return maps.mean((2, 3))


def evolve_ir50() -> dict[str, tuple[int, ...]]:
    """Names and shapes in face.evoLVe's ``backbone_ir50_*.pth``, for pictures of 112 pixels."""

    def norm(name: str, channels: int) -> dict[str, tuple[int, ...]]:
        kinds = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (channels,))
        return {f"{name}.{kind}": shape for kind, shape in {**kinds, "num_batches_tracked": ()}.items()}

    shapes = {"input_layer.0.weight": (64, 3, 3, 3), **norm("input_layer.1", 64), "input_layer.2.weight": (64,)}
    last, number = 64, 0
    for width, units in ((64, 3), (128, 4), (256, 14), (512, 3)):
        for _ in range(units):
            unit = f"body.{number}"
            if last != width:
                shapes[f"{unit}.shortcut_layer.0.weight"] = (width, last, 1, 1)
                shapes |= norm(f"{unit}.shortcut_layer.1", width)
            shapes |= norm(f"{unit}.res_layer.0", last)
            shapes[f"{unit}.res_layer.1.weight"] = (width, last, 3, 3)
            shapes[f"{unit}.res_layer.2.weight"] = (width,)
            shapes[f"{unit}.res_layer.3.weight"] = (width, width, 3, 3)
            shapes |= norm(f"{unit}.res_layer.4", width)
            last, number = width, number + 1
    shapes |= norm("output_layer.0", 512)
    shapes |= {"output_layer.3.weight": (512, 512 * 7 * 7), "output_layer.3.bias": (512,)}
    return shapes | norm("output_layer.4", 512)
