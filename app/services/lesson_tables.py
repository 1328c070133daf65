"""The feature tables of the lesson: where people are found again, and where random splits flatter."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app.services import leakage_told, leaking
from app.services.leaking import Asked, Examination
from app.services.provenance import Provenance
from fer_core.data import locate
from fer_core.vectors import find_vectors

SHIPPED = "drowsiness"
"""A run that comes with the features of synthetic strangers."""
REAL = "utarldd_features.zip"
"""Features of 22 real drivers, measured by others, without pictures: used where it lies in ``$FER_DATA``."""
REAL_SPACE = "EAR,MAR,Circularity,MOE"
REAL_COLUMNS: Mapping[str, str] = {"subject": "Participant", "label": "Y"}
LEARNERS = {"knn": "5 nearest neighbours", "linear": "linear discriminant"}
LEFT_OUT = {"random_folds": "pictures at random", "sessions_out": "whole sessions", "persons_out": "whole people"}
"""How samples are left out to be judged, as the command names it and in words."""


@dataclass(frozen=True)
class Features:
    """Something that simple classifiers can be tried on."""

    name: str
    """As a page lists it."""
    asked: Asked | None = field(repr=False)
    """A run's table; None of the file of real people."""
    path: Path | None = None

    @property
    def spaces(self) -> tuple[str, ...]:
        """What can be chosen."""
        return (REAL_SPACE,) if self.asked is None else self.asked.spaces


@dataclass(frozen=True)
class Flattery:
    """What simple classifiers name from features, by how the judged samples were left out."""

    rows: pd.DataFrame = field(repr=False)
    """``learner left_out accuracy macro_f1``: of the state."""
    chance: float
    """Share of the commonest state."""
    people: int
    n: int
    states: int
    named: float | None
    """How often the 5 nearest neighbours name the person in random folds; None where it cannot be asked."""
    source: Provenance

    def accuracy(self, learner: str, left_out: str) -> float | None:
        """One figure; None where it cannot be measured."""
        found = self.rows[(self.rows["learner"] == learner) & (self.rows["left_out"] == left_out)]
        return float(found["accuracy"].iloc[0]) if len(found) else None


def stored(run: str) -> Asked | None:
    """The stored features of a run, or of the shipped one where it keeps none; None where neither does.

    Args:
        run: The chosen one.
    """
    for name in dict.fromkeys((run, SHIPPED)):
        if leaking.has_features(name):
            return leaking.of_run(name, leaking.splits(name)[0])
    return None


def needed(run: str) -> Asked:
    """The same, where it must be there.

    Args:
        run: The chosen one.

    Raises:
        FileNotFoundError: nobody keeps features.
    """
    asked = stored(run)
    if asked is None:
        raise FileNotFoundError(
            f"neither run {run} nor run {SHIPPED} keeps features; `fer embed {run} --data people: --store` makes them"
        )
    return asked


def found_again(asked: Asked) -> dict[str, Examination]:
    """Every space of a table measured as `fer leakage` does.

    Args:
        asked: From `stored`.

    Raises:
        ValueError: the table names too few people, or is too large for a page.
    """
    return {space: leaking.examined(asked, space, asked.state) for space in asked.spaces}


def features(run: str) -> dict[str, Features]:
    """What random splits are tried on, by name: real people first, where their file is there.

    Args:
        run: The chosen one.

    Raises:
        FileNotFoundError: there are none at all.
    """
    found = []
    with suppress(FileNotFoundError):
        found.append(Features("22 real drivers (UTA-RLDD)", None, locate(REAL)))
    asked = stored(run) if found else needed(run)
    if asked is not None:
        kind = "synthetic people" if asked.made.get("synthetic") else "people"
        found.append(Features(f"{kind} of run {asked.name}", asked))
    return {one.name: one for one in found}


def flattery(chosen: Features, space: str) -> Flattery:
    """Simple classifiers tried with samples left out at random, and with people left out.

    Args:
        chosen: One of `features`.
        space: One of its spaces.

    Raises:
        FileNotFoundError: the file is gone.
        ValueError: the features name no states, or fewer than two people.
    """
    if chosen.asked is not None:
        probe, source = leaking.probes(chosen.asked, space), _of_run(chosen.asked, space)
    else:
        probe = _real(str(chosen.path), chosen.path.stat().st_mtime_ns)
        source = _of_real(chosen.path, probe)
    state = probe["state"]
    if state is None or not (state["knn"].get("random_folds") and state["knn"].get("persons_out")):
        raise ValueError(f"{chosen.name}: too few states, people or samples to leave some out; choose other features")
    rows = [
        {"learner": learner, "left_out": left_out, **scores}
        for learner in LEARNERS
        for left_out, scores in state[learner].items()
        if scores is not None
    ]
    identity = (probe["identity"] or {}).get("knn", {}).get("random_folds")
    return Flattery(
        rows=pd.DataFrame(rows),
        chance=state["chance"],
        people=probe["people"],
        n=probe["rows"],
        states=state["classes"],
        named=identity["accuracy"] if identity else None,
        source=source,
    )


def _of_run(asked: Asked, space: str) -> Provenance:
    document = leaking.examined(asked, space, asked.state).document
    return leakage_told.of_figures(asked, {space: document}, probe=True)


def _of_real(path: Path, probe: Mapping[str, Any]) -> Provenance:
    text = (
        f"data {REAL}: features of real people, no pictures · n = {probe['rows']:,} rows · {probe['people']} people "
        f"with all states, {probe['left_out']} left out · judged on what was left out · seed {leaking.SEED}"
    )
    columns = ",".join(f"{ours}={theirs}" for ours, theirs in REAL_COLUMNS.items())
    words = ["fer", "leakage", str(path), "--space", REAL_SPACE, "--columns", columns, "--seed", str(leaking.SEED)]
    return Provenance(text, shlex.join([*words, "--probe", "--json"]))


@st.cache_data(max_entries=2, show_spinner=False)
def _real(path: str, changed: int) -> dict[str, Any]:
    table = find_vectors(path, [REAL_SPACE], columns=REAL_COLUMNS)
    return leaking.probes(leaking.of_table(table, path, {}), REAL_SPACE)
