"""Whether a run notices pictures that are none of its kind."""

from __future__ import annotations

import shlex
from typing import Any

from fer_core.ood.reference import Reference, usual
from fer_core.origin import how_held
from fer_core.report.case import Case
from fer_core.report.charts import Dot, dots
from fer_core.report.markup import figure, joined, number, table
from fer_core.report.parts import Section, missing


def ood(case: Case) -> Section:
    """The stored threshold of usual faces, and how well other pictures are told apart from them."""
    run = shlex.quote(case.run.name)
    found = usual(case.run)
    if found is None:
        again = f"fer ood {run} --data {shlex.quote(case.source)} --store"
        return missing("What a usual face is was not stored with this run.", again)
    facts = found.facts
    again = f"fer ood {run} --data {shlex.quote(str(facts.get('source') or case.source))}"
    # Without a split it takes the run's own validation samples, also where the data name none.
    again += f" --split {facts['split']}" if facts.get("split") not in (None, "validation") else ""
    again += f" --limit {facts['limit']}" if facts.get("limit") else ""
    again += "".join(
        f" --against {shlex.quote(one['name'] + '=DATA')}"
        for one in facts.get("tried") or []
        if one["group"] == "data" and "synthetic" not in one["name"]
    )
    tried: list[dict[str, Any]] = list(found.facts.get("tried") or [])
    rows = [
        [f"{one['group']}: {one['name']}", f"{one['n']:,}", number(one["auroc"]), number(one["outside"], 3),
         number(one["median"], 3), "synthetic" if one.get("synthetic") else "real"]
        for one in tried
    ]  # fmt: skip
    marks = [Dot(f"{one['group']}: {one['name']}", one["auroc"], tick=0.5) for one in tried]
    caption = joined(
        [
            f"Distance to the run's own {found.facts.get('split')} features in {found.space}; 95 % of them lie within ",
            number(found.threshold, 3),
            ". AUROC: how often a picture of another kind lies farther than one of its own; dotted: chance.",
        ]
    )
    body = []
    if marks:
        least = min(tried, key=lambda one: one["auroc"])
        said = f"AUROC by kind of picture; lowest {least['name']}, {least['auroc']:.3f}."
        body.append(
            figure(dots(marks, "AUROC against the run's own pictures", said, (0, 1)), caption, _origin(found), again)
        )
    header = ["pictures", "n", "AUROC", "outside the threshold", "median distance", "made"]
    body.append(table(header, rows, "What it was tried on"))
    return Section(joined(body), (("pictures of another kind", again),))


def _origin(found: Reference) -> str:
    facts = found.facts
    return " · ".join(
        [
            f"run {facts.get('run')}",
            f"data {facts.get('data')}",
            f"split {facts.get('split')}",
            f"n = {facts.get('n'):,}",
            how_held(facts),
            f"seed {facts.get('seed')}",
            "synthetic faces" if facts.get("synthetic") else "real faces, or not said to be synthetic",
            f"{facts.get('folds')} folds by {facts.get('dealt_by')}",
        ]
    )
