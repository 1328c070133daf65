"""Scores of the order that a model brings samples into, whatever the threshold."""

from __future__ import annotations

import numpy as np


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """How often a positive sample scores above a negative one; ties count half. Higher is better, chance is 0.5.

    The area under the receiver operating characteristic, computed as the Mann-Whitney statistic: ranks of the positive
    samples, tied ones sharing their mean rank. It says nothing about whether 0.5 is a good threshold.

    Args:
        scores: ``(N,)``.
        positive: ``(N,)`` bool.

    Returns:
        In [0, 1]; NaN where one of the two kinds is missing.

    Raises:
        ValueError: no samples, shapes that differ, or scores that are no numbers.
    """
    scores, positive = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    if scores.ndim != 1 or scores.shape != positive.shape:
        raise ValueError(f"scores and positive must share one shape (N,), got {scores.shape} and {positive.shape}")
    if not scores.size:
        raise ValueError("metrics need at least one sample, got none; check the split and the excluded samples")
    if np.isnan(scores).any():
        raise ValueError("scores must be numbers, got NaN")
    many = int(positive.sum())
    if many in (0, len(scores)):
        return float("nan")
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    # Of c tied samples behind b smaller ones, ranks b + 1 ... b + c have the mean b + (c + 1) / 2.
    rank = (np.cumsum(count) - count + (count + 1) / 2)[place]
    return float((rank[positive].sum() - many * (many + 1) / 2) / (many * (len(scores) - many)))
