"""Which rows meet which: people, their sessions, and random samples from two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class People:
    """Rows by person and session, for drawing."""

    names: np.ndarray
    """``(S,)`` people with two sessions or more, sorted."""
    left_out: int
    """People with fewer."""
    rows: np.ndarray
    """``(m,)`` positions of their samples, by person and session."""
    starts: np.ndarray
    """``(T,)`` where each of their sessions begins in ``rows``."""
    counts: np.ndarray
    """``(T,)`` how many samples each session has."""
    first: np.ndarray
    """``(S,)`` each person's first session among the T."""
    sessions: np.ndarray
    """``(S,)`` how many sessions each person has, at least 2."""

    def pairs(self, who: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Two samples of each of these people, from different sessions.

        Two sessions are drawn, then one sample of each: a session with few samples is not the rarer one.

        Args:
            who: Positions in ``names``, any shape.
            rng: Draws.

        Returns:
            Positions of samples, of the shape of ``who`` each.
        """
        count = self.sessions[who]
        one = rng.integers(count)
        other = rng.integers(count - 1)
        other += other >= one
        return self._sample(self.first[who] + one, rng), self._sample(self.first[who] + other, rng)

    def _sample(self, session: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.rows[self.starts[session] + rng.integers(self.counts[session])]


def people_of(subjects: np.ndarray, sessions: np.ndarray | None) -> People:
    """The people who can be drawn from twice.

    A person none of whose samples names a session has each of them as a session of its own; samples without a session
    of a person who has some, and samples without a person, are left out.

    Args:
        subjects: ``(n,)`` names; None where unknown.
        sessions: ``(n,)`` names within a person; None where unknown, or None for all.

    Raises:
        ValueError: different lengths.
    """
    if sessions is not None and len(sessions) != len(subjects):
        raise ValueError(f"subjects and sessions must be equally many, got {len(subjects)} and {len(sessions)}")
    person, names = pd.factorize(np.asarray(subjects, dtype=object), sort=True)
    if sessions is None:
        session = np.full(len(person), -1)
    else:
        session = pd.factorize(np.asarray(sessions, dtype=object), sort=True)[0]
    named = np.zeros(len(names), dtype=bool)
    named[person[(session >= 0) & (person >= 0)]] = True
    kept = np.flatnonzero(person >= 0)
    kept = kept[(session[kept] >= 0) | ~named[person[kept]]]
    alone = session[kept] < 0
    session = np.where(alone, session.max(initial=-1) + 1 + np.arange(len(kept)), session[kept])
    order = np.lexsort((session, person[kept]))
    kept, session = kept[order], session[order]
    who = person[kept]
    new = np.ones(len(kept), dtype=bool)
    new[1:] = (who[1:] != who[:-1]) | (session[1:] != session[:-1])
    starts = np.flatnonzero(new)
    counts = np.diff(np.append(starts, len(kept)))
    each = np.bincount(who[starts], minlength=len(names))
    first = np.concatenate([[0], np.cumsum(each)[:-1]]).astype(np.int64) if len(names) else each
    enough = each >= 2
    return People(
        np.asarray(names, dtype=object)[enough],
        int((~enough).sum()),
        kept,
        starts,
        counts,
        first[enough],
        each[enough],
    )
