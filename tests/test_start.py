"""A training that begins from another run: tensors by name, classes by label, refusals, record, resume."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
import torch
import yaml

from fer_core.assembly import build_model, load_model
from fer_core.labels import EXPRESSIONS
from fer_core.recipe import check_recipe
from fer_core.runs import Run, create_run
from fer_core.start import origin, shared_rows
from fer_core.training import train
from fer_core.weights import load_weights, save_weights
from tests.drawn import LABELS, class_folders

SEVEN = EXPRESSIONS
PLAIN = {
    "name": "begun",
    "data": {"labels": list(LABELS)},
    "preprocessing": {"size": 24, "grey": True},
    "backbone": {"kind": "compact", "stem": 4, "widths": [4, 8], "blocks": [1, 1]},
    "augmentation": {"flip": 0},
    "optimiser": {"kind": "sgd", "lr": 0.01},
    "optimisation": {"epochs": 2, "batch_size": 16, "precision": "fp32"},
}


def _recipe(*changes, **sections):
    return check_recipe(json.loads(json.dumps({**PLAIN, **sections})), "begun", changes)


def _finished(path, recipe, **info):
    """A finished run whose weights nobody trained."""
    about = {"status": "finished", "labels": list(recipe.labels), "preprocessing": recipe.preprocessing.model_dump()}
    run = create_run(path, recipe.dump(), {**about, **info})
    save_weights(run.path / "weights.safetensors", build_model(recipe).state_dict(), {}, half=False)
    return run


@pytest.fixture
def seven(tmp_path):
    return _finished(tmp_path / "seven", _recipe("seed=5", data={"labels": list(SEVEN)}))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return class_folders(tmp_path_factory.mktemp("drawn"), {"train": 12, "validation": 4})


def _started(run, *changes, **sections):
    return build_model(_recipe(f"start.run={run.path}", *changes, **sections)).state_dict()


def test_the_backbone_goes_over_and_another_label_set_starts_with_a_fresh_head(seven):
    theirs, _ = load_weights(seven.path / "weights.safetensors")
    mine, fresh = _started(seven), build_model(_recipe()).state_dict()
    backbone = [name for name in mine if name.startswith("backbone.")]
    assert len(backbone) > 20 and all(torch.equal(mine[name], theirs[name]) for name in backbone)
    assert mine["head.classifier.weight"].shape == (3, 8)
    assert torch.equal(mine["head.classifier.weight"], fresh["head.classifier.weight"])
    assert torch.equal(mine["head.classifier.bias"], fresh["head.classifier.bias"])


def test_equal_labels_in_another_order_answer_the_same(seven):
    order = list(reversed(SEVEN))
    images = torch.rand(4, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    before = load_model(seven)
    after = build_model(_recipe(f"start.run={seven.path}", data={"labels": order})).eval()
    with torch.no_grad():
        theirs, mine = before.decide(before(images)), after.decide(after(images))
    assert torch.equal(mine, theirs[:, [SEVEN.index(label) for label in order]])
    assert not torch.equal(mine, theirs)


def test_shared_classes_go_along_by_name_where_asked(seven):
    theirs, _ = load_weights(seven.path / "weights.safetensors")
    labels = ["contempt", *SEVEN[2:4]]
    mine = _started(seven, "start.head=shared", data={"labels": labels})
    fresh = build_model(_recipe(data={"labels": labels})).state_dict()
    for name in ("head.classifier.weight", "head.classifier.bias"):
        assert torch.equal(mine[name][0], fresh[name][0]) and torch.equal(mine[name][1:], theirs[name][2:4])


def test_a_fresh_head_is_fresh_even_with_equal_labels(seven):
    mine = _started(seven, "start.head=fresh", data={"labels": list(SEVEN)})
    fresh = build_model(_recipe(data={"labels": list(SEVEN)})).state_dict()
    assert torch.equal(mine["head.classifier.weight"], fresh["head.classifier.weight"])


@pytest.mark.parametrize(
    ("mine", "head", "rows"),
    [
        (["a", "b"], "auto", [0, 1]),
        (["b", "a"], "auto", [1, 0]),
        (["a", "c"], "auto", [None, None]),
        (["a"], "auto", [None]),
        (["c", "b"], "shared", [None, 1]),
        (["a", "b"], "fresh", [None, None]),
    ],
)
def test_rows_go_by_label(mine, head, rows):
    assert shared_rows(["a", "b"], mine, head) == rows


def test_a_branch_that_only_one_of_the_two_has_starts_fresh(seven):
    wide = {"kind": "compact", "stem": 4, "widths": [4, 8], "blocks": [1, 1], "mid": True}
    both = {"backbone": wide, "head": "fusion", "loss": "fusion", "data": {"labels": list(SEVEN)}}
    theirs, _ = load_weights(seven.path / "weights.safetensors")
    mine, fresh = _started(seven, **both), build_model(_recipe(**both)).state_dict()
    only_mine = [name for name in mine if name not in theirs]
    assert any("mid" in name for name in only_mine)
    assert all(torch.equal(mine[name], fresh[name]) for name in only_mine)
    assert all(torch.equal(mine[name], theirs[name]) for name in mine if name in theirs)


def test_what_cannot_be_started_from_gets_one_sentence(seven, data, tmp_path):
    with pytest.raises(FileNotFoundError, match="no run 'seveen'"):
        build_model(_recipe("start.run=seveen"))
    with pytest.raises(ValueError, match="has the backbone compact, the recipe resnet18; start needs the same"):
        build_model(_recipe(f"start.run={seven.path}", "preprocessing.size=32", backbone="resnet18"))
    other = {"kind": "compact", "stem": 4, "widths": [4, 6], "blocks": [1, 1]}
    with pytest.raises(ValueError, match=r"has another compact: its .* is .*8.*, here .*6"):
        train(_recipe(f"start.run={seven.path}", backbone=other), str(data), tmp_path / "run", threads=1)
    assert not (tmp_path / "run").exists()  # nothing to clear away before the next try
    with pytest.raises(ValueError, match="start.run replaces what backbone.weights gives"):
        _recipe("start.run=a", "preprocessing.size=32", backbone={"kind": "resnet18", "weights": "imagenet"})
    seven.update(status="failed", error="no")
    with pytest.raises(ValueError, match="cannot be started from: its training failed"):
        build_model(_recipe(f"start.run={seven.path}"))


def test_a_training_of_three_classes_from_seven_is_recorded_and_needs_its_start_no_more(seven, data, tmp_path, caplog):
    recipe = _recipe(f"start.run={seven.path}", "preprocessing.mean=[0.2, 0.2, 0.2]")
    run = train(recipe, str(data), tmp_path / "three", threads=1)
    start = run.info["start"]
    assert start["run"] == "seven" and start["labels"] == list(SEVEN)
    assert start["differs"] == ["mean 0.2, 0.2, 0.2, there 0.5, 0.5, 0.5"]
    assert "have seen other pictures: preprocessing.mean 0.2" in caplog.text
    assert "- Began from: run seven, SHA-256" in run.card()
    assert yaml.safe_load((run.path / "recipe.yaml").read_text())["start"]["run"] == str(seven.path)
    first = load_weights(run.path / "weights.safetensors")[0]["backbone.stem.0.weight"]
    theirs = load_weights(seven.path / "weights.safetensors")[0]["backbone.stem.0.weight"]
    fresh = build_model(_recipe()).state_dict()["backbone.stem.0.weight"]
    assert (first - theirs).norm() < 0.5 * (first - fresh).norm()  # two epochs of small steps, from theirs
    shutil.rmtree(seven.path)
    assert load_model(Run(run.path)).labels == LABELS


def test_resuming_needs_the_first_run_no_more_and_gives_the_same(seven, data, tmp_path):
    whole = train(_recipe(f"start.run={seven.path}"), str(data), tmp_path / "whole", threads=1)
    part = _interrupted(_recipe(f"start.run={seven.path}"), data, tmp_path / "part")
    shutil.rmtree(seven.path)
    resumed = train(_recipe(f"start.run={seven.path}"), str(data), part, resume=True, threads=1)
    assert resumed.info["start"] == whole.info["start"]
    assert _sha(resumed) == _sha(whole)


def test_the_published_file_that_a_training_begins_from_is_recorded(tmp_path, monkeypatch, caplog):
    from torchvision.models import resnet18

    from fer_core.pretrained import known
    from fer_core.pretrained.importing import import_weights

    row = known.Known(("resnet18",), "toys", "toys.pth", "for tests", "", "", known.IMAGENET)
    monkeypatch.setitem(known.KNOWN, row.name, row)
    torch.save({"state_dict": resnet18(weights=None).state_dict()}, tmp_path / "toys.pth")
    path = import_weights(row, tmp_path / "toys.pth")

    recipe = _recipe("preprocessing.size=48", backbone={"kind": "resnet18", "weights": "toys"})
    about = origin(recipe)["pretrained"]
    assert (about["name"], about["file"], about["licence"]) == ("resnet18-toys", path.name, "for tests")
    assert about["sha256"].startswith(path.stem[-8:]) and len(about["sha256"]) == 64
    assert about["differs"] == ["size 48, there 224", *about["differs"][1:]] and len(about["differs"]) == 3
    assert "preprocessing.size 48, there 224; mean" in caplog.text

    by_path = _recipe("preprocessing.size=48", backbone={"kind": "resnet18", "weights": str(tmp_path / "toys.pth")})
    about = origin(by_path)["pretrained"]
    assert about["sha256"] == hashlib.sha256((tmp_path / "toys.pth").read_bytes()).hexdigest()
    assert about["name"] is None and about["differs"] == []
    assert origin(_recipe()) == {}
    with pytest.raises(FileNotFoundError, match="fer weights fetch resnet18-imagenet"):
        origin(_recipe("preprocessing.size=48", backbone={"kind": "resnet18", "weights": "imagenet"}))


def _interrupted(recipe, data, path):
    """The same training, stopped as Ctrl-C stops it after its first epoch."""
    from fer_core import loop

    kept = loop._keep
    with pytest.MonkeyPatch.context() as patch:

        def keep_and_stop(*arguments):
            kept(*arguments)
            raise KeyboardInterrupt

        patch.setattr(loop, "_keep", keep_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, str(data), path, threads=1)
    return path


def _sha(run):
    return hashlib.sha256((run.path / "weights.safetensors").read_bytes()).hexdigest()
