"""Undersampling, cap and subset: counted by loops; the same pictures for every seed of training."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from fer_core.data import decode, open_data
from fer_core.data.preparation import prepare
from fer_core.data.sampling import capped, stratified, undersample, undersample_subjects
from fer_core.recipe import RecipeError, check_recipe
from fer_core.sections import Data
from fer_core.training import train
from tests.drawn import LABELS, class_folders, manifest

RANK = np.random.default_rng(3).permutation(60)
CLASSES = np.repeat([0, 1, 2], [30, 18, 12])


def _count(rows, values=CLASSES):
    return [int(one) for one in np.bincount(values[rows], minlength=3)]


def test_every_class_keeps_as_many_as_the_rarest_has():
    rows = np.arange(60)
    kept = undersample(rows, CLASSES, RANK)
    assert _count(kept) == [12, 12, 12] and kept.tolist() == sorted(set(kept.tolist()))
    for label in range(3):  # those that rank first
        mine = sorted(rows[label == CLASSES], key=lambda row: RANK[row])[:12]
        assert set(mine) == set(kept[CLASSES[kept] == label])
    assert _count(undersample(rows[:40], CLASSES, RANK)) == [10, 10, 0]  # of the classes that occur
    assert len(undersample(rows[:0], CLASSES, RANK)) == 0


def test_subjects_are_undersampled_apart_and_those_without_a_class_are_left_out():
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(60)[:50])
    names = np.array(["a", "b", "c", "d"])[rng.integers(0, 4, 60)]
    names[CLASSES == 1] = np.where(names[CLASSES == 1] == "d", "a", names[CLASSES == 1])
    kept = undersample_subjects(rows, CLASSES, pd.Series(names), 3, RANK)
    cells = Counter((names[row], CLASSES[row]) for row in rows)
    expected = {who: min(cells[who, label] for label in range(3)) for who in "abcd"}
    assert expected["d"] == 0 < min(expected[who] for who in "abc")
    assert Counter((names[row], CLASSES[row]) for row in kept) == {
        (who, label): expected[who] for who in "abc" for label in range(3)
    }
    with pytest.raises(ValueError, match="subject_and_class needs the subject of every sample, 50 of 50 have none"):
        undersample_subjects(rows, CLASSES, pd.Series([None] * 60), 3, RANK)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (60, [30, 18, 12]),
        (30, [15, 9, 6]),
        (31, [16, 9, 6]),  # 15.5, 9.3, 6.2
        (10, [5, 3, 2]),
        (4, [2, 1, 1]),  # 2.0, 1.2, 0.8
        (3, [1, 1, 1]),  # 1.5, 0.9, 0.6
    ],
)
def test_a_subset_has_exactly_its_size_and_the_classes_proportions(count, expected):
    assert _count(stratified(np.arange(60), CLASSES, count, RANK)) == expected


def test_a_rare_class_stays_in_a_subset_and_smaller_ones_are_parts_of_larger_ones():
    labels = np.repeat([0, 1, 2], [57, 2, 1])
    assert _count(stratified(np.arange(60), labels, 8, RANK), labels) == [6, 1, 1]  # 7.6, .27, .13
    sizes = [set(stratified(np.arange(60), CLASSES, count, RANK)) for count in (10, 20, 40)]
    assert sizes[0] < sizes[1] < sizes[2]
    with pytest.raises(ValueError, match="data.limit 2 is too small: 3 labels need a training picture each"):
        stratified(np.arange(60), CLASSES, 2, RANK)
    with pytest.raises(ValueError, match="data.limit asks for 61 training pictures, 60 can be used"):
        stratified(np.arange(60), CLASSES, 61, RANK)


def test_a_cap_touches_only_classes_above_it():
    assert _count(capped(np.arange(60), CLASSES, 15, RANK)) == [15, 15, 12]


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    root = class_folders(tmp_path_factory.mktemp("uneven"), {"train": 6, "validation": 3, "test": 3})
    class_folders(root, {"train": 20, "validation": 5}, seed=4, labels=("happiness",))
    return root


def _prepare(source, seed=0, **plan):
    data = open_data(source)
    return prepare(data, decode(data, 24, grey=True), LABELS, Data(**plan), seed)


def _per_split(prepared):
    chosen = {"train": prepared.train, "validation": prepared.validation}
    chosen["test"] = np.flatnonzero((prepared.split == "test").to_numpy() & (prepared.labels >= 0))
    return {split: _count(rows, prepared.labels) for split, rows in chosen.items()}


def test_balance_touches_the_named_splits_and_everything_left_out_is_counted(uneven):
    assert _per_split(_prepare(uneven)) == {"train": [20, 6, 6], "validation": [5, 3, 3], "test": [3, 3, 3]}
    whole = _prepare(uneven, balance="class")
    assert _per_split(whole) == {"train": [6, 6, 6], "validation": [3, 3, 3], "test": [3, 3, 3]}
    assert whole.report["undersampled"] == {"train": 14, "validation": 2, "test": 0}
    assert (whole.split == "validation").sum() == 9 and len(whole.distributed) == 32
    assert whole.report["train_per_label"] == dict.fromkeys(LABELS, 6)
    some = _prepare(uneven, balance="class", balance_splits=("train",))
    assert _per_split(some) == {"train": [6, 6, 6], "validation": [5, 3, 3], "test": [3, 3, 3]}
    for plan in ({}, {"cap": 10}, {"limit": 16}, {"balance": "class", "cap": 5, "limit": 12}, {"cap": 10, "limit": 11}):
        prepared = _prepare(uneven, **plan)
        report = prepared.report
        left = report["twins_dropped"] + report["undersampled"]["train"] + report["over_cap"] + report["over_limit"]
        assert report["train"] == len(prepared.train) == len(prepared.distributed) - left
        assert len(prepared.train) == plan.get("limit", report["train"])
    assert _per_split(_prepare(uneven, cap=10))["train"] == [10, 6, 6]
    assert _per_split(_prepare(uneven, cap=10, limit=11))["train"] == [5, 3, 3]


def test_the_same_pictures_for_every_seed_of_training_others_for_another_sample_seed(uneven):
    plans = ({"limit": 12}, {"cap": 4}, {"balance": "class"})
    for plan in plans:
        first, again, other = _prepare(uneven, 0, **plan), _prepare(uneven, 7, **plan), None
        assert np.array_equal(first.train, again.train)
        other = _prepare(uneven, 0, sample_seed=1, **plan)
        assert not np.array_equal(first.train, other.train)
        assert _per_split(other)["train"] == _per_split(first)["train"]


def test_subjects_stay_together_and_balanced_where_validation_is_held_out(tmp_path):
    path = manifest(tmp_path / "m", subjects=8, per_subject=9)
    table = pd.read_csv(path)
    table = table.drop(table.query("subject == 'p0' and label == 'sadness'").index)  # lacks a class
    table = table.drop(table.query("subject == 'p1' and label == 'neutral'").index[:2])
    table.to_csv(path, index=False)
    prepared = _prepare(path, balance="subject_and_class", validation_share=0.25)
    rows = np.concatenate([prepared.train, prepared.validation])
    per = Counter(prepared.table["subject"].iloc[rows])
    assert per == {f"p{number}": 9 for number in range(2, 8)} | {"p1": 3}
    assert not set(prepared.table["subject"].iloc[prepared.train]) & set(
        prepared.table["subject"].iloc[prepared.validation]
    )
    assert sum(prepared.report["undersampled"].values()) == 6 + 4  # what is left of p0, and of p1
    alone = table.query("subject == 'p0'")
    alone.to_csv(path, index=False)
    with pytest.raises(ValueError, match="no usable training picture of sadness"):
        _prepare(path, balance="subject_and_class")


def test_a_split_of_incomplete_subjects_is_refused(tmp_path):
    path = manifest(tmp_path / "m", subjects=4, per_subject=6)
    table = pd.read_csv(path)
    table["split"] = np.where(table["subject"] == "p3", "validation", "train")
    table[(table["subject"] != "p3") | (table["label"] != "neutral")].to_csv(path, index=False)
    with pytest.raises(ValueError, match="no subject of the validation split has a sample of every label"):
        _prepare(path, balance="subject_and_class")
    trained = _prepare(path, balance="subject_and_class", balance_splits=("train",))
    assert len(trained.train) == 18 and len(trained.validation) == 4


def test_a_run_writes_down_and_judges_what_was_sampled(uneven, tmp_path):
    recipe = check_recipe(
        {"name": "sampled", "data": {"labels": list(LABELS), "balance": "class", "limit": 9},
         "preprocessing": {"size": 24, "grey": True},
         "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
         "optimisation": {"epochs": 1, "batch_size": 8}}
    )  # fmt: skip
    run = train(recipe, str(uneven), tmp_path / "run", threads=1)
    data = run.info["data"]
    assert (data["train"], data["over_limit"], data["undersampled"]["train"]) == (9, 9, 14)
    assert run.training_pictures()["used"].sum() == 9 and len(run.training_pictures()) == 32
    assert run.predictions("validation")["label"].value_counts().to_dict() == dict.fromkeys(LABELS, 3)
    assert run.evaluated["validation"]["n"] == 9 and run.evaluated["validation"]["excluded"] == 0
    assert "undersampled by 14 of train, 2 of validation; 9 not drawn into the subset" in run.card()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("data.balance=subject", "data.balance: input should be 'none', 'class' or 'subject_and_class'"),
        ("data.balance_splits=[dev]", "data.balance_splits: input should be 'train', 'validation' or 'test'"),
        ("data.cap=-1", "data.cap: input should be greater than or equal to 0"),
        ("data.limit=-1", "data.limit: input should be greater than or equal to 0"),
        ("data.source=[]", "data.source: a list of sources names at least one"),
        ("data.source=[a, a]", "data.source: a list of sources names at least one, and each of them once"),
    ],
)
def test_mistakes_of_a_recipe_get_sentences(change, sentence):
    with pytest.raises(RecipeError, match=sentence):
        check_recipe({"name": "x"}, "x", [change])
