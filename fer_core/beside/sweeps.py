"""A sweep's rows, as measured rows; and a sweep laid beside a published table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from fer_core.beside.laying import lay_beside, training_of
from fer_core.beside.measured import Comparison, Measured
from fer_core.data.lists import name_of, read_list
from fer_core.labels import index_of, suggestion
from fer_core.metrics import STATISTICS, bootstrap_interval, confusion
from fer_core.published import PublishedTable
from fer_core.recipe import Recipe, load_recipe
from fer_core.studies import LEAVE_ONE_OUT, OF_SPACES, StoredStudy, has_folds, incomplete, over_folds
from fer_core.tables import PROBABILITY

FIGURES = ("accuracy", "average_accuracy", "macro_f1", "parameters", "robust_accuracy")
"""What `rows_of_study` takes from a sweep's table, besides the figures of feature spaces. A study with folds has
``<figure>_folds`` and ``<figure>_summed`` instead (`studies.over_folds`)."""


def beside_study(
    table: PublishedTable, study: StoredStudy, name: str | None = None, lists: Mapping[str, Path] | None = None
) -> Comparison:
    """Lays a sweep beside a published table.

    Args:
        table: The published table.
        study: The sweep.
        name: Which of its studies; None: the one that names the table in its grid, or the only one.
        lists: Name of some of the judged pictures, as a column of the table has it (``Occlusion-RAF-DB``) -> a file
            that lists them: judged apart, too.

    Raises:
        FileNotFoundError: a list is not there.
        ValueError: the sweep has several studies and none is meant, nothing in it belongs to the table, or a list names
            pictures that were not judged.
    """
    meant = name or _meant(study, table.key)
    rows = rows_of_study(study, meant)
    rows += tuple(one for part, path in (lists or {}).items() for one in _rows_of_list(study, meant, rows, part, path))
    trained = {one.name: training_of(table, one.name) for one in rows}
    facts = {ours: facts_of(load_recipe(one.recipe, one.set)) for ours, one in trained.items() if one is not None}
    found = lay_beside(table, rows, facts)
    return replace(found, remarks=(*found.remarks, *_lacking(study, meant)))


def _rows_of_list(study: StoredStudy, name: str, rows: Sequence[Measured], part: str, path: Path) -> Iterator[Measured]:
    """The same rows, judged on the pictures of a list only, by its labels; one that is listed twice counts twice."""
    if not path.is_file():
        raise FileNotFoundError(f"no list of pictures at {path}")
    _, listed = read_list(path.read_bytes(), str(path))
    wanted = [one.name for one in listed]
    stored = study.predictions()
    stored = stored[stored["study"] == name]
    stored = stored.assign(picture=[name_of(str(one)) or "" for one in stored["sample"]])
    for row in rows:
        scores: list[dict[str, float]] = []
        single: dict[str, tuple[float, float]] = {}
        for seed in row.seeds:
            split = "test" if row.split == LEAVE_ONE_OUT else row.split
            mine = stored[(stored["row"] == row.name) & (stored["seed"] == seed) & (stored["split"] == split)]
            mine = mine[mine["picture"].isin(wanted)].set_index("picture")
            lost = sorted(set(wanted) - set(mine.index))
            if lost:
                raise ValueError(
                    f"{path} lists {len(set(wanted))} pictures, {len(lost)} of which were not judged in study {name} "
                    f"({', '.join(lost[:3])}{' ...' if len(lost) > 3 else ''}); is it of this data set?"
                )
            if mine.index.has_duplicates:
                raise ValueError(f"study {name} judged several pictures of one name; {path} cannot tell them apart")
            found, single = figures_of(mine.loc[wanted].assign(label=[one.label for one in listed]))
            scores.append(found)
        yield Measured(
            name=row.name,
            values={key: tuple(one[key] for one in scores) for key in scores[0]},
            seeds=row.seeds,
            data=part,
            split=row.split,
            n=len(wanted),
            chose_epoch=row.chose_epoch,
            single=single if len(scores) == 1 else {},
            facts=row.facts,
        )


def _meant(study: StoredStudy, key: str) -> str:
    names = list(dict.fromkeys(study.table["study"]))
    path = study.path / "grid.yaml"
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        asked = [one.get("name") for one in written.get("studies", ()) if one.get("table") == key]
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError):
        raise ValueError(f"{path} is not the grid of a sweep; name the study that lies beside {key}: {names}") from None
    for candidates in (asked, [one for one in names if one == key], names):
        if len(candidates) == 1:
            return str(candidates[0])
    raise ValueError(f"{study.path} holds several studies and none is said to lie beside {key}; name one of {names}")


def rows_of_study(study: StoredStudy, name: str) -> tuple[Measured, ...]:
    """The finished rows of one study of a sweep, each with its seeds; where it has folds, those that have all of them.

    Raises:
        ValueError: no such study, or no run of it, or no row with all its folds, has finished.
    """
    runs = study.table[study.table["study"] == name]
    if runs.empty:
        raise ValueError(f"{study.path} has no study '{name}'{suggestion(name, set(study.table['study']))}")
    done = runs[runs["status"] == "finished"]
    if done.empty:
        raise ValueError(f"no run of study {name} has finished")
    rows = {str(row): over_folds(some) if has_folds(some) else some[some["status"] == "finished"]
            for row, some in runs.groupby("row", sort=False)}  # fmt: skip
    whole = {row: some for row, some in rows.items() if len(some)}
    if not whole:
        raise ValueError(f"no row of study {name} has all its folds: {' '.join(_lacking(study, name))}")
    return tuple(_measured(study, name, row, some) for row, some in whole.items())


def _lacking(study: StoredStudy, name: str) -> list[str]:
    """Sentences on the folds that have not finished."""
    runs = study.table[study.table["study"] == name]
    return [
        f"{row} seed {one['seed']} counts nowhere: fold {', '.join(map(str, one['folds']))} did not finish."
        for row, some in runs.groupby("row", sort=False)
        if has_folds(some)
        for one in incomplete(some)
    ]


def _is_figure(column: str) -> bool:
    return column.removesuffix("_folds").removesuffix("_summed") in FIGURES or column.startswith(OF_SPACES)


def _measured(study: StoredStudy, name: str, row: str, runs: pd.DataFrame) -> Measured:
    first = runs.iloc[0]
    figures = [key for key in map(str, runs.columns) if _is_figure(key) and runs[key].notna().all()]
    chose = first["split"] == "validation"
    try:
        recipe = load_recipe(str(first["recipe"]), json.loads(first["overrides"]))
        facts, chose = facts_of(recipe), chose and recipe.optimisation.select != "last"
    except (ValueError, FileNotFoundError):  # a recipe of another machine, or of parts that are no more
        facts = {"epochs": int(first["epochs"])} if "epochs" in runs else {}
    return Measured(
        name=row,
        values={key: tuple(float(value) for value in runs[key]) for key in figures},
        seeds=tuple(int(seed) for seed in runs["seed"]),
        data=str(first["data"]),
        split=str(first["split"]),
        n=int(first["n"]),
        chose_epoch=chose,
        single=_single(study, name, row, first) if len(runs) == 1 and first["split"] != LEAVE_ONE_OUT else {},
        facts=facts,
    )


def _single(study: StoredStudy, name: str, row: str, run: Any) -> dict[str, tuple[float, float]]:
    """Bootstrap intervals of a single run, over its pictures."""
    found = {"accuracy": (float(run["ci95_low"]), float(run["ci95_high"]))}
    if not (study.path / "predictions.parquet").is_file():
        return found
    stored = study.predictions()
    mine = stored[(stored["study"] == name) & (stored["row"] == row) & (stored["split"] == run["split"])]
    return {**figures_of(mine)[1], **found}


def figures_of(predictions: pd.DataFrame) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Scores of one run's stored predictions, and their bootstrap intervals over pictures.

    Args:
        predictions: One row per picture with ``label``, ``predicted`` and a ``p_<label>`` column per class.
    """
    labels = [
        one.removeprefix(PROBABILITY) for one in predictions.dropna(axis=1).columns if one.startswith(PROBABILITY)
    ]
    true, predicted = (index_of([str(one) for one in predictions[key]], labels) for key in ("label", "predicted"))
    cells = confusion(true, predicted, len(labels))
    scores = {name: float(STATISTICS[name](cells)) for name in STATISTICS}
    return scores, {name: bootstrap_interval(cells, name, np.random.default_rng(0)) for name in STATISTICS}


def facts_of(recipe: Recipe) -> dict[str, Any]:
    """What of a recipe decides its size and budget."""
    budget, encoder = recipe.optimisation, recipe.backbone.plain().get("encoder")
    return {
        "backbone": recipe.backbone.kind + (f" of {encoder['kind']}" if isinstance(encoder, Mapping) else ""),
        "pixels": recipe.preprocessing.size,
        "batch": budget.batch_size,
        "epochs": f"as many as {budget.steps} batches take" if budget.steps else budget.epochs,
    }
