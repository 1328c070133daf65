"""Learning curves of several trainings, to be laid over each other: of runs, and of a study's rows seed by seed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from app.services import runs as known_runs
from app.services.provenance import Provenance
from app.services.sweeps import again, folders
from fer_core.origin import source_of
from fer_core.runs import find_run
from fer_core.studies import StoredStudy

MEASURES: Mapping[str, str] = {
    "validation_accuracy": "Validation accuracy",
    "validation_macro_f1": "Validation macro-F1",
    "validation_loss": "Validation loss",
    "loss": "Training loss",
    "learning_rate": "Learning rate",
}
ALONG: Mapping[str, str] = {"epoch": "epochs", "steps": "optimiser steps", "pictures": "pictures", "seconds": "seconds"}
MOST = 8
"""Lines that a person can tell apart at most."""


def offered() -> dict[str, tuple[str, str, str]]:
    """What is shown -> (folder, study, row) of everything with stored curves; of a run study and row are empty."""
    found: dict[str, tuple[str, str, str]] = {}
    for card in known_runs.cards():
        run = find_run(card.name)
        if (run.path / "history.csv").is_file():
            found.setdefault(f"run {card.name}", (str(run.path), "", ""))
    for folder in folders("history.parquet"):
        for study, row in _rows(str(folder), (folder / "history.parquet").stat().st_mtime_ns):
            names = [folder.name, *([study] if study != folder.name else []), row]
            found.setdefault(" / ".join(names), (str(folder), study, row))
    return found


def curves(chosen: Mapping[str, tuple[str, str, str]], measure: str, along: str) -> pd.DataFrame:
    """Points of lines: ``name seed x y``; a line for every seed and fold.

    Args:
        chosen: Of `offered`.
        measure: Of `MEASURES`.
        along: Of `ALONG`; all but epochs are counted from the beginning of the training.

    Raises:
        ValueError: a stored table is damaged.
    """
    parts = []
    for name, (folder, study, row) in chosen.items():
        file = Path(folder) / ("history.parquet" if row else "history.csv")
        changed = file.stat().st_mtime_ns if file.is_file() else 0
        table = _history(folder, study, row, changed)
        if measure not in table or along not in table or table.empty:
            continue
        for line, one in table.groupby("line", sort=False):
            x = one["epoch"] if along == "epoch" else one[along].cumsum()
            parts.append(pd.DataFrame({"name": name, "line": line, "x": x, "y": one[measure]}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["name", "line", "x", "y"])


def ends(points: pd.DataFrame, measure: str) -> pd.DataFrame:
    """What lines come to: ``name trainings last best``, means over a name's lines.

    Args:
        points: Of `curves`.
        measure: Of `MEASURES`; of a loss the smallest is the best.
    """
    lines = points.groupby(["name", "line"], sort=False)["y"]
    best = lines.min() if measure.endswith("loss") else lines.max()
    each = pd.DataFrame({"last": lines.last(), "best": best}).groupby("name", sort=False)
    return each.mean().assign(trainings=each.size()).reset_index()[["name", "trainings", "last", "best"]]


def origin(chosen: Mapping[str, tuple[str, str, str]]) -> Provenance:
    """Of curves laid over each other."""
    words, commands, kinds = [], [], set()
    for name, (folder, _, row) in chosen.items():
        words.append(name)
        if row:
            commands.append(again(Path(folder)))
            table = StoredStudy(Path(folder)).table
            kinds |= {bool(one) for one in table["synthetic"].dropna().unique()} if "synthetic" in table else set()
            continue
        run = find_run(folder)
        recipe = shlex.quote(str(run.path / "recipe.yaml"))
        commands.append(f"fer train {recipe} --data {shlex.quote(source_of(run))} --json")
        kinds.add(run.synthetic)
    faces = " and ".join(word for kind, word in ((True, "synthetic faces"), (False, "real faces")) if kind in kinds)
    text = f"{', '.join(words)} · each on its own validation split, after every epoch · {faces or 'faces unknown'}"
    return Provenance(text, " && ".join(dict.fromkeys(commands)))


def first(found: Sequence[str]) -> list[str]:
    """What is shown before anybody chooses: the rows of one shipped study, else the newest runs."""
    rows = [one for one in found if one.startswith("mixings / ")]
    return rows[:4] or list(found)[:3]


@st.cache_data(max_entries=64, show_spinner=False)
def _rows(folder: str, changed: int) -> list[tuple[str, str]]:
    try:
        table = StoredStudy(Path(folder)).history()
        pairs = table[["study", "row"]].drop_duplicates()
    except (ValueError, KeyError):
        return []  # a damaged sweep hides no other
    return [(str(study), str(row)) for study, row in pairs.itertuples(index=False)]


@st.cache_data(max_entries=64, show_spinner=False)
def _history(folder: str, study: str, row: str, changed: int) -> pd.DataFrame:
    if not row:
        return find_run(folder).history().assign(line="")
    table = StoredStudy(Path(folder)).history()
    mine = table[(table["study"] == study) & (table["row"] == row)]
    line = "seed " + mine["seed"].astype(str)
    if "fold" in mine and mine["fold"].notna().any():
        line = line + ", fold " + mine["fold"].astype("Int64").astype(str)
    return mine.assign(line=line)
