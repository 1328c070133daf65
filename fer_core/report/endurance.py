"""What is left of a run on disturbed faces."""

from __future__ import annotations

import shlex

from fer_core.origin import how_held
from fer_core.report.case import Case
from fer_core.report.charts import Dot, dots
from fer_core.report.markup import figure, interval, joined, number, table
from fer_core.report.parts import Section, missing


def robustness(case: Case) -> Section:
    """Accuracy on covered, blurred, dark, turned and coarse faces, as stored by fer robustness."""
    run = shlex.quote(case.run.name)
    source = case.source
    try:
        found = case.run.robustness()
    except FileNotFoundError:
        split = f" --split {case.split}" if case.split else ""
        again = f"fer robustness {run} --data {shlex.quote(source)}{split} --store"
        return missing("Robustness to disturbances was not stored with this run.", again)
    summary, told = found.attrs.get("summary") or {}, found.attrs.get("facts") or {}
    kinds, strengths = summary.get("kinds"), told.get("strengths")
    if not kinds or not strengths:
        raise ValueError(
            f"the stored robustness of run {case.run.name} is damaged; fer robustness --store makes it anew"
        )
    # It may have been measured on other data than the report's; of those only the name is stored.
    mine = told.get("data") in (case.told.get("data"), (case.run.info.get("data") or {}).get("name"))
    again = f"fer robustness {run} --data {shlex.quote(source if mine else str(told.get('data')))}"
    again += f" --split {told['split']}" if told.get("split") else ""
    again += f" --limit {summary['n']}" if summary.get("n", 0) < told.get("of", 0) else ""
    again += f" --seed {told.get('seed', 0)} --store"
    accuracy = {(row["kind"], row["strength"]): row["accuracy"] for row in found.to_dict("records")}
    worst = max(kinds, key=lambda kind: kinds[kind]["drop"])
    chart = dots(
        [Dot(kind, one["drop"], one["drop_ci95"], tick=0.0) for kind, one in kinds.items()],
        "accuracy lost to the clean pictures, mean over strengths",
        f"Accuracy lost by kind of disturbance; most by {worst}, {kinds[worst]['drop']:.3f}.",
    )
    caption = joined(
        [
            "Clean accuracy ",
            number(summary["clean"]["accuracy"]),
            ", mean under disturbances ",
            number(summary["robust"]),
            ": ",
            number(summary["drop"]),
            " lost, paired 95 % interval ",
            interval(summary["drop_ci95"]),
            ".",
        ]
    )
    origin = " · ".join(
        [
            f"run {told.get('run')}",
            f"data {told.get('data')}",
            f"split {told.get('split')}",
            f"n = {summary.get('n'):,} of {told.get('of', summary.get('n')):,}",
            how_held(told),
            f"seed {told.get('seed')}",
            "synthetic faces" if told.get("synthetic") else "real faces, or not said to be synthetic",
            "disturbances drawn",
        ]
    )
    rows = [
        [
            kind,
            *(number(accuracy.get((kind, level)), 3) for level in strengths),
            number(one["robust"], 3),
            number(one["drop"], 3, True),
        ]
        for kind, one in kinds.items()
    ]
    header = ["disturbance", *(f"strength {level}" for level in strengths), "mean", "lost"]
    body = [figure(chart, caption, origin, again), table(header, rows, "Accuracy by kind and strength")]
    return Section(joined(body), (("robustness", again),))
