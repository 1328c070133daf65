"""Whether a run is as sure as it is right, and what keeping silent gains."""

from __future__ import annotations

import shlex
from typing import Any

from fer_core import colours
from fer_core.calibration import calibrate, figures
from fer_core.report.case import Case
from fer_core.report.charts import Line, lines
from fer_core.report.markup import Html, element, figure, folded, interval, joined, number, table
from fer_core.report.parts import Section, unjudged

WISH = 0.9
"""Accuracy wished of the answers that are given."""


def calibration(case: Case) -> Section:
    """Reliability, temperature, and abstention."""
    if case.judged is None:
        return unjudged(case)
    again = f"fer calibrate {shlex.quote(case.run.name)} --split {case.split} --judge-on folds"
    found, why = _fitted(case)
    before = found["before"] if found else figures(case.judged.shares, case.judged.true)
    body: list[Html] = [_reliability(case, before, again)]
    if found:
        body.append(_temperature(found))
    else:
        body.append(element("p", f"No temperature can be judged here: {why}.", class_="absent"))
    body.append(_abstention(case, before, found, again))
    return Section(joined(body), (("calibration and abstention", again),))


def _fitted(case: Case) -> tuple[dict[str, Any] | None, str]:
    """Judged on the split itself, each fold by what the others give; of too few people there is none."""
    if case.judged is not None and case.judged.left_out:
        return None, "some samples have labels that the run does not know"
    try:
        return calibrate(case.run, str(case.split), "folds", wish=WISH), ""
    except ValueError as error:
        return None, str(error)


def _reliability(case: Case, before: dict[str, Any], again: str) -> Html:
    bins = [one for one in before["reliability"] if one["count"]]
    curve = Line(
        "the run",
        [float(one["confidence"]) for one in bins],
        [float(one["accuracy"]) for one in bins],
        marks=True,
    )
    perfect = Line("perfect", [0, 1], [0, 1], colours.QUIET, dashed=True)
    chart = lines(
        [perfect, curve],
        "confidence of the answer",
        "share right",
        f"Reliability diagram in 15 bins; expected calibration error {before['ece']:.3f}.",
        (0, 1),
        (0, 1),
    )
    words = [
        "Below the dashed line the run is surer than right. Expected calibration error (ECE) ",
        number(before["ece"]),
        "; Brier score ",
        number(before["brier"]),
        ".",
    ]
    means = ("confidence", "accuracy")
    rows = [
        [f"{one['lower']:.2f} to {one['upper']:.2f}", f"{int(one['count']):,}",
         *(number(float(one[key]), 3) for key in means)]
        for one in bins
    ]  # fmt: skip
    cells = table(["confidence", "answers", "mean confidence", "share right"], rows, "The bins of the diagram")
    return joined([figure(chart, joined(words), case.origin, again), folded("The numbers", cells)])


def _temperature(found: dict[str, Any]) -> Html:
    after, value = found["after"], found["temperature"]
    meaning = "too sure" if value > 1 else "not sure enough"
    return element(
        "p",
        "Temperature ",
        number(value, 3),
        f", fitted on {found['fitted_on']['split']} and judged in {found['judged_on']['folds']} parts, each with what "
        f"the others give (seed {found['seed']} of the training, 0 of the parts): the run is {meaning}. "
        "With it the calibration error is ",
        number(after["ece"]),
        ", 95 % interval ",
        interval(after["ci95_ece"]),
        ".",
    )


def _abstention(case: Case, before: dict[str, Any], found: dict[str, Any] | None, again: str) -> Html:
    curve = before["abstention"]["curve"]
    chart = lines(
        [Line("", [float(one["coverage"]) for one in curve], [float(one["accuracy"]) for one in curve], marks=True)],
        "share of the samples that are answered, the surest first",
        "share right of those",
        "Accuracy of the answers given, by the share of samples answered.",
        (0, 1),
    )
    words: list[object] = [
        "What is gained by keeping silent where unsure. Area under the curve ",
        number(before["abstention"]["area"]),
        ".",
    ]
    if found is not None:
        words += _wish(found["wish"])
    return figure(chart, joined(words), case.origin, again)


def _wish(wish: dict[str, Any]) -> list[object]:
    if wish["threshold"] is None:
        return [f" No threshold makes {wish['accuracy']:.0%} of the answers right."]
    kept = "none" if wish["attained"] is None else joined([number(wish["attained"]), " of them right"])
    return [
        f" For {wish['accuracy']:.0%} right, answer where the confidence is at least ",
        number(wish["threshold"]),
        f": {wish['coverage']:.1%} of the samples are answered, ",
        kept,
        ".",
    ]
