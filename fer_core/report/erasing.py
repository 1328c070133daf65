"""What is left of identity in a space after it was erased, as a run keeps it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_core import colours
from fer_core.report.case import Case
from fer_core.report.charts import Dot, dots
from fer_core.report.markup import figure, joined, number, table
from fer_core.report.parts import Section, missing

SIDES = {"before": "before", "after": "erased", "control": "as many random directions"}
"""What a stored report holds of each space."""


def stored_erasures(folder: Path) -> list[Mapping[str, Any]]:
    """What fer erase keeps with a run, ``erasure-<space>.json`` each; see `erasure.erase`. Damaged ones are left out.

    Args:
        folder: The run's directory.
    """
    found: list[Mapping[str, Any]] = []
    for path in sorted(folder.glob("erasure-*.json")):
        try:
            one = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(one, dict) and one.get("space") and all(_whole(one.get(side)) for side in ("before", "after")):
            found.append(one)
    return found


def _whole(side: Any) -> bool:
    return isinstance(side, Mapping) and isinstance(side.get("accuracy"), int | float)


def erasure(case: Case) -> Section:
    """Leakage, state and variance of each space before and after erasure, as stored by fer erase."""
    run = shlex.quote(case.run.name)
    found = stored_erasures(case.run.path)
    if not found:
        again = case.on_space("fer erase", "--folds 5 --store")
        return missing("No erasure of identity is stored with this run.", again)
    marks: list[Dot] = []
    rows: list[list[object]] = []
    for one in found:
        space = str(one["space"])
        for side, words in SIDES.items():
            it: Mapping[str, Any] = one.get(side) or {}
            if not _whole(it):
                continue
            ink = colours.ERASED if side == "after" else colours.of_space(space) if side == "before" else colours.QUIET
            marks.append(Dot(f"{space}, {words}", it["accuracy"], it.get("ci95"), ink, it.get("chance")))
            rows.append(
                [
                    space,
                    words,
                    number(it["accuracy"]),
                    number(it.get("chance")),
                    number(it.get("macro_f1")),
                    number(it.get("variance"), 3),
                    joined([f"{it.get('dimension', '–')}, ", number(it.get("effective_rank"), 1)]),
                ]
            )
    told = "; ".join(
        f"{one['space']} {one['before']['accuracy']:.3f}, {one['after']['accuracy']:.3f} erased" for one in found
    )
    chart = dots(marks, "share of people found again (rank-1 identification)", f"People found again: {told}.", (0, 1))
    caption = (
        "Directions that tell people apart are taken away linearly, fitted on some people and applied to others. Lower "
        "leakage is better; the state should stay. Dotted: chance. Bars: 95 % intervals over people."
    )
    commands = tuple((f"erasure of {one['space']}", _again(run, one)) for one in found)
    header = ["space", "", "found again", "chance", "state macro-F1", "variance left", "dimension, effective rank"]
    body = [
        figure(chart, caption, _origin(case, found[0]), " ; ".join(words for _, words in commands)),
        table(header, rows, "Before and after erasure; macro-F1 of a linear probe that leaves persons out", left=2),
    ]
    return Section(joined(body), commands)


def _again(run: str, one: Mapping[str, Any]) -> str:
    kind, _, how = str(one.get("fit") or "folds=5").partition("=")
    fit = f"--folds {how}" if kind == "folds" else f"--fit {shlex.quote(f'{kind}={how}')}"
    return f"fer erase {run} --space {shlex.quote(str(one['space']))} {fit} --store"


def _origin(case: Case, one: Mapping[str, Any]) -> str:
    words = [f"run {case.run.name}", f"data {one.get('data') or one.get('source') or 'unknown'}"]
    words += [f"n = {one['n']:,}"] if isinstance(one.get("n"), int) else []
    words += [f"measured on people {one['people']} by the eraser"] if one.get("people") else []
    words += [f"fitted by {one['fit']}"] if one.get("fit") else []
    words += [f"keeps {one['keep']}"] if one.get("keep") else []
    words += [f"seed {one.get('seed')}"]
    return " · ".join([*words, "synthetic faces" if one.get("synthetic") else "faces not said to be synthetic"])
