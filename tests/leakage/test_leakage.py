"""What stands beside an identification: rank, pairs, probes, and the command, on tables with known answers."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from fer_core.features import FeatureTable, write_features
from fer_core.leakage import effective_rank, error_rates, leakage_of, verification
from fer_core.leakage.verification import RATES, Scores

KEYS = {
    "space", "dimension", "effective_rank", "state", "subjects", "subjects_left_out", "trials", "accuracy", "std",
    "ci95", "chance", "verification", "cmc", "seen", "unseen",
}  # fmt: skip
"""What ARCHITECTURE promises."""


def people(count: int = 10, each: int = 3, states: tuple[str, ...] = ("Awake", "Drowsy")) -> pd.DataFrame:
    rows = [
        {"sample": f"{p}-{s}-{state}-{e}", "subject": f"p{p}", "session": f"s{s}", "label": state, "split": "test"}
        for p in range(count)
        for s in range(2)
        for state in states
        for e in range(each)
    ]
    return pd.DataFrame(rows).astype(object)


def coded(samples: pd.DataFrame, column: str) -> np.ndarray:
    return np.eye(samples[column].nunique(), dtype=np.float32)[pd.factorize(samples[column])[0]]


def planted(seed: int = 0) -> FeatureTable:
    """Who in one space, how in the other; a little noise in both."""
    samples = people()
    rng = np.random.default_rng(seed)

    def noisy(vectors):
        return (vectors + rng.normal(0, 0.05, vectors.shape)).astype(np.float32)

    return FeatureTable(samples, {"who": noisy(coded(samples, "subject")), "how": noisy(coded(samples, "label"))})


def test_the_effective_rank_is_the_participation_ratio_of_the_spectrum():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(500, 12)) * np.linspace(0.1, 3, 12) + 40
    values = np.linalg.eigvalsh(np.cov(vectors.T))
    assert effective_rank(vectors) == pytest.approx(values.sum() ** 2 / (values**2).sum())
    corners = np.concatenate([np.eye(6), -np.eye(6)])
    assert effective_rank(corners) == pytest.approx(6)  # alike in all directions
    assert effective_rank(np.outer(np.arange(9.0), np.ones(5))) == pytest.approx(1)
    assert effective_rank(np.full((7, 5), 0.1, dtype=np.float32)) == 0
    with pytest.raises(ValueError, match="n > 0"):
        effective_rank(np.empty((0, 3)))


def test_error_rates_equal_counting_couples():
    rng = np.random.default_rng(0)
    genuine, impostors = rng.integers(0, 12, 60) + 3.0, rng.integers(0, 12, 80) * 1.0
    couples = [1.0 if g > i else 0.5 if g == i else 0.0 for g in genuine for i in impostors]
    area, equal = error_rates(genuine, impostors)
    assert area == pytest.approx(np.mean(couples))
    rates = [((genuine < t).mean(), (impostors >= t).mean()) for t in np.arange(-1, 17)]
    assert min(max(one) for one in rates) >= equal >= max(min(one) for one in rates)
    assert error_rates(np.array([3.0, 4]), np.array([1.0, 2])) == (1, 0)
    assert error_rates(np.array([1.0, 2]), np.array([3.0, 4])) == (0, 1)
    assert error_rates(np.ones(4), np.ones(9)) == pytest.approx((0.5, 0.5))  # nothing to tell them apart


def test_pairs_are_the_direct_computations():
    """Against all pairs, each person counted alike, on a table with few enough of them."""
    table = planted()
    samples, vectors = table.samples, np.random.default_rng(3).normal(size=(120, 4)) + 2 * table.space("who")[:, :4]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    who, when, how = (samples[name].to_numpy() for name in ("subject", "session", "label"))
    same, other = who[:, None] == who, when[:, None] != when
    alike = how[:, None] == how
    found = verification(vectors, who, when, how, np.flatnonzero(how == "Awake"), np.random.default_rng(0))
    awake = np.outer(how == "Awake", how == "Awake")
    area, equal = error_rates(cosine[same & other & awake], cosine[~same & awake])
    assert found["auc"] == pytest.approx(area, abs=0.01) and found["eer"] == pytest.approx(equal, abs=0.01)
    area, equal = error_rates(cosine[same & other & ~alike], cosine[~same & alike])
    assert found["hard"]["auc"] == pytest.approx(area, abs=0.01)
    assert found["hard"]["eer"] == pytest.approx(equal, abs=0.01)
    assert found["pairs"] + found["hard"]["pairs"] <= 1_000_000


def test_the_roc_passes_through_what_counting_gives():
    rng = np.random.default_rng(1)
    genuine, impostors = rng.normal(1, 1, 300), rng.normal(0, 1, 400)
    of, both = rng.integers(0, 12, 300), np.stack([rng.integers(0, 6, 400), rng.integers(6, 12, 400)])
    scores = Scores(genuine, impostors, of, both)
    curve = scores.roc()
    for rate, share in zip(RATES, curve, strict=True):
        reached = [(genuine >= t).mean() for t in [*impostors, *genuine] if (impostors >= t).mean() <= rate]
        assert share >= max(reached, default=0) - 1e-9  # straight lines between steps, never below one
    assert np.trapezoid(curve, RATES) == pytest.approx(error_rates(genuine, impostors)[0], abs=0.01)
    assert (np.diff(curve) >= 0).all() and curve[-1] == 1
    assert Scores(np.ones(4), np.ones(9), of[:4], both[:, :9]).roc() == pytest.approx(RATES)  # nothing tells apart
    parted = Scores(np.ones(4), np.zeros(9), of[:4], both[:, :9])
    assert (parted.roc() == 1).all() and parted.interval(rng) == (1, 1)


def test_the_interval_of_the_area_is_that_of_other_people():
    """All resamples written as lists of pairs, weights as repetitions."""
    rng = np.random.default_rng(4)
    of, both = np.repeat(np.arange(5), 8), np.array([(a, b) for a in range(5) for b in range(5) if a != b] * 3).T
    genuine, impostors = rng.normal(0.8, 1, 40) + of * 0.3, rng.normal(0, 1, 60)
    drawn, areas = np.random.default_rng(9), []
    for _ in range(30):
        times = np.bincount(drawn.integers(5, size=5), minlength=5)
        some = np.repeat(genuine, times[of]), np.repeat(impostors, times[both[0]] * times[both[1]])
        if len(some[1]):
            areas.append(error_rates(*some)[0])
    expected = np.quantile(areas, (0.025, 0.975))
    found = Scores(genuine, impostors, of, both).interval(np.random.default_rng(9), 30)
    assert found == pytest.approx(tuple(expected))


def test_people_whom_the_run_has_met_are_looked_for_apart():
    samples = people()
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(120, 10)).astype(np.float32)
    met = ["p0", "p1", "p2"]
    known = samples["subject"].isin(met).to_numpy()
    vectors[known] += 9 * np.eye(10, dtype=np.float32)[pd.factorize(samples["subject"][known])[0]]
    found = leakage_of(FeatureTable(samples, {"v": vectors}, made={"met": met}), "v", trials=40)
    alone = leakage_of(FeatureTable(samples[~known].reset_index(drop=True), {"v": vectors[~known]}), "v", trials=40)
    assert (found["seen"]["accuracy"], found["seen"]["subjects"], found["seen"]["n"]) == (1, 3, 18)
    assert found["seen"]["chance"] == pytest.approx(1 / 3)
    for key in ("accuracy", "std", "ci95", "chance", "subjects", "n"):
        assert found["unseen"][key] == alone[key]
    assert alone["seen"] is None and alone["unseen"] is None  # a table that does not say
    nobody = leakage_of(FeatureTable(samples, {"v": vectors}, made={"met": []}), "v", trials=40)
    assert nobody["seen"] is None and nobody["unseen"]["accuracy"] == nobody["accuracy"]
    one = leakage_of(FeatureTable(samples, {"v": vectors}, made={"met": ["p4"]}), "v", trials=2)
    assert one["seen"] is None and one["unseen"]["subjects"] == 9  # one person cannot be taken for another


def test_a_table_is_measured_as_promised():
    table = planted()
    who = leakage_of(table, "who", trials=30, probe=True)
    how = leakage_of(table, "how", trials=30, probe=True)
    assert set(who) >= KEYS | {"probe"} and "probe" not in leakage_of(table, "who", trials=1)
    assert (who["state"], who["n"], who["of"], who["subjects"], who["dimension"]) == ("Awake", 60, 120, 10, 10)
    assert who["accuracy"] == 1 and who["verification"]["auc"] == pytest.approx(1)
    assert how["accuracy"] < 0.4 and how["verification"]["auc"] == pytest.approx(0.5, abs=0.1)
    assert who["verification"]["hard"]["auc"] == pytest.approx(1)
    assert how["verification"]["hard"]["auc"] == pytest.approx(0)  # the same state is nearer than the same person
    assert who["effective_rank"] == pytest.approx(9, abs=0.5)  # ten corners that sum to 1
    for learner in ("knn", "linear"):
        identity, state = who["probe"]["identity"], how["probe"]["state"]
        assert identity[learner]["random_folds"]["accuracy"] == identity[learner]["sessions_out"]["accuracy"] == 1
        for scheme in ("random_folds", "sessions_out", "persons_out"):
            assert state[learner][scheme]["macro_f1"] == 1
        assert how["probe"]["identity"][learner]["sessions_out"]["accuracy"] < 0.4
        assert who["probe"]["state"][learner]["persons_out"]["accuracy"] < 0.75
    assert (identity["chance"], state["chance"], who["probe"]["people"]) == (0.1, 0.5, 10)


def test_the_seed_decides_all_that_is_drawn():
    table = planted()
    first, again, other = (leakage_of(table, "how", trials=5, seed=seed) for seed in (1, 1, 2))
    assert first == again and first["cmc"] != other["cmc"] and first["verification"] != other["verification"]


def test_the_state_is_awake_else_neutral_else_all():
    samples, vectors = people(states=("Awake", "neutral", "fear")), np.eye(180, 7, dtype=np.float32) + 1

    def state(named=None, **labels):
        renamed = samples.assign(label=samples["label"].replace(labels))
        return leakage_of(FeatureTable(renamed, {"v": vectors}), "v", named, trials=1)["state"]

    assert state() == "Awake" and state("afraid") == "fear" and state("ALL") == "all"
    assert state(Awake="fear") == "neutral" and state(Awake="fear", neutral="fear") == "all"
    with pytest.raises(ValueError, match="no samples of state 'Drowsy'; there are: Awake, neutral, fear, all"):
        state("Drowsy")
    bare = FeatureTable(samples[["subject"]], {"v": vectors})
    found = leakage_of(bare, "v", trials=1)
    assert found["state"] == "all" and found["verification"]["hard"] is None and found["sessions"] is False
    with pytest.raises(ValueError, match="the table has no column 'subject'; it has: label"):
        leakage_of(FeatureTable(samples[["label"]], {"v": vectors}), "v")


def test_rows_of_zeros_warn(caplog):
    table = planted()
    vectors = table.space("who").copy()
    vectors[:5] = 0
    with caplog.at_level(logging.WARNING):
        found = leakage_of(FeatureTable(table.samples, {"who": vectors}), "who", trials=3)
    assert found["zero_rows"] == 5 and "5 of 120 rows of who are all zero" in caplog.text
    nothing = leakage_of(FeatureTable(table.samples, {"who": vectors * 0}), "who", trials=3)
    assert (nothing["accuracy"], nothing["effective_rank"], nothing["verification"]["auc"]) == (0, 0, 0.5)


def test_probes_keep_people_who_show_every_state():
    """A person with one state only would tell the state by who it is."""
    samples = people(8)
    kept = ~((samples["subject"].isin(["p6", "p7"])) & (samples["label"] == "Drowsy"))
    table = FeatureTable(samples[kept].reset_index(drop=True), {"v": coded(samples, "subject")[kept.to_numpy()]})
    found = leakage_of(table, "v", trials=1, probe=True)["probe"]
    assert (found["people"], found["left_out"], found["rows"], found["state"]["chance"]) == (6, 2, 72, 0.5)


def test_the_command_reads_tables_and_answers(fer, tmp_path):
    write_features(tmp_path / "made.parquet", planted())
    apart = FeatureTable(planted().samples, planted().spaces, made={"met": ["p0", "p1"]})
    write_features(tmp_path / "met.parquet", apart)
    said = fer("leakage", tmp_path / "met.parquet", "--space", "who", "--trials", 3)
    assert "has learned, 2 people among themselves: 1.000" in said.out and "not learned, 8 people" in said.out
    ran = fer("leakage", tmp_path / "made.parquet", "--space", "who", "--trials", 7, "--json")
    assert ran.code == 0 and set(ran.document) >= KEYS and ran.document["accuracy"] == 1, ran.err
    shown = fer("leakage", tmp_path / "made.parquet", "--space", "how", "--probe")
    assert shown.code == 0 and "persons out" in shown.out and "effective rank" in shown.out, shown.err
    for words, sentence in [
        (("--space", "v_id"), "has no space 'v_id'; it has: how, who"),
        (("--space", "who", "--state", "fear"), "no samples of state 'fear'"),
        (("--space", "who", "--split", "train"), "has no rows of split 'train'"),
        (("--space", "who", "--trials", 0), "trials must be 1 or more"),
        (("--space", "who", "--columns", "person=x"), "columns must read like"),
    ]:
        ran = fer("leakage", tmp_path / "made.parquet", *words)
        assert ran.code == 2 and sentence in ran.err and "Traceback" not in ran.err
    assert fer("leakage", "nobody", "--space", "who").code == 2


@pytest.mark.slow
def test_real_features_flatter_as_the_reference_says(fer, shared_data):
    """UTA-RLDD, 17 people with all three states: .582 in random folds, .413 without the person, named .442."""
    words = ("--space", "EAR,MAR,Circularity,MOE", "--columns", "subject=Participant,label=Y", "--probe", "--json")
    found = fer("leakage", shared_data / "utarldd_features.zip", *words).document["probe"]
    assert (found["people"], found["rows"]) == (17, 12_240)
    assert found["state"]["knn"]["random_folds"]["accuracy"] == pytest.approx(0.582, abs=0.001)
    assert found["state"]["knn"]["persons_out"]["accuracy"] == pytest.approx(0.413, abs=0.001)
    assert found["identity"]["knn"]["random_folds"]["accuracy"] == pytest.approx(0.442, abs=0.001)
