"""Finding people again: known answers, and the published procedure written slowly."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from fer_core.features import FeatureTable
from fer_core.leakage import identification, leakage_of, matches
from fer_core.leakage.draws import people_of


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def grid(people: int, sessions: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Names of people and sessions, a row per sample."""
    rows = [(f"p{p}", f"s{s}") for p in range(people) for s in range(sessions) for _ in range(each)]
    return tuple(np.array(one, dtype=object) for one in zip(*rows, strict=True))  # type: ignore[return-value]


def slowly(vectors, subjects, sessions, trials, generator):
    """Paper A, 4.5, one cosine after the other; draws like the code under test, decides by itself."""
    people = people_of(subjects, sessions)
    probes, galleries = people.pairs(np.tile(np.arange(len(people.names)), (trials, 1)), generator)
    right = []
    for probe, gallery in zip(probes, galleries, strict=True):
        hits = 0.0
        for place, row in enumerate(probe):
            assert subjects[row] == subjects[gallery[place]] and sessions[row] != sessions[gallery[place]]
            near = {}
            for other in gallery:
                a, b = vectors[row].astype(float), vectors[other].astype(float)
                near[subjects[other]] = a @ b / np.sqrt((a @ a) * (b @ b))
            hits += max(near, key=near.get) == subjects[row]
        right.append(hits / len(probe))
    return right


def test_one_hot_identities_are_always_found_again():
    subjects, sessions = grid(12, 2, 3)
    vectors = np.repeat(np.eye(12), 6, axis=0) * rng().uniform(0.1, 9, (72, 1))
    found = identification(vectors, subjects, sessions, 20, rng())
    assert found.accuracy == 1 and found.std == 0 and found.interval(rng()) == (1, 1)
    assert found.chance == pytest.approx(1 / 12) and (found.cmc == 1).all() and len(found.cmc) == 12


def test_noise_is_at_chance():
    subjects, sessions = grid(25, 2, 40)
    found = identification(rng().normal(size=(2000, 64)), subjects, sessions, 400, rng(1))
    low, high = found.interval(rng())
    assert low < 1 / 25 < high and found.accuracy == pytest.approx(1 / 25, abs=0.012)
    assert found.cmc == pytest.approx(np.arange(1, 21) / 25, abs=0.05)  # so is every further rank


@pytest.mark.parametrize("mixed", [0.2, 0.5, 2.0])
def test_it_equals_the_published_procedure_written_slowly(mixed):
    subjects, sessions = grid(9, 3, 4)
    noise = rng().normal(size=(108, 16))
    vectors = np.repeat(rng(5).normal(size=(9, 16)), 12, axis=0) * mixed + noise
    found = identification(vectors.astype(np.float32), subjects, sessions, 30, rng(2))
    expected = slowly(vectors.astype(np.float32), subjects, sessions, 30, rng(2))
    assert found.right.mean(axis=1) == pytest.approx(expected)
    assert found.accuracy == pytest.approx(np.mean(expected)) and found.std == pytest.approx(np.std(expected, ddof=1))
    assert (np.diff(found.cmc) >= 0).all() and found.cmc[-1] == pytest.approx(1)


def test_each_trial_can_be_looked_at_pair_by_pair():
    subjects, sessions = grid(9, 3, 4)
    vectors = np.repeat(rng(5).normal(size=(9, 16)), 12, axis=0) * 0.4 + rng().normal(size=(108, 16))
    found = identification(vectors, subjects, sessions, 12, rng(2))
    for trial in range(12):
        one = matches(vectors, found, trial)
        probes, gallery = found.probes[trial], found.galleries[trial]
        assert subjects[probes].tolist() == subjects[gallery].tolist() == found.subjects.tolist()
        assert (sessions[probes] != sessions[gallery]).all()
        assert ((one.taken == np.arange(9)) == found.right[trial].astype(bool)).all()
        for place, taken in enumerate(one.taken):
            a, b, c = vectors[probes[place]], vectors[gallery[taken]], vectors[gallery[place]]
            assert one.likeness[place] == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
            assert one.own[place] == pytest.approx(a @ c / np.linalg.norm(a) / np.linalg.norm(c))
            assert one.likeness[place] >= one.own[place]
    with pytest.raises(ValueError, match="trial must be 0 to 11, got 12"):
        matches(vectors, found, 12)


def test_a_pair_with_a_row_of_zeros_is_taken_for_nobody_or_shared():
    subjects, sessions = grid(4, 2, 1)
    vectors = np.repeat(np.eye(4), 2, axis=0)
    vectors[0] = 0
    found = identification(vectors, subjects, sessions, 20, rng())
    for trial in range(20):
        one = matches(vectors, found, trial)
        asked = found.probes[trial][0] == 0
        assert one.right[0] == 0 and np.isnan(one.own[0])
        assert (one.taken[0] == -1) == asked and (one.taken[1:] == [1, 2, 3]).all()
    nothing = matches(np.zeros((8, 4)), identification(np.zeros((8, 4)), subjects, sessions, 1, rng()), 0)
    assert (nothing.taken == -1).all() and np.isnan(nothing.likeness).all()


