"""A study as a grid: what was varied down and across, and what came of it in each cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app.services.provenance import Provenance
from app.services.sweeps import again, folders
from fer_core.studies import LEAVE_ONE_OUT, StoredStudy, has_folds, summarised

FIGURES: Mapping[str, str] = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "average_accuracy": "Average recall",
    "robust_accuracy": "Accuracy under disturbances",
    "ece": "Calibration error (ECE)",
    "seconds": "Seconds of training",
    "parameters": "Parameters",
}
"""Column of a sweep's table -> what it is called; those of feature spaces besides."""
OF_PEOPLE: Mapping[str, str] = {
    "identification_seen_": "People it learned from found again by",
    "identification_": "Strangers found again by",
}
"""Beginning of a column that a feature space's name ends -> what it is called; the longer beginning first."""
ROW, SEED, FOLD, ALL = "row", "seed", "fold", "all trainings"
LOWER_IS_BETTER = ("ece", "seconds", "parameters", "identification")
"""Beginnings of figures of which less is better."""


@dataclass(frozen=True)
class Cells:
    """One figure of a study, cell by cell."""

    table: pd.DataFrame
    """``down across mean low high runs``: the mean over the seeds in a cell, Student's interval, and trainings."""
    down: str
    across: str
    figure: str
    name: str
    """Of the figure, in words."""
    source: Provenance


def names() -> dict[str, tuple[str, str]]:
    """What is shown -> (folder, study) of every study with a finished training, own ones first."""
    found: dict[str, tuple[str, str]] = {}
    for folder in folders("sweep.parquet"):
        for study in _finished(str(folder), _changed(folder)):
            found.setdefault(folder.name if study == folder.name else f"{folder.name}: {study}", (str(folder), study))
    return found


def axes(folder: str, study: str) -> tuple[tuple[str, ...], tuple[str, str]]:
    """What can lie down and across, and what does at first.

    Args:
        folder: Of the sweep.
        study: One of its studies.
    """
    table = _varied(folder, study, _changed(Path(folder)))
    settings = [name for name in table.columns if "." in str(name) and table[name].nunique() > 1]
    offered = [ROW, *settings, SEED, *([FOLD] if has_folds(table) else []), ALL]
    # A grid of two settings is a grid; anything else is rows, once per seed.
    whole = [(a, b) for a in settings for b in settings if a < b and _is_grid(table, a, b)]
    first = whole[0] if whole else (ROW, SEED if table["seed"].nunique() > 1 else ALL)
    return tuple(offered), first


def figures(folder: str, study: str) -> dict[str, str]:
    """What is shown -> column, of the figures that a study's finished trainings have."""
    table = _varied(folder, study, _changed(Path(folder)))
    known = {column: title for column, title in FIGURES.items() if column in table}
    for column in table:
        for beginning, title in OF_PEOPLE.items():
            if str(column).startswith(beginning):
                known[str(column)] = f"{title} {str(column).removeprefix(beginning)}"
                break
    return {title: column for column, title in known.items() if table[column].notna().any()}


def cells(folder: str, study: str, down: str, across: str, figure: str) -> Cells:
    """The grid of one figure; every mean and interval is `fer_core.studies.summarised`'s, as ``fer sweep`` prints it.

    Args:
        folder: Of the sweep.
        study: One of its studies.
        down: One of `axes`.
        across: Another.
        figure: A column, of `figures`.

    Raises:
        ValueError: both axes are the same, or the study has no such axis.
    """
    if down == across:
        raise ValueError(f"'{down}' lies down and across; choose two that differ")
    table = _varied(folder, study, _changed(Path(folder)))
    for axis in (down, across):
        if axis not in table and axis != ALL:
            raise ValueError(f"study {study} does not vary '{axis}'")
    marked = table.assign(**{ALL: ALL})
    # Without its column a fold counts as a training of its own: where folds lie along an axis, they are not averaged.
    alone = FOLD in (down, across)
    entries = []
    for (one, other), some in marked.groupby([down, across], sort=False):
        runs = some.drop(columns=[FOLD, "folds"]) if alone else some
        entry = summarised(runs.assign(row="cell"), (*FIGURES,))[0]
        key = f"{figure}_folds" if f"{figure}_folds" in entry else figure
        told = entry.get(key)
        if told is not None:
            entries.append(
                {"down": one, "across": other, **{name: told[name] for name in ("mean", "low", "high")},
                 "runs": entry["runs"]}
            )  # fmt: skip
    titles = {column: title for title, column in figures(folder, study).items()}
    return Cells(pd.DataFrame(entries), down, across, figure, titles[figure], _origin(Path(folder), study, table))


