"""A rehearsed step is the trainer's own: same pictures, same soft labels, same loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fer_core import loop
from fer_core.recipe import check_recipe
from fer_core.rehearsal import rehearse
from fer_core.runs import find_run
from fer_core.training import train
from tests.drawn import LABELS, class_folders

PLAIN = {
    "name": "rehearsed",
    "seed": 2,
    "data": {"labels": list(LABELS)},
    "preprocessing": {"size": 24, "grey": True},
    "backbone": {"kind": "compact", "stem": 4, "widths": [8], "blocks": [1]},
    "head": {"kind": "linear", "dropout": 0.3},
    "augmentation": {"flip": 0.5, "rotation": 5, "brightness": 0.05},
    "optimisation": {"epochs": 2, "batch_size": 16, "precision": "fp32"},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(class_folders(tmp_path_factory.mktemp("faces"), {"train": 12, "validation": 3}))


@pytest.mark.parametrize("mixing", [{"kind": "fermix", "p_mix": 1.0, "guided": True}, {"kind": "mixup"}])
def test_it_is_what_the_trainer_sees(data, mixing, monkeypatch):
    recipe = check_recipe({**PLAIN, "mixing": mixing})
    steps = []

    def watched(objective, optimiser, views, plan, device):
        judged = take_step(objective, optimiser, views, plan, device)
        steps.append((views, float(judged[0])))
        return judged

    take_step = loop.take_step
    monkeypatch.setattr(loop, "take_step", watched)
    run = train(recipe, data, threads=1)
    first, second = rehearse(recipe, data), rehearse(recipe, data, step=1)
    later = rehearse(recipe, data, epoch=1)
    assert first.total == pytest.approx(steps[0][1], abs=1e-6) and first.why_not is None
    assert first.total == pytest.approx(sum(one.weight * one.value for one in first.losses), abs=1e-6)
    for told, (views, _) in ((first, steps[0]), (second, steps[1]), (later, steps[first.steps])):
        assert len(told.pictures) == len(views) == len(told.batch.plan)
        for pixels, soft, view in zip(told.pictures, told.targets, views, strict=True):
            shown = view.images * 0.25 + 0.5  # the preprocessing's deviation and mean
            expected = (shown.permute(0, 2, 3, 1) * 255).clamp(0, 255).numpy()
            assert np.abs(pixels - expected).max() <= 0.51
            np.testing.assert_allclose(soft, view.terms[0].targets.numpy())
    assert len(steps) == 2 * first.steps

    before = {name: value.clone() for name, value in _state(run.name).items()}
    judged = rehearse(recipe, data, find_run(run.name))
    assert judged.total != pytest.approx(first.total, abs=1e-6)  # another network, the same pictures
    assert np.array_equal(judged.pictures[0], first.pictures[0])
    assert all(torch.equal(value, before[name]) for name, value in _state(run.name).items())


def _state(name):
    from fer_core.assembly import load_model

    return load_model(find_run(name)).state_dict()


def test_what_cannot_be_rehearsed_is_said(data, tmp_path):
    recipe = check_recipe({**PLAIN, "mixing": "mixup"})
    with pytest.raises(ValueError, match="there is no step 100"):
        rehearse(recipe, data, step=99)
    with pytest.raises(ValueError, match="counted from 0"):
        rehearse(recipe, data, epoch=-1)
    run = train(check_recipe({**PLAIN, "name": "short", "optimisation": {"epochs": 1}}), data, threads=1)
    with pytest.raises(ValueError, match="another preprocessing than the recipe: size"):
        rehearse(check_recipe({**PLAIN, "preprocessing": {"size": 32, "grey": True}}), data, run)
    with pytest.raises(ValueError, match="the same labels in one order"):
        rehearse(check_recipe({**PLAIN, "data": {"labels": ["Awake", "Drowsy"]}}), data, run)


def test_weights_that_are_not_there_leave_the_plan_without_a_loss(data):
    written = {**PLAIN, "preprocessing": {"size": 32}, "backbone": {"kind": "resnet18", "weights": "imagenet"}}
    told = rehearse(check_recipe({**written, "mixing": "cutmix"}), data)
    assert told.losses == () and told.total is None and "imagenet" in told.why_not
    assert told.pictures[0].shape[1:] == (32, 32, 3) and told.batch.plan[0].pictures.region is not None


def test_the_command_tells_terms_and_samples(fer, tmp_path):
    line = ("batch", "fermixnet", "--data", "people:subjects=9,sessions=1,states=expressions,frames=1,size=48")
    small = ("preprocessing.size=32", "backbone.kind=compact", "head.kind=linear", "loss.kind=cross_entropy")
    size = ("--set", "optimisation.batch_size=8", "--set", "mixing.p_mix=1")
    changes = [word for one in small for word in ("--set", one)]
    document = fer(*line, *changes, *size, "--json").document
    assert document["n"] == 8 and [one["role"] for one in document["terms"]] == ["mixed", "main"]
    assert document["total"] == pytest.approx(sum(one["weight"] * one["loss"] for one in document["terms"]), abs=1e-5)
    assert document["samples"][document["plan"][0]["pictures"]["main"][0]]["subject"].startswith("p0")
    told = fer(*line, *changes, *size)
    assert told.code == 0 and f"total: {document['total']:.4f}" in told.out
    assert fer(*line, *changes, "--step", 9).code == 2
