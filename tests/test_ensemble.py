"""Ensembles against subsets tried in the test, whatever the order of samples and labels."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from fer_core import ensemble as room
from fer_core.alignment import align, stored
from fer_core.ensemble import choose, ensemble
from fer_core.runs import Run
from tests.drawn import LABELS as DRAWN
from tests.drawn import class_folders
from tests.stored_runs import LABELS, shares_of, stored_run


def votes(runs, count, seed, skill=1.0):
    """(R, N, K) noisy probabilities that lean to the true label, and the labels."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, count)
    logits = rng.normal(0, 1.5, (runs, count, 3)) + skill * np.eye(3)[true] * rng.random((runs, 1, 1)) * 2
    shares = np.exp(logits)
    return shares / shares.sum(2, keepdims=True), true


@pytest.mark.parametrize("seed", range(4))
def test_the_chosen_subset_is_the_best_of_all_of_them(seed):
    shares, true = votes(5, 60, seed)
    best = None
    for use in product([0, 1], repeat=5):  # the authors' code lists the subsets so
        if any(use):
            said = sum(one * shares[place] for place, one in enumerate(use)).argmax(1)
            rank = (-(said == true).sum(), sum(use), [place for place, one in enumerate(use) if one])
            best = rank if best is None else min(best, rank)
    found = choose(shares, true)
    assert (found.members, found.accuracy) == (tuple(best[2]), -best[0] / 60)
    assert (found.tried, found.search) == (31, "exhaustive")


def test_of_equally_good_subsets_the_smallest_and_first_wins():
    true = np.array([0, 1, 2])
    right, wrong = shares_of(true), shares_of((true + 1) % 3)
    assert choose(np.stack([wrong, right, right]), true).members == (1,)


def test_many_networks_are_added_one_after_the_other(monkeypatch):
    shares, true = votes(6, 80, 0, skill=0.6)
    monkeypatch.setattr(room, "MOST_EXHAUSTIVE", 5)
    found = choose(shares, true)
    members, most, tried = [], -1, 0
    while len(members) < 6:
        counts = {}
        for one in range(6):
            if one not in members:
                tried += 1
                counts[one] = ((shares[[*members, one]].sum(0)).argmax(1) == true).sum()
        if max(counts.values()) <= most:
            break
        most = max(counts.values())
        members.append(min(one for one, count in counts.items() if count == most))
    assert found == room.Choice(tuple(sorted(members)), most / 80, tried, "greedy")
    assert 1 < len(members) < 6


@pytest.fixture
def runs(tmp_path):
    """Three runs; the second has its labels and its samples in another order and misses two samples of the test."""
    (chosen, true), (fresh, answers) = votes(3, 40, 1), votes(3, 50, 2)
    first, third = (
        stored_run(
            tmp_path / name,
            {"validation": (true, chosen[one]), "test": (answers, fresh[one])},
            selected_on="validation",
        )
        for one, name in ((0, "one"), (2, "three"))
    )
    turned = (2, 0, 1)
    place = np.array([turned.index(label) for label in range(3)])
    some = np.random.default_rng(9).permutation(50)[:48]
    second = stored_run(
        tmp_path / "two",
        {
            "validation": (place[true[::-1]], chosen[1][::-1][:, turned]),
            "test": (place[answers[some]], fresh[1][some][:, turned]),
        },
        tuple(LABELS[one] for one in turned),
        {"validation": [f"validation/{row}" for row in range(39, -1, -1)], "test": [f"test/{row}" for row in some]},
    )
    return [first, second, third], (chosen, true), (fresh, answers), np.sort(some)


def test_samples_and_labels_are_aligned_by_name(runs):
    found, (chosen, true), (fresh, answers), some = runs
    aligned = align(stored(found, "validation"))
    np.testing.assert_allclose(aligned.probabilities, chosen, atol=1e-6)
    np.testing.assert_array_equal(aligned.true, true)
    judged = ensemble(stored(found, "test"))
    said = fresh[:, some].sum(0).argmax(1)
    assert judged["n"] == 48 and judged["left_out"] == {"one": 2, "two": 0, "three": 2}
    assert judged["ensemble"]["accuracy"] == pytest.approx((said == answers[some]).mean())
    assert judged["chosen"] == ["one", "two", "three"] and judged["choice"] is None and not judged["selected_on"]
    for place, name in enumerate(judged["runs"]):
        own = (fresh[place, some].argmax(1) == answers[some]).mean()
        assert judged["members"][name]["accuracy"] == pytest.approx(own) and judged["members"][name]["chosen"]


