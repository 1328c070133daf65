"""What a usual face is for a run, as far as the run keeps it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.services.provenance import Provenance, people
from app.services.runs import stamp
from fer_core.contracts import Usual
from fer_core.ood import usual
from fer_core.runs import find_run

__all__ = ["Usual", "compared_with", "of_distance", "storing"]


def compared_with(name: str) -> Mapping[str, Any] | None:
    """What faces are compared with: the facts of ``fer ood NAME --json``; None where the run keeps nothing.

    Args:
        name: The run.

    Raises:
        FileNotFoundError: no such run.
    """
    run = find_run(name)
    return _facts(str(run.path), stamp(run))


def storing(name: str) -> str:
    """The command that gives a run something to compare with.

    Args:
        name: The run.

    Raises:
        FileNotFoundError: no such run.
    """
    source = str((find_run(name).info.get("data") or {}).get("source") or "DATA")
    return f"fer ood {shlex.quote(name)} --data {shlex.quote(source)} --store"


def of_distance(name: str, facts: Mapping[str, Any], found: Usual) -> Provenance:
    """Of the word whether one face is usual.

    Args:
        name: The run.
        facts: Of `compared_with`.
        found: Of the face.
    """
    how = "in-sample (the run learned from it)" if facts["in_sample"] else "held-out"
    parts = [
        f"run {name}",
        f"distance {found.distance:.3f} in {facts['space']}, threshold {facts['threshold']:.3f}",
        f"data {facts['data']}",
        f"split {facts['split']}",
        f"n = {facts['n']:,}",
        how + (", but the best epoch was selected on it" if facts["selected_on"] else ""),
        f"seed {facts['seed']}",
        people(find_run(name), bool(facts["synthetic"])),
    ]
    return Provenance(" · ".join(parts), f"fer ood {shlex.quote(name)} --json")


@st.cache_data(max_entries=32, show_spinner=False)
def _facts(path: str, changed: int) -> Mapping[str, Any] | None:
    kept = usual(find_run(path))
    return None if kept is None else dict(kept.facts)
