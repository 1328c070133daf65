"""Identity erased from arrays with known answers: against the formula written slowly, and by what must not change."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg
from sklearn.linear_model import LogisticRegression

from fer_core.erasure import Moments, fit_eraser, identity_eraser, random_eraser, whitened

PEOPLE, STATES = 6, 3


def slowly(vectors: np.ndarray, who: np.ndarray) -> np.ndarray:
    """Theorem 4.3 as it is printed: whitening by the root of the inverse covariance, the concept as one-hot."""
    x = vectors - vectors.mean(axis=0)
    z = np.eye(who.max() + 1)[who]
    z = z - z.mean(axis=0)
    axes, values, _ = linalg.svd(x.T @ x / len(x))
    inner = (axes * np.where(values > 1e-9 * values[0], values, np.inf) ** -0.5) @ axes.T
    across = inner @ (x.T @ z / len(x))
    onto = across @ linalg.pinv(across.T @ across, rtol=1e-10) @ across.T
    return vectors - x @ (linalg.pinv(inner) @ onto @ inner).T


def mixed(seed: int = 0, n: int = 300, wide: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors that say who and how, in directions that are not at right angles; people show states unequally often."""
    rng = np.random.default_rng(seed)
    who = rng.integers(PEOPLE, size=n)
    how = (rng.integers(STATES, size=n) + (rng.random(n) < 0.3) * who) % STATES
    spread = rng.normal(size=(wide, wide))
    return (
        (
            rng.normal(size=(n, wide)) @ spread
            + 2 * rng.normal(size=(PEOPLE, wide))[who]
            + rng.normal(size=(STATES, wide))[how]
        ),
        who,
        how,
    )


