"""Two models on the same samples: is the difference more than chance?"""

from __future__ import annotations

import math

import numpy as np

from .scores import STATISTICS, confusion


def mcnemar(only_first: int, only_second: int) -> float:
    """The p value of McNemar's test: were both models equally good, how often would chance split them so unevenly?

    The exact binomial test at every count, never its chi-square approximation: of the n samples that exactly one model
    has right, the smaller share is ``Binomial(n, 1/2)``; ``p = min(1, 2 P(X <= min))``. Samples that both have right,
    or both wrong, say nothing about the difference.

    Args:
        only_first: Samples that only the first model has right.
        only_second: Samples that only the second has right.

    Raises:
        ValueError: a negative count.

    Source: McNemar 1947; Dietterich 1998, "Approximate Statistical Tests for Comparing Supervised Classification
        Learning Algorithms", section 3.1.
    """
    if min(only_first, only_second) < 0:
        raise ValueError(f"counts must be >= 0, got {only_first} and {only_second}")
    n, least = only_first + only_second, min(only_first, only_second)
    # P(X = least), and below it P(X = i - 1) / P(X = i) = i / (n - i + 1): no factorial overflows.
    first = math.lgamma(n + 1) - math.lgamma(least + 1) - math.lgamma(n - least + 1) - n * math.log(2)
    i = np.arange(least, 0, -1, dtype=np.float64)
    tail = math.exp(first) * (1 + np.cumprod(i / (n - i + 1)).sum())
    return min(1.0, 2 * float(tail))


def holm(p_values: np.ndarray) -> np.ndarray:
    """P values made fair for being several: the chance that any of M true null hypotheses is rejected stays bounded.

    Sorted upwards, the k-th (from 0) is multiplied by ``M - k``, and none may be below the one before it.

    Args:
        p_values: ``(M,)``.

    Returns:
        ``(M,)`` in the order given, at most 1.

    Source: Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure".
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.minimum(1.0, np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))))
    found = np.empty_like(p)
    found[order] = adjusted
    return found


def paired_intervals(
    true: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    classes: int,
    rng: np.random.Generator,
    resamples: int = 1000,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """Where the second model's score minus the first's would probably lie on other samples of the same kind.

    The percentile bootstrap over samples, both models judged on the same resample. As in `bootstrap_interval`, drawing
    samples is the same as drawing counts once, here of the cells (true, first's answer, second's answer).
    It treats samples as independent: where one person gives many of them, the true uncertainty is larger.

    Args:
        true: ``(N,)`` integers.
        first: ``(N,)`` integers, the first model's answers.
        second: ``(N,)`` integers, the second's.
        classes: K.
        rng: Where the resamples come from.
        resamples: How many.
        level: The share of resamples between the two ends.

    Returns:
        ``(low, high)`` of each of `STATISTICS`.

    Raises:
        ValueError: as `confusion`; or fewer than one resample, or a level outside (0, 1).
    """
    if resamples < 1 or not 0 < level < 1:
        raise ValueError(f"resamples must be >= 1 and level in (0, 1), got {resamples} and {level}")
    confusion(true, first, classes)
    confusion(true, second, classes)
    cells, counts = np.unique(
        (np.asarray(true, dtype=np.int64) * classes + first) * classes + second, return_counts=True
    )
    drawn = rng.multinomial(len(true), counts / len(true), size=resamples)
    square = classes * classes
    tables = []
    for answer in (cells // classes % classes, cells % classes):
        belongs = np.zeros((len(cells), square), dtype=np.int64)
        belongs[np.arange(len(cells)), cells // square * classes + answer] = 1
        tables.append((drawn @ belongs).reshape(resamples, classes, classes))
    ends = [(1 - level) / 2, (1 + level) / 2]
    found = {}
    for name, score in STATISTICS.items():
        low, high = np.quantile(score(tables[1]) - score(tables[0]), ends)
        found[name] = (float(low), float(high))
    return found
