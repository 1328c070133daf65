"""Features of 25 synthetic people, made while a visitor waits: for runs that store none."""

from __future__ import annotations

import shlex
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from app.services.runs import stamp
from fer_core.data import open_data
from fer_core.data.people import People
from fer_core.features import FeatureTable, read_features
from fer_core.labels import DROWSINESS, EXPRESSIONS
from fer_core.runs import Run, find_run

DRAWN = "drawn people"
"""Stands among the splits; no data set calls one so."""
PEOPLE = 25
"""As many as paper A has strangers (section 4.5)."""
AT_ONCE = 5
"""People between two words about progress."""
_FIRST = 900_000
"""Number of the first: no recipe learns from people that far."""


@dataclass
class _Desk:
    """Where the table lies when it is done; one for all visitors of a run."""

    drawing: threading.Lock = field(default_factory=threading.Lock)
    parts: list[FeatureTable] = field(default_factory=list)
    """Five people each; a visitor who clicks elsewhere loses none of them."""
    table: FeatureTable | None = None


def possible(name: str) -> bool:
    """Whether synthetic people suit a run.

    Args:
        name: The run.

    Raises:
        FileNotFoundError: no such run.
    """
    return _kind(find_run(name)) is not None


def drawn(run: Run) -> FeatureTable | None:
    """The finished table; None before `draw` was run to its end.

    Args:
        run: Any run.
    """
    return _desk(str(run.path), stamp(run)).table


def command(run: Run) -> str:
    """Makes the same table as a file, ``features.parquet``.

    Args:
        run: One that people suit.
    """
    kind = _kind(run)
    data = _asked(*kind, PEOPLE, 0).line() if kind else "DATA"
    return f"fer embed {shlex.quote(run.name)} --data {shlex.quote(data)} --out features.parquet"


def draw(name: str) -> Iterator[tuple[int, int]]:
    """Draws the people and asks the run about them.

    Args:
        name: A run that people suit.

    Yields:
        How many people are done, of how many.

    Raises:
        FileNotFoundError: no such run.
        ValueError: no people suit its labels, or it cannot be used.
    """
    from fer_core.embedding import embed

    run = find_run(name)
    kind = _kind(run)
    if kind is None:
        raise ValueError(f"no synthetic people suit run {run.name}: {run.why_not or ', '.join(run.labels)}")
    desk = _desk(str(run.path), stamp(run))
    # Two visitors who ask at the same time would draw everybody twice.
    with desk.drawing, tempfile.TemporaryDirectory(prefix="fer-space-") as folder:
        file = Path(folder) / "features.parquet"
        for start in range(AT_ONCE * len(desk.parts), PEOPLE, AT_ONCE):
            yield start, PEOPLE
            embed(run, open_data(_asked(*kind, AT_ONCE, start).line()), file)
            desk.parts.append(read_features(file))
        if desk.table is None:
            desk.table = _joined(_asked(*kind, PEOPLE, 0), desk.parts)


def _kind(run: Run) -> tuple[str, int] | None:
    """Which states are drawn, and how many frames of each."""
    if not run.usable or not run.labels:
        return None
    if set(run.labels) <= set(DROWSINESS):
        return "drowsiness", 2
    return ("expressions", 1) if set(EXPRESSIONS) <= set(run.labels) else None


def _asked(states: str, frames: int, count: int, start: int) -> People:
    # One group: no splits, so that the same people come whether asked for at once or five by five.
    return People(count, 2, states, frames, 128, 0, _FIRST + start, 1)


def _joined(wanted: People, parts: list[FeatureTable]) -> FeatureTable:
    samples = pd.concat([one.samples for one in parts], ignore_index=True)
    spaces = {name: np.concatenate([one.spaces[name] for one in parts]) for name in parts[0].spaces}
    made = {**parts[0].made, "data": wanted.name, "source": wanted.line(), "n": len(samples)}
    # Of five of the people only.
    for name in ("of", "excluded", "fingerprint", "met"):
        made.pop(name, None)
    return FeatureTable(samples, spaces, f"{PEOPLE} synthetic people", made)


@st.cache_resource(max_entries=4, show_spinner=False)
def _desk(path: str, changed: int) -> _Desk:
    return _Desk()
