"""Temperatures that were planted, curves counted by hand, and folds that never judge what fitted them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from sklearn.metrics import brier_score_loss, log_loss

from fer_core import metrics
from fer_core.calibration import LIMITS, calibrate, figures, fit_temperature, folds_of, scaled
from tests.stored_runs import stored_run


def softmax(logits):
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


def drawn(count, temperature, seed=0):
    """Probabilities that are too sure by a planted factor: the true labels follow softmax(logits / temperature)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (count, 3))
    draw = rng.random((count, 1))
    true = (softmax(logits / temperature).cumsum(1) < draw).sum(1)
    return softmax(logits), np.minimum(true, 2)


@pytest.mark.parametrize("planted", [0.5, 1.0, 2.5])
def test_a_planted_temperature_is_found(planted):
    shares, true = drawn(20_000, planted)
    assert fit_temperature(shares, true) == pytest.approx(planted, rel=0.04)


def test_the_fit_is_the_most_likely_temperature():
    shares, true = drawn(300, 1.7, seed=5)

    def loss(temperature):
        return log_loss(true, softmax(np.log(shares) / temperature), labels=[0, 1, 2])

    best = optimize.minimize_scalar(loss, bounds=(0.1, 10), method="bounded", options={"xatol": 1e-8}).x
    assert fit_temperature(shares, true) == pytest.approx(best, rel=1e-5)


def test_temperature_of_stored_probabilities_equals_that_of_logits():
    logits = np.random.default_rng(1).normal(0, 2, (50, 4))
    np.testing.assert_allclose(scaled(softmax(logits), 2.5), softmax(logits / 2.5), rtol=1e-9)
    certain = np.array([[1.0, 0.0, 0.0]])
    assert (
        scaled(certain, 2.0)[0, 0] == pytest.approx(1.0) and fit_temperature(certain, np.array([0])) <= LIMITS[0] * 1.01
    )
    assert fit_temperature(certain, np.array([1])) == pytest.approx(LIMITS[1], rel=0.01)


