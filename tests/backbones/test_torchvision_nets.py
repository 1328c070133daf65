"""Oracles: torchvision's own forward passes, and the parameter counts of its documentation with seven classes."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision import models

from fer_core.assembly import build_model
from fer_core.backbones import torchvision_nets as nets
from fer_core.catalogue.backbones import VGGOptions
from fer_core.explain import explain
from tests.backbones.pairs import recipe, smallest

# torchvision's published count with 1,000 classes, and the units that its classifier reads.
PUBLISHED = {
    "vgg16": (138_357_544, 4096),
    "vgg19": (143_667_240, 4096),
    "densenet121": (7_978_856, 1024),
    "efficientnet_b0": (5_288_548, 1280),
    "efficientnet_b2": (9_109_994, 1408),
    "googlenet": (6_624_904, 1024),
    "inception_v3": (23_834_568, 2048),  # 27,161,264 with the auxiliary classifier
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_torchvisions_but_for_the_classifier(name):
    with torch.device("meta"):
        model = build_model(recipe(name, options={"hidden": 4096} if name.startswith("vgg") else {}))
    published, units = PUBLISHED[name]
    found = sum(one.numel() for one in model.parameters())
    assert found == published - 1000 * (units + 1) + 7 * (units + 1)
    if name == "vgg19":  # paper C, Table II: 139.5 million
        assert found == 139_598_919


@pytest.mark.parametrize(
    ("build", "split", "classifier", "size"),
    [
        (models.densenet121, nets.split_densenet, "classifier", 64),
        (models.efficientnet_b0, nets.split_efficientnet, "classifier", 64),
        (models.googlenet, nets.split_googlenet, "fc", 64),
        (models.inception_v3, nets.split_inception, "fc", 96),
    ],
)
def test_embeddings_equal_torchvisions_forward_pass(build, split, classifier, size):
    more = {"aux_logits": False, "init_weights": True} if classifier == "fc" else {}
    theirs = build(weights=None, **more).eval()
    mine = split(theirs).eval()
    setattr(theirs, classifier, nn.Identity())
    images = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(mine(images).spaces["v_face"], theirs(images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_vgg_equals_torchvisions_forward_pass(batch_norm):
    """In torchvision's order of layers; only the width of the fully connected ones is smaller."""
    mine = nets.vgg16(VGGOptions(hidden=6, batch_norm=batch_norm)).eval()
    features = models.vgg.make_layers(models.vgg.cfgs["D"], batch_norm).eval()
    mine_blocks = [mine.get_submodule(name) for name in mine.stages]
    state = [value for block in mine_blocks for value in block.state_dict().values()]
    features.load_state_dict(dict(zip(features.state_dict(), state, strict=True)))
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = mine.embedding[3:](nn.functional.adaptive_avg_pool2d(features(images), 7).flatten(1))
        found = mine(images)
    torch.testing.assert_close(found.spaces["v_face"], expected)
    assert found.maps["high"].shape == (1, 512, 4, 4)
    assert isinstance(mine.embedding[5], nn.Dropout) and mine.embedding[5].p == 0.5


@pytest.mark.parametrize("name", ["vgg16", "densenet121", "efficientnet_b0", "googlenet", "inception_v3"])
def test_all_layers_can_be_explained(name):
    model = build_model(recipe(name))
    size = smallest(name) + 16
    found = explain(model, torch.rand(3, size, size), 1, layer=model.layers, signed=True)
    assert found.layers == model.layers and found.map.shape == (size, size)


def test_pictures_that_are_too_small_get_a_sentence_also_without_a_recipe():
    with torch.device("meta"), pytest.raises(ValueError, match="at least 75 x 75 pixels, got 48 x 48; raise"):
        build_model(recipe("inception_v3"))(torch.empty(2, 3, 48, 48))
