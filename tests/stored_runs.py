"""Runs that hold nothing but stored predictions, for tests of what reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.runs import Run, create_run
from fer_core.tables import prediction_table

LABELS = ("anger", "fear", "neutral")


def shares_of(answers: np.ndarray, classes: int = 3, sure: float = 0.7) -> np.ndarray:
    """(N, K): `sure` for the answer, the rest shared alike."""
    shares = np.full((len(answers), classes), (1 - sure) / (classes - 1))
    shares[np.arange(len(answers)), answers] = sure
    return shares


def stored_run(
    path: Path,
    splits: dict[str, tuple[np.ndarray, np.ndarray]],
    labels: tuple[str, ...] = LABELS,
    names: dict[str, list[str]] | None = None,
    subjects: list[str] | None = None,
    fingerprint: str = "f",
    **info: object,
) -> Run:
    """A finished run without weights; `splits`: split -> (true (N,), probabilities (N, K) in the order of `labels`)."""
    run = create_run(
        path,
        "name: drawn\n",
        {"status": "finished", "labels": list(labels), "data": {"name": "drawn"}, "seed": 3, **info},
    )
    about = {}
    for split, (true, shares) in splits.items():
        named = (names or {}).get(split) or [f"{split}/{row}" for row in range(len(true))]
        samples = pd.DataFrame(
            {
                "path": named,
                "label": [labels[one] for one in true],
                "subject": subjects or [None] * len(true),
                "session": None,
                "split": split,
            }
        )
        run.store_predictions(prediction_table(samples, np.asarray(shares), labels, np.zeros(len(true), dtype=bool)))
        about[split] = {"n": len(true), "data": "drawn", "fingerprint": fingerprint, "split": split, "views": 1}
    run.update(evaluated=about)
    return Run(path)
