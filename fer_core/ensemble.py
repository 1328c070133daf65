"""Several networks asked as one: their probabilities summed, and which of them to ask. Torch-free.

Paper: Pham, Vu and Tran, "Facial Expression Recognition Using Residual Masking Network", III-C: "a simple no-weighted
    sum average ensemble to fuse the prediction results of 7 different CNNs. The model searching is based on the terms
    of validation accuracy". Their code sums softmax outputs:
    https://github.com/phamquiluan/ResidualMaskingNetwork (``gen_ensemble.py`` at 4fd81da).
Departs: their code judges the sum on the very split it loads and holds the search as a comment; here the split that
    chose is always named, and its own figures are called flattering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from fer_core import metrics
from fer_core.alignment import Judged, align, origin
from fer_core.seeds import BOOTSTRAP, stream

MOST_EXHAUSTIVE = 12
"""Networks of which every subset is tried (4,095); of more, one after the other is added."""

_KEPT = ("accuracy", "ci95", "average_accuracy", "macro_f1", "ece")


@dataclass(frozen=True)
class Choice:
    """Which runs are summed, and how they were found."""

    members: tuple[int, ...]
    """Positions among the runs, ascending."""
    accuracy: float
    """Of their sum on the split that chose."""
    tried: int
    """How many subsets were."""
    search: str
    """``exhaustive`` or ``greedy``."""


def combine(probabilities: np.ndarray, members: Sequence[int]) -> np.ndarray:
    """``(N, K)``: the mean of the members' probabilities, whose largest is that of their sum.

    Args:
        probabilities: ``(R, N, K)``.
        members: Positions among the R.
    """
    return probabilities[list(members)].mean(axis=0)


def choose(probabilities: np.ndarray, true: np.ndarray) -> Choice:
    """The subset whose sum is right most often; of equally good ones that of fewest networks, then the first in order.

    Args:
        probabilities: ``(R, N, K)`` of the split that chooses.
        true: ``(N,)`` integers.
    """
    runs = range(len(probabilities))

    def right(members: tuple[int, ...]) -> int:
        return int((combine(probabilities, members).argmax(axis=1) == true).sum())

    if len(probabilities) <= MOST_EXHAUSTIVE:
        subsets = [one for size in range(1, len(probabilities) + 1) for one in combinations(runs, size)]
        counts = [right(one) for one in subsets]
        # The first of the largest: subsets stand by size, then by order.
        best = int(np.argmax(counts))
        return Choice(subsets[best], counts[best] / len(true), len(subsets), "exhaustive")
    members: tuple[int, ...] = ()
    most, tried = -1, 0
    while len(members) < len(probabilities):
        additions = [tuple(sorted((*members, one))) for one in runs if one not in members]
        counts = [right(one) for one in additions]
        tried += len(additions)
        if max(counts) <= most:
            break
        most, members = max(counts), additions[int(np.argmax(counts))]
    return Choice(members, most / len(true), tried, "greedy")


def ensemble(judged: Sequence[Judged], choosing: Sequence[Judged] | None = None) -> dict[str, Any]:
    """Figures of the sum of several runs, with each run's own beside it.

    Args:
        judged: What each run says where the sum is judged.
        choosing: What the same runs, in the same order, say about the split that chooses the subset; None sums all.

    Returns:
        ``runs chosen rule split n subjects left_out origin``; ``choice``: ``split n accuracy subsets_tried search``, or
        None; ``overlap``: how many of the n samples also chose; ``selected_on``: whether any did; ``ensemble``: as
        `metrics.summary`; ``members``: ``{run: {"chosen", "accuracy", "ci95", "average_accuracy", "macro_f1",
        "ece"}}``.

    Raises:
        ValueError: runs that cannot be aligned, see `alignment.align`.
    """
    aligned = align(judged)
    members, choice, overlap = tuple(range(len(judged))), None, 0
    if choosing is not None:
        there = align(choosing)
        found = choose(there.probabilities, there.true)
        members = found.members
        choice = {
            "split": choosing[0].facts.get("split"),
            "n": len(there.samples),
            "accuracy": found.accuracy,
            "subsets_tried": found.tried,
            "search": found.search,
        }
        # Samples of another data set may bear the same names.
        if choosing[0].facts.get("data") == judged[0].facts.get("data"):
            overlap = int(np.isin(aligned.samples, there.samples).sum())
    shares = combine(aligned.probabilities, members)
    rng = stream(0, BOOTSTRAP)
    whole = metrics.summary(aligned.true, shares.argmax(axis=1), shares, aligned.labels, aligned.twins, rng)
    return {
        "runs": list(aligned.names),
        "chosen": [aligned.names[place] for place in members],
        "rule": "sum of probabilities",
        "choice": choice,
        "split": judged[0].facts.get("split"),
        "n": len(aligned.true),
        "subjects": aligned.subjects,
        "left_out": dict(aligned.left_out),
        "overlap": overlap,
        "selected_on": overlap > 0,
        "origin": {name: origin(facts) for name, facts in aligned.facts.items()},
        "ensemble": whole,
        "members": {
            aligned.names[place]: {"chosen": place in members, **{key: own[key] for key in _KEPT}}
            for place, own in enumerate(map(aligned.summary, range(len(judged))))
        },
    }
