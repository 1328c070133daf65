"""Oracles: Grad-CAM and HiResCAM written out below, pytorch-grad-cam's own EigenCAM, and the maps of one thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from fer_core.explain import METHODS, explain, explain_many


class Tiny(nn.Module):
    """What `explain` needs of a model: two convolutions with BatchNorm, an in-place ReLU, five labels."""

    layers = ("first", "second")

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6))
        self.relu = nn.ReLU(inplace=True)
        self.second = nn.Sequential(nn.Conv2d(6, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.aside = nn.Conv2d(3, 4, 3)
        self.classifier = nn.Linear(8, 5)
        self.scale = scale
        generator = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)

    def layer(self, name: str) -> nn.Module:
        return self.get_submodule(name)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        maps = self.second(self.relu(self.first(images)))
        return {"main": self.classifier(maps.mean(dim=(2, 3))) * self.scale}

    def decide(self, logits: dict[str, torch.Tensor]) -> torch.Tensor:
        return logits["main"]


@pytest.fixture
def model() -> Tiny:
    return Tiny().eval()


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(4, 3, 16, 20, generator=torch.Generator().manual_seed(5))


def activation_and_gradient(model: Tiny, image: torch.Tensor, target: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the second layer, by plain autograd: each ``(C, h, w)``."""
    maps = model.second(functional.relu(model.first(image[None])))
    logit = (model.classifier(maps.mean(dim=(2, 3))) * model.scale)[0, target]
    (gradient,) = torch.autograd.grad(logit, maps)
    return maps[0].detach(), gradient[0]


def enlarged(values: torch.Tensor) -> np.ndarray:
    return functional.interpolate(values[None, None], (16, 20), mode="bilinear", align_corners=False)[0, 0].numpy()


@pytest.mark.parametrize("signed", [False, True])
def test_gradcam_equals_its_formula_without_any_stretching(model: Tiny, images: torch.Tensor, signed: bool) -> None:
    for target in range(5):
        maps, gradient = activation_and_gradient(model, images[0], target)
        expected = torch.zeros(maps.shape[1:])
        for channel in range(maps.shape[0]):
            expected += gradient[channel].mean() * maps[channel]
        expected = enlarged(expected) if signed else np.maximum(enlarged(expected), 0)
        found = explain(model, images[:1], target, signed=signed)
        np.testing.assert_allclose(found.map, expected, rtol=1e-4, atol=1e-7)
        assert (found.layers, found.target, found.map.dtype) == (("second",), target, np.float32)
        assert found.peak == pytest.approx(np.abs(expected).max(), rel=1e-4)


def test_hirescam_equals_its_formula(model: Tiny, images: torch.Tensor) -> None:
    maps, gradient = activation_and_gradient(model, images[1], 2)
    expected = enlarged((maps * gradient).sum(dim=0))
    np.testing.assert_allclose(
        explain(model, images[1], 2, method="hirescam", signed=True).map, expected, rtol=1e-4, atol=1e-7
    )