def planted(seed: int = 0, each: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Who in five of ten turned directions, how in two others that are alike for everybody, noise in the rest."""
    rng = np.random.default_rng(seed)
    who, how = np.repeat(np.arange(PEOPLE), each), np.tile(np.arange(each) % STATES, PEOPLE)
    identity = 3 * rng.normal(size=(PEOPLE, 5))[who] + rng.normal(size=(len(who), 5))
    state = np.eye(STATES)[how][:, :2] + np.tile(rng.normal(0, 0.3, size=(each, 2)), (PEOPLE, 1))
    turn = linalg.qr(rng.normal(size=(10, 10)))[0]
    return np.hstack([identity, state, rng.normal(size=(len(who), 3))]) @ turn, who, how, turn[5:7]


def read(train: np.ndarray, named: np.ndarray, test: np.ndarray, true: np.ndarray) -> float:
    return float((LogisticRegression(max_iter=500).fit(train, named).predict(test) == true).mean())


def test_it_is_the_published_formula():
    vectors, who, _ = mixed()
    eraser = fit_eraser(vectors, who)
    assert eraser.rank == PEOPLE - 1
    np.testing.assert_allclose(eraser.apply(vectors), slowly(vectors, who), atol=1e-8)
    thin = np.hstack([vectors[:, :4], vectors[:, :4] @ np.ones((4, 1)), np.full((300, 1), 7.0)])  # no full rank
    np.testing.assert_allclose(fit_eraser(thin, who).apply(thin), slowly(thin, who), atol=1e-6)


def test_it_is_what_the_authors_package_computes():
    package = pytest.importorskip("concept_erasure")
    torch = pytest.importorskip("torch")
    vectors, who, _ = mixed()
    z = torch.from_numpy(np.eye(PEOPLE)[who])
    theirs = package.LeaceEraser.fit(torch.from_numpy(vectors), z, shrinkage=False, svd_tol=1e-6)
    np.testing.assert_allclose(fit_eraser(vectors, who).apply(vectors), theirs(torch.from_numpy(vectors)), atol=1e-8)


def test_planted_identity_goes_to_chance_and_the_state_stays():
    """Judged on samples that neither the eraser nor the probe has seen."""
    vectors, who, how, state = planted()
    train = np.arange(len(who)) % 2 == 0
    eraser = fit_eraser(vectors[train], who[train], how[train])
    erased = eraser.apply(vectors)
    assert read(vectors[train], who[train], vectors[~train], who[~train]) > 0.9
    assert read(erased[train], who[train], erased[~train], who[~train]) == pytest.approx(1 / PEOPLE, abs=0.1)
    np.testing.assert_allclose(erased @ state.T, vectors @ state.T, atol=1e-6)
    told, still = (
        read(one[train], how[train], one[~train], how[~train]) for one in (vectors @ state.T, erased @ state.T)
    )
    assert told == still > 0.8
    # Whatever state they show, the people who were fitted have one mean.
    within = erased[train] - np.array([erased[train & (how == one)].mean(axis=0) for one in range(STATES)])[how[train]]
    assert np.abs([within[who[train] == person].mean(axis=0) for person in range(PEOPLE)]).max() < 1e-8


def test_the_states_keep_their_means_where_people_show_them_unequally():
    vectors, who, how = mixed(1, wide=32)
    erased = fit_eraser(vectors, who, how).apply(vectors)
    centred, means = [], []
    for one in (vectors, erased):
        means.append(np.array([one[how == k].mean(axis=0) for k in range(STATES)]))
        centred.append(one - means[-1][how])
    np.testing.assert_allclose(means[0], means[1], atol=1e-8)
    apart = [np.abs([one[who == p].mean(axis=0) for p in range(PEOPLE)]).max() for one in centred]
    assert apart[1] < 1e-8 < 0.5 < apart[0]
    plain = fit_eraser(vectors, who).apply(vectors)  # without labels, what some people show more often goes with them
    assert np.abs(np.array([plain[how == k].mean(axis=0) for k in range(STATES)]) - means[0]).max() > 0.05


def test_identity_that_is_the_state_stays_with_it():
    """Some people look sleepier than others in every state, and that is all they differ in."""
    rng = np.random.default_rng(0)
    who, how = np.repeat(np.arange(8), 60), np.tile(np.arange(60) % 2, 8)
    state = (how + 0.5 * rng.normal(size=8)[who])[:, None] * np.ones((1, 4))
    vectors = state + 0.1 * rng.normal(size=(480, 4))
    erased = fit_eraser(vectors, who, how).apply(vectors)
    held = [[one[(how == k)].mean(axis=0) for k in range(2)] for one in (vectors, erased)]
    np.testing.assert_allclose(held[0], held[1], atol=1e-8)
    assert erased.var() == pytest.approx(vectors.var(), rel=0.05)


def test_the_state_varies_at_most_twice_as_much_where_identity_lies_close_to_it():
    """In few coordinates, taking all of identity away would drown the state in what was read of it."""
    for seed in range(6):
        vectors, who, how = mixed(seed)
        space = whitened(Moments.of(vectors, who, how, (PEOPLE, STATES), vectors.mean(axis=0)))
        eraser = identity_eraser(space)
        read_state = (space.kept.T @ space.forth).T
        spread = [
            sum(((one @ read_state)[how == k].var(axis=0) * (how == k).mean()) for k in range(STATES)).sum()
            for one in (vectors, eraser.apply(vectors))
        ]
        assert spread[0] == pytest.approx(STATES - 1, rel=1e-6) and spread[1] <= 2 * (STATES - 1)
        np.testing.assert_allclose(eraser.readers @ eraser.directions.T, np.eye(PEOPLE - 1), atol=1e-8)


def test_directions_are_as_many_as_people_and_coordinates_allow():
    vectors, who, how = mixed(n=900)
    assert fit_eraser(vectors, who).rank == PEOPLE - 1
    assert fit_eraser(vectors[:, :3], who).rank == 3
    assert fit_eraser(vectors[:, :3], who, how).rank == 3 - (STATES - 1)  # the state comes first
    assert fit_eraser(np.ones((20, 4)), np.arange(20) % 4).rank == 0
    shares = fit_eraser(vectors, who, how).shares
    assert (np.diff(shares) <= 0).all() and shares[-1] > 0 and shares[0] <= 1
    # The first direction is the one with the largest share: no other reads the person better.
    whole = fit_eraser(vectors, who, how)
    scores = (vectors - whole.mean) @ whole.readers[:1].T
    at = np.array([scores[how == k].mean() for k in range(STATES)])[how]
    rest = scores[:, 0] - at
    between = sum((who == p).mean() * rest[who == p].mean() ** 2 for p in range(PEOPLE))
    assert between / rest.var() == pytest.approx(shares[0], rel=1e-6)


def test_erasing_twice_is_erasing_once_and_no_directions_change_nothing():
    vectors, who, how = mixed()
    eraser = fit_eraser(vectors, who, how)
    once = eraser.apply(vectors)
    np.testing.assert_allclose(eraser.apply(once), once, atol=1e-9)
    np.testing.assert_allclose(fit_eraser(once, who, how).apply(once), once, atol=1e-6)
    assert (eraser.apply(vectors, 0) == vectors).all()
    assert eraser.apply(vectors.astype(np.float32)).dtype == np.float32
    two = eraser.apply(vectors, 2)
    assert np.linalg.matrix_rank(vectors - two, tol=1e-8) == 2


def test_units_do_not_matter():
    """Columns mixed, in other units and moved: the erased vectors are those of before in these units."""
    vectors, who, how = mixed()
    rng = np.random.default_rng(5)
    turn = rng.normal(size=(10, 10)) @ np.diag(10.0 ** rng.integers(-4, 5, 10))
    other = vectors @ turn + 50
    ours = fit_eraser(other, who, how).apply(other)
    wanted = fit_eraser(vectors, who, how).apply(vectors) @ turn + 50
    np.testing.assert_allclose(ours, wanted, rtol=1e-5, atol=1e-5 * np.abs(other).max())


def test_random_directions_erase_nobody():
    vectors, who, how, state = planted()
    moments = Moments.of(vectors, who, how, (PEOPLE, STATES), vectors.mean(axis=0))
    space = whitened(moments)
    control, again = (random_eraser(space, 2, np.random.default_rng(3)) for _ in range(2))
    changed = control.apply(vectors)
    assert (control.readers == again.readers).all() and np.linalg.matrix_rank(vectors - changed, tol=1e-8) == 2
    means = [np.array([one[how == k].mean(axis=0) for k in range(STATES)]) for one in (vectors, changed)]
    np.testing.assert_allclose(means[0] - means[0][0], means[1] - means[1][0], atol=1e-8)
    train = np.arange(len(who)) % 2 == 0
    assert read(changed[train], who[train], changed[~train], who[~train]) > 0.85
    gone = identity_eraser(space).apply(vectors)
    assert read(gone[train], who[train], gone[~train], who[~train]) < 0.4
    with pytest.raises(ValueError, match="40 directions cannot be drawn where 8 are free"):
        random_eraser(space, 40, np.random.default_rng(0))


def test_sums_of_parts_are_the_sums_of_all():
    vectors, who, how = mixed()
    centre, shape = vectors[:5].mean(axis=0), (PEOPLE, STATES)
    whole = Moments.of(vectors, who, how, shape, centre)
    parts = [Moments.of(vectors[a:b], who[a:b], how[a:b], shape, centre) for a, b in ((0, 7), (7, 7), (7, 300))]
    summed = parts[0] + parts[1] + parts[2]
    for name in ("counts", "squares", "people", "states"):
        np.testing.assert_allclose(getattr(summed, name), getattr(whole, name), atol=1e-9)
    np.testing.assert_allclose(whole.mean, vectors.mean(axis=0))
    rest = vectors - np.array([vectors[how == k].mean(axis=0) for k in range(STATES)])[how]
    np.testing.assert_allclose(whole.within(), rest.T @ rest / 300, atol=1e-9)
    apart = np.array([rest[who == p].mean(axis=0) * np.sqrt((who == p).mean()) for p in range(PEOPLE)])
    np.testing.assert_allclose(whole.person_means(), apart, atol=1e-9)
    with pytest.raises(ValueError, match="the same centre"):
        whole + Moments.of(vectors, who, how, shape, centre + 1)


def test_mistakes_are_sentences():
    vectors, who, how = mixed()
    holed = vectors.copy()
    holed[3, 2] = np.nan
    unknown = who.astype(object)
    unknown[:] = None
    for call, sentence in [
        (lambda: fit_eraser(vectors, np.zeros(300)), "identity cannot be told from 1 person"),
        (lambda: fit_eraser(vectors, unknown), "identity cannot be told from no person"),
        (lambda: fit_eraser(vectors, who[:-1]), r"vectors must be \(n, D\) with n=299"),
        (lambda: fit_eraser(vectors, who, how[:5]), "subjects and labels"),
        (lambda: fit_eraser(holed, who), "vectors must be numbers, some of rows 0 to 299 are not"),
        (lambda: fit_eraser(vectors, who).apply(vectors[:, :4]), r"takes vectors \(n, 10\), got \(300, 4\)"),
        (lambda: fit_eraser(vectors, who).apply(vectors, 6), "rank must lie between 0 and 5, got 6"),
        (lambda: Moments.of(vectors, who, how, (6, 3), np.zeros(3)), r"centre must be \(10,\)"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            call()
