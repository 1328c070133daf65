"""What is left of identity in a space after it was erased, as a run keeps it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core import colours
from fer_core.report.case import Case
from fer_core.report.charts import Dot, dots
from fer_core.report.markup import figure, joined, number, table
from fer_core.report.parts import Section, missing


@dataclass(frozen=True)
class Erased:
    """One space before and after."""

    space: str
    before: float
    after: float
    """The share of people who are found again."""
    chance: float | None


def stored_erasures(folder: Path) -> list[Mapping[str, Any]]:
    """The reports of fer erase that a run keeps, ``erasure-<space>.json``; damaged ones are left out.

    Args:
        folder: The run's directory.
    """
    found: list[Mapping[str, Any]] = []
    for path in sorted(folder.glob("erasure-*.json")):
        try:
            one = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(one, dict) and one.get("space"):
            found.append(one)
    return found


def erased(one: Mapping[str, Any]) -> Erased | None:
    """The leakage of a stored report; None where it holds none."""
    before, after = (_leak(one.get(key)) for key in ("before", "after"))
    if before is None or after is None:
        return None
    return Erased(str(one["space"]), before["accuracy"], after["accuracy"], before.get("chance"))


def _leak(side: Any) -> Mapping[str, Any] | None:
    """``accuracy ci95 chance`` of one side."""
    found = side.get("leakage", side) if isinstance(side, Mapping) else None
    return found if isinstance(found, Mapping) and isinstance(found.get("accuracy"), int | float) else None


def _rest(side: Mapping[str, Any]) -> list[object]:
    """State, variance and rank of one side."""
    return [number(side.get(key), digits) for key, digits in (("macro_f1", 4), ("variance", 4), ("effective_rank", 1))]


def erasure(case: Case) -> Section:
    """Leakage, state and variance of each space before and after erasure, as stored by fer erase."""
    run = shlex.quote(case.run.name)
    found = [(one, both) for one in stored_erasures(case.run.path) if (both := erased(one)) is not None]
    if not found:
        return missing(
            "No erasure of identity is stored with this run.", f"fer erase {run} --space v_state --folds 5 --store"
        )
    marks: list[Dot] = []
    rows: list[list[object]] = []
    for one, both in found:
        for when, ink in (("before", colours.of_space(both.space)), ("after", colours.ERASED)):
            leak = _leak(one[when]) or {}
            marks.append(Dot(f"{both.space}, {when}", leak["accuracy"], leak.get("ci95"), ink, both.chance))
            rows.append([both.space, when, number(leak["accuracy"]), number(both.chance), *_rest(one[when])])
    told = "; ".join(f"{both.space} {both.before:.3f} before, {both.after:.3f} after" for _, both in found)
    chart = dots(marks, "share of people found again (rank-1 identification)", f"People found again: {told}.", (0, 1))
    people = found[0][0]
    caption = (
        "Directions that tell people apart are taken away linearly, fitted on some people and applied to others. Lower "
        "leakage is better; the state should stay. Dotted: chance."
    )
    origin = f"run {case.run.name} · stored by fer erase · " + " · ".join(
        f"{words} {people[key] if isinstance(people[key], int) else len(people[key])} people"
        for key, words in (("fit_subjects", "fitted on"), ("applied_subjects", "applied to"))
        if isinstance(people.get(key), int | list)
    )
    again = tuple(
        (f"erasure of {both.space}", f"fer erase {run} --space {both.space} --folds 5 --store") for _, both in found
    )
    header = ["space", "", "found again", "chance", "state macro-F1", "variance kept", "effective rank"]
    body = [
        figure(chart, caption, origin, " ; ".join(command for _, command in again)),
        table(header, rows, "Before and after erasure", left=2),
    ]
    return Section(joined(body), again)
