"""ResNets: published counts, equality with torchvision, their weights; and what seeds decide."""

from __future__ import annotations

import pytest
import torch
import torchvision

from fer_core.assembly import build_model
from tests.backbones.pairs import recipe


def _model(name, **more):
    return build_model(recipe(name, **more))


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no layer 'layer9'; choose one of stem, stage1, stage2"):
        _model("compact").layer("layer9")


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50"])
def test_logits_equal_torchvision_with_the_same_weights(name):
    theirs = getattr(torchvision.models, name)(weights=None, num_classes=7).eval()
    mine = _model(name).eval()
    stem = {f"stem.{number}": key for number, key in enumerate(("conv1", "bn1"))}
    state = {}
    for key, value in theirs.state_dict().items():
        first = next(
            (
                f"backbone.{mark}{key.removeprefix(prefix)}"
                for mark, prefix in stem.items()
                if key.startswith(prefix + ".")
            ),
            None,
        )
        state[first or ("head.classifier" + key.removeprefix("fc") if key.startswith("fc.") else f"backbone.{key}")] = (
            value
        )
    mine.load_state_dict(state)
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        # Threads add up in another order: 1.3e-5 was seen on logits of about 1.
        torch.testing.assert_close(mine(images)["main"], theirs(images), rtol=1e-4, atol=1e-4)


def test_weights_depend_on_the_seed_only_and_the_global_generator_is_left_alone():
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    first, again, other = _model("compact"), _model("compact"), _model("compact", seed=1)
    assert torch.equal(before, torch.random.get_rng_state())
    equal = [torch.equal(a, b) for a, b in zip(first.state_dict().values(), again.state_dict().values(), strict=True)]
    assert all(equal)
    assert not torch.equal(first.backbone.stem[0].weight, other.backbone.stem[0].weight)


def test_imagenet_weights_come_from_files_the_user_has_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="resnet18-f37072fd.pth.* are not on this machine"):
        _model("resnet18", options={"weights": "imagenet"})
    theirs = torchvision.models.resnet18(weights=None)
    torch.save(theirs.state_dict(), tmp_path / "mine.pth")
    mine = _model("resnet18", options={"weights": str(tmp_path / "mine.pth")})
    assert torch.equal(mine.backbone.stem[0].weight, theirs.conv1.weight)
    (tmp_path / "mine.pth").rename(tmp_path / "resnet18-f37072fd.pth")
    with pytest.raises(ValueError, match="has changed"):
        _model("resnet18", options={"weights": "imagenet"})
    evil = tmp_path / "evil.pth"
    torch.save({"a": Exception}, evil)
    with pytest.raises(ValueError, match="loaded safely"):
        _model("resnet18", options={"weights": str(evil)})
