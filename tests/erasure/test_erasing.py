"""Identity erased from a table: whom it is fitted on, what is said of it, what is written; and the command."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from fer_core.erasure import erase, fit_eraser, write_erased
from fer_core.erasure.plan import dealt, kept_column
from fer_core.features import FeatureTable, read_features, write_features
from fer_core.leakage import leakage_of
from tests.stored_runs import shares_of, stored_run

KEYS = {"space", "fit_subjects", "applied_subjects", "before", "after"}
"""What ARCHITECTURE promises."""
FIGURES = {"accuracy", "std", "ci95", "chance", "subjects", "state", "n", "macro_f1", "variance", "dimension"}


def people(count: int = 9, each: int = 2) -> pd.DataFrame:
    rows = [
        {
            "sample": f"{p}-{s}-{state}-{e}",
            "label": state,
            "subject": f"p{p}",
            "session": f"s{s}",
            "split": "train" if p < 6 else "test",
        }
        for p in range(count)
        for s in range(2)
        for state in ("Awake", "Drowsy")
        for e in range(each)
    ]
    return pd.DataFrame(rows).astype(object)


def planted(width: int, seed: int = 0) -> FeatureTable:
    """Who in `width` coordinates, how in two others, and noise in two."""
    samples, rng = people(), np.random.default_rng(seed)
    who = pd.factorize(samples["subject"])[0]
    how = np.eye(2)[pd.factorize(samples["label"])[0]]
    identity = 4 * rng.normal(size=(9, width))[who] + rng.normal(0, 0.3, (len(who), width))
    blocks = [identity, how + rng.normal(0, 0.1, how.shape), rng.normal(size=(len(who), 2))]
    vectors = {"v": np.hstack(blocks).astype(np.float32), "w": rng.normal(size=(len(who), 3)).astype(np.float32)}
    return FeatureTable(samples, vectors, "drawn", {"run": "r", "data": "drawn", "split": "all", "synthetic": True})


def arrays(table: FeatureTable) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return table.space("v"), table.column("subject").to_numpy(), table.column("label").to_numpy()


@pytest.fixture(scope="module")
def narrow() -> FeatureTable:
    """Identity lies in three directions: six people show all of them."""
    return planted(3)


@pytest.fixture(scope="module")
def folded(narrow):
    return erase(narrow, "v", folds=3, rank=3, ranks=(2, 0, 3), trials=20)


def test_directions_shared_by_everybody_are_erased_from_people_not_fitted_on(folded):
    _, said = folded
    assert set(said) >= KEYS and set(said["after"]) >= FIGURES and set(said["before"]) == set(said["after"])
    assert said["before"]["accuracy"] > 0.85 and said["after"]["accuracy"] < 0.3
    assert said["control"]["accuracy"] > 2 * said["after"]["accuracy"] and said["control"]["variance"] < 1
    assert said["before"]["variance"] == 1 and said["after"]["variance"] < 0.4
    assert said["before"]["macro_f1"] == said["after"]["macro_f1"] == 1
    assert (said["people"], said["keep"], said["fit"], said["rank"]) == ("unseen", "label", "folds=3", 3)
    assert len(said["fit_subjects"]) == len(said["applied_subjects"]) == 9
    assert [one["fit_subjects"] for one in said["parts"]] == [6] * 3 and said["synthetic"] is True
    seen, within = said["seen"], said["within_folds"]
    assert seen["before"]["identity_probe"]["accuracy"] > 0.9 and seen["after"]["identity_probe"]["accuracy"] < 0.2
    assert within["before"]["accuracy"] > within["after"]["accuracy"] and within["chance"] == pytest.approx(1 / 3)
    json.dumps(said, allow_nan=False)


def test_the_curve_begins_with_nothing_taken_away(folded):
    _, said = folded
    curve = said["ranks"]
    assert [one["rank"] for one in curve] == [0, 2, 3]
    assert curve[0]["accuracy"] == said["before"]["accuracy"] and curve[0]["variance"] == 1
    assert curve[2]["accuracy"] < curve[1]["accuracy"] < curve[0]["accuracy"]
    assert curve[2]["variance"] < curve[1]["variance"] and curve[2]["seen"]["accuracy"] < curve[0]["seen"]["accuracy"]
    assert {"accuracy", "ci95", "macro_f1", "variance"} <= set(curve[1])


def test_people_of_whom_nothing_was_learned_stay_recognisable_where_identity_is_wide():
    """Thirty directions and six people to fit on: most of what tells the three others apart is left."""
    table = planted(30)
    erased, said = erase(table, "v", split="train", trials=20)
    assert (said["fit"], said["fit_n"], said["people"], said["rank"]) == ("split=train", 48, "unseen", 5)
    assert said["fit_subjects"] == [f"p{p}" for p in range(6)] and len(said["applied_subjects"]) == 9
    assert said["after"]["subjects"] == 3 and said["after"]["accuracy"] > 0.8 and said["within_folds"] is None
    assert said["seen"]["after"]["accuracy"] < 0.4 < 0.9 < said["seen"]["before"]["accuracy"]
    fitted = (table.column("split") == "train").to_numpy()
    vectors, who, how = arrays(table)
    np.testing.assert_array_equal(erased, fit_eraser(vectors[fitted], who[fitted], how[fitted]).apply(vectors))
    others = FeatureTable(table.samples[~fitted].reset_index(drop=True), {"v": erased[~fitted]})
    again = leakage_of(others, "v", trials=20)
    assert all(again[key] == said["after"][key] for key in ("accuracy", "ci95", "verification", "effective_rank"))


def test_each_fold_is_changed_by_what_was_fitted_on_the_others(narrow):
    vectors, who, how = arrays(narrow)
    parts = dealt(narrow, vectors, "label", None, 3, 0)
    assert sorted(np.concatenate(parts.rows)) == list(range(72)) and not parts.seen.any()
    changed = parts.apply(vectors)
    for rows in parts.rows:
        assert len(set(who[rows])) == 3
        rest = np.setdiff1d(np.arange(72), rows)
        alone = fit_eraser(vectors[rest], who[rest], how[rest]).apply(vectors[rows])
        # The same but for the common point that stays in its place.
        assert (changed[rows] - alone).std(axis=0).max() < 1e-5
    assert (dealt(narrow, vectors, "label", None, 3, 0).apply(vectors) == changed).all()
    assert not np.allclose(dealt(narrow, vectors, "label", None, 3, 1).apply(vectors), changed)
    control = parts.control(vectors, 2, 0)
    assert (parts.control(vectors, 2, 0) == control).all() and not np.allclose(parts.control(vectors, 2, 1), control)


def test_rows_of_nobody_and_of_no_state_are_changed_but_not_fitted(narrow):
    vectors, who, how = arrays(narrow)
    some = narrow.samples.copy()
    some.loc[:7, "subject"] = None  # all of p0
    some.loc[24:31, "label"] = None  # all of p3
    parts = dealt(FeatureTable(some, narrow.spaces), vectors, "label", None, 4, 0)
    assert parts.fitted.sum() == 72 - 16 and sorted(np.concatenate(parts.rows)) == list(range(72))
    assert sorted(parts.rows[-1]) == [*range(8), *range(24, 32)]
    known = np.setdiff1d(np.arange(72), parts.rows[-1])
    expected = fit_eraser(vectors[known], who[known], how[known]).apply(vectors[:8])
    np.testing.assert_allclose(parts.apply(vectors)[:8], expected, atol=1e-5)


def test_without_labels_or_sessions_it_still_works(narrow):
    _, said = erase(FeatureTable(narrow.samples[["subject"]], {"v": narrow.space("v")}), "v", trials=2)
    assert (said["keep"], said["fit"], said["before"]["macro_f1"]) == ("none", "folds=5", None)
    assert said["after"]["accuracy"] < said["before"]["accuracy"]
    everybody = FeatureTable(narrow.samples.assign(split="train"), {"v": narrow.space("v")})
    _, said = erase(everybody, "v", split="train", trials=2)
    assert said["people"] == "seen" and said["after"]["accuracy"] == said["seen"]["after"]["accuracy"]
    assert [kept_column(narrow, one) for one in (None, "none", "session")] == ["label", None, "session"]


def test_mistakes_are_sentences(narrow):
    def cut(count):
        return narrow.take(np.flatnonzero(narrow.samples["subject"].isin([f"p{p}" for p in range(count)])))

    for table, words, sentence in [
        (narrow, {"split": "train", "folds": 3}, "fit on a split, or on folds, not on both"),
        (narrow, {"split": "trian"}, "no rows of split 'trian'"),
        (narrow, {"folds": 1}, "folds must be 2 or more, got 1"),
        (narrow, {"folds": 10}, "9 people cannot be dealt into 10 folds"),
        (narrow, {"rank": 7}, "6 directions tell the fitted people apart, so a rank must be 0 to 6, got 7"),
        (narrow, {"ranks": (1, -1)}, "got -1"),
        (narrow, {"keep": "mood"}, "no column 'mood'"),
        (narrow, {"keep": "subject"}, "the subject cannot be kept and erased"),
        (narrow, {"state": "fear"}, "no samples of state 'fear'"),
        (narrow, {"trials": 0}, "trials must be 1 or more"),
        (narrow, {"seed": -1}, "seed must be 0 or more"),
        (cut(2), {}, "2 people cannot be dealt into 2 folds"),
        (cut(1), {}, "needs two people"),
        (FeatureTable(narrow.samples.drop(columns="subject"), narrow.spaces), {}, "no column 'subject'"),
        (FeatureTable(narrow.samples.assign(label="Awake"), narrow.spaces), {"keep": "label"}, "no two values to keep"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            erase(table, "v", **words)
    assert dealt(cut(3), cut(3).space("v"), None, None, None, 0).folds == 3
    equal = FeatureTable(narrow.samples, {"v": np.ones((72, 4), dtype=np.float32)})
    erased, said = erase(equal, "v", trials=2)
    assert (erased == 1).all() and said["rank"] == 0 and said["after"]["variance"] is None


def test_the_command_adds_a_column_and_leaves_the_rest(fer, narrow, folded, tmp_path):
    made = tmp_path / "made.parquet"
    write_features(made, narrow)
    out = tmp_path / "o.parquet"
    ran = fer("erase", made, "--space", "v", "--folds", 3, "--rank", 3, "--trials", 20, "--out", out, "--json")
    assert ran.code == 0 and set(ran.document) >= KEYS and ran.document["stored"] is False, ran.err
    assert parquet.read_table(out).drop_columns(["v_erased"]).equals(parquet.read_table(made))
    found, (expected, said) = read_features(out), folded
    np.testing.assert_array_equal(found.space("v_erased"), expected)
    assert found.made["erasure"]["v_erased"]["fit"] == "folds=3" and found.made["run"] == "r"
    told = fer("leakage", out, "--space", "v_erased", "--trials", 20, "--json").document
    assert told["accuracy"] == ran.document["after"]["accuracy"] == said["after"]["accuracy"]
    words = ("--fit", "split=train", "--ranks", "1,3", "--trials", 5, "--out", out)
    shown = fer("erase", out, "--space", "v", *words)
    assert shown.code == 0 and "of people it was not fitted on" in shown.out and "directions  found" in shown.out, (
        shown.err
    )
    assert parquet.read_table(out).schema.names.count("v_erased") == 1
    for words, sentence in [
        ((), "name a file with --out"),
        (("--out", tmp_path / "o.csv"), "must end in .parquet"),
        (("--out", tmp_path / "no" / "o.parquet"), "there is no folder"),
        (("--store",), "is a file, --store keeps the column with a run"),
        (("--out", tmp_path / "x.parquet", "--split", "train"), "--split names a table of a run"),
        (("--out", tmp_path / "x.parquet", "--fit", "train"), "--fit must read split=NAME"),
        (("--out", tmp_path / "x.parquet", "--ranks", "1,two"), "--ranks must be whole numbers"),
    ]:
        ran = fer("erase", made, "--space", "v", *words)
        assert ran.code == 2 and sentence in ran.err and "Traceback" not in ran.err
    assert not (tmp_path / "x.parquet").exists()


def test_the_command_takes_tables_of_others(fer, narrow, tmp_path):
    columns = {f"v_{place}": narrow.space("v")[:, place] for place in range(7)}
    other = pd.DataFrame(
        {"Participant": narrow.samples["subject"].str[1:].astype(int), "Y": narrow.samples["label"], **columns}
    )
    other.to_csv(tmp_path / "other.csv", index=False)
    named = ("--columns", "subject=Participant,label=Y", "--trials", 3, "--json")
    ran = fer("erase", tmp_path / "other.csv", "--space", "v", *named, "--out", tmp_path / "a.parquet")
    assert ran.code == 0 and ran.document["applied_subjects"][0] == "0", ran.err
    found = read_features(tmp_path / "a.parquet")
    assert set(found.spaces) == {"v", "v_erased"} and {"Participant", "subject", "label"} <= set(found.samples)
    other.to_parquet(tmp_path / "other.parquet")
    wanted, names = {"subject": "Participant", "label": "Y"}, "v_0,v_1,v_2"
    table = read_features(tmp_path / "other.parquet", [names], wanted)
    about = {"space": names, "erased": names + "_erased", "fit": "folds=3", "keep": "label", "rank": 1, "seed": 0}
    write_erased(tmp_path / "other.parquet", tmp_path / "b.parquet", table, table.space(names) + 1, about, wanted)
    found = read_features(tmp_path / "b.parquet")
    assert (found.space(names + "_erased")[:, 1] == columns["v_1"] + 1).all() and found.column("subject")[0] == "0"
    with pytest.raises(ValueError, match="other.parquet has 72 rows, 71 vectors were given"):
        write_erased(tmp_path / "other.parquet", tmp_path / "c.parquet", table, table.space(names)[1:], about)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "b.parquet", "other.csv", "other.parquet"]


def test_a_run_keeps_the_column_and_the_figures(fer, narrow, tmp_path):
    run = stored_run(tmp_path / "mine", {"test": (np.array([0, 1]), shares_of(np.array([0, 1])))})
    (run.path / "features").mkdir()
    write_features(run.path / "features" / "all.parquet", narrow)
    ran = fer("erase", run.path, "--space", "v", "--trials", 5, "--store", "--json")
    assert ran.code == 0 and ran.document["out"] == str(run.path / "erasure-v.json"), ran.err
    kept = json.loads((run.path / "erasure-v.json").read_text())
    assert kept["after"] == ran.document["after"] and kept["space"] == "v"
    assert set(run.features().spaces) == {"v", "w", "v_erased"}
    shown = fer("erase", "drowsiness", "--space", "v_face", "--store")
    assert shown.code == 2 and "comes with the software and is not changed" in shown.err


@pytest.mark.slow
def test_the_shipped_run_says_what_the_readme_says(fer, tmp_path):
    """25 synthetic strangers: nothing linear is left of people fitted on, of others nearly all; the state stays."""
    said = fer("erase", "drowsiness", "--space", "v_state", "--out", tmp_path / "o.parquet", "--json").document
    assert said["before"]["accuracy"] == pytest.approx(0.335, abs=0.001)
    assert said["after"]["accuracy"] == pytest.approx(0.29, abs=0.03)
    assert said["seen"]["after"]["accuracy"] < 0.04 and said["seen"]["after"]["identity_probe"]["accuracy"] < 0.04
    assert said["after"]["macro_f1"] > said["before"]["macro_f1"]


@pytest.mark.slow
def test_real_features_of_few_numbers_keep_the_state(fer, shared_data, tmp_path):
    """UTA-RLDD, four numbers of 22 people: two directions go, the two that tell the three states stay."""
    words = ("--space", "EAR,MAR,Circularity,MOE", "--columns", "subject=Participant,label=Y", "--json")
    said = fer("erase", shared_data / "utarldd_features.zip", *words, "--out", tmp_path / "o.parquet").document
    assert (said["rank"], said["before"]["subjects"]) == (2, 22)
    assert said["after"]["accuracy"] < said["before"]["accuracy"]
    assert said["after"]["macro_f1"] == pytest.approx(said["before"]["macro_f1"], abs=0.02)
