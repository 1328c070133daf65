"""FaceNet against facenet-pytorch itself; IR-50 against its unit written out and the names of the public files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from facenet_pytorch import InceptionResnetV1
from torch import Tensor, nn
from torch.nn import functional

from fer_core.backbones.facenet import FaceNet
from fer_core.backbones.ir50 import IR50, ImprovedUnit
from fer_core.catalogue.backbones import FaceNetOptions, IR50Options


@pytest.fixture(scope="module")
def published() -> InceptionResnetV1:
    """With a classifier, as the VGGFace2 file has one, and with the running statistics of two pictures."""
    torch.manual_seed(0)
    network = InceptionResnetV1(pretrained=None, classify=True, num_classes=3)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.momentum = 0.9
    with torch.no_grad():
        network.train()(_pictures())
    return network.eval()


def _pictures() -> Tensor:
    return torch.rand(2, 3, 100, 90, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_facenet_has_the_packages_names_and_shapes(published: InceptionResnetV1) -> None:
    with torch.device("meta"):
        mine = FaceNet(FaceNetOptions())
        theirs = InceptionResnetV1(pretrained=None)
    assert {name: value.shape for name, value in mine.state_dict().items()} == {
        name: value.shape for name, value in theirs.state_dict().items()
    }
    assert mine.dropout.p == theirs.dropout.p == 0.6


def test_a_published_file_loads_without_its_classifier_and_gives_the_published_embedding(
    published: InceptionResnetV1, tmp_path: Path
) -> None:
    torch.save(published.state_dict(), tmp_path / "faces.pt")
    mine = FaceNet(FaceNetOptions(weights=str(tmp_path / "faces.pt"))).eval()
    images = _pictures()
    published.classify = False
    with torch.no_grad():
        found, expected = mine(images), published(images)
    torch.testing.assert_close(found.spaces["v_face"], expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.spaces["v_face"].norm(dim=1), torch.ones(2))
    assert expected[0] @ expected[1] < 0.999  # else any constant would pass
    assert found.maps["high"].shape == (2, 1792, 1, 1)


def test_facenets_embedding_has_length_one_under_autocast_too() -> None:
    network = FaceNet(FaceNetOptions()).train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        embedding = network(torch.rand(2, 3, 75, 75)).spaces["v_face"]
    assert embedding.dtype == torch.float32
    torch.testing.assert_close(embedding.norm(dim=1), torch.ones(2), rtol=1e-6, atol=1e-6)


def _names() -> set[str]:
    """What face.evoLVe's ``IR_50`` stores, but for ``output_layer.3`` and ``.4``; see the link in `IR50`."""
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    names = {"input_layer.0.weight", "input_layer.2.weight", *(f"input_layer.1.{key}" for key in norm)}
    names |= {f"output_layer.0.{key}" for key in norm}
    for unit in range(24):
        names |= {f"body.{unit}.res_layer.{place}.{key}" for place in (0, 4) for key in norm}
        names |= {f"body.{unit}.res_layer.{place}.weight" for place in (1, 2, 3)}
    for unit in (3, 7, 21):  # where the channels double
        names |= {f"body.{unit}.shortcut_layer.1.{key}" for key in norm} | {f"body.{unit}.shortcut_layer.0.weight"}
    return names


def test_ir50_has_the_public_files_names_and_loads_them_without_the_embedding(tmp_path: Path) -> None:
    theirs = IR50(IR50Options()).state_dict()
    assert set(theirs) == _names()
    marked = {name: torch.full_like(value, 0.25) for name, value in theirs.items()}
    embedding = {"output_layer.3.weight": torch.ones(512, 25_088), "output_layer.4.weight": torch.ones(512)}
    torch.save({**marked, **embedding}, tmp_path / "ir50.pth")
    mine = IR50(IR50Options(weights=str(tmp_path / "ir50.pth"), mid=True))
    assert all(torch.equal(value, marked[name]) for name, value in mine.state_dict().items() if "mid" not in name)
    del marked["body.7.res_layer.1.weight"]
    torch.save(marked, tmp_path / "ir50.pth")
    with pytest.raises((ValueError, RuntimeError), match=r"body\.7\.res_layer\.1\.weight"):
        IR50(IR50Options(weights=str(tmp_path / "ir50.pth")))


def _norm(state: dict[str, Tensor], name: str, maps: Tensor) -> Tensor:
    mean, variance, weight, bias = (
        state[f"{name}.{key}"].reshape(-1, 1, 1) for key in ("running_mean", "running_var", "weight", "bias")
    )
    return (maps - mean) / (variance + 1e-5).sqrt() * weight + bias


@pytest.mark.parametrize(("before", "after", "stride"), [(4, 4, 2), (4, 6, 2), (4, 4, 1)])
def test_an_improved_unit_equals_its_formula(before: int, after: int, stride: int) -> None:
    torch.manual_seed(0)
    unit = ImprovedUnit(before, after, stride).eval()
    for buffer in unit.state_dict().values():
        if buffer.is_floating_point() and buffer.ndim == 1:
            buffer.uniform_(0.5, 1.5)
    state, maps = unit.state_dict(), torch.randn(2, before, 7, 6)
    inner = functional.conv2d(_norm(state, "res_layer.0", maps), state["res_layer.1.weight"], padding=1)
    inner = torch.where(inner > 0, inner, inner * state["res_layer.2.weight"].reshape(-1, 1, 1))
    inner = functional.conv2d(inner, state["res_layer.3.weight"], padding=1)[..., ::stride, ::stride]
    kept = maps[..., ::stride, ::stride]
    if before != after:
        kept = functional.conv2d(kept, state["shortcut_layer.0.weight"])
        kept = _norm(state, "shortcut_layer.1", kept)
    with torch.no_grad():
        torch.testing.assert_close(unit(maps), _norm(state, "res_layer.4", inner) + kept, rtol=1e-4, atol=1e-5)


def test_ir50s_branch_stands_after_the_256_channels() -> None:
    with torch.device("meta"):
        network = IR50(IR50Options(mid=True))
        features = network(torch.empty(1, 3, 112, 112))
    assert features.maps["mid"].shape == (1, 256, 7 * 2, 7 * 2) and features.maps["high"].shape == (1, 512, 7, 7)
    assert network.layers == ("body.2", "body.6", "body.20", "mid", "output_layer")
