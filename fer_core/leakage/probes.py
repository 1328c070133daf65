"""What simple classifiers read from features: who somebody is, and the state, with and without the person known.

Random folds show samples of the same person and session on both sides; leaving sessions or persons out does not. The
difference is what leakage flatters.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd

from fer_core import metrics
from fer_core.labels import index_of

FOLDS = 5
MOST_PERSONS = 30
"""Up to so many people are left out one by one; more are in ten groups."""
MOST_ROWS = 20_000
"""So many samples are probed; of more, a random part."""

LEARNERS = ("knn", "linear")
SCHEMES = ("random_folds", "sessions_out", "persons_out")

Folds = list[tuple[np.ndarray, np.ndarray]]


def probe(
    vectors: np.ndarray,
    labels: np.ndarray | None,
    subjects: np.ndarray,
    sessions: np.ndarray | None,
    seed: int,
    learners: Collection[str] = LEARNERS,
    schemes: Collection[str] = SCHEMES,
) -> dict[str, Any]:
    """Cross-validated probes of standardised features: the 5 nearest neighbours, and a linear discriminant.

    Only people who are there in every state take part, where there are five or more of them: else the state could be
    told by who it is.

    Args:
        vectors: ``(n, D)``.
        labels: ``(n,)`` states; None where unknown, or None for all.
        subjects: ``(n,)`` who; None where unknown.
        sessions: ``(n,)`` when; None: unknown, and no sessions are left out.
        seed: Deals folds, as scikit-learn does with it.
        learners: Which of ``knn`` and ``linear``: each costs time of its own.
        schemes: Which of the ways to leave samples out.

    Returns:
        ``people rows left_out`` (people who lack a state), ``identity`` and ``state`` (None where there are fewer than
        two of them to tell apart): for ``knn`` and ``linear`` the ``accuracy`` and ``macro_f1`` over all left-out
        samples by how they were left out (``random_folds sessions_out persons_out``), and ``chance``, the share of
        the commonest.
    """
    who = np.array([_known(one) for one in subjects], dtype=object)
    state = None if labels is None else np.array([_known(one) for one in labels], dtype=object)
    rows = np.flatnonzero([one is not None for one in who])
    if state is not None:
        rows = rows[[state[row] is not None for row in rows]]
    rows, left_out = _in_every_state(rows, who, state)
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    if not len(rows):
        return {"people": 0, "rows": 0, "left_out": left_out, "identity": None, "state": None}
    person = _numbered(who[rows])
    when = None if sessions is None else _sessions_of(person, sessions[rows])
    identity = {
        "random_folds": _random(person, seed),
        "sessions_out": None if when is None else _by_session(person, when, same_person=True),
    }
    states = None
    if state is not None:
        target = _numbered(state[rows])
        ways = {
            "random_folds": _random(target, seed),
            "sessions_out": None if when is None else _by_session(person, when, same_person=False),
            "persons_out": _by_person(person),
        }
        states = _read(vectors[rows], target, ways, learners, schemes)
    return {
        "people": int(person.max() + 1),
        "rows": len(rows),
        "left_out": left_out,
        "identity": _read(vectors[rows], person, identity, learners, schemes),
        "state": states,
    }


def _known(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _numbered(names: np.ndarray) -> np.ndarray:
    """``(n,)`` class numbers in the names' order, numbers as numbers: a tied vote goes to the lowest."""
    found = sorted(set(names), key=lambda one: (float(one) if one.isdecimal() else math.inf, one))
    return index_of(names.tolist(), found)


def _in_every_state(rows: np.ndarray, who: np.ndarray, state: np.ndarray | None) -> tuple[np.ndarray, int]:
    if state is None:
        return rows, 0
    seen = pd.DataFrame({"who": who[rows], "state": state[rows]}).groupby("who")["state"].nunique()
    whole = set(seen.index[seen == len({state[row] for row in rows})])
    if len(whole) < FOLDS:
        return rows, 0
    return rows[[who[row] in whole for row in rows]], len(seen) - len(whole)


def _sessions_of(person: np.ndarray, sessions: np.ndarray) -> np.ndarray | None:
    """``(n,)`` each sample's session as its person's 0, 1, ...; -1 where unknown; None where nobody has two."""
    named = pd.Series([_known(one) for one in sessions])
    number = named.groupby(person).transform(lambda one: pd.factorize(one, sort=True)[0]).to_numpy(dtype=np.int64)
    return number if number.max(initial=-1) > 0 else None


def _random(target: np.ndarray, seed: int) -> Folds | None:
    from sklearn.model_selection import KFold, StratifiedKFold

    if len(target) < FOLDS:
        return None
    rare = np.bincount(target).min() < FOLDS
    return list((KFold if rare else StratifiedKFold)(FOLDS, shuffle=True, random_state=seed).split(target, target))


def _by_session(person: np.ndarray, when: np.ndarray, same_person: bool) -> Folds:
    """A session of everyone is left out at a time; where the person is to be named, only of those with another one."""
    count = min(int(when.max()) + 1, FOLDS)
    several = pd.Series(when).groupby(person).transform("nunique").to_numpy() > 1
    folds = []
    for fold in range(count):
        out = (when >= 0) & (when % count == fold)
        tested = out & several if same_person else out
        if tested.any() and (~out).any():
            folds.append((np.flatnonzero(~out), np.flatnonzero(tested)))
    return folds


def _by_person(person: np.ndarray) -> Folds | None:
    from sklearn.model_selection import GroupKFold

    count = int(person.max()) + 1
    if count < 2:
        return None
    return list(GroupKFold(count if count <= MOST_PERSONS else 10).split(person, groups=person))


def _read(
    vectors: np.ndarray,
    target: np.ndarray,
    ways: dict[str, Folds | None],
    learners: Collection[str],
    schemes: Collection[str],
) -> dict[str, Any] | None:
    counts = np.bincount(target)
    if len(counts) < 2:
        return None
    found: dict[str, Any] = {"classes": len(counts), "chance": float(counts.max() / counts.sum())}
    taken = {scheme: folds for scheme, folds in ways.items() if scheme in schemes and folds}
    for name in learners:
        found[name] = {scheme: _scores(vectors, target, folds, _LEARNERS[name]) for scheme, folds in taken.items()}
    return found


def _scores(
    vectors: np.ndarray, target: np.ndarray, folds: Folds, learner: Callable[[], Any]
) -> dict[str, float] | None:
    true, said, exact = [], [], vectors.astype(np.float64)
    for train, test in _whole(target, folds):
        true.append(target[test])
        with warnings.catch_warnings():
            # A class with one sample to learn from adds nothing to the covariance, which is what is wanted.
            warnings.filterwarnings("ignore", message="Only one sample available")
            said.append(learner().fit(exact[train], target[train]).predict(exact[test]))
    if not true:
        return None
    cells = metrics.confusion(np.concatenate(true), np.concatenate(said), int(target.max()) + 1)
    return {"accuracy": metrics.accuracy(cells), "macro_f1": metrics.macro_f1(cells)}


def _whole(target: np.ndarray, folds: Folds) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return ((train, test) for train, test in folds if len(test) and len(np.unique(target[train])) > 1)


def _neighbours() -> Any:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), KNeighborsClassifier(5))


def _linear() -> Any:
    """Fisher's discriminant: in closed form, hence quick, and strong at naming people."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.01))


_LEARNERS: dict[str, Callable[[], Any]] = {"knn": _neighbours, "linear": _linear}
