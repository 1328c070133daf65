"""Whether people are found again by features: of a run's stored table, or of one that a visitor brought."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from app.services import space as spaces_of_runs
from fer_core.features import FeatureTable
from fer_core.leakage import TRIALS, Examination, examine, states_of
from fer_core.runs import find_run

TRIAL_CHOICES = ("25", "100", "400")
DEFAULT_TRIALS = str(TRIALS)
SEED = 0
"""Of everything drawn, as `fer leakage` has it."""
MOST_NUMBERS = 20_000_000
"""Numbers of one space that a page reads: 80 MB. Larger tables are for the command."""
MOST_ANSWERS = 24
MOST_HELD = 256 * 10**6
"""Answers about one visitor's table, and the bytes of vectors in them; the oldest make room."""

Answers = MutableMapping[tuple[Any, ...], Any]
"""What a visitor's own table was found to say, kept with it; of a run's table the pages share one."""


@dataclass(frozen=True)
class Asked:
    """A table that people are looked for in."""

    name: str
    """The run's name, or the file's."""
    where: str
    """How the command names it, options included."""
    split: str | None
    """Of a run's table; None of a file."""
    samples: pd.DataFrame = field(repr=False)
    spaces: tuple[str, ...]
    states: tuple[str, ...]
    """What can be asked about, ``all`` last."""
    state: str
    """The one that is asked about where nobody says."""
    made: Mapping[str, Any] = field(repr=False)
    own: FeatureTable | None = field(default=None, repr=False)
    """The table itself, where a visitor brought it."""
    answers: Answers = field(default_factory=dict, repr=False)


def splits(name: str) -> tuple[str, ...]:
    """The splits whose features are stored with a run.

    Args:
        name: The run.

    Raises:
        FileNotFoundError: no such run.
    """
    return spaces_of_runs.splits(name)


def has_features(name: str) -> bool:
    """Whether a run is on this machine and keeps features.

    Args:
        name: The run.
    """
    try:
        return bool(splits(name))
    except FileNotFoundError:
        return False


def of_run(name: str, split: str) -> Asked:
    """A run's stored table.

    Args:
        name: The run.
        split: One of `splits`.

    Raises:
        FileNotFoundError: no such run, or no stored features of that split.
        ValueError: the table is damaged, or too large for a page.
    """
    told = spaces_of_runs.table(name, split)
    if told is None:
        raise FileNotFoundError(f"run {name} has no stored features of split '{split}'")
    return _asked(
        name, f"{shlex.quote(name)} --split {shlex.quote(split)}", split, told.samples, told.spaces, told.made
    )


def of_table(table: FeatureTable, where: str, answers: Answers) -> Asked:
    """A table that a visitor brought.

    Args:
        table: With all spaces that can be asked about.
        where: The file and its options, as the command wants them.
        answers: What was found in it before; kept with it.
    """
    told = _asked(table.source, where, None, table.samples, tuple(table.spaces), table.made)
    return Asked(**{**vars(told), "own": table, "answers": answers})


def _asked(
    name: str,
    where: str,
    split: str | None,
    samples: pd.DataFrame,
    spaces: tuple[str, ...],
    made: Mapping[str, Any],
) -> Asked:
    states, state = states_of(FeatureTable(samples, {}))
    return Asked(name, where, split, samples, spaces, tuple(states), state, made)


def examined(asked: Asked, space: str, state: str, trials: int = TRIALS) -> Examination:
    """One space measured, exactly as `fer leakage` does.

    Args:
        asked: The table.
        space: One of its spaces.
        state: One of its states.
        trials: How often a gallery and a probe of everyone are drawn.

    Raises:
        ValueError: see `fer_core.leakage.examine`; or the table is too large for a page.
    """
    if asked.own is None:
        return _examined(asked.name, _version(asked), asked.split or "", space, state, trials)
    own, key = asked.own, (asked.where, "examined", space, state, trials)
    found: Examination = _kept(asked.answers, key, lambda: examine(_bounded(own, space), space, state, trials, SEED))
    return found


def probes(asked: Asked, space: str) -> dict[str, Any]:
    """What simple classifiers read from a space, all states together; takes seconds. As ``fer leakage --probe``.

    Args:
        asked: The table.
        space: One of its spaces.

    Raises:
        ValueError: see `examined`.
    """
    if asked.own is None:
        return _probed(asked.name, _version(asked), asked.split or "", space)
    own = asked.own
    found: dict[str, Any] = _kept(
        asked.answers, (asked.where, "probes", space), lambda: _probe(_bounded(own, space), space)
    )
    return found


def _kept(answers: Answers, key: tuple[Any, ...], measure: Callable[[], Any]) -> Any:
    if key not in answers:
        answers[key] = measure()
    while len(answers) > 1 and (len(answers) > MOST_ANSWERS or _bytes(answers) > MOST_HELD):
        del answers[next(iter(answers))]
    return answers[key]


def _bytes(answers: Answers) -> int:
    return sum(one.vectors.nbytes for one in answers.values() if isinstance(one, Examination))


def _bounded(table: FeatureTable, space: str) -> FeatureTable:
    size = table.space(space).size
    if size > MOST_NUMBERS:
        raise ValueError(
            f"space '{space}' of {table.source} holds {size:,} numbers, a page takes {MOST_NUMBERS:,}; "
            f"use fer leakage for it"
        )
    return table


def _version(asked: Asked) -> int:
    run = find_run(asked.name)
    return (run.path / "features" / f"{asked.split}.parquet").stat().st_mtime_ns


# Shared as it is, never copied: whoever gets it only reads.
@st.cache_resource(max_entries=16, show_spinner=False)
def _examined(name: str, changed: int, split: str, space: str, state: str, trials: int) -> Examination:
    return examine(_bounded(spaces_of_runs.vectors(name, split, space), space), space, state, trials, SEED)


@st.cache_data(max_entries=24, show_spinner=False)
def _probed(name: str, changed: int, split: str, space: str) -> dict[str, Any]:
    return _probe(_bounded(spaces_of_runs.vectors(name, split, space), space), space)


def _probe(table: FeatureTable, space: str) -> dict[str, Any]:
    found: dict[str, Any] = examine(table, space, None, 1, SEED, probe=True, verified=False).document["probe"]
    return found
