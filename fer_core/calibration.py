"""Is a run as sure as it is right, and what one number does for it: temperature scaling. Torch-free.

Source: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", section 4.2: logits divided by
    one temperature, fitted by likelihood. Probabilities are stored, not logits; the logarithm of a softmax is its
    logits up to a constant that softmax takes out again, so ``softmax(log(p) / T)`` is the same.
Departs: where several views were averaged there are no single logits; the logarithm of the mean is scaled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fer_core import metrics
from fer_core.alignment import origin
from fer_core.labels import index_of
from fer_core.runs import Run
from fer_core.seeds import BOOTSTRAP, SPLIT, stream
from fer_core.tables import probabilities_of

LIMITS = (0.05, 20.0)
"""Temperatures looked at. Where every answer is right, the likelihood grows without end as T falls."""
STEPS = 20
"""Points of the printed curve of coverage: 5 %, 10 % ... 100 %."""


def fit_temperature(probabilities: np.ndarray, true: np.ndarray) -> float:
    """The temperature under which the true labels are most likely; above 1 where a model is too sure.

    The negative log-likelihood is convex in ``1 / T``; its slope, ``mean(expected log p - log p of the true label)``,
    is halved in on.

    Args:
        probabilities: ``(N, K)``.
        true: ``(N,)`` integers.

    Returns:
        T, within `LIMITS`.

    Raises:
        ValueError: no samples.
    """
    metrics.nll(probabilities, true)  # refuses what is no set of probabilities
    logits = _logits(probabilities)
    given = logits[np.arange(len(true)), true].mean()
    low, high = (np.log(1 / limit) for limit in reversed(LIMITS))
    for _ in range(60):
        middle = (low + high) / 2
        slope = (scaled(probabilities, np.exp(-middle)) * logits).sum(axis=1).mean() - given
        low, high = (low, middle) if slope > 0 else (middle, high)
    return float(np.exp(-(low + high) / 2))


def scaled(probabilities: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """``(N, K)``: ``softmax(log(p) / T)``; the largest stays the largest.

    Args:
        probabilities: ``(N, K)``.
        temperature: T, or ``(N, 1)`` of each row.
    """
    shares = np.exp(_logits(probabilities) / temperature)
    return shares / shares.sum(axis=1, keepdims=True)


def folds_of(subjects: pd.Series, folds: int, rng: np.random.Generator) -> np.ndarray:
    """``(N,)`` int64: which fold each sample is in; a subject's samples stay together, a sample without one is alone.

    Args:
        subjects: N names, missing where nobody knows.
        folds: How many.
        rng: Decides the order in which subjects join the smallest fold.

    Raises:
        ValueError: fewer than two folds, or fewer subjects and single samples than folds.
    """
    if folds < 2:
        raise ValueError(f"folds must be >= 2, got {folds}")
    known = subjects.notna().tolist()
    names = [f"s {name}" if known[row] else f"n {row}" for row, name in enumerate(subjects)]
    _, group, size = np.unique(names, return_inverse=True, return_counts=True)
    if len(size) < folds:
        what = "subjects" if all(known) else "samples" if not any(known) else "subjects and samples without one"
        raise ValueError(f"{folds} folds need at least as many {what}, got {len(size)}; choose fewer --folds")
    filled, fold = np.zeros(folds, dtype=np.int64), np.empty(len(size), dtype=np.int64)
    for one in rng.permutation(len(size)):
        fold[one] = filled.argmin()
        filled[fold[one]] += size[one]
    return fold[group]


def calibrate(
    run: Run, split: str = "validation", on: str | None = None, folds: int = 5, wish: float = 0.9, seed: int = 0
) -> dict[str, Any]:
    """A run's calibration before and after its temperature, never judged on the samples that fitted it.

    Args:
        run: One with stored predictions.
        split: What the temperature and the threshold are fitted on.
        on: Another split that judges them; ``folds`` judges every part of ``split`` with what the other parts give;
            None takes ``test`` where it is stored, else the folds.
        folds: How many parts.
        wish: The accuracy wished of the answers that are given.
        seed: Of the parts and the intervals.

    Returns:
        What ``fer calibrate --json`` prints: ``temperature`` (of all of ``split``), ``temperatures`` of the folds,
        ``before`` and ``after`` (see `figures`), and ``wish``: the threshold of the *stored* confidence, what it
        promises on ``split`` and what it keeps where it is judged.

    Raises:
        FileNotFoundError: no stored predictions.
        ValueError: no such split, the same split twice, too many folds, or a wish outside (0, 1].
    """
    there = run.predictions()["split"].unique().tolist()
    if on is None:
        on = "test" if "test" in there and split != "test" else "folds"
    if on == split:
        raise ValueError(f"a temperature fitted on {split} is not judged there; name another split, or folds")
    table = run.predictions(split)
    shares, true = _answers(table, run)
    temperature, threshold = fit_temperature(shares, true), _threshold(shares, true, wish)
    if on == "folds":
        fold = folds_of(table["subject"], folds, stream(seed, SPLIT))
        parts = [fold == one for one in range(folds)]
        found = [fit_temperature(shares[~part], true[~part]) for part in parts]
        cut = [_threshold(shares[~part], true[~part], wish) for part in parts]
        where, judged = np.argmax(parts, axis=0), (shares, true)
        after = scaled(shares, np.array(found)[where][:, None])
        least = np.array([np.inf if one is None else one for one in cut])[where]
    else:
        table = run.predictions(on)
        judged, found = _answers(table, run), []
        after = scaled(judged[0], temperature)
        least = np.full(len(after), np.inf if threshold is None else threshold)
    given = judged[0].max(axis=1) >= least
    right = judged[0].argmax(axis=1) == judged[1]
    facts = run.provenance(split if on == "folds" else on)
    return {
        "run": run.name,
        "labels": list(run.labels),
        "fitted_on": {"split": split, "n": len(true), "selected_on": run.provenance(split)["selected_on"]},
        "judged_on": {"split": facts["split"], "n": len(after), "folds": folds if on == "folds" else None},
        "subjects": int(table["subject"].nunique()) or None,
        **origin(facts),
        "bootstrap_seed": seed,
        "temperature": temperature,
        "at_limit": bool(np.isclose(temperature, LIMITS, rtol=1e-3).any()),
        "temperatures": found,
        "before": figures(*judged, seed),
        "after": figures(after, judged[1], seed),
        "wish": {
            "accuracy": wish,
            "threshold": threshold,
            "answered": int(given.sum()),
            "coverage": float(given.mean()),
            "attained": float(right[given].mean()) if given.any() else None,
        },
    }


def figures(probabilities: np.ndarray, true: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """How far one set of probabilities can be trusted.

    Args:
        probabilities: ``(N, K)``.
        true: ``(N,)`` integers.
        seed: Of the interval of the calibration error.

    Returns:
        ``accuracy ece ci95_ece nll brier``; ``confidence`` of right and wrong; ``reliability``: 15 bins of ``lower
        upper count confidence accuracy``; ``abstention``: ``area`` and ``curve`` of ``coverage accuracy threshold``.
    """
    right = probabilities.argmax(axis=1) == true
    groups = metrics.reliability(probabilities, true)
    curve = metrics.abstention(probabilities.max(axis=1), right)
    # The first threshold that gives at least so many answers.
    wanted = np.searchsorted(curve["coverage"], np.arange(1, STEPS + 1) / STEPS - 1e-9)
    rows = sorted(set(np.minimum(wanted, len(curve["coverage"]) - 1).tolist()))
    return {
        "accuracy": float(right.mean()),
        "ece": metrics.ece(probabilities, true),
        "ci95_ece": list(metrics.ece_interval(probabilities, true, stream(seed, BOOTSTRAP))),
        "nll": metrics.nll(probabilities, true),
        "brier": metrics.brier(probabilities, true),
        "confidence": metrics.confidence_summary(probabilities, true),
        "reliability": [{key: column[row] for key, column in groups.items()} for row in range(len(groups["count"]))],
        "abstention": {
            "area": curve["area"],
            "curve": [{key: curve[key][row] for key in ("coverage", "accuracy", "threshold")} for row in rows],
        },
    }


def _answers(table: pd.DataFrame, run: Run) -> tuple[np.ndarray, np.ndarray]:
    return probabilities_of(table, run.labels), index_of(table["label"].tolist(), run.labels)


def _threshold(probabilities: np.ndarray, true: np.ndarray, wish: float) -> float | None:
    curve = metrics.abstention(probabilities.max(axis=1), probabilities.argmax(axis=1) == true)
    return metrics.threshold_for(curve, wish)


def _logits(probabilities: np.ndarray) -> np.ndarray:
    """``(N, K)`` logarithms, the largest of each row 0; a probability of 0 counts as the smallest float32."""
    logits = np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), np.finfo(np.float32).tiny))
    return logits - logits.max(axis=1, keepdims=True)
