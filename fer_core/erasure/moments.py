"""Sums over samples from which an eraser follows: they add up, so a table may come in parts, and folds cost no more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

ROWS = 65_536
"""So many rows are in float64 at a time."""


@dataclass(frozen=True)
class Moments:
    """Sums of n vectors by person and by state, about a fixed centre: ``O((D + S + K) D)`` numbers, whatever n."""

    centre: np.ndarray
    """``(D,)`` float64, near the mean: sums of squares about it keep their digits. Equal in all that are added up."""
    counts: np.ndarray
    """``(S, K)`` int64: samples of each person in each state."""
    squares: np.ndarray
    """``(D, D)`` sum of products of every two coordinates."""
    people: np.ndarray
    """``(S, D)`` sum of each person's vectors."""
    states: np.ndarray
    """``(K, D)`` sum of each state's vectors."""

    @staticmethod
    def of(
        vectors: np.ndarray, person: np.ndarray, state: np.ndarray, shape: tuple[int, int], centre: np.ndarray
    ) -> Moments:
        """The sums of some samples; of many, add up those of parts.

        Args:
            vectors: ``(n, D)``.
            person: ``(n,)`` numbers below S.
            state: ``(n,)`` numbers below K.
            shape: S and K.
            centre: ``(D,)``.

        Raises:
            ValueError: not so many numbers as vectors, a centre of another dimension, or vectors that are no numbers.
        """
        if vectors.ndim != 2 or not len(vectors) == len(person) == len(state):
            raise ValueError(
                f"vectors must be (n, D) with a person and a state each, got {vectors.shape}, {len(person)} people and "
                f"{len(state)} states"
            )
        if centre.shape != vectors.shape[1:]:
            raise ValueError(f"centre must be ({vectors.shape[1]},), got {centre.shape}")
        wide = vectors.shape[1]
        counts = np.zeros(shape, dtype=np.int64)
        np.add.at(counts, (person, state), 1)
        squares, people, states = np.zeros((wide, wide)), np.zeros((shape[0], wide)), np.zeros((shape[1], wide))
        for start in range(0, len(vectors), ROWS):
            part = slice(start, start + ROWS)
            rows = vectors[part].astype(np.float64) - centre
            if not np.isfinite(rows).all():
                raise ValueError(f"vectors must be numbers, some of rows {start} to {start + len(rows) - 1} are not")
            squares += rows.T @ rows
            _add_groups(people, rows, person[part])
            _add_groups(states, rows, state[part])
        return Moments(centre, counts, squares, people, states)

    def __add__(self, other: Moments) -> Moments:
        if not np.array_equal(self.centre, other.centre) or self.counts.shape != other.counts.shape:
            raise ValueError("moments add up only about the same centre, with people and states numbered alike")
        return Moments(
            self.centre,
            self.counts + other.counts,
            self.squares + other.squares,
            self.people + other.people,
            self.states + other.states,
        )

    @property
    def n(self) -> int:
        """Samples."""
        return int(self.counts.sum())

    @property
    def mean(self) -> np.ndarray:
        """``(D,)`` of all samples."""
        return self.centre + self.states.sum(axis=0) / max(self.n, 1)

    def state_means(self) -> tuple[np.ndarray, np.ndarray]:
        """``(K', D)`` means about the centre of the states that are there, and ``(K',)`` which those are."""
        held = self.counts.sum(axis=0)
        there = np.flatnonzero(held)
        return self.states[there] / held[there, None], there

    def within(self) -> np.ndarray:
        """``(D, D)`` covariance (over n) of what is left when each state's mean is taken away."""
        means, there = self.state_means()
        held = self.counts.sum(axis=0)[there]
        return (self.squares - (means * held[:, None]).T @ means) / max(self.n, 1)

    def person_means(self) -> np.ndarray:
        """``(S', D)``: how each person who is there differs from the mean of the states that she shows, times the root
        of her share of the samples: ``rows.T @ rows`` is the scatter between people within states.
        """
        means, there = self.state_means()
        held = self.counts.sum(axis=1)
        who = np.flatnonzero(held)
        apart = self.people[who] - self.counts[np.ix_(who, there)] @ means
        return apart / np.sqrt(held[who, None] * float(self.n))


def added(parts: list[Moments]) -> Moments:
    """The sums of all parts.

    Args:
        parts: One or more.
    """
    return reduce(add, parts)


def _add_groups(sums: np.ndarray, rows: np.ndarray, group: np.ndarray) -> None:
    if not len(rows):
        return
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    sums[group[order][starts]] += np.add.reduceat(rows[order], starts, axis=0)
