from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from fer_core.data import decode, open_data
from fer_core.data.preparation import prepare
from fer_core.data.splits import hold_out, tie
from fer_core.sections import Data
from tests.drawn import LABELS, class_folders, manifest


def _prepare(root, share=0.2, drop=True, labels=LABELS, seed=0):
    data = open_data(root)
    plan = Data(validation_share=share, drop_twins=drop)
    return data, prepare(data, decode(data, 48, grey=True), labels, plan, seed)


def test_training_twins_of_evaluated_pictures_are_dropped_and_counted(tmp_path):
    root = class_folders(tmp_path / "d", {"train": 6, "validation": 3, "test": 2})
    shutil.copy(root / "validation/sadness/000.png", root / "train/sadness/twin.png")
    shutil.copy(root / "test/neutral/000.png", root / "train/happiness/other.png")  # a twin with another label, too
    data, prepared = _prepare(root)
    paths = data.table["path"]
    left = set(paths.iloc[prepared.distributed]) - set(paths.iloc[prepared.train])
    assert left == {"train/sadness/twin.png", "train/happiness/other.png"} and prepared.report["twins_dropped"] == 2
    assert set(paths[prepared.twin]) == {"validation/sadness/000.png", "test/neutral/000.png"}
    assert _prepare(root, drop=False)[1].report["twins_dropped"] == 0


def test_without_a_validation_split_subjects_and_twins_stay_together(tmp_path):
    path = manifest(tmp_path / "m", subjects=12, per_subject=6)
    table = pd.read_csv(path)
    shutil.copy(path.parent / table["path"][0], path.parent / table["path"].iloc[-1])
    data, prepared = _prepare(path)
    subjects, hashes = data.table["subject"], decode(data, 48, grey=True).about["hash"]
    assert not set(subjects.iloc[prepared.train]) & set(subjects.iloc[prepared.validation])
    assert not set(hashes.iloc[prepared.train]) & set(hashes.iloc[prepared.validation])
    assert prepared.report["held_out"]["n"] == len(prepared.validation)
    counts = np.bincount(prepared.labels[prepared.validation], minlength=3)
    assert counts.min() == counts.max()  # every subject has each label equally often
    again, other = _prepare(path)[1], _prepare(path, seed=1)[1]
    assert np.array_equal(prepared.train, again.train) and not np.array_equal(prepared.train, other.train)


@pytest.mark.parametrize("share", [0.1, 0.25])
def test_hold_out_is_stratified_and_near_its_share(share):
    rng = np.random.default_rng(0)
    labels = rng.choice(4, 4000, p=[0.02, 0.18, 0.3, 0.5])
    groups = rng.integers(0, 3000, 4000)
    held = hold_out(labels, groups, share, rng)
    assert not set(groups[held]) & set(groups[~held])
    per_label = np.bincount(labels[held], minlength=4) / np.bincount(labels, minlength=4)
    assert np.abs(per_label - share).max() < 0.03


def test_one_group_cannot_be_split():
    with pytest.raises(ValueError, match="cannot be held out"):
        hold_out(np.array([0, 1, 0, 1]), np.zeros(4, int), 0.25, np.random.default_rng(0))


def test_tie_chains_through_either_key():
    groups = tie(pd.Series(["a", "a", "b", None, None]), pd.Series(["1", "2", "2", "3", ""]))
    assert groups[0] == groups[1] == groups[2] and len(set(groups.tolist())) == 3


def test_foreign_and_missing_labels_are_excluded_and_counted(tmp_path):
    root = class_folders(tmp_path / "d", {"train": 4, "validation": 2}, labels=(*LABELS, "contempt"))
    _, prepared = _prepare(root)
    assert prepared.report["excluded"] == {"label 'contempt' is not among the model's": 6}
    assert len(prepared.train) == 12


def test_a_label_nobody_has_is_refused(tmp_path):
    root = class_folders(tmp_path / "d", {"train": 4, "validation": 2})
    with pytest.raises(ValueError, match="no usable training picture of anger"):
        _prepare(root, labels=(*LABELS, "anger"))
    test_only = class_folders(tmp_path / "t", {"test": 2})
    with pytest.raises(ValueError, match="no split 'train' to learn from; there are: test"):
        _prepare(test_only)
