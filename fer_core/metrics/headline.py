"""All headline numbers of one set of predictions, in the words of `fer evaluate --json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .confidence import confidence_summary, ece, ece_interval
from .ranking import auc
from .scores import accuracy, average_accuracy, bootstrap_interval, confusion, macro_f1, per_class


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def summary(
    true: np.ndarray,
    predicted: np.ndarray,
    probabilities: np.ndarray,
    labels: Sequence[str],
    twins: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
) -> dict[str, Any]:
    """Every headline number of one set of predictions, as `fer evaluate --json` prints and the pages show it.

    Args:
        true: ``(N,)`` integers, positions in ``labels``.
        predicted: ``(N,)`` integers.
        probabilities: ``(N, K)``.
        labels: the K names, in the order of the columns.
        twins: ``(N,)`` bool, an exact twin of the sample stands in the training split; None where nobody looked.
        rng: for the intervals; left out, a fixed stream, so that two readers of the same predictions see the same ends.

    Returns:
        Plain, JSON-able values: ``n labels accuracy accuracy_without_twins ci95 ci95_average_accuracy ci95_macro_f1
        average_accuracy macro_f1 auc per_class confusion ece ci95_ece confidence classes_without_support twins``.
        ``ci95*`` are ``[low, high]``; ``auc`` is that of the last of two labels, None where there are more or only one
        occurs; ``accuracy_without_twins`` is None where nobody looked for twins or every sample
        is one.

    Raises:
        ValueError: as `confusion` and `ece`; or ``labels`` or ``twins`` of another length.
    """
    true, predicted, probabilities = np.asarray(true), np.asarray(predicted), np.asarray(probabilities)
    if probabilities.ndim != 2 or probabilities.shape[1] != len(labels):
        raise ValueError(f"probabilities must be (N, {len(labels)}), one column per label, got {probabilities.shape}")
    cells = confusion(true, predicted, len(labels))
    rng = np.random.default_rng(0) if rng is None else rng
    without, count = None, None
    if twins is not None:
        twins = np.asarray(twins, dtype=bool)
        if twins.shape != true.shape:
            raise ValueError(f"twins must be one fact per sample, {true.shape}, got {twins.shape}")
        count = int(twins.sum())
        without = None if twins.all() else float((true == predicted)[~twins].mean())
    rows = per_class(cells)
    return {
        "n": int(true.size),
        "labels": list(labels),
        "accuracy": accuracy(cells),
        "accuracy_without_twins": without,
        "ci95": list(bootstrap_interval(cells, "accuracy", rng)),
        "average_accuracy": average_accuracy(cells),
        "ci95_average_accuracy": list(bootstrap_interval(cells, "average_accuracy", rng)),
        "macro_f1": macro_f1(cells),
        "ci95_macro_f1": list(bootstrap_interval(cells, "macro_f1", rng)),
        "auc": _plain(auc(probabilities[:, 1], true == 1)) if len(labels) == 2 else None,
        "per_class": {
            label: {
                "precision": _plain(rows["precision"][k]),
                "recall": _plain(rows["recall"][k]),
                "f1": _plain(rows["f1"][k]),
                "support": int(rows["support"][k]),
            }
            for k, label in enumerate(labels)
        },
        "confusion": cells.tolist(),
        "ece": ece(probabilities, true),
        "ci95_ece": list(ece_interval(probabilities, true, rng)),
        "confidence": confidence_summary(probabilities, true, predicted),
        "classes_without_support": [label for k, label in enumerate(labels) if not rows["support"][k]],
        "twins": count,
    }
