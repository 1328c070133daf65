"""Whether two samples are of one person: ROC, its area and equal error rate over sampled pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core.leakage.draws import People, people_of
from fer_core.leakage.identification import directions

PAIRS = 50_000
"""Of each of the four kinds, so at most 200,000 in all; the area's own error is then below 0.003."""
RESAMPLES = 200
RATES = np.unique(np.concatenate([[0.001, 0.002, 0.005], np.linspace(0, 1, 101)]))
"""Shares of two-person pairs taken for one person, at which the ROC is told."""
_CHUNK = 4096


@dataclass(frozen=True)
class Scores:
    """Cosines of p pairs of one person and of q pairs of two."""

    genuine: np.ndarray
    """``(p,)``."""
    impostors: np.ndarray
    """``(q,)``."""
    of_genuine: np.ndarray
    """``(p,)`` number of the person."""
    of_impostors: np.ndarray
    """``(2, q)`` numbers of both."""

    def roc(self) -> np.ndarray:
        """``(len(RATES),)`` share of one-person pairs accepted where so many of two people are; rises with `RATES`."""
        thresholds = np.unique(np.concatenate([self.genuine, self.impostors]))[::-1]
        accepted = 1 - np.searchsorted(np.sort(self.impostors), thresholds, "left") / len(self.impostors)
        found = 1 - np.searchsorted(np.sort(self.genuine), thresholds, "left") / len(self.genuine)
        # Where many scores equal the curve rises upright: what counts is its upper end.
        last = np.append(np.diff(accepted) > 0, True)
        start = found[accepted == 0].max(initial=0.0)
        x, y = np.concatenate([[0.0], accepted[last]]), np.concatenate([[start], found[last]])
        return np.interp(RATES, x, y)

    def interval(self, rng: np.random.Generator, resamples: int = RESAMPLES) -> tuple[float, float]:
        """The 95 % interval of the area had other people of the same kind been there.

        People are resampled: a pair counts as often as its person was drawn, one of two people as often as both were
        together. Draws of nobody but one person have no pair of two and are passed over.
        """
        ranked = np.argsort(self.impostors)
        ordered, both = self.impostors[ranked], self.of_impostors[:, ranked]
        low, high = np.searchsorted(ordered, self.genuine, "left"), np.searchsorted(ordered, self.genuine, "right")
        count = int(max(self.of_genuine.max(), both.max())) + 1
        areas = []
        for _ in range(resamples):
            times = np.bincount(rng.integers(count, size=count), minlength=count).astype(np.float64)
            below = np.concatenate([[0.0], np.cumsum(times[both[0]] * times[both[1]])])
            weights = times[self.of_genuine]
            whole = weights.sum() * below[-1]
            if whole > 0:
                areas.append(float((weights * (below[low] + below[high])).sum() / (2 * whole)))
        if not areas:
            return 0.0, 1.0
        bounds = np.quantile(areas, (0.025, 0.975))
        return float(bounds[0]), float(bounds[1])


def verification(
    vectors: np.ndarray,
    subjects: np.ndarray,
    sessions: np.ndarray | None,
    labels: np.ndarray | None,
    rows: np.ndarray,
    rng: np.random.Generator,
    pairs: int = PAIRS,
) -> dict[str, Any]:
    """Cosine similarity as a judge of whether two samples are of one person: time ``O(n log n + pairs * D)``.

    People count alike, however many samples they have. Same-person pairs come from different sessions.

    Args:
        vectors: ``(n, D)``.
        subjects: ``(n,)`` who; None where unknown.
        sessions: ``(n,)`` when; None: each row is a session of its own.
        labels: ``(n,)`` states; None: no hard pairs.
        rows: ``(m,)`` positions of the samples of the state that identification uses.
        rng: Draws pairs, and resamples people.
        pairs: How many of each kind.

    Returns:
        ``auc eer ci95 pairs roc`` over ``rows``: ``ci95`` of the area, over people; ``roc`` as ``{"false", "true"}``,
        shares of two-person pairs and of one-person pairs that are taken for one person. And ``hard``: the same over
        all n samples where it is hardest, the same person in another state against another person in the same state;
        None where there are no such pairs.
    """
    inside = people_of(subjects[rows], None if sessions is None else sessions[rows])
    genuine, impostors = _genuine(inside, pairs, rng), _impostors(inside, pairs, rng)
    plain = _scores(vectors, rows[genuine], rows[impostors], subjects)
    hard = None
    if labels is not None:
        everyone = people_of(subjects, sessions)
        state = np.unique([str(one) for one in labels], return_inverse=True)[1]
        genuine = _kept(lambda: _genuine(everyone, pairs, rng), lambda one: state[one[0]] != state[one[1]], pairs)
        impostors = _kept(lambda: _impostors(everyone, pairs, rng), lambda one: state[one[0]] == state[one[1]], pairs)
        if genuine.size and impostors.size:
            hard = _scores(vectors, genuine, impostors, subjects)
    return {**_told(plain, rng), "hard": None if hard is None else _told(hard, rng)}


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


def _scores(vectors: np.ndarray, genuine: np.ndarray, impostors: np.ndarray, subjects: np.ndarray) -> Scores:
    shown = np.concatenate([genuine[0], impostors[0], impostors[1]])
    who = pd.factorize(subjects[shown])[0]
    cuts = (genuine.shape[1], genuine.shape[1] + impostors.shape[1])
    of_genuine, one, other = np.split(who, cuts)
    return Scores(_similarity(vectors, genuine), _similarity(vectors, impostors), of_genuine, np.stack([one, other]))


def _told(scores: Scores, rng: np.random.Generator) -> dict[str, Any]:
    area, equal = error_rates(scores.genuine, scores.impostors)
    return {
        "auc": area,
        "eer": equal,
        "ci95": list(scores.interval(rng)),
        "pairs": len(scores.genuine) + len(scores.impostors),
        "roc": {"false": RATES.tolist(), "true": scores.roc().tolist()},
    }


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
