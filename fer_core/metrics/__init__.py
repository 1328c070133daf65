"""How good a set of predictions is: pure functions over arrays, NumPy only.

Conventions, valid for every function below:

- ``true`` and ``predicted`` are ``(N,)`` integers in ``0 .. K-1``; ``probabilities`` is ``(N, K)``, rows sum to 1.
- ``confusion`` is ``(..., K, K)`` counts, **rows true, columns predicted**; leading axes are independent matrices
  (that is how the bootstrap stays fast). ``tp`` is its diagonal, ``support`` its row sums, ``called`` its column sums.
- A class without a single true sample has no recall and no F1 (NaN). It is left out of every average and is
  listed by `summary`; predictions of it still count as mistakes of the class they took the sample from.
- A class that was never predicted has no precision (NaN), but its F1 is 0: all of its samples were missed.
- No samples at all is a mistake of the caller, never a score: ``ValueError``.
- Scores are fractions in [0, 1], not percent. `summary` speaks plain Python, None where these functions say NaN.
"""

from __future__ import annotations

from .abstention import abstention, threshold_for
from .confidence import brier, confidence_summary, ece, ece_interval, nll, reliability
from .headline import summary
from .paired import holm, mcnemar, paired_intervals
from .ranking import auc
from .scores import STATISTICS, accuracy, average_accuracy, bootstrap_interval, confusion, macro_f1, per_class

__all__ = [
    "STATISTICS",
    "abstention",
    "accuracy",
    "auc",
    "average_accuracy",
    "bootstrap_interval",
    "brier",
    "confidence_summary",
    "confusion",
    "ece",
    "ece_interval",
    "holm",
    "macro_f1",
    "mcnemar",
    "nll",
    "paired_intervals",
    "per_class",
    "reliability",
    "summary",
    "threshold_for",
]
