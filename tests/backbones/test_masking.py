"""Oracles: Table I of the paper, its parameter count in the authors' code, and the U-Net written out below."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from fer_core.assembly import build_model
from fer_core.backbones.masking import MaskingBlock, ResidualMaskingNetwork
from fer_core.catalogue.backbones import MaskingOptions
from fer_core.explain import explain
from fer_core.recipe import RecipeError, check_recipe

NARROW = {"widths": (4, 8, 12, 16), "blocks": (1, 2, 1, 1)}


def narrow(**more) -> ResidualMaskingNetwork:
    torch.manual_seed(0)
    return ResidualMaskingNetwork(MaskingOptions(**{**NARROW, **more}))


def shaken(module: torch.nn.Module) -> torch.nn.Module:
    """In eval mode with other than the starting weights: a zero-initialised BatchNorm would hide a whole branch."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, value in module.state_dict().items():
            noise = torch.rand(value.shape, generator=generator)
            if value.ndim == 4:
                value.copy_((noise - 0.5) * 2 / value[0].numel() ** 0.5)
            elif value.is_floating_point():
                value.copy_(noise - 0.5 if name.endswith("running_mean") else noise * 0.5 + 0.7)
    return module.eval()


def norm(state: dict, name: str, x: torch.Tensor) -> torch.Tensor:
    mean, variance, weight, bias = (
        state[f"{name}.{key}"].reshape(-1, 1, 1) for key in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / (variance + 1e-5).sqrt() * weight + bias


def basic(state: dict, name: str, x: torch.Tensor) -> torch.Tensor:
    """He et al. 2016, Fig. 5 left, with a projected shortcut."""
    kept = norm(state, f"{name}.downsample.1", functional.conv2d(x, state[f"{name}.downsample.0.weight"]))
    y = functional.conv2d(x, state[f"{name}.conv1.weight"], padding=1)
    y = norm(state, f"{name}.bn1", y).relu()
    y = functional.conv2d(y, state[f"{name}.conv2.weight"], padding=1)
    return (norm(state, f"{name}.bn2", y) + kept).relu()


def raised(state: dict, name: str, x: torch.Tensor) -> torch.Tensor:
    """A transposed convolution of kernel and stride 2: every pixel becomes a 2x2 patch."""
    weight, bias = state[f"{name}.0.weight"], state[f"{name}.0.bias"]
    rows, columns = 2 * x.shape[2], 2 * x.shape[3]
    out = torch.einsum("nihw,ioab->nohawb", x, weight).reshape(x.shape[0], -1, rows, columns)
    return norm(state, f"{name}.1", out + bias.reshape(-1, 1, 1)).relu()


def test_a_mask_of_depth_three_equals_the_u_net_written_out() -> None:
    block = shaken(MaskingBlock(3, 3, "softmax"))
    state = block.state_dict()
    maps = torch.rand(2, 3, 8, 12, generator=torch.Generator().manual_seed(2))
    one = basic(state, "down.0", maps)
    two = basic(state, "down.1", functional.max_pool2d(one, 2))
    three = basic(state, "down.2", functional.max_pool2d(two, 2))
    assert [x.shape[1:] for x in (one, two, three)] == [(6, 8, 12), (12, 4, 6), (24, 2, 3)]
    two = basic(state, "up.0", torch.cat([raised(state, "raises.0", three), two], dim=1))
    one = basic(state, "up.1", torch.cat([raised(state, "raises.1", two), one], dim=1))
    expected = basic(state, "last", one).exp()
    expected = expected / expected.sum(dim=1, keepdim=True)
    assert expected.std(dim=1).mean() > 0.1 and expected.max() < 0.999
    with torch.no_grad():
        torch.testing.assert_close(block(maps), expected, rtol=1e-4, atol=1e-6)


def test_a_mask_of_depth_one_has_neither_pooling_nor_a_way_up() -> None:
    block = shaken(MaskingBlock(3, 1, "sigmoid"))
    state = block.state_dict()
    maps = torch.rand(2, 3, 5, 7)
    with torch.no_grad():
        torch.testing.assert_close(block(maps), basic(state, "last", basic(state, "down.0", maps)).sigmoid())
    assert not len(block.raises) and not len(block.up)


def plain(state: dict, name: str, x: torch.Tensor, stride: int) -> torch.Tensor:
    """As `basic`, with a stride, and with the identity for a shortcut where the shape stays."""
    kept = x
    if f"{name}.downsample.0.weight" in state:
        kept = functional.conv2d(x[..., ::stride, ::stride], state[f"{name}.downsample.0.weight"])
        kept = norm(state, f"{name}.downsample.1", kept)
    y = functional.conv2d(x, state[f"{name}.conv1.weight"], padding=1)[..., ::stride, ::stride]
    y = functional.conv2d(norm(state, f"{name}.bn1", y).relu(), state[f"{name}.conv2.weight"], padding=1)
    return (norm(state, f"{name}.bn2", y) + kept).relu()


def masked(state: dict, name: str, x: torch.Tensor, depth: int) -> torch.Tensor:
    """Section III-B: ``F + F * M(F)``; M a U-Net of ``depth`` levels with a softmax over the channels."""
    way = [basic(state, f"{name}.down.0", x)]
    for level in range(1, depth):
        way.append(basic(state, f"{name}.down.{level}", functional.max_pool2d(way[-1], 2)))
    y = way.pop()
    for level in range(depth - 1):
        y = torch.cat([raised(state, f"{name}.raises.{level}", y), way.pop()], dim=1)
        y = basic(state, f"{name}.up.{level}", y)
    weights = basic(state, f"{name}.last", y).exp()
    return x + x * weights / weights.sum(dim=1, keepdim=True)


def test_the_whole_network_equals_table_one_written_out() -> None:
    """Every stage of Table I with its mask, at a width of 4 to 16 and the published 4, 3, 2 and 1 levels."""
    network = shaken(narrow())
    state = network.state_dict()
    images = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(3)) - 0.5
    y = functional.conv2d(images, state["stem.0.weight"], padding=3)[..., ::2, ::2]
    y = functional.pad(norm(state, "stem.1", y).relu(), (1, 1, 1, 1))  # zeros never win: the map is not negative
    y = y.unfold(2, 3, 2).unfold(3, 3, 2).amax((4, 5))
    with torch.no_grad():
        found = network(images)
    for number, (blocks, depth) in enumerate(zip(NARROW["blocks"], (4, 3, 2, 1), strict=True), start=1):
        for block in range(blocks):
            y = plain(state, f"layer{number}.{block}", y, 2 if number > 1 and block == 0 else 1)
        torch.testing.assert_close(found.maps[f"layer{number}"], y, rtol=1e-3, atol=1e-4)
        y = masked(state, f"mask{number}", y, depth)
        torch.testing.assert_close(found.maps[f"masked{number}"], y, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(found.spaces["v_face"], y.mean((2, 3)), rtol=1e-3, atol=1e-4)
    assert y.std() > 0.1 and y.shape == (1, 16, 4, 4)


@pytest.mark.parametrize("gate", ["softmax", "sigmoid"])
def test_masks_lie_between_zero_and_one_and_add_to_what_they_weigh(gate: str) -> None:
    maps = shaken(narrow(gate=gate))(torch.rand(2, 3, 64, 64)).maps
    for number in range(1, 5):
        before, mask, after = (maps[f"{kind}{number}"] for kind in ("layer", "mask", "masked"))
        assert before.shape == mask.shape == after.shape
        assert (mask >= 0).all() and (mask <= 1).all()
        torch.testing.assert_close(after, before * (1 + mask))
        if gate == "softmax":
            torch.testing.assert_close(mask.sum(dim=1), torch.ones_like(mask[:, 0]))
    assert maps["high"] is maps["masked4"]


def test_full_size_has_the_authors_parameters_and_the_shapes_of_table_one() -> None:
    with torch.device("meta"):
        model = build_model(check_recipe({"name": "masking", "backbone": "masking"}))
        features = model.features(torch.empty(1, 3, 224, 224))
    assert sum(one.numel() for one in model.parameters()) == 137_796_423
    shapes = {1: (64, 56, 56), 2: (128, 28, 28), 3: (256, 14, 14), 4: (512, 7, 7)}
    for number, shape in shapes.items():
        assert all(features.maps[f"{kind}{number}"].shape[1:] == shape for kind in ("layer", "mask", "masked"))
    depths = [len(model.backbone.get_submodule(f"mask{number}").down) for number in shapes]
    assert depths == [4, 3, 2, 1]


def test_masks_start_as_their_blocks_shortcuts_and_stages_do_not() -> None:
    backbone = narrow()
    for name, parameter in backbone.named_parameters():
        if name.endswith("bn2.weight"):
            assert (parameter == 0).all() if name.startswith("mask") else (parameter == 1).all(), name


@pytest.mark.parametrize(("stem", "size", "first"), [("large", 48, 12), ("small", 36, 36), ("large", 100, 25)])
def test_any_size_passes(stem: str, size: int, first: int) -> None:
    maps = shaken(narrow(stem=stem))(torch.rand(1, 3, size, size)).maps
    assert maps["mask1"].shape[2:] == maps["masked1"].shape[2:] == (first, first)


def test_every_map_and_mask_can_be_explained() -> None:
    model = build_model(check_recipe({"name": "m", "backbone": {"kind": "masking", "stem": "small", **NARROW}}))
    shaken(model)
    assert model.layers == tuple(f"{kind}{n}" for n in range(1, 5) for kind in ("layer", "mask", "masked"))
    image = torch.rand(3, 32, 32)
    assert explain(model, image, 1).layers == ("masked4",)
    for layer in model.layers:
        assert explain(model, image, 1, layer=layer, signed=True).map.shape == (32, 32)


def test_resnet34_weights_fill_stem_and_stages_only(tmp_path) -> None:
    from torchvision import models

    theirs = models.resnet34(weights=None)
    torch.save(theirs.state_dict(), tmp_path / "r34.pth")
    mine = ResidualMaskingNetwork(MaskingOptions(depths=(1, 1, 1, 1), weights=str(tmp_path / "r34.pth")))
    assert torch.equal(mine.stem[0].weight, theirs.conv1.weight)
    assert torch.equal(mine.layer4[2].conv2.weight, theirs.layer4[2].conv2.weight)
    torch.save(models.resnet18(weights=None).state_dict(), tmp_path / "r18.pth")
    with pytest.raises(ValueError, match="do not fit masking: .* missing .layer1.2"):
        ResidualMaskingNetwork(MaskingOptions(depths=(1, 1, 1, 1), weights=str(tmp_path / "r18.pth")))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"depths": [4, 3, 2]}, "same stages, got 4, 4 and 3"),
        ({"gate": "tanh"}, "'softmax' or 'sigmoid'"),
        ({"weights": "imagenet", "widths": [8, 8, 8, 8]}, "must start from none"),
    ],
)
def test_mistakes_get_a_sentence(options: dict, sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        check_recipe({"name": "m", "backbone": {"kind": "masking", **options}})
