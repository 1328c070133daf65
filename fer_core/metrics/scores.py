"""Scores that depend on predictions only through the confusion matrix, and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np


def confusion(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Who was taken for whom: ``(K, K)`` int64 counts, rows true, columns predicted; all rows together hold N.

    Args:
        true: ``(N,)`` integers.
        predicted: ``(N,)`` integers.
        classes: K.

    Raises:
        ValueError: no samples, shapes that differ, or a class outside ``0 .. K-1`` (leave unlabelled samples out).
    """
    true, predicted = np.asarray(true), np.asarray(predicted)
    if true.ndim != 1 or true.shape != predicted.shape:
        raise ValueError(f"true and predicted must share one shape (N,), got {true.shape} and {predicted.shape}")
    if not true.size:
        raise ValueError("metrics need at least one sample, got none; check the split and the excluded samples")
    for name, values in (("true", true), ("predicted", predicted)):
        if not np.issubdtype(values.dtype, np.integer):
            raise ValueError(f"{name} must be integers, got {values.dtype}; turn labels into positions first")
        if values.min() < 0 or values.max() >= classes:
            raise ValueError(
                f"{name} must lie in 0 .. {classes - 1}, got {values.min()} .. {values.max()};"
                " leave unlabelled samples out"
            )
    cells = true.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def _counts(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``tp, support, called``, each ``(..., K)`` float64, of a checked ``(..., K, K)``."""
    cells = np.asarray(confusion, dtype=np.float64)
    if cells.ndim < 2 or cells.shape[-1] != cells.shape[-2]:
        raise ValueError(f"a confusion matrix must be (..., K, K), got {cells.shape}")
    if (cells.sum(axis=(-2, -1)) == 0).any():
        raise ValueError("metrics need at least one sample, got an empty confusion matrix")
    return np.diagonal(cells, axis1=-2, axis2=-1), cells.sum(axis=-1), cells.sum(axis=-2)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """``part / whole``, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)


def _accuracies(confusion: np.ndarray) -> np.ndarray:
    tp, support, _ = _counts(confusion)
    return tp.sum(axis=-1) / support.sum(axis=-1)


def _average_accuracies(confusion: np.ndarray) -> np.ndarray:
    tp, support, _ = _counts(confusion)
    return np.nanmean(ratio(tp, support), axis=-1)


def _macro_f1s(confusion: np.ndarray) -> np.ndarray:
    tp, support, called = _counts(confusion)
    f1 = np.where(support > 0, ratio(2 * tp, support + called), np.nan)
    return np.nanmean(f1, axis=-1)


STATISTICS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": _accuracies,
    "average_accuracy": _average_accuracies,
    "macro_f1": _macro_f1s,
}
"""What `bootstrap_interval` knows by name: ``(..., K, K)`` counts -> ``(...)`` scores."""


def accuracy(confusion: np.ndarray) -> float:
    """The share of samples that got their own label: ``sum(tp) / N``. Higher is better.

    Frequent classes dominate it: a model that always answers the most frequent one already scores that class's share.
    """
    return float(_accuracies(confusion))


def average_accuracy(confusion: np.ndarray) -> float:
    """The recall of each class, averaged with equal weight: ``mean(tp / support)``. Higher is better; chance is 1/K.

    A rare class counts as much as a frequent one. Also called macro recall, balanced or unweighted average accuracy;
    paper B's "average accuracy". Classes without support are left out.
    """
    return float(_average_accuracies(confusion))


def macro_f1(confusion: np.ndarray) -> float:
    """The F1 of each class, averaged with equal weight: ``mean(2 tp / (support + called))``. Higher is better.

    It is the mean of the classes' F1, not the F1 of mean precision and mean recall: the two differ.
    Classes without support are left out.
    """
    return float(_macro_f1s(confusion))


def per_class(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall, F1 and support of each class.

    - precision ``tp / called``: of those called so, how many are.
    - recall ``tp / support``: of those who are, how many were called so.
    - F1 ``2 tp / (support + called)``: the harmonic mean of both; low as soon as one of them is.

    Returns:
        ``precision``, ``recall``, ``f1`` ``(K,)`` float64 with NaN as the conventions say; ``support`` ``(K,)`` int64.
    """
    tp, support, called = _counts(confusion)
    return {
        "precision": ratio(tp, called),
        "recall": ratio(tp, support),
        "f1": np.where(support > 0, ratio(2 * tp, support + called), np.nan),
        "support": support.astype(np.int64),
    }


def bootstrap_interval(
    confusion: np.ndarray,
    statistic: str,
    rng: np.random.Generator,
    resamples: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Where a score would probably lie on other samples of the same kind: the percentile bootstrap interval.

    Drawing N samples with replacement and tabulating them is the same as drawing the K x K cells once from a
    multinomial of N with the observed shares. So for any score that depends on the samples only through the
    confusion matrix this is the literal bootstrap, exactly, at a cost that does not grow with N.
    It treats samples as independent: where one person gives many of them, the true uncertainty is larger.

    Args:
        confusion: ``(K, K)`` counts, rows true.
        statistic: a name in `STATISTICS`. A class that a resample misses is left out of that resample's average.
        rng: where the resamples come from.
        resamples: how many.
        level: the share of resamples between the two ends.

    Raises:
        ValueError: an unknown statistic, no samples, fewer than one resample, or a level outside (0, 1).
    """
    if statistic not in STATISTICS:
        raise ValueError(f"unknown statistic '{statistic}'; choose one of {', '.join(sorted(STATISTICS))}")
    if resamples < 1 or not 0 < level < 1:
        raise ValueError(f"resamples must be >= 1 and level in (0, 1), got {resamples} and {level}")
    cells = np.asarray(confusion, dtype=np.int64)
    total = int(_counts(cells)[1].sum())
    drawn = rng.multinomial(total, cells.ravel() / total, size=resamples).reshape(resamples, *cells.shape)
    low, high = np.quantile(STATISTICS[statistic](drawn), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