def test_eigencam_equals_the_packages_up_to_its_free_sign(model: Tiny, images: torch.Tensor) -> None:
    from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection

    maps, _ = activation_and_gradient(model, images[2], 0)
    expected = enlarged(torch.from_numpy(get_2d_projection(maps[None].numpy())[0]))
    found = explain(model, images[2], 0, method="eigencam", signed=True)
    np.testing.assert_allclose(np.abs(found.map), np.abs(expected), rtol=1e-3, atol=1e-4)
    assert found.target is None


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.by_label])
def test_a_scaled_logit_scales_the_map(images: torch.Tensor, method: str) -> None:
    """The magnitude survives: what min-max scaling would hide."""
    loud, quiet = (explain(Tiny(scale).eval(), images[:1], 1, method=method) for scale in (1.0, 1e-3))
    assert loud.peak > 0
    if method == "gradcam++":  # its weights saturate: less, never more
        assert quiet.peak < loud.peak
    else:
        np.testing.assert_allclose(quiet.map, loud.map * 1e-3, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_equals_its_pictures_one_by_one(model: Tiny, images: torch.Tensor, method: str) -> None:
    together = explain_many(model, images, [0, 1, 2, 3], method=method)
    for position, found in enumerate(together):
        alone = explain(model, images[position], position, method=method)
        np.testing.assert_allclose(found.map, alone.map, rtol=1e-4, atol=1e-6)


def test_without_a_target_the_decided_label_is_explained(model: Tiny, images: torch.Tensor) -> None:
    decided = model.decide(model(images)).argmax(dim=1).tolist()
    assert [found.target for found in explain_many(model, images)] == decided


def test_several_layers_give_the_mean_of_their_maps_in_any_order(model: Tiny, images: torch.Tensor) -> None:
    """The first layer's output is overwritten by an in-place ReLU: its map must not be."""
    alone = [explain(model, images[:1], 1, layer=name, signed=True).map for name in model.layers]
    both = explain(model, images[:1], 1, layer=("second", "first"), signed=True)
    assert both.layers == ("first", "second")
    np.testing.assert_allclose(both.map, np.mean(alone, axis=0), rtol=1e-4, atol=1e-7)
    assert (model.first(images[:1]) < 0).any()


def test_the_model_comes_back_as_it_was(model: Tiny, images: torch.Tensor) -> None:
    model.train()
    model.first.eval()
    gradient = torch.ones_like(model.classifier.weight)
    model.classifier.weight.grad = gradient
    before = {name: value.clone() for name, value in model.state_dict().items()}
    explain(model, images[:1])
    with pytest.raises(ValueError, match="targets must lie"):
        explain(model, images[:1], 9)
    assert (model.training, model.first.training, model.first[1].training, model.second.training) == (
        True,
        False,
        False,
        True,
    )
    assert model.classifier.weight.grad is gradient
    assert torch.equal(gradient, torch.ones_like(gradient))
    assert [name for name, parameter in model.named_parameters() if parameter.grad is not None] == ["classifier.weight"]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_frozen_parameters_and_switched_off_gradients_change_nothing(
    model: Tiny, images: torch.Tensor, context: type
) -> None:
    expected = explain(model, images[:1], 1).map
    model.requires_grad_(False)
    with context():
        found = explain(model, images[:1] * 1, 1).map
    np.testing.assert_array_equal(found, expected)


def test_many_threads_on_one_shared_model_get_the_maps_of_one(model: Tiny, images: torch.Tensor) -> None:
    """While others predict with it, too: their activations are not ours."""
    expected = {(call % 4, call % 5): explain(model, images[call % 4], call % 5).map for call in range(20)}

    def one(call: int) -> np.ndarray:
        if call % 3 == 0:
            with torch.inference_mode():
                model(images)
        return explain(model, images[call % 4], call % 5).map

    with ThreadPoolExecutor(8) as threads:
        for call, found in enumerate(threads.map(one, range(80))):
            np.testing.assert_allclose(found, expected[call % 4, call % 5], rtol=1e-5, atol=1e-7)


def test_many_threads_leave_the_mode_alone(model: Tiny, images: torch.Tensor) -> None:
    """In training mode a map made while another thread restores it would use, and change, batch statistics."""
    model.train()
    before = model.first[1].running_mean.clone()
    expected = {(call % 4, call % 5): explain(model, images[call % 4], call % 5).map for call in range(20)}

    def one(call: int) -> np.ndarray:
        return explain(model, images[call % 4], call % 5).map

    with ThreadPoolExecutor(8) as threads:
        for call, found in enumerate(threads.map(one, range(80))):
            np.testing.assert_allclose(found, expected[call % 4, call % 5], rtol=1e-5, atol=1e-7)
    assert model.training
    assert torch.equal(model.first[1].running_mean, before)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"method": "gradcan"}, "did you mean 'gradcam'"),
        ({"layer": "secnd"}, "no layer 'secnd'; did you mean 'second'"),
        ({"layer": ()}, "name a layer"),
        ({"targets": [1]}, "4 pictures, 1 targets"),
        ({"targets": [0, 1, 2, 5]}, r"0 \.\.\. 4, got 5"),
    ],
)
def test_mistakes_get_a_sentence(model: Tiny, images: torch.Tensor, arguments: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        explain_many(model, images, **arguments)


def test_a_layer_that_the_decision_does_not_read_is_refused(model: Tiny, images: torch.Tensor) -> None:
    class Aside(Tiny):
        layers = ("first", "aside", "second")

        def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
            self.aside(images)
            return super().forward(images)

    with pytest.raises(ValueError, match="no gradient reaches layer 'aside'"):
        explain(Aside().eval(), images[:1], layer="aside")
    with pytest.raises(ValueError, match="one picture, got 4"):
        explain(model, images)
