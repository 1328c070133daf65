"""Whether two samples are of one person: ROC area and equal error rate over sampled pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fer_core.leakage.draws import People, people_of
from fer_core.leakage.identification import directions

PAIRS = 50_000
"""Of each of the four kinds, so at most 200,000 in all; the area's own error is then below 0.003."""
_CHUNK = 4096


def verification(
    vectors: np.ndarray,
    subjects: np.ndarray,
    sessions: np.ndarray | None,
    labels: np.ndarray | None,
    rows: np.ndarray,
    rng: np.random.Generator,
    pairs: int = PAIRS,
) -> dict[str, Any]:
    """Cosine similarity as a judge of whether two samples are of one person.

    People count alike, however many samples they have. Same-person pairs come from different sessions.

    Args:
        vectors: ``(n, D)``.
        subjects: ``(n,)`` who; None where unknown.
        sessions: ``(n,)`` when; None: each row is a session of its own.
        labels: ``(n,)`` states; None: no hard pairs.
        rows: ``(m,)`` positions of the samples of the state that identification uses.
        rng: Draws pairs.
        pairs: How many of each kind.

    Returns:
        ``auc``, ``eer`` and ``pairs`` over ``rows``; and ``hard``: the same over all n samples where it is hardest, the
        same person in another state against another person in the same state; None where there are no such pairs.
    """
    inside = people_of(subjects[rows], None if sessions is None else sessions[rows])
    genuine, impostors = _genuine(inside, pairs, rng), _impostors(inside, pairs, rng)
    plain = _judged(vectors, rows[genuine], rows[impostors])
    hard = None
    if labels is not None:
        everyone = people_of(subjects, sessions)
        state = np.unique([str(one) for one in labels], return_inverse=True)[1]
        genuine = _kept(lambda: _genuine(everyone, pairs, rng), lambda one: state[one[0]] != state[one[1]], pairs)
        impostors = _kept(lambda: _impostors(everyone, pairs, rng), lambda one: state[one[0]] == state[one[1]], pairs)
        if genuine.size and impostors.size:
            hard = _judged(vectors, genuine, impostors)
    return {**plain, "hard": hard}


def error_rates(genuine: np.ndarray, impostors: np.ndarray) -> tuple[float, float]:
    """Area under the ROC curve, and equal error rate.

    Args:
        genuine: ``(p,)`` scores of same-person pairs; higher means more alike.
        impostors: ``(q,)`` scores of pairs of two people.

    Returns:
        The share of (genuine, impostor) couples in which the genuine one scores higher, equal ones counted half; and
        the rate at which as many genuine pairs are refused as impostors are accepted, on the straight line between the
        two thresholds around it.
    """
    ordered = np.sort(impostors)
    below = np.searchsorted(ordered, genuine, "left") + np.searchsorted(ordered, genuine, "right")
    area = float(below.mean() / (2 * len(ordered)))
    thresholds = np.append(np.unique(np.concatenate([genuine, impostors])), np.inf)
    refused = np.searchsorted(np.sort(genuine), thresholds, "left") / len(genuine)
    accepted = 1 - np.searchsorted(ordered, thresholds, "left") / len(ordered)
    after = int(np.argmax(refused >= accepted))  # at the last threshold all are refused, so there is one
    if after == 0:
        return area, float(refused[0])
    gap = accepted - refused
    share = gap[after - 1] / (gap[after - 1] - gap[after])
    return area, float(refused[after - 1] + share * (refused[after] - refused[after - 1]))


def _judged(vectors: np.ndarray, genuine: np.ndarray, impostors: np.ndarray) -> dict[str, Any]:
    area, equal = error_rates(_similarity(vectors, genuine), _similarity(vectors, impostors))
    return {"auc": area, "eer": equal, "pairs": genuine.shape[1] + impostors.shape[1]}


def _similarity(vectors: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """``(p,)`` cosines of ``(2, p)`` positions; -2, below all others, where a row of zeros is among them."""
    used, place = np.unique(pairs, return_inverse=True)
    place = place.reshape(pairs.shape)
    rows = np.concatenate(
        [
            directions(vectors[used[start : start + _CHUNK]]).astype(np.float32)
            for start in range(0, max(len(used), 1), _CHUNK)
        ]
    )
    found = np.concatenate(
        [
            np.einsum("pd,pd->p", rows[one], rows[other])
            for one, other in (place[:, start : start + _CHUNK] for start in range(0, max(pairs.shape[1], 1), _CHUNK))
        ]
    )
    there: np.ndarray = np.asarray(rows.any(axis=1))
    return np.where(there[place[0]] & there[place[1]], found, -2.0)


def _genuine(people: People, count: int, rng: np.random.Generator) -> np.ndarray:
    return np.stack(people.pairs(rng.integers(len(people.names), size=count), rng))


def _impostors(people: People, count: int, rng: np.random.Generator) -> np.ndarray:
    one = rng.integers(len(people.names), size=count)
    other = rng.integers(len(people.names) - 1, size=count)
    other += other >= one
    return np.stack([people.pairs(who, rng)[0] for who in (one, other)])


def _kept(draw: Callable[[], np.ndarray], wanted: Callable[[np.ndarray], Any], count: int) -> np.ndarray:
    """Drawn pairs that are wanted, of up to four draws."""
    found: list[np.ndarray] = []
    for _ in range(4):
        drawn = draw()
        found.append(drawn[:, wanted(drawn)])
        if sum(one.shape[1] for one in found) >= count:
            break
    return np.concatenate(found, axis=1)[:, :count]
