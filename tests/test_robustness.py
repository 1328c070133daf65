"""Curves under disturbances against plain loops, on a small untrained network and on the shipped one."""

from __future__ import annotations

from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
import torch

from fer_core.assembly import build_model, load_model, normaliser
from fer_core.cli.robustness import robustness as command
from fer_core.data import open_data
from fer_core.data.gathering import gather, subset
from fer_core.disturbances import KINDS, disturb
from fer_core.framing import FRAMINGS
from fer_core.inference import probabilities
from fer_core.recipe import load_recipe
from fer_core.robustness import disturbance_sheet, landmarks_in, robustness, robustness_of
from fer_core.robustness.measuring import SUBSET
from fer_core.runs import create_run
from fer_core.seeds import stream
from fer_core.weights import save_weights
from tests.drawn import class_folders

LANDMARKS = FRAMINGS["fer2013"].landmarks
SMALL = ["backbone.widths=[4]", "backbone.blocks=[1]", "backbone.stem=4", "preprocessing.size=24"]
PEOPLE = "people:subjects=2,sessions=1,states=expressions,frames=1,size=96,first=60"


@pytest.fixture(scope="module")
def eye():
    """A small network that tells pictures apart, its normaliser, and 40 crops with labels."""
    recipe = load_recipe("expression", SMALL)
    model, normalise = build_model(recipe).eval(), normaliser(recipe.preprocessing.model_dump())
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 6, 6)).repeat(4, 1).repeat(4, 2).astype(np.uint8)
    with torch.no_grad():  # an untrained network answers all alike: only what differs between pictures is left
        model.head.classifier.weight.mul_(100)
        model.head.classifier.bias.sub_(model(normalise(pixels))["main"].mean(0))
    return model, normalise, pixels, rng.integers(0, 7, 40)


def test_curves_equal_plain_loops(eye):
    model, normalise, pixels, labels = eye
    names = np.arange(100, 140)
    asked = {"kinds": ["hand", "dark"], "strengths": [2, 5], "samples": names, "seed": 4}
    found = robustness_of(model, normalise, pixels, labels, LANDMARKS, **asked)
    clean = probabilities(model, normalise, pixels).argmax(1)
    assert len(set(clean)) > 2
    right = {}
    for row in found.table.to_dict("records"):
        kind, strength = row["kind"], row["strength"]
        said, sure = [], []
        for name, picture in zip(names, pixels, strict=True):
            one = disturb(picture[None], kind, strength, LANDMARKS, [name], 4)
            shares = probabilities(model, normalise, one)[0]
            said.append(int(shares.argmax()))
            sure.append(float(shares.max()))
        right[kind, strength] = np.array(said) == labels
        assert row["n"] == 40 and row["quantity"] == KINDS[kind].values[strength - 1]
        assert row["accuracy"] == pytest.approx(right[kind, strength].mean())
        assert row["low"] <= row["accuracy"] <= row["high"]
        assert row["confidence"] == pytest.approx(np.mean(sure), abs=1e-5)
        assert row["flips"] == pytest.approx(np.mean(np.array(said) != clean))
        f1 = []
        for label in set(labels.tolist()):
            both = sum(s == label == t for s, t in zip(said, labels, strict=True))
            f1.append(2 * both / (said.count(label) + (labels == label).sum()))
        assert row["macro_f1"] == pytest.approx(np.mean(f1))
    assert list(right) == [("hand", 2), ("hand", 5), ("dark", 2), ("dark", 5)]
    summary, before = found.summary, (clean == labels).mean()
    assert summary["clean"]["accuracy"] == pytest.approx(before)
    assert summary["robust"] == pytest.approx(np.mean([one.mean() for one in right.values()]))
    assert summary["drop"] == pytest.approx(before - summary["robust"])
    assert summary["relative"] == pytest.approx(summary["robust"] / before)
    for kind in ("hand", "dark"):
        mean = (right[kind, 2].mean() + right[kind, 5].mean()) / 2
        assert summary["kinds"][kind]["robust"] == pytest.approx(mean)
        assert summary["kinds"][kind]["drop"] == pytest.approx(before - mean)


def test_the_interval_of_a_drop_is_paired(eye):
    """By the formula for a mean of differences; an unpaired interval would be wider."""
    model, normalise, pixels, labels = eye
    found = robustness_of(model, normalise, pixels, labels, LANDMARKS, ["upper"], [1])
    clean = probabilities(model, normalise, pixels).argmax(1) == labels
    after = probabilities(model, normalise, disturb(pixels, "upper", 1, LANDMARKS)).argmax(1) == labels
    lost = clean.astype(float) - after
    half = 1.96 * lost.std() / 40**0.5
    low, high = found.summary["drop_ci95"]
    assert lost.any() and (high - low) / 2 == pytest.approx(half, rel=0.25, abs=0.013)
    assert low <= found.summary["drop"] <= high


