"""Scores of the probabilities themselves: is the model as sure as it is right?"""

from __future__ import annotations

import numpy as np

from .scores import ratio

SUM_TOLERANCE = 1e-2
"""How far a row of probabilities may be from 1: seven half-precision roundings stay well below it."""


def _checked(probabilities: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    probabilities, true = np.asarray(probabilities, dtype=np.float64), np.asarray(true)
    if probabilities.ndim != 2 or true.shape != probabilities.shape[:1]:
        raise ValueError(
            f"probabilities must be (N, K) and true (N,) with one N, got {probabilities.shape} and {true.shape}"
        )
    if not len(true):
        raise ValueError("metrics need at least one sample, got none; check the split and the excluded samples")
    # Written so that NaN fails too.
    if not (probabilities.min() >= 0 and np.abs(probabilities.sum(axis=1) - 1).max() <= SUM_TOLERANCE):
        raise ValueError("each row of probabilities must be >= 0 and sum to 1; pass softmax outputs, not logits")
    return probabilities, true


def _bins(confidence: np.ndarray, bins: int) -> np.ndarray:
    """``(N,)`` the bin of each confidence: open below, closed above."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    # Rounding may lift a sum of shares slightly above 1; it still belongs to the last bin.
    return np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)


def reliability(probabilities: np.ndarray, true: np.ndarray, bins: int = 15) -> dict[str, np.ndarray]:
    """Does 80 % sure mean right 80 % of the time? Samples grouped by their top label's probability, in equal bins.

    Bin ``b`` is ``(b / bins, (b + 1) / bins]``: open below, closed above, so certainty (1.0) falls into the last bin.

    Args:
        probabilities: ``(N, K)``.
        true: ``(N,)`` integers.
        bins: how many bins share [0, 1].

    Returns:
        ``lower``, ``upper`` ``(bins,)`` edges; ``count`` ``(bins,)`` int64; ``confidence`` and ``accuracy`` ``(bins,)``
        means, NaN in an empty bin.

    Source: bins as in Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2.
    """
    probabilities, true = _checked(probabilities, true)
    if bins < 1:
        raise ValueError(f"bins must be >= 1, got {bins}")
    edges = np.linspace(0.0, 1.0, bins + 1)
    confidence = probabilities.max(axis=1)
    place = _bins(confidence, bins)
    count = np.bincount(place, minlength=bins)
    right = probabilities.argmax(axis=1) == true
    whole = count.astype(np.float64)
    return {
        "lower": edges[:-1],
        "upper": edges[1:],
        "count": count.astype(np.int64),
        "confidence": ratio(np.bincount(place, weights=confidence, minlength=bins), whole),
        "accuracy": ratio(np.bincount(place, weights=right, minlength=bins), whole),
    }


def ece(probabilities: np.ndarray, true: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: how far confidence is from accuracy, on average over the samples. Lower is better.

    ``sum over bins of (count / N) * |accuracy - confidence|``, with the bins of `reliability`. 0 means that among
    the answers given with 80 % confidence, 80 % are right. It says nothing about how often the model is right.

    Source: Guo et al. 2017, equation 3.
    """
    groups = reliability(probabilities, true, bins)
    gap = np.nan_to_num(np.abs(groups["accuracy"] - groups["confidence"]))
    return float((groups["count"] * gap).sum() / groups["count"].sum())


def ece_interval(
    probabilities: np.ndarray,
    true: np.ndarray,
    rng: np.random.Generator,
    bins: int = 15,
    resamples: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Where the calibration error would probably lie on other samples of the same kind: the basic bootstrap interval.

    A mean of distances can only grow by chance, so resamples lie above the sample they were drawn from, as that lies
    above the truth. The percentile interval would take the first step twice; the basic one, ``2 ece - quantile``, takes
    it back. What falls below 0 ends there.

    Args:
        probabilities: ``(N, K)``.
        true: ``(N,)`` integers.
        rng: where the resamples come from.
        bins: as in `ece`.
        resamples: how many.
        level: the share of resamples between the two ends.

    Raises:
        ValueError: as `ece`; or fewer than one resample, or a level outside (0, 1).
    """
    found = ece(probabilities, true, bins)
    if resamples < 1 or not 0 < level < 1:
        raise ValueError(f"resamples must be >= 1 and level in (0, 1), got {resamples} and {level}")
    shares, true = _checked(probabilities, true)
    confidence = shares.max(axis=1)
    place, gap = _bins(confidence, bins), (shares.argmax(axis=1) == true) - confidence
    errors = np.empty(resamples)
    for number in range(resamples):
        drawn = rng.integers(len(gap), size=len(gap))
        errors[number] = np.abs(np.bincount(place[drawn], weights=gap[drawn], minlength=bins)).sum() / len(gap)
    low, high = np.quantile(errors, [(1 - level) / 2, (1 + level) / 2])
    return max(0.0, float(2 * found - high)), max(0.0, float(2 * found - low))


def nll(probabilities: np.ndarray, true: np.ndarray) -> float:
    """Negative log-likelihood: ``mean(-log p(true label))``, natural logarithm. Lower is better.

    Being surely wrong costs most. A true label given no probability at all counts as the smallest float32, 87.3.

    Args:
        probabilities: ``(N, K)``.
        true: ``(N,)`` integers.

    Source: Guo et al. 2017, section 2.
    """
    probabilities, true = _checked(probabilities, true)
    given = probabilities[np.arange(len(true)), true]
    return float(-np.log(np.maximum(given, np.finfo(np.float32).tiny)).mean())


def brier(probabilities: np.ndarray, true: np.ndarray) -> float:
    """Brier score: ``mean over samples of sum over labels of (p - 1[label is true])^2``, in [0, 2]. Lower is better.

    Args:
        probabilities: ``(N, K)``.
        true: ``(N,)`` integers.

    Source: Brier 1950, "Verification of Forecasts Expressed in Terms of Probability".
    """
    probabilities, true = _checked(probabilities, true)
    return float(((probabilities - np.eye(probabilities.shape[1])[true]) ** 2).sum(axis=1).mean())


def confidence_summary(
    probabilities: np.ndarray, true: np.ndarray, predicted: np.ndarray | None = None
) -> dict[str, dict[str, float | None]]:
    """How sure the model was where it was right, and where it was wrong (paper B, Table 4).

    A model worth trusting is clearly less sure when it is wrong.

    Args:
        probabilities: ``(N, K)``.
        true: ``(N,)`` integers.
        predicted: ``(N,)`` integers, the label whose probability is the confidence; the top label where left out.

    Returns:
        ``{"right": {"mean", "median"}, "wrong": {...}}``; None where no sample is right, or none is wrong.
    """
    probabilities, true = _checked(probabilities, true)
    answer = probabilities.argmax(axis=1) if predicted is None else np.asarray(predicted)
    confidence = probabilities[np.arange(len(true)), answer]

    def middle(values: np.ndarray) -> dict[str, float | None]:
        if not values.size:
            return {"mean": None, "median": None}
        return {"mean": float(values.mean()), "median": float(np.median(values))}

    right = answer == true
    return {"right": middle(confidence[right]), "wrong": middle(confidence[~right])}
