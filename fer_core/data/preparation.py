"""From a data set to the rows that are learned from, select and judge; every exclusion counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.dataset import SPLITS, Dataset
from fer_core.data.folds import KNOWN_PERSON, fold_splits, groups_of, met
from fer_core.data.sampling import capped, stratified, undersample, undersample_subjects
from fer_core.data.splits import hold_out, tie, twins
from fer_core.data.store import Decoded
from fer_core.data.targets import hard_targets, soft_targets
from fer_core.labels import index_of
from fer_core.sections import Data
from fer_core.seeds import SAMPLE, SPLIT, stream


@dataclass(frozen=True)
class Prepared:
    """Row numbers into a data set's table, and what was left out of them."""

    table: pd.DataFrame
    """The data set's N samples."""
    labels: np.ndarray
    """``(N,)`` class numbers; -1 where a sample cannot be used."""
    targets: np.ndarray
    """``(N, K)`` float32: the label's one, or the distribution that the data gives; see `targets.soft_targets`."""
    split: pd.Series
    """N values: ``train``, ``validation``, ``test`` or None; None too where an evaluated sample was undersampled."""
    train: np.ndarray
    """Rows learned from."""
    validation: np.ndarray
    """Rows that select the epoch."""
    distributed: np.ndarray
    """Rows of the training split before twins were dropped and pictures were sampled."""
    twin: np.ndarray
    """``(N,)`` bool: an evaluated sample whose exact twin is in the training split as distributed."""
    report: Mapping[str, Any]
    """Counts for ``run.json``."""


def exclusions(dataset: Dataset, decoded: Decoded, labels: tuple[str, ...]) -> pd.Series:
    """Why a sample cannot be used, one sentence each; None where it can.

    Args:
        dataset: N samples.
        decoded: Their pictures.
        labels: The K labels of the model.
    """
    why = decoded.about["error"].astype(object).copy()
    given = dataset.table["label"]
    unlabelled = why.isna() & given.isna().to_numpy()
    why[unlabelled] = "no label"
    foreign = why.isna().to_numpy() & (index_of(given.fillna("").tolist(), labels) < 0)
    why[foreign] = [f"label {label!r} is not among the model's" for label in given[foreign]]
    return why.where(why.notna(), None)


