"""Every backbone with every head that a recipe allows: one step of training, weights on disk, Grad-CAM."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fer_core.assembly import Model, build_model
from fer_core.catalogue import BACKBONES, HEADS
from fer_core.explain import explain
from fer_core.recipe import Recipe, RecipeError, check_recipe
from fer_core.weights import load_weights, save_weights
from tests.backbones.pairs import allowed, recipe, smallest, step

PAIRS: dict[tuple[str, bool], list[Recipe]] = {}
"""By backbone, with or without the mid-level branch: one recipe for each head."""
for kind, whole in allowed():
    PAIRS.setdefault((kind, bool(getattr(whole.backbone.options, "mid", False))), []).append(whole)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_every_backbone_is_paired():
    heads = {key: {whole.head.kind for whole in recipes} for key, recipes in PAIRS.items()}
    assert all({"linear", "state"} <= heads[kind, False] for kind in BACKBONES.names())
    branches = {"compact", "resnet18", "resnet34", "resnet50", "resnet152", "ir50"}
    assert {kind for kind, branch in heads if branch} >= branches
    assert all(found == {"fusion"} for (_, branch), found in heads.items() if branch)


@pytest.mark.parametrize(("kind", "branch"), PAIRS)
def test_a_step_a_round_trip_and_an_explanation(kind: str, branch: bool, tmp_path: Path) -> None:
    """The backbone is made and stored once; every further head is trained, stored and explained on top of it."""
    recipes = PAIRS[kind, branch]
    first = build_model(recipes[0])
    for whole in recipes:
        model = first if whole is recipes[0] else Model(first.backbone, build_head(whole, first), whole.labels)
        images = step(model, whole)
        learns = {name: parameter.grad is not None for name, parameter in model.named_parameters()}
        assert learns == {name: parameter.requires_grad for name, parameter in model.named_parameters()}
        assert all(torch.isfinite(one.grad).all() for one in model.parameters() if one.requires_grad)
        kept = model.state_dict() if model is first else model.head.state_dict()
        state = stored_and_read(kept, tmp_path / "weights.safetensors")
        assert state.keys() == kept.keys()
        for name, value in kept.items():
            halved = value.half().float() if value.is_floating_point() and "running_" not in name else value
            assert torch.equal(state[name], halved), name
        if model is first:
            with torch.device("meta"):
                again = build_model(whole)
            again.load_state_dict(state, assign=True)
            if kind == "deviation":  # its frozen half lies in the store, not with the run
                again.backbone.identity = model.backbone.identity
            model.load_state_dict(state)
            with torch.no_grad():
                torch.testing.assert_close(again.eval()(images), model.eval()(images), rtol=1e-3, atol=1e-3)
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
                assert torch.isfinite(model.decide(model(images))).all()
        keeps_the_contract(model, images)


def build_head(whole: Recipe, model: Model) -> torch.nn.Module:
    return HEADS.build(whole.head, dimensions=model.backbone.dimensions, classes=len(whole.labels))


def stored_and_read(state: dict, path: Path) -> dict:
    save_weights(path, state, {"labels": ["a", "b"]})
    found, metadata = load_weights(path)
    assert metadata == {"labels": ["a", "b"]}
    return found


def keeps_the_contract(model: Model, images: torch.Tensor) -> None:
    """Spaces, maps, logits; the last layer and the branch can be explained."""
    with torch.no_grad():
        features, logits = model.eval().features(images), model.decide(model(images))
    assert logits.shape == (2, len(model.labels)) and torch.isfinite(logits).all()
    for space, dimension in model.backbone.dimensions.items():
        assert features.spaces[space].shape == (2, dimension)
    assert "high" in features.maps and all(maps.ndim == 4 and len(maps) == 2 for maps in features.maps.values())
    assert ("mid" in model.layers) == ("mid" in features.maps) == ("mid" in model.head.reads)
    assert all(model.layer(name) is model.backbone.get_submodule(name) for name in model.layers)
    for layer in {"mid", model.layers[-1]} & set(model.layers):
        found = explain(model, images[0], 1, layer=layer, signed=True)
        assert found.map.shape == images.shape[2:] and found.peak > 0


@pytest.mark.parametrize("kind", BACKBONES.names())
def test_pictures_that_are_too_small_are_a_mistake_of_the_recipe(kind: str) -> None:
    least = smallest(kind)
    below = {"name": "small", "backbone": recipe(kind).plain()["backbone"], "preprocessing": {"size": least - 1}}
    sentence = "greater than or equal to 16, got 15"
    if least > 16:
        sentence = f"size {least - 1} is too small for backbone {kind}, which needs pictures of at least {least} pixels"
    with pytest.raises(RecipeError, match=sentence):
        check_recipe(below)


@pytest.mark.slow
@pytest.mark.parametrize("kind", BACKBONES.names())
def test_eight_pictures_are_learned_by_heart(kind: str) -> None:
    # Dropout would judge by other networks than were trained; VGG learns nothing in 200 steps without BatchNorm.
    fields = BACKBONES[kind].options.model_fields
    eased = {"dropout": 0.0, "batch_norm": True, "hidden": 64}
    model = build_model(recipe(kind, options={key: value for key, value in eased.items() if key in fields})).train()
    side = smallest(kind)
    images = torch.rand(8, 3, side, side, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(8) % 7
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(200):
        logits = model.decide(model(images))
        loss = torch.nn.functional.cross_entropy(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        right = bool((logits.argmax(1) == labels).all())
        if right and loss < 1:  # ln 7 = 1.95 is no knowledge; FaceNet's embedding of length one keeps logits small
            break
    assert right and loss < 1, f"loss is still {float(loss):.3f}"
