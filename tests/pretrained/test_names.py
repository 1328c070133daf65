"""Published names become ours: tensor by tensor in forward order, and by equal outputs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision import models

from fer_core.backbones.masking import ResidualMaskingNetwork
from fer_core.catalogue import BACKBONES
from fer_core.catalogue.backbones import MaskingOptions
from fer_core.parts import Choice
from fer_core.pretrained.importing import expected_shapes
from fer_core.pretrained.known import KNOWN, architecture_of
from fer_core.pretrained.names import our_names
from tests.pretrained.published import AuthorsMaskingNetwork, evolve_ir50

IMAGENET = sorted(name for name in KNOWN if name.endswith("-imagenet"))


def _shuffled_norms(network: nn.Module, seed: int = 0) -> nn.Module:
    """BatchNorm with statistics that matter, so that a mix-up of two layers changes the output."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.bias, module.running_mean, module.running_var):
                tensor.data = torch.rand(tensor.shape, generator=generator) * 0.5 + 0.5
    return network.eval()


@pytest.mark.parametrize("name", IMAGENET)
def test_every_tensor_of_torchvision_has_its_place_in_forward_order(name: str) -> None:
    row = KNOWN[name]
    with torch.device("meta"):  # both networks register their layers in forward order: the n-th is the n-th
        slow = {"init_weights": False} if "inception" in name or "googlenet" in name else {}
        theirs = getattr(models, row.architectures[0])(weights=None, **slow).state_dict()
    ours = our_names(row.architectures[0], theirs)
    assert [(key, tuple(value.shape)) for key, value in ours.items()] == list(expected_shapes(row).items())


@pytest.mark.parametrize("kind", ["densenet121", "googlenet"])
def test_renamed_weights_give_torchvisions_features(kind: str, tmp_path: Path) -> None:
    extra = {"aux_logits": False, "init_weights": False} if kind == "googlenet" else {}
    theirs = _shuffled_norms(getattr(models, kind)(weights=None, **extra))
    published = theirs.state_dict()
    if kind == "densenet121":  # as the file on torchvision's server has it: from before 0.3, and without counters
        published = {
            re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", key): one for key, one in published.items()
        }
        published = {key: one for key, one in published.items() if not key.endswith("num_batches_tracked")}
        assert any("norm.1.weight" in key for key in published)
    torch.save(published, tmp_path / "theirs.pth")
    mine = BACKBONES.build(Choice(kind, BACKBONES[kind].options(weights=str(tmp_path / "theirs.pth")))).eval()
    last = "classifier" if kind == "densenet121" else "fc"
    setattr(theirs, last, nn.Identity())
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(mine(images).spaces["v_face"], theirs(images), rtol=1e-4, atol=1e-5)


def test_the_masking_authors_file_fits_tensor_by_tensor() -> None:
    with torch.device("meta"):
        theirs = AuthorsMaskingNetwork().state_dict()
    assert "mask1.downsample8.0.weight" in theirs and "mask2.up_pool5.0.bias" in theirs and "fc.1.weight" in theirs
    ours = our_names("masking", theirs)
    assert {key: tuple(value.shape) for key, value in ours.items()} == expected_shapes(KNOWN["masking-fer2013"])


def test_the_masking_authors_names_mean_the_same_computation() -> None:
    widths, blocks = (4, 8, 12, 16), (1, 2, 1, 1)
    theirs = _shuffled_norms(AuthorsMaskingNetwork(widths, blocks))
    mine = ResidualMaskingNetwork(MaskingOptions(widths=widths, blocks=blocks)).eval()
    images = torch.rand(2, 3, 256, 256, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        before = mine(images).spaces["v_face"]
        mine.load_state_dict(our_names("masking", theirs.state_dict()))
        after, expected = mine(images).spaces["v_face"], theirs.embed(images)
    assert not torch.allclose(before, expected, atol=1e-2)
    torch.testing.assert_close(after, expected, rtol=1e-4, atol=1e-5)


def test_facenets_classifier_is_left_out_and_nothing_else() -> None:
    from facenet_pytorch import InceptionResnetV1

    with torch.device("meta"):
        theirs = InceptionResnetV1(pretrained=None, classify=True, num_classes=8631).state_dict()
    assert theirs.keys() - our_names("facenet", theirs).keys() == {"logits.weight", "logits.bias"}
    ours = {key: tuple(value.shape) for key, value in our_names("facenet", theirs).items()}
    assert ours == expected_shapes(KNOWN["facenet-vggface2"])


def test_ir50_fits_tensor_by_tensor() -> None:
    theirs = {key: torch.empty(shape, device="meta") for key, shape in evolve_ir50().items()}
    ours = {key: tuple(value.shape) for key, value in our_names("ir50", theirs).items()}
    assert ours == expected_shapes(KNOWN["ir50-msceleb"])


def test_ms_celeb_resnet18_is_a_torchvision_resnet18_of_any_class_count() -> None:
    with torch.device("meta"):
        theirs = models.resnet18(num_classes=12666).state_dict()
    ours = {key: tuple(value.shape) for key, value in our_names("resnet18", theirs).items()}
    assert ours == expected_shapes(KNOWN["resnet18-msceleb"])


def test_names_of_rows_say_backbone_and_training_set_once() -> None:
    assert len({row.file for row in KNOWN.values()}) == len(KNOWN)
    for name, row in KNOWN.items():
        assert all("weights" in BACKBONES[kind.removesuffix("_bn")].options.model_fields for kind in row.architectures)
        assert architecture_of(*row.backbone) == row.architectures[0]
        assert name == row.name and row.backbone[0] in BACKBONES.names()
        assert row.url is None or row.url.endswith("/" + row.file)
        if row.sha256:
            assert len(row.sha256) == 64 or row.sha256 in row.file