def trainings(folder: str, study: str) -> pd.DataFrame:
    """Every training of a study, with what it was set to."""
    table = StoredStudy(Path(folder)).table
    mine = table[table["study"] == study]
    wanted = ["row", "seed", "fold", "status", "accuracy", "macro_f1", "n", "split", "seconds", "error"]
    return mine[[name for name in wanted if name in mine and mine[name].notna().any()]].reset_index(drop=True)


def _is_grid(table: pd.DataFrame, one: str, other: str) -> bool:
    pairs = table[[one, other]].drop_duplicates()
    return len(pairs) == table[one].nunique() * table[other].nunique() == table[ROW].nunique()


def _changed(folder: Path) -> int:
    return (folder / "sweep.parquet").stat().st_mtime_ns


@st.cache_data(max_entries=64, show_spinner=False)
def _finished(folder: str, changed: int) -> Sequence[str]:
    try:
        table = StoredStudy(Path(folder)).table
    except ValueError:
        return []  # a damaged sweep hides no other
    return [str(one) for one in table.loc[table["status"] == "finished", "study"].unique()]


@st.cache_data(max_entries=64, show_spinner=False)
def _varied(folder: str, study: str, changed: int) -> pd.DataFrame:
    """The finished trainings of a study, with a column for every setting that differs between rows."""
    table = StoredStudy(Path(folder)).table
    mine = table[(table["study"] == study) & (table["status"] == "finished")].reset_index(drop=True)
    if mine.empty:
        raise ValueError(f"no training of study {study} has finished")
    written = [_settings(one) for one in mine["overrides"]] if "overrides" in mine else [{}] * len(mine)
    keys = sorted({key for one in written for key in one if not key.startswith("data.test_group")})
    for key in keys:
        values = [one.get(key, "as in the recipe") for one in written]
        if len(set(values)) > 1:
            mine[key] = values
    return mine


def _settings(overrides: Any) -> dict[str, str]:
    try:
        words = json.loads(overrides)
    except (TypeError, ValueError):
        return {}
    return {key.strip(): value.strip() for key, equals, value in (str(one).partition("=") for one in words) if equals}


def _origin(folder: Path, study: str, table: pd.DataFrame) -> Provenance:
    kinds = [bool(one) for one in table["synthetic"].dropna().unique()] if "synthetic" in table else []
    splits = [LEAVE_ONE_OUT] if has_folds(table) else sorted(map(str, table["split"].dropna().unique()))
    counts = sorted({int(one) for one in table["n"].dropna()})
    parts = [
        f"study {study} of {folder.name}",
        f"data {', '.join(map(str, table['data'].dropna().unique()))}",
        f"split {', '.join(splits)}",
        f"n = {counts[0]:,}" + (f" to {counts[-1]:,}" if len(counts) > 1 else "") + " a training" if counts else "",
        f"{len(table):,} trainings",
        f"seeds {', '.join(str(one) for one in sorted(table['seed'].unique()))}",
        "intervals over seeds",
        " and ".join("synthetic faces" if one else "real faces" for one in kinds),
    ]
    return Provenance(" · ".join(one for one in parts if one), again(folder))
