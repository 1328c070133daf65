"""The order of scores: known answers, and equality with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from fer_core import metrics


def test_known_answers() -> None:
    assert metrics.auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])) == pytest.approx(0.75)
    assert metrics.auc(np.array([3, 2, 1]), np.array([0, 1, 1])) == 0
    assert metrics.auc(np.ones(5), np.array([0, 1, 1, 0, 1])) == 0.5
    assert np.isnan(metrics.auc(np.ones(3), np.ones(3)))


@pytest.mark.parametrize("digits", [1, 8], ids=["many ties", "hardly any"])
def test_equals_scikit_learn(digits: int) -> None:
    rng = np.random.default_rng(2)
    positive = rng.random(300) < 0.3
    scores = np.round(rng.normal(size=300) + positive, digits)
    assert metrics.auc(scores, positive) == pytest.approx(reference.roc_auc_score(positive, scores))


def test_summary_has_it_for_two_labels_only() -> None:
    rng = np.random.default_rng(3)
    true, share = rng.integers(0, 2, 200), rng.random(200)
    probabilities = np.stack([1 - share, share], axis=1)
    found = metrics.summary(true, probabilities.argmax(axis=1), probabilities, ["closed", "open"])
    assert found["auc"] == pytest.approx(reference.roc_auc_score(true, probabilities[:, 1]))
    one = metrics.summary(np.zeros(5, int), np.zeros(5, int), np.tile([0.7, 0.3], (5, 1)), ["closed", "open"])
    assert one["auc"] is None
    assert metrics.summary(np.array([0, 1]), np.array([0, 1]), np.eye(2, 3), list("abc"))["auc"] is None


def test_refuses_what_cannot_be_ranked() -> None:
    for scores, sentence in (([], "at least one sample"), ([0.1], "share one shape"), ([0.1, np.nan], "NaN")):
        with pytest.raises(ValueError, match=sentence):
            metrics.auc(np.array(scores), np.zeros(0 if not scores else 2))
