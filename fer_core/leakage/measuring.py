"""Leakage of a feature table: the published figure and what must stand beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_core.features import MET, FeatureTable
from fer_core.labels import canonical
from fer_core.leakage.identification import Identification, Matches, identification, matches
from fer_core.leakage.probes import probe as probed
from fer_core.leakage.spectrum import effective_rank
from fer_core.leakage.verification import verification
from fer_core.seeds import BOOTSTRAP, stream

log = logging.getLogger(__name__)

TRIALS = 100
"""Paper A, section 4.5."""
STATES = ("Awake", "neutral")
"""The state looked at by default, the first that is there: paper A takes Awake."""
ALL = "all"

_TRIALS, _PAIRS = "leakage trials", "leakage pairs"


@dataclass(frozen=True)
class Examination:
    """What was measured, and the trials it was measured in."""

    document: dict[str, Any]
    """As `leakage_of` returns it."""
    found: Identification
    rows: np.ndarray
    """``(m,)`` rows of the table that the positions in ``found`` count."""
    vectors: np.ndarray
    """``(m, D)`` of these rows."""

    def matches(self, trial: int) -> Matches:
        """One trial pair by pair; see `identification.matches`."""
        return matches(self.vectors, self.found, trial)

    def pairs(self, trial: int) -> tuple[np.ndarray, np.ndarray]:
        """``(S,)`` rows of the table each: the samples asked about in a trial, and those they were compared with."""
        return self.rows[self.found.probes[trial]], self.rows[self.found.galleries[trial]]


def leakage_of(
    table: FeatureTable,
    space: str,
    state: str | None = None,
    trials: int = TRIALS,
    seed: int = 0,
    probe: bool = False,
    verified: bool = True,
) -> dict[str, Any]:
    """How well people are found again by one space of a table.

    Args:
        table: Needs a column ``subject``; ``session`` and ``label`` where it has them.
        space: One of its spaces.
        state: The label whose samples are used, or ``all``; None takes Awake, else neutral, else all.
        trials: Of identification.
        seed: Of everything drawn. Each part has a stream of its own.
        probe: Also probes, which cost seconds to minutes.
        verified: Also ``verification``, the larger part of the time; else None stands there.

    Returns:
        ``space dimension effective_rank state subjects subjects_left_out trials accuracy std ci95 chance verification
        cmc seen unseen`` and where asked ``probe``; ``n`` samples of the state with a person, ``of`` so many rows,
        ``sessions``: whether the table names any, ``zero_rows``, ``seed``. The effective rank is that of all rows of
        the table, of whatever state. ``std`` is over trials, ``ci95`` over people, ``verification`` as the function of
        that name. ``seen`` and ``unseen`` say of the people whom the run that made the table has learned from, and of
        the others, each among themselves only, ``accuracy std ci95 chance subjects n``; None where there are fewer than
        two of them with two sessions, or where the table does not say (`embedding.embed` writes it down as ``met``).

    Cost: with n rows, S people, D numbers a row and T trials ``O(n log n + n D^2)`` for sorting and rank,
    ``O(T S^2 D)`` for identification, ``O(pairs D)`` for verification: 10,000 x 512 with 100 people takes under a
    second of one core. Probes come on top: the nearest neighbours alone take ``O(n^2 D)``.

    Raises:
        ValueError: no such space, column or state, fewer than two people with two sessions, or no trials.
    """
    return examine(table, space, state, trials, seed, probe, verified).document


def examine(
    table: FeatureTable,
    space: str,
    state: str | None = None,
    trials: int = TRIALS,
    seed: int = 0,
    probe: bool = False,
    verified: bool = True,
) -> Examination:
    """As `leakage_of`, with the trials themselves: for those who want to see whom each sample was taken for."""
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    vectors = table.space(space)
    subjects = table.column("subject").to_numpy(dtype=object)
    sessions = table.samples["session"].to_numpy(dtype=object) if _has(table, "session") else None
    labels = table.samples["label"].to_numpy(dtype=object) if _has(table, "label") else None
    taken, rows = _rows(table, labels, state)
    rows = rows[table.samples["subject"].notna().to_numpy()[rows]]

    def found_among(chosen: np.ndarray) -> Identification:
        when = None if sessions is None else sessions[chosen]
        return identification(vectors[chosen], subjects[chosen], when, trials, stream(seed, _TRIALS))

    found = found_among(rows)
    zero = int((~vectors.any(axis=1)).sum())
    if zero:
        log.warning(
            "%d of %d rows of %s are all zero: they have no direction and are never counted as right",
            zero,
            len(vectors),
            space,
        )
    document = {
        "space": space,
        "dimension": vectors.shape[1],
        "effective_rank": effective_rank(vectors),
        "state": taken,
        "subjects": len(found.subjects),
        "subjects_left_out": found.left_out,
        "trials": trials,
        "accuracy": found.accuracy,
        "std": found.std,
        "ci95": list(found.interval(stream(seed, BOOTSTRAP))),
        "chance": found.chance,
        "verification": verification(vectors, subjects, sessions, labels, rows, stream(seed, _PAIRS))
        if verified
        else None,
        "cmc": found.cmc.tolist(),
        "n": len(rows),
        "of": len(table),
        "sessions": sessions is not None,
        "zero_rows": zero,
        "seed": seed,
        **_apart(table, rows, found_among, seed),
    }
    if probe:
        document["probe"] = probed(vectors, labels, subjects, sessions, seed)
    return Examination(document, found, rows, vectors[rows])


def _apart(
    table: FeatureTable, rows: np.ndarray, found_among: Callable[[np.ndarray], Identification], seed: int
) -> dict[str, Any]:
    """``seen`` and ``unseen``: the figures of people whom the model has met, and of the others."""
    met = table.made.get(MET)
    if not isinstance(met, list):
        return {"seen": None, "unseen": None}
    known = table.samples["subject"].isin(met).to_numpy()[rows]
    return {name: _figures(rows[chosen], found_among, seed) for name, chosen in (("seen", known), ("unseen", ~known))}


def _figures(rows: np.ndarray, found_among: Callable[[np.ndarray], Identification], seed: int) -> dict[str, Any] | None:
    try:
        found = found_among(rows)
    except ValueError:  # fewer than two people
        return None
    return {
        "accuracy": found.accuracy,
        "std": found.std,
        "ci95": list(found.interval(stream(seed, BOOTSTRAP))),
        "chance": found.chance,
        "subjects": len(found.subjects),
        "n": len(rows),
    }


def _has(table: FeatureTable, column: str) -> bool:
    return column in table.samples and bool(table.samples[column].notna().any())


def states_of(table: FeatureTable) -> tuple[list[str], str]:
    """What ``state`` can be for a table, `ALL` last; and what it is where nobody says.

    Args:
        table: Any.
    """
    labels = table.samples["label"].tolist() if _has(table, "label") else []
    there = [one for one in dict.fromkeys(labels) if isinstance(one, str)]
    return [*(one for one in there if one != ALL), ALL], next((one for one in STATES if one in there), ALL)


def _rows(table: FeatureTable, labels: np.ndarray | None, state: str | None) -> tuple[str, np.ndarray]:
    there, default = states_of(table)
    if state is None:
        state = default
    elif state.strip().lower() != ALL:
        state = canonical(state)
    if labels is not None and state in set(labels.tolist()):
        return state, np.flatnonzero(labels == state)
    if state.lower() == ALL:
        return ALL, np.arange(len(table))
    raise ValueError(f"{table.source} has no samples of state '{state}'; there are: {', '.join(there)}")
