"""From a data set to the rows that are learned from, select and judge; every exclusion counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.data.splits import hold_out, tie, twins
from fer_core.data.store import Decoded
from fer_core.data.targets import soft_targets
from fer_core.labels import index_of
from fer_core.seeds import SPLIT, stream


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
    """N values: ``train``, ``validation``, ``test`` or None."""
    train: np.ndarray
    """Rows learned from."""
    validation: np.ndarray
    """Rows that select the epoch."""
    distributed: np.ndarray
    """Rows of the training split before twins were dropped."""
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
    dataset: Dataset, decoded: Decoded, labels: tuple[str, ...], share: float, drop_twins: bool, seed: int
) -> Prepared:
    """Splits, twins and exclusions of a data set to train on.

    Without a validation split, ``share`` of train is held out, stratified, subjects and twins kept together. Without
    any split everything is train.

    Args:
        dataset: N samples.
        decoded: Their pictures.
        labels: The K labels of the model.
        share: Of train, for validation.
        drop_twins: Leave out training pictures with an exact twin in an evaluated split.
        seed: Of the hold-out.

    Raises:
        ValueError: no training split, a label without a single training picture, nothing to validate on, or a label
            distribution that is none.
    """
    why = exclusions(dataset, decoded, labels)
    usable = why.isna().to_numpy()
    numbers = np.where(usable, index_of(dataset.table["label"].fillna("").tolist(), labels), -1)
    targets, soft = soft_targets(dataset.table, numbers, labels)
    split = dataset.table["split"].astype(object).copy()
    if not dataset.splits:
        split[:] = "train"
    if "train" not in set(split.dropna()):
        raise ValueError(f"{dataset.name} has no split 'train' to learn from; there are: {', '.join(dataset.splits)}")
    held = None
    if "validation" not in set(split.dropna()):
        rows = np.flatnonzero(usable & (split == "train").to_numpy())
        _require_every_label(numbers[rows], labels, dataset.name)
        groups = tie(dataset.table["subject"].iloc[rows], decoded.about["hash"].iloc[rows])
        chosen = rows[hold_out(numbers[rows], groups, share, stream(seed, SPLIT))]
        split.iloc[chosen] = "validation"
        held = {"share": share, "n": len(chosen)}
    rows_of = {name: np.flatnonzero(usable & (split == name).to_numpy()) for name in ("train", "validation", "test")}
    judged = np.concatenate([rows_of["validation"], rows_of["test"]])
    crossing, evaluated_twins = twins(decoded.about["hash"], rows_of["train"], judged)
    train = np.setdiff1d(rows_of["train"], crossing) if drop_twins else rows_of["train"]
    _require_every_label(numbers[train], labels, dataset.name)
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
        "soft_targets": int(soft[train].sum()),
        "twins_dropped": len(rows_of["train"]) - len(train),
        "excluded": dict(reasons.most_common()),
        "train_per_label": {label: int((numbers[train] == place).sum()) for place, label in enumerate(labels)},
    }
    return Prepared(
        dataset.table, numbers, targets, split, train, rows_of["validation"], rows_of["train"], twin, report
    )


def _require_every_label(numbers: np.ndarray, labels: tuple[str, ...], name: str) -> None:
    missing = [label for place, label in enumerate(labels) if not (numbers == place).any()]
    if missing:
        raise ValueError(
            f"{name} has no usable training picture of {', '.join(missing)}; give the recipe the labels the data has "
            "(data.labels)"
        )
