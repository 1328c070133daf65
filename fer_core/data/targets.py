"""What a sample's answer should be: its label, or where a manifest has one, a distribution over the labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_core.tables import PROBABILITY

SUM_TOLERANCE = 1e-3
"""How far a distribution may be from 1: tables keep votes and openness with three digits or more."""


def hard_targets(table: pd.DataFrame, numbers: np.ndarray, labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """As `soft_targets`, of the labels alone: no row is a distribution."""
    targets = np.zeros((len(table), len(labels)), dtype=np.float32)
    usable = numbers >= 0
    targets[usable, numbers[usable]] = 1
    return targets, np.zeros(len(table), dtype=bool)


def soft_targets(table: pd.DataFrame, numbers: np.ndarray, labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The targets of a loss over a sample table.

    A manifest may carry columns ``p_<label>``, as stored predictions do: the shares of annotators who chose a label, or
    how far an eye is open. A row with all of them empty has its label only. Where some shares are of labels that the
    model does not have (contempt, for seven expressions), the others are divided by their sum.

    Args:
        table: N samples.
        numbers: ``(N,)`` class numbers; -1 where a sample cannot be used: its row is zero.
        labels: The K labels of the model.

    Returns:
        ``(N, K)`` float32 of which usable rows sum to 1, and ``(N,)`` bool: the row is a distribution of the table.

    Raises:
        ValueError: some labels have a column and others have none; or a row is no distribution.
    """
    targets, nothing = hard_targets(table, numbers, labels)
    usable = numbers >= 0
    columns = [f"{PROBABILITY}{label}" for label in labels]
    missing = [column for column in columns if column not in table]
    if len(missing) == len(columns):
        return targets, nothing
    if missing:
        raise ValueError(f"label distributions need one column per label; missing: {', '.join(missing)}")
    written = table[columns].apply(lambda column: column.astype(str).str.strip().where(column.notna(), ""))
    soft = usable & (written != "").any(axis=1).to_numpy()
    shares = written[soft].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    # Written so that NaN fails too.
    total = shares.sum(axis=1)
    near = (np.abs(total - 1) <= SUM_TOLERANCE) | (np.abs(total + _others(table[soft], columns) - 1) <= SUM_TOLERANCE)
    fine = (shares.min(axis=1) >= 0) & near & (total > 0) if len(shares) else soft[:0]
    if not fine.all():
        first = int(np.flatnonzero(soft)[(~fine).argmax()])
        given = ", ".join(f"{column} {written[column].iloc[first] or 'nothing'}" for column in columns)
        raise ValueError(
            f"{table['path'].iloc[first]}: a label distribution must be numbers in [0, 1] that sum to 1, got {given}"
        )
    targets[soft] = shares / shares.sum(axis=1, keepdims=True)
    return targets, soft


def _others(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """``(n,)`` the sum of the shares of all labels that are not among the model's."""
    names = [name for name in table if str(name).startswith(PROBABILITY) and name not in columns]
    return table[names].apply(pd.to_numeric, errors="coerce").fillna(0).to_numpy(dtype=np.float64).sum(axis=1)
