"""Two runs on the same pictures: computed by `fer_core.compare`, as the command does."""

from __future__ import annotations

import shlex
from typing import Any

import streamlit as st

from app.services.provenance import Provenance, people
from app.services.runs import cards, stamp
from fer_core.compare import compare
from fer_core.runs import find_run

EVERY = 10**9
"""Flipped pictures that are named each way: all of them, for those that are shown should be of every kind."""


def rivals(name: str, split: str) -> tuple[str, ...]:
    """Other runs with the same labels that were judged on a split of that name; whether on the same data shows later.

    Raises:
        FileNotFoundError: no such run.
    """
    mine = find_run(name)
    return tuple(
        one.name
        for one in cards()
        if one.name != mine.name and split in one.splits and set(one.labels) == set(mine.labels)
    )


def comparison(name: str, rival: str, split: str) -> dict[str, Any]:
    """What ``fer compare NAME RIVAL --split SPLIT --json`` prints, with every flipped picture named.

    Raises:
        FileNotFoundError: no such run.
        ValueError: they were judged on other data.
    """
    runs = [find_run(name), find_run(rival)]
    (first, changed), (second, changed_too) = ((str(run.path), stamp(run)) for run in runs)
    return _comparison(first, changed, second, changed_too, split)


def of_comparison(name: str, rival: str, found: dict[str, Any]) -> Provenance:
    """Of every figure that lays two runs side by side."""
    seeds = ", ".join(str(one["seed"]) for one in found["origin"].values())
    about = next(iter(found["origin"].values()))
    selected = [one for one, facts in found["origin"].items() if facts["selected_on"]]
    learned = [one for one in (name, rival) if find_run(one).provenance(found["split"])["in_sample"]]
    if learned:
        how = f"in-sample ({' and '.join(learned)} learned from it)"
    else:
        how = "held-out" + (f", but it selected the epoch of {', '.join(selected)}" if selected else "")
    parts = [
        f"runs {name} and {rival}",
        f"data {about['data'] or 'unknown'}",
        f"split {found['split']}",
        f"n = {found['n']:,} judged by both",
        how,
        f"seeds {seeds}",
        people(find_run(name), bool(about["synthetic"])),
    ]
    command = f"fer compare {shlex.quote(name)} {shlex.quote(rival)} --split {found['split']} --json"
    return Provenance(" · ".join(parts), command)


@st.cache_data(max_entries=32, show_spinner=False)
def _comparison(first: str, changed: int, second: str, changed_too: int, split: str) -> dict[str, Any]:
    return compare([find_run(first), find_run(second)], split, shown=EVERY)