def test_a_split_that_chose_is_called_flattering(runs):
    found, (chosen, true), (fresh, answers), some = runs
    best = choose(chosen, true)
    assert 0 < len(best.members) < 3
    elsewhere = ensemble(stored(found, "test"), stored(found, "validation"))
    assert elsewhere["choice"] == {
        "split": "validation",
        "n": 40,
        "accuracy": best.accuracy,
        "subsets_tried": 7,
        "search": "exhaustive",
    }
    assert elsewhere["chosen"] == [found[place].name for place in best.members]
    said = fresh[list(best.members)][:, some].sum(0).argmax(1)
    assert elsewhere["ensemble"]["accuracy"] == pytest.approx((said == answers[some]).mean())
    assert not elsewhere["selected_on"] and elsewhere["overlap"] == 0
    itself = ensemble(stored(found, "validation"), stored(found, "validation"))
    assert itself["selected_on"] and itself["overlap"] == 40 and itself["ensemble"]["accuracy"] == best.accuracy


def test_the_command(fer, runs):
    paths = [run.path for run in runs[0]]
    ran = fer("ensemble", *paths, "--choose", "validation", "--json")
    assert ran.code == 0 and ran.document["split"] == "test" and ran.document["choice"]["subsets_tried"] == 7
    text = fer("ensemble", *paths, "--choose", "validation", "--split", "validation").out
    assert "all 7 subsets tried" in text and "40 of these 40 samples chose the runs" in text and "left out" in text
    for arguments, sentence in (
        (paths[:1], "at least two runs, got 1"),
        ([*paths, "--views", 10], "--views, --faces and --device go with --data"),
        ([*paths, "--device", "cpu"], "--views, --faces and --device go with --data"),
        ([*paths, "--choose", "train"], "no predictions of split 'train'"),
        ([*paths, "--split", "train"], "no predictions of split 'train'"),
        ([*paths, "--data", "/nowhere"], "no data at /nowhere"),
        ([paths[0], paths[0], "--data", "/nowhere"], "run one is named twice"),
    ):
        ran = fer("ensemble", *arguments, "--json")
        assert (ran.code, ran.out) == (2, "") and sentence in ran.err


def test_new_data_is_judged_by_evaluating_each_run(fer, tmp_path):
    import yaml

    from fer_core.data import open_data
    from fer_core.evaluation import evaluate
    from fer_core.tables import probabilities_of

    recipe = {
        "name": "small",
        "data": {"labels": list(DRAWN)},
        "preprocessing": {"size": 16, "grey": True},
        "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
        "optimisation": {"epochs": 1, "batch_size": 16},
    }
    data = class_folders(tmp_path / "data", {"train": 8, "validation": 4, "test": 5})
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(recipe))
    for seed in (0, 1):
        assert (
            fer(
                "train",
                tmp_path / "small.yaml",
                "--data",
                data,
                "--set",
                f"seed={seed}",
                "--out",
                tmp_path / f"run{seed}",
            ).code
            == 0
        )
    paths = [tmp_path / "run0", tmp_path / "run1"]
    ran = fer("ensemble", *paths, "--data", data, "--views", 10, "--choose", "validation", "--json")
    assert ran.code == 0, ran.err
    tables = [evaluate(Run(path), open_data(str(data)), "test", views=10).predictions for path in paths]
    places = [("run0", "run1").index(name) for name in ran.document["chosen"]]
    said = sum(probabilities_of(tables[place], DRAWN) for place in places).argmax(1)
    right = np.array(DRAWN)[said] == tables[0]["label"].to_numpy()
    assert ran.document["ensemble"]["accuracy"] == right.mean() and ran.document["n"] == 15
    assert ran.document["origin"]["run1"]["views"] == 10 and ran.document["origin"]["run1"]["seed"] == 1
    again = fer("ensemble", *paths, "--data", data, "--split", "all", "--choose", "validation", "--json").document
    assert again["overlap"] == 12 and again["selected_on"]