def test_clean_answers_that_are_known_are_not_computed_again(eye):
    model, normalise, pixels, labels = eye
    seen = []

    def counting(crops):
        seen.append(len(crops))
        return normalise(crops)

    known = probabilities(model, normalise, pixels, 2)
    given = robustness_of(model, counting, pixels, labels, LANDMARKS, ["dark"], [1, 3], views=2, clean=known)
    assert sum(seen) == 2 * len(pixels)
    computed = robustness_of(model, counting, pixels, labels, LANDMARKS, ["dark"], [1, 3], views=2)
    assert sum(seen) == 5 * len(pixels)
    assert given.summary == computed.summary and given.table.equals(computed.table)


def test_crops_of_eyes_have_no_face_to_put_things_on(eye):
    model, normalise, pixels, labels = eye
    assert landmarks_in("eye") is None
    found = robustness_of(model, normalise, pixels, labels, None, strengths=[5])
    assert set(KINDS) - set(found.table["kind"]) == {"mask", "sunglasses", "hand"}
    for kinds, sentence in ((["mask"], "mask lies on a face"), ([], "at least one kind"), (["fog"], "unknown kind")):
        with pytest.raises(ValueError, match=sentence):
            robustness_of(model, normalise, pixels, labels, None, kinds)


def test_a_framing_without_landmarks_has_them_where_its_box_has():
    points, known = landmarks_in("facenet"), FRAMINGS["fer2013"]
    left, top, right, bottom = known.box
    for (x, y), (goal_x, goal_y) in zip(known.landmarks, points, strict=True):
        assert (goal_x, goal_y) == pytest.approx(((x - left) / (right - left), (y - top) / (bottom - top)))
    assert (landmarks_in("fer2013") == known.landmarks).all()


def test_a_subset_keeps_the_shares_of_the_labels():
    labels = np.repeat([0, 1, 2], [60, 30, 11])
    for limit, counts in ((10, [6, 3, 1]), (50, [30, 15, 5]), (7, [4, 2, 1])):
        chosen = subset(labels, limit, np.random.default_rng(0))
        assert len(chosen) == limit == len(set(chosen.tolist())) and (np.diff(chosen) > 0).all()
        assert np.bincount(labels[chosen]).tolist() == counts
    assert (subset(labels, 1000, np.random.default_rng(0)) == np.arange(101)).all()
    assert (subset(labels, 50, np.random.default_rng(1)) != subset(labels, 50, np.random.default_rng(0))).any()
    with pytest.raises(ValueError, match="limit must be 1 or more"):
        subset(labels, 0, np.random.default_rng(0))


def test_the_sheet_shows_each_kind_and_strength():
    plan = {"size": 48, "grey": True, "framing": "fer2013"}
    sheet = disturbance_sheet(plan, ["upper", "dark"], [1, 5])
    other = disturbance_sheet({**plan, "grey": False, "framing": "eye"}, ["upper", "dark"], [1, 5])
    assert sheet.shape == other.shape and sheet.dtype == np.uint8
    assert (np.ptp(other, axis=2) > 40).any() and not (np.ptp(sheet, axis=2) > 0).any()


def test_the_shipped_run_on_people(fer, tmp_path):
    asked = ("robustness", "expression", "--data", PEOPLE, "--split", "all", "--faces", "whole", "--limit", 7)
    some = ("--kinds", "lower,low-resolution", "--strengths", "1,5", "--out", tmp_path / "curves.csv")
    ran = fer(*asked, *some, "--views", 1, "--json")
    assert ran.code == 0, ran.err
    assert fer(*asked, "--views", 0).err == "fer: views must be one of 1, 2, 10, got 0\n"
    document = ran.document
    assert document["n"] == 7 and document["of"] == 14 and document["synthetic"] and document["views"] == 1
    assert document["run"] == "expression" and document["split"] == "all" and document["stored"] is False
    cells = [("lower", 1), ("lower", 5), ("low-resolution", 1), ("low-resolution", 5)]
    assert [(row["kind"], row["strength"]) for row in document["curves"]] == cells
    assert set(document["kinds"]) == {"lower", "low-resolution"}
    table = pd.read_csv(tmp_path / "curves.csv")
    assert table.columns.tolist() == [*document["curves"][0]] and len(table) == 4


