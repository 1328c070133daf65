"""What the numbers in the papers' tables count, in words."""

from __future__ import annotations

from collections.abc import Mapping

METRICS: Mapping[str, str] = {
    "accuracy": "share of the judged pictures that got their own label",
    "average_accuracy": "recall of each class, averaged with equal weight (macro recall)",
    "macro_f1": "F1 of each class on one test set, averaged with equal weight",
    "macro_f1_folds": "macro-F1 of each round of a cross-validation, averaged over the rounds; not that of their sum",
    "precision": "of the pictures called so, the share that are",
    "recall": "of the pictures that are, the share called so",
    "f1": "harmonic mean of a class's precision and recall",
    "confidence": "largest predicted probability, over the right or the wrong predictions",
    "identification": "share of people whose nearest other picture, by features, is their own; lower is better",
    "parameters": "numbers that a training changes",
    "gflops": "billions of operations for one picture, as papers count them (mostly multiply-accumulates)",
    "samples": "how many pictures",
    "text": "a description",
}
"""Metric -> its definition."""
