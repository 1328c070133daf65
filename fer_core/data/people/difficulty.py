"""How hard it is to tell drowsiness from what is *true* of a face, with and without knowing the person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core import metrics
from fer_core.labels import DROWSINESS, index_of

FOLDS = 9
"""Groups of people that are judged by a classifier of the others."""


@dataclass(frozen=True)
class Difficulty:
    """Two figures of the same classifier on the same folds."""

    across_people: float
    """Macro-F1 from lid opening, mouth and pitch as they are."""
    own_baseline: float
    """Macro-F1 from the same relative to the person's own waking face."""
    n: int
    people: int
    folds: int
    classifier: str


def difficulty(table: pd.DataFrame) -> Difficulty:
    """Judges every person by a classifier that learned from other people's true lid opening, mouth and pitch.

    The sleepy look of one person is the waking look of another: without the person's own baseline even the truth does
    not tell them apart, with it it does. That gap is what a deviation from the identity can win.

    Args:
        table: Of `open_people`, with states of drowsiness; at least two people.

    Raises:
        ValueError: other states, or one person only.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    if not set(table["label"]) <= set(DROWSINESS):
        raise ValueError("how hard drowsiness is to tell can be asked of states=drowsiness only")
    people = table["subject"].to_numpy()
    folds = min(FOLDS, len(set(people)))
    if folds < 2:
        raise ValueError("how hard it is across people needs two people at least")
    lid = table[["lid_left", "lid_right"]].mean(axis=1).to_numpy()
    seen = np.column_stack([lid, table["mouth"], table["pitch"]])
    own = np.column_stack(
        [lid / table["base_lid"], table["mouth"] - table["base_mouth"], table["pitch"] - table["base_pitch"]]
    )
    true = index_of(table["label"].tolist(), DROWSINESS)

    def judged(features: np.ndarray) -> float:
        model = HistGradientBoostingClassifier(max_iter=40, random_state=0)
        # Trees of a few thousand rows: on a busy machine threads wait for each other ten times as long as they work.
        with threadpool_limits(1):
            answer = cross_val_predict(model, features, true, groups=people, cv=GroupKFold(folds))
        return metrics.macro_f1(metrics.confusion(true, answer, len(DROWSINESS)))

    return Difficulty(
        judged(seen), judged(own), len(table), len(set(people)), folds, "gradient-boosted trees, 40 rounds"
    )
