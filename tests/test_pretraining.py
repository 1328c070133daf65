"""`fer pretrain`: people in the place of labels, some kept out, the backbone in the store with a card."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import yaml

from fer_core.data import open_data
from fer_core.data.folds import deal, subject_keys
from fer_core.pretrained.frozen import frozen_part, frozen_subjects
from fer_core.recipe import check_recipe
from fer_core.runs import Run
from fer_core.training import train
from fer_core.weights import load_weights
from tests.encoders import ENCODER, PREPROCESSING, deviation

PEOPLE = "people:subjects=10,sessions=2,states=drowsiness,frames=2,size=32,first=60"
RECIPE = {
    "name": "tiny-identity",
    "data": {"source": PEOPLE, "validation_share": 0.2},
    "preprocessing": PREPROCESSING,
    "backbone": ENCODER,
    "head": {"kind": "cosine", "scale": 16},
    "loss": {"kind": "margin", "scale": 16, "margin": 0.1},
    "augmentation": {"flip": 0.0},
    "optimiser": {"kind": "adamw", "lr": 0.01},
    "optimisation": {"epochs": 3, "batch_size": 16, "select": "last", "precision": "fp32"},
}


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(RECIPE))
    return path


@pytest.fixture
def real(tmp_path):
    """Class folders of six people, as Olivetti's faces come: noise, but each person's own."""
    for person in range(6):
        (tmp_path / f"faces/s{person}").mkdir(parents=True)
        own = np.random.default_rng(person).integers(0, 256, (32, 32, 3))
        for picture in range(4):
            noise = np.random.default_rng(100 * person + picture).integers(-20, 20, (32, 32, 3))
            shown = np.clip(own + noise, 0, 255).astype(np.uint8)
            cv2.imwrite(str(tmp_path / f"faces/s{person}/{picture}.png"), shown)
    return tmp_path / "faces"


def test_people_become_an_encoder_that_a_recipe_begins_from(fer, recipe, tmp_path):
    made = fer("pretrain", recipe, "--name", "tiny", "--out", tmp_path / "run", "--hold-out", "0.2", "--json").document
    run = Run(tmp_path / "run")
    assert made["subjects"] == 8
    assert set(run.labels) <= {f"people 0 p{number:04d}" for number in range(60, 70)}
    held = made["held_out"][open_data(PEOPLE).name]
    assert held["subjects"] == 2 and held["chance"] == 0.5
    assert "identity encoder" in run.why_not
    assert fer("predict", recipe, "--run", tmp_path / "run").code == 2
    state, metadata = load_weights(next((tmp_path / "run").glob("weights.safetensors")))
    stored, about = load_weights(type(recipe)(made["encoder"]))
    assert about["subjects"] == list(run.labels)
    assert all((stored[name] == state[f"backbone.{name}"]).all() for name in stored)
    card = type(recipe)(made["encoder"]).with_suffix(".md").read_text()
    assert "people 0 p0060" in card or "people 0 p0061" in card
    ended = train(deviation(), str(PEOPLE), tmp_path / "after", threads=1)
    assert frozen_subjects(ended.info["frozen"]) == set(run.labels)
    assert ended.info["frozen"]["v_id"] == frozen_part(type(recipe)(made["encoder"]))


def test_real_people_are_listed_without_their_names(fer, recipe, real, tmp_path):
    words = ("--name", "tiny", "--out", tmp_path / "run", "--data", PEOPLE, "--data", real, "--hold-out", "faces=0.5")
    made = fer("pretrain", recipe, *words, "--json").document
    run = Run(tmp_path / "run")
    shown = json.dumps([run.labels, type(recipe)(made["encoder"]).with_suffix(".md").read_text()])
    assert not any(f'"s{number}"' in shown or f" s{number}" in shown for number in range(6))
    assert sum(not one.startswith("people ") for one in run.labels) == 3
    assert made["held_out"]["faces"]["subjects"] == 3
    # Those who were kept out are the last group of a study of two groups.
    table = open_data(str(real)).table
    last = {who for who, group in zip(table["label"], deal(table["label"], 2, 0), strict=True) if group == 1}
    named = open_data(str(real))
    named = type(named)(**{**vars(named), "table": table.assign(subject=table["label"])})
    learned = {who for who, key in zip(table["label"], subject_keys(named), strict=True) if key in set(run.labels)}
    assert learned == set(table["label"]) - last


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("--hold-out", "0.7"), "at most 0.5, got 0.7"),
        (("--hold-out", "some"), "--hold-out needs a share"),
        (("--hold-out", "faces=0.5"), "no data set 'faces'"),
        (("--set", "backbone.embedding=0"), "set backbone.embedding"),
        (("--set", "backbone.kind=resnet18", "--set", "preprocessing.size=32"), "an identity encoder is one of"),
    ],
)
def test_what_cannot_be_pretrained_is_told(fer, recipe, tmp_path, words, sentence):
    ran = fer("pretrain", recipe, "--name", "tiny", "--out", tmp_path / "run", *words)
    assert ran.code == 2
    assert sentence in ran.err
    assert not (tmp_path / "run").exists()


def test_a_name_that_no_file_can_have_is_told(fer, recipe):
    assert "got '../x'" in fer("pretrain", recipe, "--name", "../x").err


def test_dealing_is_even_and_depends_on_names_and_seed_only():
    people = open_data("people:subjects=11,sessions=1,frames=1,size=32").table["subject"]
    group = deal(people, 3, 0)
    sizes = sorted(dict(zip(people, group, strict=True)).values())
    assert [sizes.count(one) for one in range(3)] == [4, 4, 3]
    backwards = deal(people[::-1], 3, 0)[::-1]
    assert (group == backwards).all()
    assert (group != deal(people, 3, 1)).any()
    with pytest.raises(ValueError, match="11 subjects cannot be dealt into 12 groups"):
        deal(people, 12, 0)


def test_a_margin_of_zero_is_cross_entropy_and_more_asks_for_more():
    import torch

    from fer_core.catalogue.losses import MarginOptions
    from fer_core.losses import MarginLoss, soft_cross_entropy

    logits = 8 * torch.rand(5, 4, generator=torch.Generator().manual_seed(0))
    targets = torch.eye(4)[[0, 1, 2, 3, 0]]
    plain = MarginLoss(MarginOptions(margin=0, scale=8))({"main": logits}, targets)
    assert torch.equal(plain, soft_cross_entropy(logits, targets))
    # CosFace, eq. 4, row by row.
    own = [8 * (one[k] / 8 - 0.3) for one, k in zip(logits, (0, 1, 2, 3, 0), strict=True)]
    rest = [sum(one[j].exp() for j in range(4) if j != k) for one, k in zip(logits, (0, 1, 2, 3, 0), strict=True)]
    direct = -sum((a.exp() / (a.exp() + b)).log() for a, b in zip(own, rest, strict=True)) / 5
    torch.testing.assert_close(MarginLoss(MarginOptions(margin=0.3, scale=8))({"main": logits}, targets), direct)


def test_logits_are_scaled_cosines():
    recipe = check_recipe({**RECIPE, "data": {"labels": ["a", "b", "c"]}}, "tiny")
    import torch

    from fer_core.assembly import build_model

    model = build_model(recipe).eval()
    images = torch.randn(3, 3, 24, 24)
    v, w = model.features(images).spaces["v_face"], model.head.directions
    direct = 16 * torch.nn.functional.cosine_similarity(v[:, None], w[None], dim=2)
    torch.testing.assert_close(model(images)["main"], direct)


def test_classes_of_states_are_not_taken_for_people(fer, recipe, tmp_path):
    for label in ("anger", "fear"):
        (tmp_path / f"states/{label}").mkdir(parents=True)
        for picture in range(3):
            cv2.imwrite(str(tmp_path / f"states/{label}/{picture}.png"), np.full((32, 32, 3), 40 * picture, np.uint8))
    ran = fer("pretrain", recipe, "--name", "tiny", "--data", tmp_path / "states")
    assert ran.code == 2
    assert "states names no subject" in ran.err