def test_likelihood_and_brier_are_those_of_scikit_learn():
    shares, true = drawn(200, 1.5)
    assert metrics.nll(shares, true) == pytest.approx(log_loss(true, shares, labels=[0, 1, 2]))
    assert metrics.brier(shares, true) == pytest.approx(
        brier_score_loss(true, shares, labels=[0, 1, 2], scale_by_half=False)
    )
    assert metrics.nll(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(87.3365, abs=1e-3)


def test_abstention_by_hand():
    curve = metrics.abstention(np.array([0.5, 0.9, 0.6, 0.9, 0.7]), np.array([True, True, False, False, True]))
    np.testing.assert_allclose(curve["threshold"], [0.9, 0.7, 0.6, 0.5])
    np.testing.assert_allclose(curve["coverage"], [0.4, 0.6, 0.8, 1.0])
    np.testing.assert_allclose(curve["accuracy"], [1 / 2, 2 / 3, 2 / 4, 3 / 5])
    # Of the two tied at 0.9 one is right: half a hit after the first answer, one after the second.
    assert curve["area"] == pytest.approx(np.mean([0.5, 0.5, 2 / 3, 0.5, 0.6]))
    assert metrics.threshold_for(curve, 0.6) == 0.5 and metrics.threshold_for(curve, 0.65) == 0.7
    assert metrics.threshold_for(curve, 0.7) is None
    with pytest.raises(ValueError, match=r"accuracy must be in \(0, 1\], got 90"):
        metrics.threshold_for(curve, 90)
    with pytest.raises(ValueError, match="at least one sample"):
        metrics.abstention(np.array([]), np.array([]))


def test_the_area_of_ties_is_the_mean_over_their_orders():
    rng = np.random.default_rng(2)
    confidence, right = rng.integers(3, 6, 12) / 6, rng.random(12) < 0.6
    areas = []
    for _ in range(4000):
        order = np.lexsort((rng.random(12), -confidence))
        areas.append((np.cumsum(right[order]) / np.arange(1, 13)).mean())
    assert metrics.abstention(confidence, right)["area"] == pytest.approx(np.mean(areas), abs=0.004)


def test_folds_keep_subjects_together_and_are_even():
    subjects = pd.Series(["a"] * 5 + ["b"] * 3 + [None] * 12)
    fold = folds_of(subjects, 4, np.random.default_rng(0))
    assert len(set(fold[:5])) == 1 and len(set(fold[5:8])) == 1
    assert sorted(np.bincount(fold))[0] >= 4 and set(fold) == {0, 1, 2, 3}
    with pytest.raises(ValueError, match="3 folds need at least as many samples, got 2"):
        folds_of(pd.Series([None, None]), 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="3 folds need at least as many subjects, got 2"):
        folds_of(subjects[:8], 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="folds must be >= 2, got 1"):
        folds_of(subjects, 1, np.random.default_rng(0))


def test_figures_count_every_sample_once():
    shares, true = drawn(400, 2.0)
    found = figures(shares, true)
    assert sum(one["count"] for one in found["reliability"]) == 400
    curve = found["abstention"]["curve"]
    np.testing.assert_allclose([one["coverage"] for one in curve], np.arange(1, 21) / 20)
    for one in curve:
        given = shares.max(1) >= one["threshold"]
        assert given.mean() == one["coverage"]
        assert (shares.argmax(1) == true)[given].mean() == pytest.approx(one["accuracy"])


@pytest.fixture
def run(tmp_path):
    validation, test = drawn(600, 2.0, seed=1), drawn(500, 2.0, seed=2)
    splits = {"validation": validation[::-1], "test": test[::-1]}
    return stored_run(tmp_path / "run", splits, selected_on="validation")


def test_fitted_on_validation_and_judged_on_test(run):
    found = calibrate(run)
    shares, true = drawn(600, 2.0, seed=1)
    fresh, answers = drawn(500, 2.0, seed=2)
    temperature = fit_temperature(shares, true)
    assert found["temperature"] == pytest.approx(temperature, rel=1e-4) and found["temperatures"] == []
    assert found["judged_on"] == {"split": "test", "n": 500, "folds": None}
    assert found["fitted_on"] == {"split": "validation", "n": 600, "selected_on": True}
    assert found["after"]["nll"] == pytest.approx(metrics.nll(scaled(fresh, temperature), answers), rel=1e-4)
    assert found["after"]["nll"] < found["before"]["nll"] and found["after"]["ece"] < found["before"]["ece"]
    wish, given = found["wish"], fresh.max(1) >= found["wish"]["threshold"]
    assert wish["answered"] == given.sum() and wish["attained"] == (fresh.argmax(1) == answers)[given].mean()
    kept = shares.max(1) >= wish["threshold"] * (1 - 1e-6)
    assert (shares.argmax(1) == true)[kept].mean() >= 0.9


def test_no_fold_is_judged_by_what_it_fitted(tmp_path):
    """Two subjects, one far too sure and one far too modest: each is scaled with the *other's* temperature."""
    sure, modest = drawn(150, 4.0, seed=3), drawn(150, 0.4, seed=4)
    shares, true = (np.concatenate(pair) for pair in zip(sure, modest, strict=True))
    subjects = ["a"] * 150 + ["b"] * 150
    run = stored_run(tmp_path / "run", {"validation": (true, shares)}, subjects=subjects)
    found = calibrate(run, folds=2)
    own = {fit_temperature(*sure), fit_temperature(*modest)}
    np.testing.assert_allclose(sorted(found["temperatures"]), sorted(own), rtol=1e-4)
    swapped = np.concatenate([scaled(sure[0], min(own)), scaled(modest[0], max(own))])
    assert found["after"]["nll"] == pytest.approx(metrics.nll(swapped, true), rel=1e-4)
    assert found["after"]["nll"] > found["before"]["nll"] and found["judged_on"]["folds"] == 2
    assert found["subjects"] == 2


def test_the_command(fer, run):
    found = fer("calibrate", run.path, "--json")
    assert found.code == 0 and found.document["temperature"] > 1.5 and found.document["views"] == 1
    text = fer("calibrate", run.path, "--judge-on", "folds", "--folds", 3).out
    assert "run run · data drawn · split validation · n 600 · seed 3 · 1 view\n" in text
    assert "the run is too sure" in text and "on 3 parts, each with what the others give" in text
    for arguments, sentence in (
        (["--split", "train"], "no predictions of split 'train'; there are: validation, test"),
        (["--judge-on", "validation"], "fitted on validation is not judged there"),
        (["--judge-on", "folds", "--folds", 1], "folds must be >= 2, got 1"),
        (["--accuracy", 90], "accuracy must be in (0, 1], got 90"),
    ):
        ran = fer("calibrate", run.path, *arguments, "--json")
        assert (ran.code, ran.out) == (2, "") and sentence in ran.err