def prepare(
    dataset: Dataset,
    decoded: Decoded,
    labels: tuple[str, ...],
    plan: Data,
    seed: int,
    known: frozenset[str] = frozenset(),
) -> Prepared:
    """Splits, twins, exclusions and sampling of a data set to train on.

    Without a validation split, a share of train is held out, stratified, subjects and twins kept together; of joined
    data sets, each that has none gives its share. Without any split everything is train. Where ``plan.groups`` is set,
    groups of subjects are the splits, whatever the data says (`folds.fold_splits`). Undersampling comes after the
    splits, which is the same as before them where a subject is in one split only.

    Args:
        dataset: N samples.
        decoded: Their pictures.
        labels: The K labels of the model.
        plan: What is held out, dropped and sampled.
        seed: Of the hold-out.
        known: People whom a frozen part of the model has learned to know (`folds.subject_keys`): they may train and
            select, but nobody of them is tested.

    Raises:
        ValueError: no training split, a label without a single training picture, nothing to validate on, a label
            distribution that is none, or a sampling or groups that the data does not allow.
    """
    why = exclusions(dataset, decoded, labels)
    usable = why.isna().to_numpy()
    numbers = np.where(usable, index_of(dataset.table["label"].fillna("").tolist(), labels), -1)
    targets, soft = (soft_targets if plan.targets == "distribution" else hard_targets)(dataset.table, numbers, labels)
    origin = dataset.origin
    if plan.groups is not None:
        split = fold_splits(groups_of(dataset.table, numbers, len(labels), plan), plan)
        watched = np.full(len(dataset), plan.groups > 2)  # of two groups, the one that trains gives a share
    else:
        split = dataset.table["split"].astype(object).copy()
        if not dataset.splits:
            split[:] = "train"
        if "train" not in set(split.dropna()):
            there = ", ".join(dataset.splits)
            raise ValueError(f"{dataset.name} has no split 'train' to learn from; there are: {there}")
        watched = np.isin(origin, origin[(split == "validation").to_numpy()])
    refused = usable & met(dataset, known) & (split == "test").to_numpy()
    if refused.any() and refused.sum() == (usable & (split == "test").to_numpy()).sum():
        raise ValueError(f"nobody of {dataset.name} can be tested; of each holds: {KNOWN_PERSON}")
    why[refused], usable, numbers = KNOWN_PERSON, usable & ~refused, np.where(refused, -1, numbers)
    held = None
    rows = np.flatnonzero(usable & (split == "train").to_numpy() & ~watched)
    if not watched.all():
        _require_every_label(numbers[usable & (split == "train").to_numpy()], labels, dataset.name)
    if len(rows):
        groups = tie(dataset.table["subject"].iloc[rows], decoded.about["hash"].iloc[rows])
        strata = origin[rows] * len(labels) + numbers[rows]
        chosen = rows[hold_out(strata, groups, plan.validation_share, stream(seed, SPLIT))]
        split.iloc[chosen] = "validation"
        held = {"share": plan.validation_share, "n": len(chosen)}
    rows_of = {name: np.flatnonzero(usable & (split == name).to_numpy()) for name in SPLITS}
    judged = np.concatenate([rows_of["validation"], rows_of["test"]])
    crossing, evaluated_twins = twins(decoded.about["hash"], rows_of["train"], judged)
    distributed = rows_of["train"]
    rows_of["train"] = np.setdiff1d(distributed, crossing) if plan.drop_twins else distributed
    twins_dropped = len(distributed) - len(rows_of["train"])
    _require_every_label(numbers[rows_of["train"]], labels, dataset.name)
    sampled = _sample(rows_of, numbers, dataset.table["subject"], len(labels), plan)
    _require_every_label(numbers[rows_of["train"]], labels, dataset.name)
    for name in ("validation", "test"):
        left = usable & (split == name).to_numpy()
        left[rows_of[name]] = False
        split[left] = None
    train = rows_of["train"]
    if not len(rows_of["validation"]):
        raise ValueError(f"no validation picture of {dataset.name} can be used")
    twin = np.zeros(len(dataset), dtype=bool)
    twin[evaluated_twins] = True
    reasons = Counter(
        "unreadable" if error is not None else sentence
        for error, sentence in zip(decoded.about["error"], why, strict=True)
        if sentence
    )
    report = {
        "samples": len(dataset),
        "train": len(train),
        "validation": len(rows_of["validation"]),
        "test": len(rows_of["test"]),
        "held_out": held,
        **_fold(dataset.table["subject"], rows_of, plan),
        "soft_targets": int(soft[train].sum()),
        "twins_dropped": twins_dropped,
        **sampled,
        "excluded": dict(reasons.most_common()),
        "known_in_validation": int(met(dataset, known)[rows_of["validation"]].sum()),
        "train_per_label": {label: int((numbers[train] == place).sum()) for place, label in enumerate(labels)},
    }
    if dataset.parts:
        report["sources"] = [
            {**about, **{name: int((origin[rows_of[name]] == place).sum()) for name in SPLITS}}
            for place, about in enumerate(decoded.sources)
        ]
    return Prepared(dataset.table, numbers, targets, split, train, rows_of["validation"], distributed, twin, report)


def _fold(subjects: pd.Series, rows_of: dict[str, np.ndarray], plan: Data) -> dict[str, Any]:
    """Which fold it is, and how many people each split has: numbers, no names; empty where there are no groups."""
    if plan.groups is None:
        return {}
    people = {name: int(subjects.iloc[rows].nunique()) for name, rows in rows_of.items()}
    return {"fold": {"groups": plan.groups, "test_group": plan.test_group, "subjects": people}}


def _sample(
    rows_of: dict[str, np.ndarray], numbers: np.ndarray, subjects: pd.Series, classes: int, plan: Data
) -> dict[str, Any]:
    """Takes from each split what ``balance``, ``cap`` and ``limit`` leave out, and counts it."""
    rank = stream(plan.sample_seed, SAMPLE).permutation(len(numbers))
    before = {name: len(rows) for name, rows in rows_of.items()}
    for name in plan.balance_splits if plan.balance != "none" else ():
        if plan.balance == "class":
            rows_of[name] = undersample(rows_of[name], numbers, rank)
        else:
            rows_of[name] = undersample_subjects(rows_of[name], numbers, subjects, classes, rank)
        if before[name] and not len(rows_of[name]):
            raise ValueError(
                f"no subject of the {name} split has a sample of every label; set data.balance to class, or take "
                f"{name} out of data.balance_splits"
            )
    undersampled = {name: before[name] - len(rows) for name, rows in rows_of.items()}
    train, most = rows_of["train"], plan.cap
    within = capped(train, numbers, most, rank) if most and len(train) else train
    rows_of["train"] = stratified(within, numbers, plan.limit, rank) if plan.limit else within
    return {
        "undersampled": undersampled,
        "over_cap": len(train) - len(within),
        "over_limit": len(within) - len(rows_of["train"]),
    }


def _require_every_label(numbers: np.ndarray, labels: tuple[str, ...], name: str) -> None:
    missing = [label for place, label in enumerate(labels) if not (numbers == place).any()]
    if missing:
        raise ValueError(
            f"{name} has no usable training picture of {', '.join(missing)}; give the recipe the labels the data has "
            "(data.labels)"
        )
