"""The deviation backbone: V_state = V_face - V_id, zero at the start, an Identity Model that nothing changes."""

from __future__ import annotations

import json

import pytest
import torch

from fer_core.assembly import build_model
from fer_core.explain import explain
from fer_core.recipe import RecipeError, check_recipe
from tests.encoders import DEVIATION, ENCODER, deviation, stored_encoder


@pytest.fixture
def model():
    stored_encoder()
    return build_model(deviation())


def _pictures(count=5):
    return torch.randn(count, 3, 24, 24, generator=torch.Generator().manual_seed(1))


def test_before_training_v_state_is_exactly_zero_in_eval_mode(model):
    spaces = model.eval().features(_pictures()).spaces
    assert torch.equal(spaces["v_state"], torch.zeros(5, 6))
    torch.testing.assert_close(spaces["v_face"].norm(dim=1), torch.ones(5))
    assert torch.equal(spaces["v_face"], spaces["v_id"])


def test_v_state_is_the_difference_of_two_networks_and_lengths_are_one(model):
    model.train()
    optimiser = torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=0.02)
    before = {name: value.clone() for name, value in model.backbone.identity.state_dict().items()}
    for _ in range(3):
        model(_pictures())["main"].square().mean().backward()
        optimiser.step()
    # Buffers too: BatchNorm of a frozen branch would count what passes.
    for name, value in model.backbone.identity.state_dict().items():
        assert torch.equal(value, before[name]), name
    spaces = model.eval().features(_pictures()).spaces
    assert spaces["v_state"].abs().max() > 1e-4
    assert torch.equal(spaces["v_state"], spaces["v_face"] - spaces["v_id"])
    torch.testing.assert_close(spaces["v_id"].norm(dim=1), torch.ones(5))


def test_the_identity_model_stays_in_eval_mode_and_wants_no_gradient(model):
    model.train()
    assert model.backbone.face.training
    assert not any(one.training for one in model.backbone.identity.modules())
    assert not any(one.requires_grad for one in model.backbone.identity.parameters())
    assert all(one.requires_grad for one in model.backbone.face.parameters())


def test_known_v_id_is_taken_as_it_is_and_the_identity_model_does_not_run(model):
    given = torch.randn(5, 6)
    model.backbone.identity.forward = None  # calling it would raise
    spaces = model.eval().features(_pictures(), {"v_id": given}).spaces
    assert torch.equal(spaces["v_id"], given)
    assert torch.equal(spaces["v_state"], spaces["v_face"] - given)


def test_frozen_spaces_are_those_of_a_pass_without_them(model):
    model.eval()
    assert torch.equal(model.frozen(_pictures())["v_id"], model.features(_pictures()).spaces["v_id"])
    assert build_model(check_recipe({"name": "plain", "backbone": ENCODER}, "plain")).frozen(_pictures()) == {}


def test_a_state_dict_holds_no_identity_model_and_loads_whole(model):
    state = model.state_dict()
    assert state
    assert not [name for name in state if "identity" in name]
    model.load_state_dict(state)
    state.pop("backbone.face.stem.0.weight")
    with pytest.raises(RuntimeError, match="stem"):
        model.load_state_dict(state)


def test_both_branches_can_be_explained_and_their_maps_differ_in_sign(model):
    model.eval()
    with torch.no_grad():  # else the difference is zero and the head sees nothing
        for one in model.backbone.face.parameters():
            one.add_(0.05 * torch.randn(one.shape, generator=torch.Generator().manual_seed(0)))
    for layer in ("identity.stage2", "face.stage2"):
        assert explain(model, _pictures(1), target=0, layer=layer, signed=True).peak > 0


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"encoder": {"kind": "resnet18"}}, "encoder.kind must be one of facenet, compact"),
        ({"encoder": {**ENCODER, "embedding": 0}}, "both models need an embedding of length 1"),
        ({"encoder": {**ENCODER, "weights": "tiny"}}, "both models begin from backbone.identity"),
        ({"encoder": {**ENCODER, "widhts": [4]}}, "widhts"),
    ],
)
def test_an_encoder_that_is_none_is_told(change, sentence):
    recipe = json.loads(json.dumps(DEVIATION))
    recipe["backbone"] = {**recipe["backbone"], **change}
    with pytest.raises(RecipeError, match=sentence):
        check_recipe(recipe, "broken")


def test_an_identity_that_is_not_there_is_told_with_those_that_are():
    stored_encoder()
    with pytest.raises(ValueError, match="no weights 'tony'.*tiny"):
        build_model(deviation("backbone.identity=tony"))


def test_vggface2_is_one_line_of_the_recipe():
    with pytest.raises(FileNotFoundError, match="fer weights fetch facenet-vggface2"):
        build_model(deviation("backbone.encoder.kind=facenet", "backbone.identity=vggface2", "preprocessing.size=80"))
