"""Which samples are learned from, which select, which judge: stratified hold-out, and twins kept from crossing over."""

from __future__ import annotations

import numpy as np
import pandas as pd


def hold_out(labels: np.ndarray, groups: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A validation split of about ``share``, stratified by label, that never separates samples of one group.

    Groups are drawn in random order; one is held out while the labels it brings are still short of their share.

    Args:
        labels: ``(n,)`` class numbers.
        groups: ``(n,)`` group numbers: equal for samples that must stay together.
        share: In (0, 1).
        rng: Draws the order.

    Returns:
        ``(n,)`` bool, true where held out.

    Raises:
        ValueError: the groups are so large that nothing can be held out, or nothing would be left.
    """
    classes = int(labels.max()) + 1
    wanted = np.bincount(labels, minlength=classes) * share
    _, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((group.max() + 1, classes))
    np.add.at(counts, (group, labels), 1)
    held = np.zeros(len(counts), dtype=bool)
    taken = np.zeros(classes)
    for one in rng.permutation(len(counts)):
        mine = counts[one] > 0
        short = wanted[mine] - taken[mine]
        # Half a group's own size is the rounding: a group is taken when that brings the split nearer to its share.
        if np.sum(short) >= counts[one].sum() / 2 and np.max(short) > 0:
            held[one] = True
            taken += counts[one]
    rows = held[group]
    if rows.all() or not rows.any():
        raise ValueError(
            f"{share:.0%} of {len(labels)} samples in {len(counts)} groups of one subject or of twins cannot be "
            "held out for validation; name a validation split in the data"
        )
    return rows


def tie(*keys: pd.Series) -> np.ndarray:
    """Group numbers that join samples equal in *any* of the keys (same subject, same picture), chained.

    Args:
        keys: n values each; None, NaN and empty text tie nobody.

    Returns:
        ``(n,)`` int64.
    """
    count = len(keys[0])
    parent = np.arange(count)

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for key in keys:
        first: dict[object, int] = {}
        for row, value in enumerate(key.tolist()):
            if value is None or value != value or value == "":
                continue
            if value in first:
                parent[root(row)] = root(first[value])
            else:
                first[value] = row
    return np.array([root(row) for row in range(count)], dtype=np.int64)


def twins(hashes: pd.Series, train: np.ndarray, evaluated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Exact twins across the line between training and evaluation.

    Args:
        hashes: N content hashes.
        train: Row numbers of the training split.
        evaluated: Row numbers of every evaluated split together.

    Returns:
        Training rows with a twin in an evaluated split, and evaluated rows with a twin in the training split.
    """
    values = hashes.to_numpy()
    return train[np.isin(values[train], values[evaluated])], evaluated[np.isin(values[evaluated], values[train])]
