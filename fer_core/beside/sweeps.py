"""A sweep's rows, as measured rows; and a sweep laid beside a published table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import yaml

from fer_core.beside.laying import lay_beside, training_of
from fer_core.beside.measured import Comparison, Measured
from fer_core.labels import index_of, suggestion
from fer_core.metrics import bootstrap_interval, confusion
from fer_core.published import PublishedTable
from fer_core.recipe import load_recipe
from fer_core.studies import StoredStudy
from fer_core.tables import PROBABILITY

FIGURES = ("accuracy", "average_accuracy", "macro_f1", "parameters", "robust_accuracy")
"""What `rows_of_study` takes from a sweep's table."""


def beside_study(table: PublishedTable, study: StoredStudy, name: str | None = None) -> Comparison:
    """Lays a sweep beside a published table.

    Args:
        table: The published table.
        study: The sweep.
        name: Which of its studies; None: the one that names the table in its grid, or the only one.

    Raises:
        ValueError: the sweep has several studies and none is meant, or nothing in it belongs to the table.
    """
    rows = rows_of_study(study, name or _meant(study, table.key))
    trained = {one.name: training_of(table, one.name) for one in rows}
    facts = {ours: facts_of(one.recipe, one.set) for ours, one in trained.items() if one is not None}
    return lay_beside(table, rows, facts)


def _meant(study: StoredStudy, key: str) -> str:
    names = list(dict.fromkeys(study.table["study"]))
    path = study.path / "grid.yaml"
    written = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    asked = [one.get("name") for one in written.get("studies", ()) if one.get("table") == key]
    for candidates in (asked, [one for one in names if one == key], names):
        if len(candidates) == 1:
            return str(candidates[0])
    raise ValueError(f"{study.path} holds several studies and none is said to lie beside {key}; name one of {names}")


def rows_of_study(study: StoredStudy, name: str) -> tuple[Measured, ...]:
    """The finished rows of one study of a sweep, each with its seeds.

    Raises:
        ValueError: no such study, or no run of it has finished.
    """
    runs = study.table[study.table["study"] == name]
    if runs.empty:
        raise ValueError(f"{study.path} has no study '{name}'{suggestion(name, set(study.table['study']))}")
    done = runs[runs["status"] == "finished"]
    if done.empty:
        raise ValueError(f"no run of study {name} has finished")
    return tuple(_measured(study, name, str(row), group) for row, group in done.groupby("row", sort=False))


def _measured(study: StoredStudy, name: str, row: str, runs: pd.DataFrame) -> Measured:
    first = runs.iloc[0]
    figures = [key for key in FIGURES if key in runs and runs[key].notna().all()]
    try:
        facts = facts_of(str(first["recipe"]), json.loads(first["overrides"]))
    except (ValueError, FileNotFoundError):  # a recipe of another machine, or of parts that are no more
        facts = {"epochs": int(first["epochs"])} if "epochs" in runs else {}
    return Measured(
        name=row,
        values={key: tuple(float(value) for value in runs[key]) for key in figures},
        seeds=tuple(int(seed) for seed in runs["seed"]),
        data=str(first["data"]),
        split=str(first["split"]),
        n=int(first["n"]),
        single=_single(study, name, row, first) if len(runs) == 1 else {},
        facts=facts,
    )


def _single(study: StoredStudy, name: str, row: str, run: Any) -> dict[str, tuple[float, float]]:
    """Bootstrap intervals of a single run, over its pictures."""
    found = {"accuracy": (float(run["ci95_low"]), float(run["ci95_high"]))}
    if not (study.path / "predictions.parquet").is_file():
        return found
    stored = study.predictions()
    mine = stored[(stored["study"] == name) & (stored["row"] == row) & (stored["split"] == run["split"])]
    labels = [column.removeprefix(PROBABILITY) for column in mine.dropna(axis=1).columns if column.startswith("p_")]
    true, predicted = (index_of([str(one) for one in mine[key]], labels) for key in ("label", "predicted"))
    cells = confusion(true, predicted, len(labels))
    for statistic in ("average_accuracy", "macro_f1"):
        found[statistic] = bootstrap_interval(cells, statistic, np.random.default_rng(0))
    return found


def facts_of(recipe: str, overrides: Sequence[str]) -> dict[str, Any]:
    """What of a recipe decides its size and budget.

    Args:
        recipe: A recipe's name or path.
        overrides: ``section.key=value`` each.

    Raises:
        ValueError: the recipe has mistakes.
        FileNotFoundError: there is no such recipe.
    """
    checked = load_recipe(recipe, overrides)
    return {
        "backbone": checked.backbone.kind,
        "pixels": checked.preprocessing.size,
        "batch": checked.optimisation.batch_size,
        "epochs": checked.optimisation.epochs,
    }
