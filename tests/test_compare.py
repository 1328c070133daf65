"""Comparisons against hand-made tables, SciPy's binomial test and a bootstrap that draws samples one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from fer_core import metrics
from fer_core.compare import compare
from tests.stored_runs import LABELS, shares_of, stored_run

TRUE = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
FIRST = np.array([0, 0, 1, 1, 1, 2, 2, 2, 0, 0])
SECOND = np.array([0, 1, 0, 1, 1, 1, 2, 2, 2, 1])


@pytest.mark.parametrize(
    ("only_first", "only_second", "expected"),
    [
        (0, 0, 1.0),  # nothing to tell them apart
        (3, 3, 1.0),
        (0, 5, 2 / 32),  # all five one way: 2 * (1/2)^5
        (1, 5, 2 * (1 + 6) / 64),  # 2 * (C(6,0) + C(6,1)) / 2^6
        (10, 2, 2 * (1 + 12 + 66) / 4096),
    ],
)
def test_mcnemar_by_hand(only_first, only_second, expected):
    assert metrics.mcnemar(only_first, only_second) == pytest.approx(expected, rel=1e-12)
    assert metrics.mcnemar(only_second, only_first) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("b", "c"), [(106, 91), (40, 80), (4000, 4200), (200_000, 199_000)])
def test_mcnemar_of_many_is_still_the_binomial_test(b, c):
    assert metrics.mcnemar(b, c) == pytest.approx(stats.binomtest(b, b + c).pvalue, rel=1e-6)


def test_mcnemar_refuses_what_is_no_count():
    with pytest.raises(ValueError, match="counts must be >= 0, got -1 and 2"):
        metrics.mcnemar(-1, 2)


def test_holm_by_hand():
    # Sorted: .01 * 4, .02 * 3, .03 * 2 -> held up at .06, .9
    np.testing.assert_allclose(metrics.holm(np.array([0.03, 0.01, 0.9, 0.02])), [0.06, 0.04, 0.9, 0.06])
    np.testing.assert_allclose(metrics.holm(np.array([0.6, 0.7])), [1.0, 1.0])


def slow_macro_f1(true, said):
    scores = []
    for label in range(3):
        hits = ((true == label) & (said == label)).sum()
        scores.append(2 * hits / ((true == label).sum() + (said == label).sum()))
    return np.mean(scores)


def test_paired_intervals_are_those_of_a_bootstrap_that_draws_samples():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 300)
    first = np.where(rng.random(300) < 0.7, true, rng.integers(0, 3, 300))
    second = np.where(rng.random(300) < 0.5, first, np.where(rng.random(300) < 0.9, true, 0))
    found = metrics.paired_intervals(true, first, second, 3, np.random.default_rng(1), resamples=4000)
    gaps = {"accuracy": [], "macro_f1": []}
    for _ in range(1500):
        rows = rng.integers(300, size=300)
        drawn = [(true[rows], said[rows]) for said in (first, second)]
        gaps["accuracy"].append((drawn[1][0] == drawn[1][1]).mean() - (drawn[0][0] == drawn[0][1]).mean())
        gaps["macro_f1"].append(slow_macro_f1(*drawn[1]) - slow_macro_f1(*drawn[0]))
    np.testing.assert_allclose(found["accuracy"], np.quantile(gaps["accuracy"], [0.025, 0.975]), atol=0.008)
    np.testing.assert_allclose(found["macro_f1"], np.quantile(gaps["macro_f1"], [0.025, 0.975]), atol=0.012)
    # Pairing matters: two models that answer alike differ by exactly nothing.
    same = metrics.paired_intervals(true, first, first, 3, rng)
    assert set(same.values()) == {(0.0, 0.0)}


@pytest.fixture
def runs(tmp_path):
    first = stored_run(tmp_path / "one", {"validation": (TRUE, shares_of(FIRST))}, selected_on="validation")
    # The same samples in another order, with labels in another order.
    turned, order = (2, 0, 1), np.array([4, 9, 0, 2, 1, 3, 5, 6, 8, 7])
    there = np.array([turned.index(label) for label in range(3)])
    second = stored_run(
        tmp_path / "two",
        {"validation": (there[TRUE[order]], shares_of(there[SECOND[order]], sure=0.95))},
        tuple(LABELS[one] for one in turned),
        {"validation": [f"validation/{row}" for row in order]},
    )
    (first.path / "history.csv").write_text("epoch,validation_accuracy\n1,0.5\n2,\n3,0.75\n")
    return first, second


def test_everything_about_a_pair(runs):
    found = compare(runs)
    assert (
        found["n"] == 10
        and found["subjects"] is None
        and found["left_out"] == {"one": 0, "two": 0}
        and found["labels"] == list(LABELS)
    )
    (pair,) = found["pairs"]
    counts = [pair[name] for name in ("both_right", "both_wrong", "only_first", "only_second")]
    assert counts == [5, 1, 1, 3]
    flips = pair["flips"]
    assert flips["only_first"] == {
        "n": 1,
        "shown": 1,
        "samples": [{"sample": "validation/1", "label": "anger", "first": "anger", "second": "fear"}],
    }
    assert [one["sample"] for one in flips["only_second"]["samples"]] == [f"validation/{row}" for row in (2, 5, 8)]
    assert pair["mcnemar"] == {"p": pytest.approx(10 / 16), "test": "exact binomial, two-sided", "holm_p": None}
    differences = pair["differences"]
    assert differences["accuracy"]["difference"] == pytest.approx(0.8 - 0.6)
    f1 = [f1_score(TRUE, said, average="macro") for said in (FIRST, SECOND)]
    assert differences["macro_f1"]["difference"] == pytest.approx(f1[1] - f1[0])
    low, high = differences["accuracy"]["ci95"]
    assert low < 0.2 < high
    assert pair["recall"]["neutral"] == {"first": 0.5, "second": 0.75, "difference": 0.25, "support": 4}
    # Hand-made: rows true, columns predicted, second minus first.
    assert pair["confusion_difference"] == [[0, 0, 0], [0, 1, -1], [-2, 1, 1]]
    assert pair["ece_difference"] == pytest.approx(abs(0.8 - 0.95) - abs(0.6 - 0.7), abs=1e-6)
    assert found["curves"] == {"one": {"epoch": [1, 2, 3], "validation_accuracy": [0.5, None, 0.75]}, "two": {}}
    assert found["origin"]["one"]["selected_on"] and not found["origin"]["two"]["selected_on"]
    assert compare(runs) == found and compare(runs, seed=1)["pairs"][0]["differences"] != differences


def test_three_runs_are_corrected_and_samples_that_not_all_judged_are_left_out(runs, tmp_path):
    answers = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    third = stored_run(tmp_path / "three", {"validation": (TRUE[:8], shares_of(answers))})
    found = compare([*runs, third], shown=1)
    assert found["n"] == 8 and found["left_out"] == {"one": 2, "two": 2, "three": 0}
    p = [one["mcnemar"]["p"] for one in found["pairs"]]
    assert [one["mcnemar"]["holm_p"] for one in found["pairs"]] == [min(1, p[0]), pytest.approx(2 * p[1])]
    assert p[1] == pytest.approx(2 / 64) and p[0] == 1.0
    flips = found["pairs"][1]["flips"]["only_first"]
    assert (flips["n"], flips["shown"], len(flips["samples"])) == (6, 1, 1)


def test_samples_of_few_people_are_told(fer, tmp_path):
    people = [f"p{row % 3}" for row in range(10)]
    for name, answers in (("one", FIRST), ("two", SECOND)):
        stored_run(tmp_path / name, {"validation": (TRUE, shares_of(answers))}, subjects=people)
    for command in ("compare", "ensemble"):
        ran = fer(command, tmp_path / "one", tmp_path / "two", "--json")
        assert ran.document["subjects"] == 3
        assert "The samples are of 3 people" in fer(command, tmp_path / "one", tmp_path / "two").out


def test_a_picture_that_is_listed_twice_counts_twice(tmp_path):
    names = {"validation": [f"validation/{max(row, 1)}" for row in range(10)]}
    true = np.array([TRUE[1], *TRUE[1:]])
    said = np.stack([FIRST, SECOND])
    found = compare(
        [
            stored_run(tmp_path / name, {"validation": (true, shares_of(one))}, names=names)
            for name, one in zip(("one", "two"), said, strict=True)
        ]
    )
    assert found["n"] == 10 and found["left_out"] == {"one": 0, "two": 0}
    right = said == true
    assert found["pairs"][0]["both_right"] == right.all(0).sum()
    assert found["pairs"][0]["only_second"] == (~right[0] & right[1]).sum()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fingerprint": "other"}, "judged on different data .drawn, fingerprint f; drawn, fingerprint other"),
        ({"labels": ("anger", "fear", "sadness")}, "only one knows neutral; only other knows sadness"),
        ({"names": {"validation": [f"x{row}" for row in range(10)]}}, "judged no sample of the same name"),
        (
            {"names": {"validation": ["validation/0"] * 10}},
            "one has 1 and run other has 10 predictions",
        ),
        ({"names": {"validation": [f"validation/{row}" for row in range(9, -1, -1)]}}, "is anger for run one and neut"),
    ],
)
def test_what_cannot_be_compared_gets_one_sentence(runs, tmp_path, change, sentence):
    other = stored_run(tmp_path / "other", {"validation": (TRUE, shares_of(SECOND))}, **change)
    with pytest.raises(ValueError, match=sentence):
        compare([runs[0], other])


def test_the_command(fer, runs):
    paths = [run.path for run in runs]
    ran = fer("compare", *paths, "--json")
    assert ran.code == 0 and ran.document["pairs"][0]["only_second"] == 3
    text = fer("compare", *paths).out
    assert "runs one, two · data drawn · split validation · n 10 · bootstrap seed 0" in text
    assert "McNemar (exact) p 0.6250" in text and "highest: one 0.7500 at 3" in text
    for arguments, sentence in (
        (paths[:1], "at least two runs, got 1"),
        ([paths[0], paths[0]], "run one is named twice"),
        ([*paths, "--split", "test"], "no predictions of split 'test'; there are: validation"),
        ([paths[0], "nobody"], "no run 'nobody'"),
    ):
        ran = fer("compare", *arguments, "--json")
        assert (ran.code, ran.out) == (2, "") and sentence in ran.err
