"""How a run learned."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

import pandas as pd

from fer_core import colours
from fer_core.origin import source_of
from fer_core.report.case import Case
from fer_core.report.charts import Line, lines
from fer_core.report.markup import Html, figure, folded, joined, number, table
from fer_core.report.parts import Section, missing

_SCORES = {"validation_accuracy": ("accuracy", colours.ACCENT), "validation_macro_f1": ("macro-F1", colours.CHOSEN)}
_LOSSES = {"loss": ("training", colours.ACCENT), "validation_loss": ("validation", colours.CHOSEN)}


def curves(case: Case) -> Section:
    """Loss and scores by epoch."""
    again = f"fer train {shlex.quote(_here(case.run.path / 'recipe.yaml'))} --data {shlex.quote(source_of(case.run))}"
    epochs = case.run.history()
    if epochs.empty or "epoch" not in epochs:
        return missing("No learning curves are stored with this run.", again)
    best = (case.run.info.get("best") or {}).get("epoch")
    mark = (float(best), f"epoch {best} kept") if isinstance(best, int | float) else None
    drawn: list[Html] = []
    for columns, what, y_title in ((_LOSSES, "Loss", "loss"), (_SCORES, "Scores on validation", "score")):
        found = [
            Line(name, epochs["epoch"].tolist(), epochs[column].astype(float).tolist(), ink, marks=len(epochs) < 40)
            for column, (name, ink) in columns.items()
            if column in epochs and epochs[column].notna().any()
        ]
        if found:
            ends = {one.name: [value for value in one.y if math.isfinite(value)] for one in found}
            last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in ends.items() if values)
            chart = lines(found, "epoch", y_title, f"{what} by epoch; at the end {last}.", mark=mark)
            drawn.append(figure(chart, f"{what} by epoch.", case.learned, again))
    return Section(joined([*drawn, folded("The numbers", _numbers(epochs))]), (("learning curves", again),))


def _numbers(epochs: pd.DataFrame) -> Html:
    shown = [
        column
        for column in ("loss", "validation_loss", "validation_accuracy", "validation_macro_f1")
        if column in epochs
    ]
    rows = [
        [f"{int(one['epoch'])}", *(number(float(one[column])) for column in shown)] for one in epochs.to_dict("records")
    ]
    return table(["epoch", *(column.replace("_", " ") for column in shown)], rows, "The learning curves")


def _here(path: Path) -> str:
    """A path as whoever stands here writes it: whose machine it is does not belong into a report."""
    whole = path.resolve()
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else str(path)
