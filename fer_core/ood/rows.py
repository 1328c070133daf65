"""Which samples of a data set are looked at, where no split of it names them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from fer_core.data import Dataset
from fer_core.runs import Run


def validation(run: Run, dataset: Dataset, split: str | None) -> tuple[Dataset, str]:
    """The data and the split whose samples a run was judged on while it trained.

    Args:
        run: Any run.
        dataset: What `open_data` returned.
        split: Taken as it is; None takes ``validation``, where the data names none the samples that the run's training
            held out: those of its stored predictions.

    Raises:
        ValueError: the data names no validation split, and the run's own validation samples are not in it.
    """
    if split is not None or "validation" in dataset.splits:
        return dataset, split or "validation"
    try:
        held = set(run.predictions("validation")["sample"])
    except (FileNotFoundError, ValueError):
        held = set()
    rows = np.flatnonzero(dataset.table["path"].isin(held).to_numpy())
    if not len(rows):
        there = ", ".join((*dataset.splits, "all"))
        raise ValueError(
            f"{dataset.name} has no split 'validation', and no samples that run {run.name} held out for it; "
            f"name a split with --split: {there}"
        )
    return only(dataset, rows, "validation"), "validation"


def only(dataset: Dataset, rows: np.ndarray, split: str) -> Dataset:
    """The data with some rows as its one split, and a stamp of its own: the cache tells such splits apart.

    Args:
        dataset: N samples.
        rows: ``(n,)`` row numbers.
        split: What they are called.
    """
    column = np.full(len(dataset), None, dtype=object)
    column[rows] = split
    mark = hashlib.blake2b(rows.astype(np.int64).tobytes(), digest_size=8).hexdigest()
    parts = tuple(replace(one, stamp=f"{one.stamp}-{mark}") for one in dataset.parts)
    stamp = f"{dataset.stamp}-{mark}"
    return replace(dataset, table=dataset.table.assign(split=column), stamp=stamp, parts=parts)
