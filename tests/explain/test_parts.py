"""Branches, masks, and maps side by side: each equals what is written out below."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from fer_core.assembly import Model, build_model
from fer_core.explain import (
    KINDS,
    METHODS,
    branches,
    explain,
    explain_face,
    has_masks,
    masks_of,
    scales,
    side_by_side,
)
from fer_core.recipe import check_recipe
from tests.encoders import deviation, stored_encoder

SMALL = {"kind": "compact", "stem": 4, "widths": [6, 8, 8], "blocks": [1, 1, 1]}


def pictures(count: int = 1, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(5))


@pytest.fixture(scope="module")
def fusion() -> Model:
    recipe = check_recipe(
        {"name": "f", "backbone": {**SMALL, "mid": True}, "head": "fusion", "loss": "fusion", "mixing": "fermix"}
    )
    return build_model(recipe).eval()


@pytest.fixture
def apart() -> Model:
    """A deviation network whose encoders differ, as after a training."""
    stored_encoder()
    model = build_model(deviation()).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.backbone.face.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return model


@pytest.fixture(scope="module")
def masking() -> Model:
    backbone = {"kind": "masking", "stem": "small", "widths": [4, 8, 12, 16], "blocks": [1, 1, 1, 1]}
    model = build_model(check_recipe({"name": "m", "backbone": backbone})).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.05)
    return model


def test_a_plain_network_has_one_branch() -> None:
    model = build_model(check_recipe({"name": "p", "backbone": SMALL}))
    assert list(branches(model)) == ["decision"]
    with pytest.raises(ValueError, match="no branch 'mid'"):
        explain(model, pictures(), 0, branch="mid")


def test_each_branch_of_a_fusion_explains_its_own_logit(fusion: Model) -> None:
    assert {name: tuple(part.layers) for name, part in branches(fusion).items()} == {
        "decision": ("stem", "stage1", "stage2", "mid", "stage3"),
        "high": ("stem", "stage1", "stage2", "stage3"),
        "mid": ("stem", "stage1", "stage2", "mid"),
    }
    images = pictures()
    for name, layer in (("high", "stage2"), ("mid", "stage2"), ("high", "stage3"), ("mid", "mid")):
        found = explain(fusion, images, 3, layer, "hirescam", branch=name, signed=True)
        kept = {}
        handle = fusion.layer(layer).register_forward_hook(lambda module, given, out, kept=kept: kept.update(out=out))
        logit = fusion(images.clone().requires_grad_())[name][0, 3]
        handle.remove()
        (gradient,) = torch.autograd.grad(logit, kept["out"])
        expected = (gradient * kept["out"]).sum(1, keepdim=True)
        expected = functional.interpolate(expected, (32, 32), mode="bilinear", align_corners=False)[0, 0]
        np.testing.assert_allclose(found.map, expected.detach().numpy(), rtol=1e-3, atol=1e-6)
        assert (found.branch, found.layers) == (name, (layer,))
    both = explain(fusion, images, 3, "stage2", "hirescam", signed=True).map
    parts = [explain(fusion, images, 3, "stage2", "hirescam", branch=one, signed=True).map for one in ("high", "mid")]
    np.testing.assert_allclose(both, sum(parts), rtol=1e-3, atol=1e-6)  # the decision is the sum of both logits


def test_a_branch_has_no_layer_that_its_logit_does_not_read(fusion: Model) -> None:
    with pytest.raises(ValueError, match="no layer 'stage3'"):
        explain(fusion, pictures(), 0, "stage3", branch="mid")


def test_the_difference_is_the_sum_of_what_reaches_the_logit_through_either_encoder(apart: Model) -> None:
    inner = [name.partition(".")[2] for name in apart.layers if name.startswith("face.")]
    parts = branches(apart)
    assert list(parts) == ["decision", "v_face", "v_id", "difference"]
    assert tuple(parts["difference"].layers) == tuple(inner)
    images, last = pictures(side=24), inner[-1]
    face = explain(apart, images, 1, f"face.{last}", branch="v_face", signed=True)
    person = explain(apart, images, 1, f"identity.{last}", branch="v_id", signed=True)
    both = explain(apart, images, 1, last, branch="difference", signed=True)
    np.testing.assert_allclose(both.map, face.map + person.map, rtol=1e-4, atol=1e-7)
    assert person.peak > 0
    assert both.layers == (f"identity.{last}", f"face.{last}")
    with pytest.raises(ValueError, match="eigencam knows no label"):
        explain(apart, images, layer=last, method="eigencam", branch="difference")


def test_masks_equal_their_formula_and_the_published_sum(masking: Model) -> None:
    assert has_masks(masking)
    images = pictures(2)
    found = masks_of(masking, images)
    assert [one.number for one in found] == [1, 2, 3, 4]
    maps = masking.features(images).maps
    for one in found:
        before, mask, after = (maps[f"{kind}{one.number}"].detach() for kind in ("layer", "mask", "masked"))
        assert one.before.shape == (before.shape[2], 2 * before.shape[3])
        np.testing.assert_allclose(one.before[:, : before.shape[3]], before[0].mean(0).numpy(), rtol=1e-5)
        np.testing.assert_allclose(one.after, np.concatenate(list(after.mean(1).numpy()), axis=1), rtol=1e-5)
        # After = before (1 + weight), for the weight is a share of what is there.
        np.testing.assert_allclose(one.after, one.before * (1 + one.weight), rtol=1e-4, atol=1e-6)
        assert 0 <= one.weight.min() <= one.weight.max() <= 1
        expected = torch.zeros(before.shape[2:])
        for channel in range(before.shape[1]):
            expected += before[1, channel] * mask[1, channel]
        total = before[1].sum(0)
        there = total > 0
        place = one.weight[:, before.shape[3] :]
        np.testing.assert_allclose(place[there], (expected[there] / total[there]).numpy(), rtol=1e-4)


def test_other_networks_have_no_masks(fusion: Model) -> None:
    assert not has_masks(fusion)
    with pytest.raises(ValueError, match="no masks"):
        masks_of(fusion, pictures())


@pytest.mark.parametrize("kind", KINDS)
def test_maps_side_by_side_are_those_that_are_asked_one_by_one(fusion: Model, kind: str) -> None:
    images = pictures()
    shown = side_by_side(fusion, images, kind, 2, "stage2", "layercam")
    names = {
        "labels": list(fusion.labels),
        "methods": [method.title for method in METHODS.values()],
        "layers": list(fusion.layers),
        "branches": ["decision", "high", "mid"],
    }[kind]
    assert [one.name for one in shown] == names
    for place, one in enumerate(shown):
        told = one.explained
        target = place if kind == "labels" else 2
        alone = explain_face(fusion, images, target, told.layers, told.method, branch=told.branch)
        np.testing.assert_array_equal(told.map, alone.map)
    if kind == "branches":
        assert all(one.explained.layers == ("stage2",) for one in shown)


def test_one_scale_serves_all_maps_of_a_unit(fusion: Model) -> None:
    shown = side_by_side(fusion, pictures(), "methods", 2)
    ends = scales(shown)
    assert set(ends) == {"logit", "activation"}
    assert ends["logit"] == max(one.explained.peak for one in shown if one.unit == "logit")
    assert ends["activation"] == max(one.explained.peak for one in shown if one.unit == "activation")


def test_what_cannot_be_compared_is_left_out_or_said(apart: Model, fusion: Model) -> None:
    images = pictures(side=24)
    shown = side_by_side(apart, images, "methods", 0, branch="difference")
    assert {one.unit for one in shown} == {"logit"}
    alone = side_by_side(apart, images, "labels", 0, method="fem")
    assert [one.name for one in alone] == ["FEM"]
    assert [one.name for one in side_by_side(apart, images, "branches", 0, method="eigencam")] == [
        "decision",
        "v_face",
        "v_id",
    ]
    with pytest.raises(ValueError, match="cannot compare 'colours'"):
        side_by_side(fusion, images, "colours", 0)
    with pytest.raises(ValueError, match="unknown method 'gradcan'"):
        side_by_side(fusion, images, "methods", 0, method="gradcan")
