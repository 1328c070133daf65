"""Runs laid side by side on the samples that all of them judged. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fer_core import metrics
from fer_core.alignment import Aligned, align, origin, stored
from fer_core.runs import Run
from fer_core.seeds import BOOTSTRAP, stream

SHOWN = 50
"""Names of flipped samples that are listed, each way."""


def compare(runs: Sequence[Run], split: str = "validation", seed: int = 0, shown: int = SHOWN) -> dict[str, Any]:
    """Every further run against the first.

    Args:
        runs: Two or more, all evaluated on the split.
        split: Which stored predictions.
        seed: Of the bootstrap.
        shown: How many flipped samples are named, each way.

    Returns:
        ``runs split n subjects left_out labels seed origin``; ``figures`` and ``curves`` (column -> one entry per
        epoch) of each run; ``pairs``, each as `pair` says, with ``holm_p`` where there are several.

    Raises:
        FileNotFoundError: a run has no stored predictions.
        ValueError: fewer than two runs, no such split, or runs that cannot be aligned.
    """
    aligned = align(stored(runs, split))
    pairs = [pair(aligned, 0, other, seed, shown) for other in range(1, len(runs))]
    corrected = metrics.holm(np.array([one["mcnemar"]["p"] for one in pairs]))
    for one, p in zip(pairs, corrected, strict=True):
        one["mcnemar"]["holm_p"] = float(p) if len(pairs) > 1 else None
    return {
        "runs": list(aligned.names),
        "split": split,
        "n": len(aligned.true),
        "subjects": aligned.subjects,
        "left_out": dict(aligned.left_out),
        "labels": list(aligned.labels),
        "seed": seed,
        "origin": {name: origin(facts) for name, facts in aligned.facts.items()},
        "figures": {name: _figures(aligned, place) for place, name in enumerate(aligned.names)},
        "pairs": pairs,
        "curves": {name: curve(run) for name, run in zip(aligned.names, runs, strict=True)},
    }


def pair(aligned: Aligned, first: int, second: int, seed: int = 0, shown: int = SHOWN) -> dict[str, Any]:
    """How the second run differs from the first; every difference is the second's figure minus the first's.

    Args:
        aligned: From `alignment.align`.
        first: The one compared with.
        second: The one compared.
        seed: Of the bootstrap.
        shown: How many flipped samples are named, each way.

    Returns:
        ``first second``; ``both_right both_wrong only_first only_second`` counts; ``flips`` ``{"only_first",
        "only_second"}``, each ``{"n", "shown", "samples": [{"sample", "label", "first", "second"}]}``; ``mcnemar``
        ``{"p", "test"}``; ``differences`` ``{accuracy, average_accuracy, macro_f1: {"difference", "ci95"}}``;
        ``ece_difference``; ``recall`` ``{label: {"first", "second", "difference", "support"}}``;
        ``confusion_difference`` ``(K, K)``.
    """
    classes, true = len(aligned.labels), aligned.true
    said = aligned.predicted[first], aligned.predicted[second]
    right = said[0] == true, said[1] == true
    only = {"only_first": right[0] & ~right[1], "only_second": ~right[0] & right[1]}
    cells = [metrics.confusion(true, one, classes) for one in said]
    ends = metrics.paired_intervals(true, *said, classes, stream(seed, BOOTSTRAP))
    scores = {name: [float(score(one)) for one in cells] for name, score in metrics.STATISTICS.items()}
    rows = [metrics.per_class(one) for one in cells]
    counts = {name: int(where.sum()) for name, where in only.items()}
    sure = [metrics.ece(aligned.probabilities[one], true) for one in (first, second)]
    return {
        "first": aligned.names[first],
        "second": aligned.names[second],
        "both_right": int((right[0] & right[1]).sum()),
        "both_wrong": int((~right[0] & ~right[1]).sum()),
        **counts,
        "flips": {name: _named(aligned, said, where, shown) for name, where in only.items()},
        "mcnemar": {"p": metrics.mcnemar(**counts), "test": "exact binomial, two-sided"},
        "differences": {
            name: {"difference": two - one, "ci95": list(ends[name])} for name, (one, two) in scores.items()
        },
        "ece_difference": sure[1] - sure[0],
        "recall": {
            label: {
                "first": _number(rows[0]["recall"][k]),
                "second": _number(rows[1]["recall"][k]),
                "difference": _number(rows[1]["recall"][k] - rows[0]["recall"][k]),
                "support": int(rows[0]["support"][k]),
            }
            for k, label in enumerate(aligned.labels)
        },
        "confusion_difference": (cells[1] - cells[0]).tolist(),
    }


def curve(run: Run) -> dict[str, list[float | None]]:
    """A run's history by column, one entry per epoch; empty where none is stored."""
    return {str(name): [_number(value) for value in column] for name, column in run.history().items()}


def _figures(aligned: Aligned, place: int) -> dict[str, Any]:
    found = aligned.summary(place)
    kept = ("accuracy", "ci95", "average_accuracy", "macro_f1", "ci95_macro_f1", "ece", "ci95_ece", "confidence")
    return {key: found[key] for key in kept}


def _named(aligned: Aligned, said: Sequence[np.ndarray], where: np.ndarray, shown: int) -> dict[str, Any]:
    rows, names = np.flatnonzero(where), aligned.labels
    listed = [
        {
            "sample": str(aligned.samples[row]),
            "label": names[aligned.true[row]],
            "first": names[said[0][row]],
            "second": names[said[1][row]],
        }
        for row in rows[:shown]
    ]
    return {"n": len(rows), "shown": len(listed), "samples": listed}


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
