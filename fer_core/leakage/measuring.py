"""Leakage of a feature table: the published figure and what must stand beside it."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from fer_core.features import FeatureTable
from fer_core.labels import canonical
from fer_core.leakage.identification import identification
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
        cmc`` and where asked ``probe``; ``n`` samples of the state with a person, ``of`` so many rows, ``sessions``:
        whether the table names any, ``zero_rows``, ``seed``. The effective rank is that of all rows of the table, of
        whatever state. ``std`` is over trials, ``ci95`` over people, ``verification`` as the function of that name.

    Raises:
        ValueError: no such space, column or state, fewer than two people with two sessions, or no trials.
    """
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    vectors = table.space(space)
    subjects = table.column("subject").to_numpy(dtype=object)
    sessions = table.samples["session"].to_numpy(dtype=object) if _has(table, "session") else None
    labels = table.samples["label"].to_numpy(dtype=object) if _has(table, "label") else None
    taken, rows = _rows(table, labels, state)
    rows = rows[table.samples["subject"].notna().to_numpy()[rows]]
    found = identification(
        vectors[rows],
        subjects[rows],
        None if sessions is None else sessions[rows],
        trials,
        stream(seed, _TRIALS),
    )
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
    }
    if probe:
        document["probe"] = probed(vectors, labels, subjects, sessions, seed)
    return document


def _has(table: FeatureTable, column: str) -> bool:
    return column in table.samples and bool(table.samples[column].notna().any())


def _rows(table: FeatureTable, labels: np.ndarray | None, state: str | None) -> tuple[str, np.ndarray]:
    everything = np.arange(len(table))
    there = [] if labels is None else [one for one in dict.fromkeys(labels.tolist()) if isinstance(one, str)]
    if state is None:
        state = next((one for one in STATES if one in there), ALL)
    elif state.strip().lower() != ALL:
        state = canonical(state)
    if state.lower() == ALL and state not in there:
        return ALL, everything
    if labels is None or state not in there:
        raise ValueError(f"{table.source} has no samples of state '{state}'; there are: {', '.join([*there, ALL])}")
    return state, np.flatnonzero(labels == state)
