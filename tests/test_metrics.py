"""Metrics: known answers, degenerate cases, and equality with scikit-learn, torchmetrics and a literal bootstrap."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn import metrics as reference

from fer_core import metrics

TABLE_5_WITHOUT = [[42685, 5515, 4637], [9178, 15950, 27710], [5229, 16608, 31000]]
TABLE_5_WITH = [[44977, 4629, 3231], [9753, 16651, 26434], [5042, 15476, 32319]]


def drawn(seed: int, samples: int = 400, classes: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, predictions and overconfident probabilities of a model that is right more often than chance."""
    rng = np.random.default_rng(seed)
    true = rng.choice(classes, samples, p=rng.dirichlet(np.full(classes, 2.0)))
    logits = rng.normal(0, 2, (samples, classes))
    logits[np.arange(samples), true] += 2
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return true, probabilities.argmax(axis=1), probabilities


class TestKnownAnswers:
    cells = np.array([[3, 1, 0], [0, 2, 2], [1, 0, 1]])

    def test_confusion_has_true_rows(self) -> None:
        true, predicted = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])
        assert metrics.confusion(true, predicted, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]

    def test_scores_by_hand(self) -> None:
        assert metrics.accuracy(self.cells) == pytest.approx(6 / 10)
        assert metrics.average_accuracy(self.cells) == pytest.approx((3 / 4 + 2 / 4 + 1 / 2) / 3)
        assert metrics.macro_f1(self.cells) == pytest.approx((6 / 8 + 4 / 7 + 2 / 5) / 3)

    def test_per_class_by_hand(self) -> None:
        rows = metrics.per_class(self.cells)
        np.testing.assert_allclose(rows["precision"], [3 / 4, 2 / 3, 1 / 3])
        np.testing.assert_allclose(rows["recall"], [3 / 4, 1 / 2, 1 / 2])
        assert rows["support"].tolist() == [4, 4, 2]

    @pytest.mark.parametrize(("cells", "published"), [(TABLE_5_WITHOUT, 0.554), (TABLE_5_WITH, 0.578)])
    def test_macro_f1_of_paper_a_table_5(self, cells: list[list[int]], published: float) -> None:
        assert metrics.macro_f1(np.array(cells)) == pytest.approx(published, abs=5e-4)

    def test_calibrated_model_has_no_error(self) -> None:
        probabilities = np.tile([0.75, 0.25], (8, 1))
        assert metrics.ece(probabilities, np.array([0, 0, 0, 1] * 2)) == pytest.approx(0)

    def test_certain_and_wrong_half_the_time(self) -> None:
        probabilities = np.tile([1.0, 0.0], (4, 1))
        assert metrics.ece(probabilities, np.array([0, 0, 1, 1])) == pytest.approx(0.5)

    def test_reliability_closes_bins_above(self) -> None:
        probabilities = np.array([[1.0, 0.0], [0.75, 0.25], [0.5, 0.5], [0.8, 0.2]])
        groups = metrics.reliability(probabilities, np.array([0, 1, 0, 0]), bins=4)
        assert groups["count"].tolist() == [0, 1, 1, 2]
        np.testing.assert_allclose(groups["confidence"], [np.nan, 0.5, 0.75, 0.9])
        np.testing.assert_allclose(groups["accuracy"], [np.nan, 1, 0, 1])

    def test_confidence_of_right_and_wrong(self) -> None:
        probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
        found = metrics.confidence_summary(probabilities, np.array([0, 0, 0, 0]))
        assert found["right"]["mean"] == pytest.approx((0.9 + 0.6 + 0.7) / 3)
        assert found["right"]["median"] == pytest.approx(0.7)
        assert found["wrong"] == {"mean": 0.8, "median": 0.8}


