"""What is gained when a model keeps silent where it is unsure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def abstention(confidence: np.ndarray, right: np.ndarray) -> dict[str, Any]:
    """The accuracy of the answers given with at least so much confidence, for every such threshold.

    Answers of equal confidence are given or withheld together. ``area`` is the mean accuracy over every number of
    answers, 1 ... N, the surest first (expected over the orders of equal ones): 1 minus the area under the
    risk-coverage curve. A model whose confidence says nothing has its plain accuracy there.

    Args:
        confidence: ``(N,)``, the probability of the given answer.
        right: ``(N,)`` bool, whether that answer is the true label.

    Returns:
        ``threshold``, ``coverage``, ``accuracy`` ``(T,)`` float64 for the T distinct confidences, the highest first;
        ``area`` float.

    Raises:
        ValueError: no samples, or shapes that differ.

    Source: Geifman and El-Yaniv 2017, "Selective Classification for Deep Neural Networks", section 2.
    """
    confidence, right = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    if confidence.ndim != 1 or confidence.shape != right.shape:
        raise ValueError(f"confidence and right must share one shape (N,), got {confidence.shape} and {right.shape}")
    if not confidence.size:
        raise ValueError("metrics need at least one sample, got none; check the split and the excluded samples")
    threshold, place, group = np.unique(-confidence, return_inverse=True, return_counts=True)
    given = np.cumsum(group)
    hits = np.bincount(place, weights=right)
    total = np.cumsum(hits)
    # Within a group of equal confidence, the answers before it are sure and each of its own is right as often as all.
    within = np.repeat(np.arange(len(group)), group)
    rank = np.arange(1, len(confidence) + 1)
    before, own = given - group, rank - (given - group)[within]
    mean = ((total - hits)[within] + own * (hits / group)[within]) / (before[within] + own)
    return {
        "threshold": -threshold,
        "coverage": given / len(confidence),
        "accuracy": total / given,
        "area": float(mean.mean()),
    }


def threshold_for(curve: Mapping[str, Any], accuracy: float) -> float | None:
    """The lowest confidence at which the answers given are right often enough.

    Args:
        curve: From `abstention`.
        accuracy: The wished share of right answers, in (0, 1].

    Returns:
        The threshold that gives most answers; None where no threshold is enough.

    Raises:
        ValueError: a wish outside (0, 1].
    """
    if not 0 < accuracy <= 1:
        raise ValueError(f"accuracy must be in (0, 1], got {accuracy}")
    enough = np.flatnonzero(curve["accuracy"] >= accuracy)
    return float(curve["threshold"][enough[-1]]) if len(enough) else None