def test_the_help_names_every_kind():
    option = get_type_hints(command, include_extras=True)["kinds"].__metadata__[0]
    named = option.help.removeprefix("Of ").partition(" with commas")[0].split(",")
    assert [name.strip() for name in named if name.strip()] == list(KINDS)


@pytest.fixture
def own(eye, tmp_path):
    """A finished run of the small network, and drawn pictures to judge it on."""
    recipe = load_recipe("expression", SMALL)
    info = {
        "status": "finished",
        "selected_on": "validation",
        "data": {"name": "faces"},
        "labels": recipe.labels,
        "preprocessing": recipe.preprocessing.model_dump(),
    }
    run = create_run(tmp_path / "own", recipe.dump(), info)
    save_weights(run.path / "weights.safetensors", eye[0].state_dict(), {})
    class_folders(tmp_path / "faces", {"validation": 8, "test": 4})
    return run


def test_a_run_of_ones_own_keeps_its_whole_curves(fer, own, tmp_path):
    asked = ("robustness", own.path, "--data", tmp_path / "faces", "--split", "validation")
    part = fer(*asked, "--kinds", "upper", "--json")
    assert part.code == 0 and part.document["stored"] is False, part.err
    with pytest.raises(FileNotFoundError):
        own.robustness()
    whole = fer(*asked, "--sheet", tmp_path / "sheet.png", "--json")
    assert whole.code == 0 and whole.document["stored"] is True, whole.err
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    stored = own.robustness()
    assert stored.to_dict("records") == whole.document["curves"] and len(stored) == 60
    assert stored.attrs["summary"]["robust"] == whole.document["robust"]
    assert stored.attrs["facts"]["fingerprint"] == whole.document["fingerprint"]
    again = fer(*asked, "--kinds", "hand", "--strengths", "2", "--store", "--json")
    assert again.document["stored"] and len(own.robustness()) == 1
    row = next(one for one in whole.document["curves"] if (one["kind"], one["strength"]) == ("hand", 2))
    assert again.document["curves"] == [row]
    assert whole.document["selected_on"] is True and whole.document["in_sample"] is False
    shown = fer(*asked, "--kinds", "upper", "--no-store").out
    assert "robust accuracy" in shown and "n 24 of 24" in shown and "The validation split selected the epoch" in shown
    (tmp_path / "faces").rename(tmp_path / "others")
    others = ("robustness", own.path, "--data", tmp_path / "others", "--split", "validation", "--kinds", "upper")
    assert fer(*others, "--no-store", "--json").document["selected_on"] is False  # another data set's split


def test_a_picture_is_disturbed_alike_in_any_subset_and_split(own, tmp_path):
    """The right ones of a subset are those of the whole: pictures are named by their content."""
    dataset, kinds = open_data(tmp_path / "faces"), ["hand", "corner", "rotation"]
    seen = {}
    for split, limit in (("validation", None), ("validation", 9), ("all", None)):
        found = gather(dataset, split, own.preprocessing, own.labels, "whole")
        place = np.arange(len(found.rows)) if limit is None else subset(found.labels, limit, stream(0, SUBSET))
        for kind in kinds:
            out = disturb(found.pixels[place], kind, 4, LANDMARKS, found.hashes[place])
            for name, picture in zip(found.hashes[place].tolist(), out, strict=True):
                assert (seen.setdefault((kind, name), picture) == picture).all()
        result = robustness(own, dataset, split, kinds, [4], limit, device="cpu")
        goal = robustness_of(
            load_model(own), normaliser(own.preprocessing), found.pixels[place], found.labels[place], LANDMARKS, kinds,
            [4], 2, found.hashes[place],
        )  # fmt: skip
        assert result.table.equals(goal.table) and result.facts["n"] == len(place)
    assert len(seen) == 3 * 36


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--kinds", "blurr"], "did you mean 'blur'"),
        (["--strengths", "0,1"], "--strengths must be numbers of 1 to 5"),
        (["--limit", "0"], "limit must be 1 or more"),
        (["--out", "curves.txt"], "must end in .csv or .parquet"),
        (["--sheet", "/nowhere/sheet.png"], "there is no folder /nowhere"),
        (["--split", "dev"], "no split 'dev'"),
        (["--seed", "-1"], "seed must be 0 or more"),
    ],
)
def test_mistakes_of_the_caller_get_one_sentence_and_exit_2(fer, own, tmp_path, more, sentence):
    ran = fer("robustness", own.path, "--data", tmp_path / "faces", *more)
    assert ran.code == 2 and ran.out == "" and sentence in ran.err and "Traceback" not in ran.err