def test_only_other_sessions_count():
    """Within a session everybody looks like themselves; across sessions like their opposite."""
    subjects, sessions = grid(6, 2, 5)
    vectors = np.repeat(np.eye(6), 10, axis=0) * np.where(sessions == "s1", -1, 1)[:, None]
    assert identification(vectors, subjects, sessions, 10, rng()).accuracy == 0
    alone = identification(vectors, subjects, None, 200, rng()).accuracy  # 4 of 9 partners are alike
    assert alone == pytest.approx(4 / 9, abs=0.05)


def test_a_session_with_few_samples_is_drawn_as_often():
    subjects = np.array(["a"] * 11 + ["b"] * 2, dtype=object)
    sessions = np.array(["s0"] * 9 + ["s1", "s2", "s0", "s1"], dtype=object)
    one, other = people_of(subjects, sessions).pairs(np.zeros(6000, dtype=int), rng())
    assert (sessions[one] != sessions[other]).all() and set(subjects[[*one, *other]]) == {"a"}
    for name in ("s0", "s1", "s2"):
        assert (sessions[one] == name).mean() == pytest.approx(1 / 3, abs=0.03)
        assert (sessions[other] == name).mean() == pytest.approx(1 / 3, abs=0.03)


def test_who_cannot_be_drawn_twice_is_left_out_and_counted():
    subjects = np.array(["a", "a", "b", "b", "c", "d", "d", "e", "e", None], dtype=object)
    sessions = np.array(["1", "2", "1", "1", "1", None, None, "1", None, "2"], dtype=object)
    people = people_of(subjects, sessions)
    assert people.names.tolist() == ["a", "d"]  # d names no session, so each sample is one; e's second is unknown
    assert people.left_out == 3
    assert people_of(subjects, None).names.tolist() == ["a", "b", "d", "e"]


def test_rows_of_zeros_are_never_right():
    subjects, sessions = grid(4, 2, 1)
    assert identification(np.zeros((8, 3)), subjects, sessions, 5, rng()).cmc.tolist() == [0, 0, 0, 0]
    vectors = -np.repeat(np.eye(4), 2, axis=0)
    vectors[0] = 0  # one session of the first person
    found = identification(vectors, subjects, sessions, 50, rng())
    assert (found.right[:, 0] == 0).all()  # as a probe and as gallery
    assert (found.right[:, 1:] == 1).all()  # and nobody is taken for it, though zero is above all other products here
    vectors = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1], [-1, 1], [1, 0], [0, 0], [0, 0]])
    assert (identification(vectors, subjects, sessions, 9, rng()).right[:, 3] == 0).all()


def test_equally_near_people_share_the_answer():
    subjects, sessions = grid(10, 2, 1)
    found = identification(np.ones((20, 5)), subjects, sessions, 5, rng())
    assert found.right == pytest.approx(np.full((5, 10), 0.1)) and found.cmc == pytest.approx(np.arange(1, 11) / 10)
    signs = np.repeat([1.0, -1.0], 10)[:, None] * rng().uniform(1, 2, (20, 1))  # a bare logit: five on each side
    assert identification(signs, subjects, sessions, 5, rng()).accuracy == pytest.approx(0.2)


def test_nearly_equal_directions_are_told_apart_as_float64_does():
    """All cosines differ by less than a float32's last digit."""
    subjects, sessions = grid(8, 2, 2)
    vectors = (np.repeat(np.eye(8), 4, axis=0) * 1e-3 + 1).astype(np.float32)
    assert identification(vectors, subjects, sessions, 10, rng()).accuracy == 1


@pytest.mark.parametrize(
    ("trials", "vectors", "sentence"),
    [
        (0, np.ones((4, 2)), "trials must be 1 or more, got 0"),
        (3, np.ones((5, 2)), r"vectors must be \(n, D\) with n=4 subjects, got \(5, 2\)"),
        (3, np.ones((4, 2)), "needs two people with two sessions each, there is 1 "),
    ],
)
def test_what_cannot_be_measured_is_told(trials, vectors, sentence):
    subjects = np.array(["a", "a", "b", "c"], dtype=object)
    with pytest.raises(ValueError, match=sentence):
        identification(vectors, subjects, None, trials, rng())


def test_ten_thousand_rows_take_less_than_two_seconds():
    subjects, sessions = grid(100, 4, 25)
    vectors = rng().standard_normal((10_000, 512), dtype=np.float32)
    label = np.array(["Awake", "Drowsy"], dtype=object)[np.arange(10_000) % 2]
    samples = pd.DataFrame({"subject": subjects, "session": sessions, "label": label})
    began = time.process_time()
    leakage_of(FeatureTable(samples, {"v": vectors}), "v")
    assert time.process_time() - began < 4  # of two cores together
