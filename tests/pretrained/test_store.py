"""Weights come into the store whole or not at all, are found, checked, and never used when they changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from fer_core.pretrained import importing, known
from fer_core.pretrained.importing import import_weights
from fer_core.pretrained.loading import load_pretrained, pretrained_state, read_foreign
from fer_core.pretrained.store import described, where
from fer_core.weights import save_weights
from tests.pretrained.conftest import ROW


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _of_tensors(state: dict[str, Tensor]) -> str:
    """SHA-256 of name, type, shape and bytes of each tensor, by name."""
    found, kinds = hashlib.sha256(), {torch.float32: "F32", torch.int64: "I64"}
    for name in sorted(state):
        found.update(json.dumps([name, kinds[state[name].dtype], list(state[name].shape)]).encode())
        found.update(state[name].numpy().tobytes())
    return found.hexdigest()


def test_what_was_imported_is_what_was_published(home, published, state) -> None:
    path = import_weights(ROW, published)
    assert path == home / f"compact-toys-{_of_tensors(state)[:8]}.safetensors"
    assert [one.name for one in home.iterdir()] == [path.name]
    about = described(path)
    assert about["source_sha256"] == _sha(published) and about["source_file"] == "toys.pth"
    assert about["name"] == "compact-toys" and about["licence"] == "for tests only" and about["imported"]
    found = pretrained_state("compact", "toys")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[key], state[key]) and found[key].dtype == state[key].dtype for key in state)
    assert torch.equal(pretrained_state("compact", str(path))["stem.0.weight"], state["stem.0.weight"])


@pytest.mark.parametrize("nest", [None, "state_dict", "model_state_dict", "net", "model"])
def test_state_dicts_are_found_where_publishers_put_them(nest, tmp_path) -> None:
    inner = {"module.a.weight": torch.ones(2), "note": "plain"}
    torch.save(inner if nest is None else {nest: inner, "epoch": 1}, tmp_path / "f.pth")
    assert list(read_foreign(tmp_path / "f.pth")) == ["a.weight"]


def test_a_second_import_is_refused_or_replaces(home, published, state) -> None:
    first = import_weights(ROW, published)
    with pytest.raises(FileExistsError, match="already here.*--replace"):
        import_weights(ROW, published)
    changed = {**state, "stem.0.weight": state["stem.0.weight"] + 1}
    torch.save(changed, published)
    second = import_weights(ROW, published, replace=True)
    assert [one.name for one in home.iterdir()] == [second.name] and first != second
    assert torch.equal(pretrained_state("compact", "toys")["stem.0.weight"], changed["stem.0.weight"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: state.pop("stem.0.weight"), r"1 missing \(stem.0.weight\)"),
        (lambda state: state.update(extra=torch.ones(1)), r"1 unexpected \(extra\)"),
        (lambda state: state.update({"stem.0.weight": torch.ones(3)}), r"another shape \(stem.0.weight: \(3,\), not"),
        (
            lambda state: state.update({"stem.0.weight": state["stem.0.weight"] * float("nan")}),
            r"1 not finite \(stem.0.weight\)",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_named_and_leaves_nothing(home, published, state, change, sentence) -> None:
    wrong = dict(state)
    change(wrong)
    torch.save(wrong, published)
    with pytest.raises(ValueError, match=sentence):
        import_weights(ROW, published)
    assert not home.exists()


def test_foreign_files_run_nothing_and_get_a_sentence(home, published, tmp_path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path(tmp_path / "ran").touch, ())

    torch.save({"state_dict": Trap()}, published)
    with pytest.raises(ValueError, match="loaded safely"):
        import_weights(ROW, published)
    assert not (tmp_path / "ran").exists()
    torch.save({"epoch": 3}, published)
    with pytest.raises(ValueError, match="holds no state dict"):
        import_weights(ROW, published)
    with pytest.raises(FileNotFoundError, match="no file at"):
        import_weights(ROW, tmp_path / "absent.pth")


def test_only_the_published_file_passes_for_it(home, published) -> None:
    with pytest.raises(ValueError, match="not the published toys.pth: its SHA-256 begins with"):
        import_weights(replace(ROW, sha256="0" * 64), published)
    assert import_weights(replace(ROW, sha256=_sha(published)[:8]), published).is_file()


def test_an_import_that_breaks_leaves_what_was_there(home, published, monkeypatch) -> None:
    first = import_weights(ROW, published)

    def full(path: Path, *_: object, **__: object) -> None:
        path.with_name(path.name + ".part").write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(importing, "save_weights", full)
    with pytest.raises(OSError, match="no space"):
        import_weights(ROW, published, replace=True)
    assert list(home.iterdir()) == [first] and pretrained_state("compact", "toys")


def test_changed_weights_are_never_used(home, published) -> None:
    path = import_weights(ROW, published)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"has changed: its SHA-256 begins with [0-9a-f]{8}, not [0-9a-f]{8}"):
        pretrained_state("compact", "toys")


def test_a_path_whose_name_ends_in_a_date_promises_nothing(home, state, tmp_path) -> None:
    save_weights(tmp_path / "mine-20240131.safetensors", state, {}, half=False)
    assert pretrained_state("compact", str(tmp_path / "mine-20240131.safetensors")).keys() == state.keys()


def test_another_programs_safetensors_are_renamed_like_its_pth(home, tmp_path) -> None:
    save_file({"conv1.weight": torch.ones(2), "fc.bias": torch.ones(3)}, tmp_path / "a.safetensors", {"format": "pt"})
    assert pretrained_state("resnet18", str(tmp_path / "a.safetensors")).keys() == {"stem.0.weight"}


@pytest.mark.parametrize(
    "header",
    [
        {"a": 1},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": ["0", 4]}},
        {"a": {"shape": [1], "data_offsets": [0, 4]}},
        {"__metadata__": [1]},
        {"__metadata__": {"name": 3}},
        [],
    ],
)
def test_a_safetensors_with_a_broken_beginning_gets_a_sentence(header, home, tmp_path) -> None:
    written = json.dumps(header).encode()
    path = tmp_path / "a-12345678.safetensors"
    path.write_bytes(len(written).to_bytes(8, "little") + written + bytes(4))
    assert described(path) == {}
    with pytest.raises(ValueError, match="damaged or not whole"):
        pretrained_state("compact", str(path))


def test_two_files_of_one_name_are_not_chosen_between(home, published) -> None:
    path = import_weights(ROW, published)
    path.with_name("compact-toys-00000000.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match="remove all but one"):
        pretrained_state("compact", "toys")


def test_a_publishers_file_is_read_where_it_lies(home, published, state, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(known.KNOWN, ROW.name, replace(ROW, sha256=_sha(published)))  # type: ignore[arg-type]
    cache = tmp_path / "torch" / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    published.rename(cache / "toys.pth")
    assert where("compact", "toys") == cache / "toys.pth"
    assert torch.equal(pretrained_state("compact", "toys")["stem.0.weight"], state["stem.0.weight"])
    (cache / "toys.pth").write_bytes(b"cut")
    with pytest.raises(ValueError, match="has changed"):
        pretrained_state("compact", "toys")


def test_what_is_not_here_gets_the_command_that_gets_it(home, tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="fer weights fetch resnet18-imagenet"):
        where("resnet18", "imagenet")
    with pytest.raises(FileNotFoundError, match="fer weights import ir50-msceleb FILE"):
        where("ir50", "msceleb")
    assert known.known_for("masking", "imagenet").name == "resnet34-imagenet"
    with pytest.raises(ValueError, match="no weights 'imagnet'.*imagenet"):
        where("resnet18", "imagnet")
    with pytest.raises(ValueError, match="no weights 'toys'; none are known"):
        where("resattnet56", "toys")
    with pytest.raises(FileNotFoundError, match="no weights at"):
        where("resnet18", str(tmp_path / "none.pth"))


def test_weights_of_another_backbone_are_refused(home, published) -> None:
    path = import_weights(ROW, published)
    with pytest.raises(ValueError, match="holds weights of compact, not of resnet18"):
        pretrained_state("resnet18", str(path))


def test_a_backbone_is_filled_whole_or_not_at_all(home, tmp_path) -> None:
    class Small(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.mask = nn.Linear(2, 2), nn.Linear(2, 1)

    module, other = Small(), Small()
    start = {key: value.clone() for key, value in module.state_dict().items()}
    torch.save(other.state_dict(), tmp_path / "whole.pth")
    torch.save({key: value for key, value in other.state_dict().items() if "mask" not in key}, tmp_path / "body.pth")
    torch.save({key: value for key, value in other.state_dict().items() if key != "mask.bias"}, tmp_path / "cut.pth")
    for name, fresh in (("body.pth", ()), ("cut.pth", ("mask",))):  # a kind of tensors is spared only as a whole
        with pytest.raises(ValueError, match="do not fit small: .* missing .mask"):
            load_pretrained(module, "small", str(tmp_path / name), fresh)
        assert all(torch.equal(value, start[key]) for key, value in module.state_dict().items())
    load_pretrained(module, "small", str(tmp_path / "body.pth"), ("mask",))
    assert torch.equal(module.body.weight, other.body.weight) and torch.equal(module.mask.weight, start["mask.weight"])
