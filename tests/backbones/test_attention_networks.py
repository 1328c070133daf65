"""CBAM, BAM and the residual attention module against their formulas, written slowly."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision import models

from fer_core.backbones.attention import (
    BottleneckAttention,
    ChannelAttention,
    SpatialAttention,
    bam_resnet50,
    cbam_resnet50,
)
from fer_core.backbones.residual_attention import AttentionModule, PreActivatedUnit, ResidualAttention56
from fer_core.catalogue.backbones import PlainOptions


def shaken(module: nn.Module) -> nn.Module:
    """In eval mode with weights and running statistics that hide nothing."""
    generator = torch.Generator().manual_seed(1)
    for value in module.state_dict().values():
        if value.is_floating_point():
            noise = torch.rand(value.shape, generator=generator)
            scale = 2 / value[0].numel() ** 0.5 if value.ndim > 1 else 1.0
            value.copy_((noise - 0.5) * scale if value.ndim > 1 else noise * 0.5 + 0.5)
    return module.eval()


def norm(state: dict[str, Tensor], name: str, maps: Tensor) -> Tensor:
    shape = (-1, *[1] * (maps.ndim - 2))
    mean, variance, weight, bias = (
        state[f"{name}.{key}"].reshape(shape) for key in ("running_mean", "running_var", "weight", "bias")
    )
    return (maps - mean) / (variance + 1e-5).sqrt() * weight + bias


def test_channel_attention_is_equation_two() -> None:
    module, maps = shaken(ChannelAttention(32)), torch.randn(2, 32, 5, 4)
    state = module.state_dict()

    def shared(pooled: Tensor) -> Tensor:
        hidden = (state["shared.0.weight"] @ pooled + state["shared.0.bias"]).clamp(min=0)
        assert hidden.shape == (2,)  # 32 / 16
        return state["shared.2.weight"] @ hidden + state["shared.2.bias"]

    for row in range(2):
        places = maps[row].reshape(32, -1)
        weights = torch.sigmoid(shared(places.sum(1) / 20) + shared(places.max(1).values))
        expected = torch.stack([maps[row, channel] * weights[channel] for channel in range(32)])
        torch.testing.assert_close(module(maps)[row], expected)


def test_spatial_attention_is_equation_three() -> None:
    module, maps = shaken(SpatialAttention()), torch.randn(1, 6, 9, 8)
    state = module.state_dict()
    seen = functional.pad(torch.stack([maps[0].max(0).values, maps[0].mean(0)]), (3, 3, 3, 3))
    around = torch.empty(9, 8)
    for row in range(9):
        for column in range(8):
            window = seen[:, row : row + 7, column : column + 7]
            around[row, column] = (window * state["around.0.weight"][0]).sum()
    weights = torch.sigmoid(norm(state, "around.1", around[None, None]))
    with torch.no_grad():
        torch.testing.assert_close(module(maps), maps * weights, rtol=1e-4, atol=1e-5)


def test_bottleneck_attention_multiplies_channels_with_places() -> None:
    module, maps = shaken(BottleneckAttention(32)), torch.randn(2, 32, 10, 9)
    state = module.state_dict()
    channels = functional.linear(maps.mean((2, 3)), state["channels.0.weight"], state["channels.0.bias"])
    channels = norm(state, "channels.1", channels).clamp(min=0)
    channels = functional.linear(channels, state["channels.3.weight"], state["channels.3.bias"])
    places = functional.conv2d(maps, state["places.0.weight"], state["places.0.bias"])
    places = norm(state, "places.1", places).clamp(min=0)
    for place in (3, 6):
        weight, bias = state[f"places.{place}.weight"], state[f"places.{place}.bias"]
        places = functional.conv2d(places, weight, bias, padding=4, dilation=4)
        places = norm(state, f"places.{place + 1}", places).clamp(min=0)
    places = functional.conv2d(places, state["places.9.weight"], state["places.9.bias"])
    expected = maps + maps * torch.sigmoid(channels.reshape(2, 32, 1, 1) * places.reshape(2, 1, 10, 9))
    with torch.no_grad():
        torch.testing.assert_close(module(maps), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("build", [cbam_resnet50, bam_resnet50])
def test_without_attention_they_are_torchvisions_resnet50(build) -> None:
    """Attention whose weights are known: CBAM's are 1/2 twice in every block, BAM's 3/2 between the stages."""
    mine = build(PlainOptions()).eval()
    theirs = models.resnet50(weights=None).eval()
    attentions = (ChannelAttention, SpatialAttention, BottleneckAttention)
    found = [module for module in mine.modules() if isinstance(module, attentions)]
    assert len(found) == (2 * 16 if build is cbam_resnet50 else 3)
    for module in found:
        for parameter in module.parameters():
            nn.init.zeros_(parameter)
    ours = {name.replace("bn3.0.", "bn3."): value for name, value in mine.state_dict().items()}
    ours = {name.replace("stem.0.", "conv1.").replace("stem.1.", "bn1."): value for name, value in ours.items()}
    known = theirs.state_dict()
    theirs.load_state_dict({name: ours.get(name, known[name]) for name in known})
    assert set(known) - set(ours) == {"fc.weight", "fc.bias"}
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        if build is cbam_resnet50:
            for stage in (theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4):
                for block in stage:
                    block.bn3.weight *= 0.25
                    block.bn3.bias *= 0.25
        maps = theirs.maxpool(theirs.relu(theirs.bn1(theirs.conv1(images))))
        for number, stage in enumerate((theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4), start=1):
            maps = stage(maps) * (1.5 if build is bam_resnet50 and number < 4 else 1)
        torch.testing.assert_close(mine(images).maps["high"], maps, rtol=1e-4, atol=1e-4)


def unit(state: dict[str, Tensor], name: str, maps: Tensor, stride: int = 1) -> Tensor:
    ready = norm(state, f"{name}.before.0", maps).clamp(min=0)
    inner = functional.conv2d(ready, state[f"{name}.convolutions.0.weight"])
    inner = norm(state, f"{name}.convolutions.1", inner).clamp(min=0)
    inner = functional.conv2d(inner, state[f"{name}.convolutions.3.weight"], padding=1)[..., ::stride, ::stride]
    inner = norm(state, f"{name}.convolutions.4", inner).clamp(min=0)
    inner = functional.conv2d(inner, state[f"{name}.convolutions.6.weight"])
    if f"{name}.shortcut.weight" in state:
        maps = functional.conv2d(ready[..., ::stride, ::stride], state[f"{name}.shortcut.weight"])
    return inner + maps


@pytest.mark.parametrize(("after", "stride"), [(8, 1), (12, 2)])
def test_a_pre_activated_unit_equals_its_formula(after: int, stride: int) -> None:
    module, maps = shaken(PreActivatedUnit(8, after, stride)), torch.randn(2, 8, 7, 7)
    state = {f"u.{name}": value for name, value in module.state_dict().items()}
    with torch.no_grad():
        torch.testing.assert_close(module(maps), unit(state, "u", maps, stride), rtol=1e-4, atol=1e-5)


def test_an_attention_module_of_depth_two_equals_the_hourglass_written_out() -> None:
    """Wang et al., Fig. 2, with the sums of pytorchcv: see `ResidualAttention56`."""
    module, maps = shaken(AttentionModule(8, 2)), torch.randn(2, 8, 12, 8)
    state = module.state_dict()

    def pooled(x: Tensor) -> Tensor:
        windows = functional.pad(x, (1, 1, 1, 1), value=-torch.inf).unfold(2, 3, 2).unfold(3, 3, 2)
        return windows.amax((4, 5))

    def raised(x: Tensor, rows: int, columns: int) -> Tensor:
        return functional.interpolate(x, (rows, columns), mode="bilinear", align_corners=True)

    first = unit(state, "first.0", maps)
    trunk = unit(state, "trunk.1", unit(state, "trunk.0", first))
    one = unit(state, "down.0.0", pooled(first))
    two = unit(state, "down.1.0", pooled(one))
    assert one.shape[2:] == (6, 4) and two.shape[2:] == (3, 2)
    up = raised(unit(state, "up.0.0", two), 6, 4) + one + unit(state, "beside.0.0", one)
    up = raised(unit(state, "up.1.0", up), 12, 8) + trunk
    for place in (0, 3):
        up = functional.conv2d(norm(state, f"gate.{place}", up).clamp(min=0), state[f"gate.{place + 2}.weight"])
    mask = 1 / (1 + torch.exp(-up))
    assert mask.std() > 0.05 and mask.min() > 0 and mask.max() < 1
    with torch.no_grad():
        torch.testing.assert_close(module(maps), unit(state, "last.0", (1 + mask) * trunk), rtol=1e-4, atol=1e-4)


def test_attention_56_has_the_published_stages_and_depths() -> None:
    """Wang et al., Table 2: 56, 28, 14 and 7 rows; masks down to 7 x 7."""
    with torch.device("meta"):
        network = ResidualAttention56(PlainOptions())
        shapes, maps = {}, network.stem(torch.empty(1, 3, 224, 224))
        for name in network.layers:
            maps = network.get_submodule(name)(maps)
            shapes[name] = tuple(maps.shape[1:])
    assert shapes == {"stage1": (256, 56, 56), "stage2": (512, 28, 28), "stage3": (1024, 14, 14), "last": (2048, 7, 7)}
    modules = [module for module in network.modules() if isinstance(module, AttentionModule)]
    assert [len(module.down) for module in modules] == [3, 2, 1]
    # 56 layers deep in the trunk: the stem, 18 units of three convolutions outside masks, and the classifier.
    trunk = [name for name, one in network.named_modules() if isinstance(one, PreActivatedUnit)]
    assert 1 + 3 * len([name for name in trunk if not {"down", "up", "beside"} & set(name.split("."))]) + 1 == 56