class TestDegenerateCases:
    def test_perfect(self) -> None:
        cells = np.diag([3, 5])
        assert metrics.accuracy(cells) == metrics.average_accuracy(cells) == metrics.macro_f1(cells) == 1
        assert metrics.bootstrap_interval(cells, "macro_f1", np.random.default_rng(0)) == (1, 1)

    def test_class_without_support_leaves_the_averages(self) -> None:
        cells = np.array([[2, 1, 1], [0, 4, 0], [0, 0, 0]])
        assert metrics.average_accuracy(cells) == pytest.approx((0.5 + 1) / 2)
        assert metrics.macro_f1(cells) == pytest.approx((4 / 6 + 8 / 9) / 2)
        rows = metrics.per_class(cells)
        assert rows["precision"][2] == 0 and np.isnan(rows["recall"][2]) and np.isnan(rows["f1"][2])

    def test_class_never_predicted_scores_zero(self) -> None:
        rows = metrics.per_class(np.array([[2, 0], [3, 0]]))
        assert np.isnan(rows["precision"][1]) and rows["recall"][1] == 0 and rows["f1"][1] == 0

    def test_no_warning_for_empty_classes_and_bins(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            metrics.summary(np.array([1]), np.array([1]), np.array([[0.1, 0.9, 0.0]]), ["a", "b", "c"])

    def test_all_right_has_no_wrong_confidence(self) -> None:
        found = metrics.confidence_summary(np.array([[0.9, 0.1]]), np.array([0]))
        assert found["wrong"] == {"mean": None, "median": None}


class TestSentences:
    one = np.array([0])

    @pytest.mark.parametrize(
        ("true", "predicted", "sentence"),
        [
            (np.array([], int), np.array([], int), "at least one sample"),
            (np.array([0, 1]), np.array([0]), "share one shape"),
            (np.array([0, -1]), np.array([0, 1]), "leave unlabelled samples out"),
            (np.array([0, 1]), np.array([0, 2]), "predicted must lie in 0 .. 1"),
            (np.array([0.0, 1.0]), np.array([0, 1]), "must be integers"),
        ],
    )
    def test_confusion(self, true: np.ndarray, predicted: np.ndarray, sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            metrics.confusion(true, predicted, 2)

    @pytest.mark.parametrize(
        ("probabilities", "sentence"),
        [
            (np.array([[2.0, -1.0]]), "not logits"),
            (np.array([[np.nan, 1.0]]), "not logits"),
            (np.array([0.5, 0.5]), r"must be \(N, K\)"),
            (np.empty((0, 2)), "with one N"),
        ],
    )
    def test_probabilities(self, probabilities: np.ndarray, sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            metrics.ece(probabilities, self.one)

    def test_empty_matrix(self) -> None:
        with pytest.raises(ValueError, match="empty confusion matrix"):
            metrics.accuracy(np.zeros((2, 2)))
        with pytest.raises(ValueError, match=r"\(\.\.\., K, K\)"):
            metrics.accuracy(np.zeros((2, 3)))

    def test_bootstrap(self) -> None:
        rng = np.random.default_rng(0)
        with pytest.raises(ValueError, match="choose one of accuracy, average_accuracy, macro_f1"):
            metrics.bootstrap_interval(np.eye(2), "f2", rng)
        with pytest.raises(ValueError, match="resamples must be >= 1"):
            metrics.bootstrap_interval(np.eye(2), "accuracy", rng, resamples=0)

    def test_bins_and_summary(self) -> None:
        probabilities = np.array([[0.5, 0.5]])
        with pytest.raises(ValueError, match="bins must be >= 1"):
            metrics.ece(probabilities, self.one, bins=0)
        with pytest.raises(ValueError, match="one column per label"):
            metrics.summary(self.one, self.one, probabilities, ["a", "b", "c"])
        with pytest.raises(ValueError, match="one fact per sample"):
            metrics.summary(self.one, self.one, probabilities, ["a", "b"], twins=np.array([True, False]))


@pytest.mark.parametrize("seed", range(3))
def test_equals_scikit_learn(seed: int) -> None:
    true, predicted, _ = drawn(seed)
    cells = metrics.confusion(true, predicted, 7)
    rows = metrics.per_class(cells)
    precision, recall, f1, support = reference.precision_recall_fscore_support(true, predicted, labels=range(7))
    np.testing.assert_array_equal(cells, reference.confusion_matrix(true, predicted, labels=range(7)))
    assert metrics.accuracy(cells) == pytest.approx(reference.accuracy_score(true, predicted))
    assert metrics.average_accuracy(cells) == pytest.approx(reference.balanced_accuracy_score(true, predicted))
    assert metrics.macro_f1(cells) == pytest.approx(reference.f1_score(true, predicted, average="macro"))
    for name, values in {"precision": precision, "recall": recall, "f1": f1, "support": support}.items():
        np.testing.assert_allclose(rows[name], values)


def test_equals_scikit_learn_over_the_classes_present() -> None:
    true, predicted, _ = drawn(5)
    kept = true != 3
    present = [0, 1, 2, 4, 5, 6]
    cells = metrics.confusion(true[kept], predicted[kept], 7)
    expected = reference.f1_score(true[kept], predicted[kept], labels=present, average="macro")
    assert metrics.macro_f1(cells) == pytest.approx(expected)


@pytest.mark.parametrize("bins", [10, 15])
def test_equals_torchmetrics(bins: int) -> None:
    torch = pytest.importorskip("torch")
    classification = pytest.importorskip("torchmetrics.classification")
    true, predicted, probabilities = drawn(11, samples=3000)
    cells = metrics.confusion(true, predicted, 7)
    calibration = classification.MulticlassCalibrationError(num_classes=7, n_bins=bins, norm="l1")
    expected = calibration(torch.from_numpy(probabilities), torch.from_numpy(true))
    assert metrics.ece(probabilities, true, bins) == pytest.approx(float(expected), abs=1e-6)
    macro = classification.MulticlassF1Score(num_classes=7, average="macro")
    assert metrics.macro_f1(cells) == pytest.approx(float(macro(torch.from_numpy(predicted), torch.from_numpy(true))))
    recall = classification.MulticlassRecall(num_classes=7, average="macro")
    expected = recall(torch.from_numpy(predicted), torch.from_numpy(true))
    assert metrics.average_accuracy(cells) == pytest.approx(float(expected))


@pytest.mark.parametrize("statistic", ["accuracy", "average_accuracy", "macro_f1"])
def test_bootstrap_equals_the_literal_one(statistic: str) -> None:
    """Drawing cells and drawing samples must give the same distribution; the ends agree to their Monte Carlo error."""
    true, predicted, _ = drawn(3, samples=200, classes=4)
    rng = np.random.default_rng(0)
    score = {
        "accuracy": metrics.accuracy,
        "average_accuracy": metrics.average_accuracy,
        "macro_f1": metrics.macro_f1,
    }[statistic]
    literal = []
    for _ in range(2000):
        rows = rng.integers(0, len(true), len(true))
        literal.append(score(metrics.confusion(true[rows], predicted[rows], 4)))
    cells = metrics.confusion(true, predicted, 4)
    low, high = metrics.bootstrap_interval(cells, statistic, np.random.default_rng(1), resamples=20_000)
    np.testing.assert_allclose([low, high], np.quantile(literal, [0.025, 0.975]), atol=0.008)
    assert low < score(cells) < high


class TestCalibrationInterval:
    def test_holds_zero_where_confidence_is_true_by_construction(self) -> None:
        """Labels drawn with the very probabilities: the calibration error is 0, what is measured is chance."""
        rng = np.random.default_rng(5)
        probabilities = rng.dirichlet(np.ones(5) * 0.6, 1500)
        true = (probabilities.cumsum(axis=1) < rng.random((1500, 1))).sum(axis=1).clip(max=4)
        low, high = metrics.ece_interval(probabilities, true, np.random.default_rng(0))
        assert low == 0 and metrics.ece(probabilities, true) > 0 and high < 0.05

    def test_lies_around_a_true_error(self) -> None:
        """Always 0.9 sure, right in 6 of 10: the error is 0.3, its interval that of the share right."""
        true = np.where(np.arange(1000) % 10 < 6, 0, 1)
        probabilities = np.tile([0.9, 0.1], (1000, 1))
        low, high = metrics.ece_interval(probabilities, true, np.random.default_rng(0))
        half = 1.96 * np.sqrt(0.6 * 0.4 / 1000)
        np.testing.assert_allclose([low, high], [0.3 - half, 0.3 + half], atol=0.004)

    def test_refuses_no_resamples(self) -> None:
        with pytest.raises(ValueError, match="resamples must be >= 1"):
            metrics.ece_interval(np.array([[0.9, 0.1]]), np.array([0]), np.random.default_rng(0), resamples=0)


class TestSummary:
    def test_keys_and_json(self) -> None:
        true, predicted, probabilities = drawn(7)
        twins = np.arange(len(true)) % 10 == 0
        labels = [f"class {k}" for k in range(7)]
        found = metrics.summary(true, predicted, probabilities.astype(np.float32), labels, twins=twins)
        assert set(found) == {
            *("n", "labels", "accuracy", "accuracy_without_twins", "ci95", "average_accuracy", "macro_f1", "per_class"),
            *("confusion", "ece", "ci95_ece", "confidence"),
            *("ci95_macro_f1", "ci95_average_accuracy", "auc", "classes_without_support", "twins"),
        }
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        assert found["n"] == 400 and found["twins"] == 40 and found["labels"] == labels
        assert found["accuracy_without_twins"] == pytest.approx((true == predicted)[~twins].mean())
        assert found["ci95"][0] < found["accuracy"] < found["ci95"][1]

    def test_none_instead_of_nan(self) -> None:
        probabilities = np.array([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0]])
        found = metrics.summary(np.array([0, 1]), np.array([0, 0]), probabilities, ["a", "b", "c"])
        assert found["per_class"]["b"] == {"precision": None, "recall": 0, "f1": 0, "support": 1}
        assert found["per_class"]["c"] == {"precision": None, "recall": None, "f1": None, "support": 0}
        assert found["classes_without_support"] == ["c"]
        assert found["accuracy_without_twins"] is None and found["twins"] is None

    def test_only_twins_leave_nothing_to_score(self) -> None:
        found = metrics.summary(
            np.array([0]), np.array([0]), np.array([[0.9, 0.1]]), ["a", "b"], twins=np.array([True])
        )
        assert found["accuracy_without_twins"] is None and found["twins"] == 1

    def test_same_predictions_same_intervals_and_untouched_inputs(self) -> None:
        true, predicted, probabilities = drawn(9)
        before = probabilities.copy()
        labels = list("abcdefg")
        assert metrics.summary(true, predicted, probabilities, labels) == metrics.summary(
            true, predicted, probabilities, labels
        )
        np.testing.assert_array_equal(probabilities, before)


def test_imports_nobody() -> None:
    code = "import sys, fer_core.metrics; print([m for m in ('torch', 'pandas', 'sklearn') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
