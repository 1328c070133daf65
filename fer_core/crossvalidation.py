"""Leave one group of people out, each group once: the folds of one recipe, trained as a sweep trains them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from fer_core.cropping import cropper
from fer_core.data import decode, open_data
from fer_core.data.preparation import prepare
from fer_core.grid import Grid, Job, check_grid
from fer_core.labels import index_of
from fer_core.metrics import STATISTICS, confusion
from fer_core.recipe import load_recipe
from fer_core.runs import Run, runs_home, write_text
from fer_core.studies import StoredStudy
from fer_core.sweep import sweep

GROUPS = 9
"""Of three people each: paper A, section 4.2."""
FILE = "crossvalidation.json"
"""In the folder of the folds."""


def crossvalidate(
    recipe: str | Path,
    data: str | None = None,
    out: Path | None = None,
    overrides: Sequence[str] = (),
    groups: int | None = None,
    folds: Sequence[int] = (),
    seed: int | None = None,
    workers: int | None = None,
    device: str = "auto",
) -> dict[str, Any]:
    """Trains a recipe once for each group of people that is left out, and scores the stored predictions.

    Every fold is the ordinary run that ``fer train --set data.groups=G --set data.test_group=F`` makes, in a process of
    its own; the folder is a sweep's (`studies.StoredStudy`). Called again, finished folds are left alone.

    Args:
        recipe: A recipe's name or the path of a YAML file.
        data: Replaces the recipe's ``data.source``.
        out: Where the folds go; None: ``<runs>/<recipe>-folds``.
        overrides: ``section.key=value`` each.
        groups: Into how many groups people are dealt; None: the recipe's ``data.groups``, else `GROUPS`.
        folds: Which groups are tested; none named: all.
        seed: Of the trainings; None: the recipe's.
        workers: Folds at once; see `sweep.sweep`.
        device: ``auto``, ``cpu`` or ``cuda``.

    Returns:
        See `scored`; also written to `FILE`.

    Raises:
        FileNotFoundError: no such recipe or data.
        RecipeError: the recipe has mistakes.
        ValueError: no such fold, the data does not fit, or the folder holds folds of other settings.
    """
    base = load_recipe(recipe, overrides)
    count = base.data.groups or GROUPS if groups is None else groups
    unknown = [fold for fold in folds if not 0 <= fold < count]
    if unknown:
        raise ValueError(f"no fold {unknown[0]}: {count} groups make folds 0 to {count - 1}")
    grid = _grid(str(recipe), base.name or Path(recipe).stem, overrides, count, base.seed if seed is None else seed)
    wanted = tuple(job for job in grid.jobs if not folds or job.fold in folds)
    place = out or runs_home() / f"{grid.name}-folds"
    waiting = [job for job in wanted if not _finished(place, job)]
    if waiting:
        _decode_once(waiting[0], data)
    found = scored(sweep(replace(grid, wanted=wanted), place, data, workers=workers, device=device), wanted)
    write_text(place / FILE, json.dumps(found, indent=1, allow_nan=False) + "\n")
    return found


def scored(study: StoredStudy, jobs: Sequence[Job]) -> dict[str, Any]:
    """The scores of folds, from stored predictions and nothing else.

    Args:
        study: Their folder.
        jobs: The folds that are asked for, of one recipe and seed.

    Returns:
        ``recipe set seed data groups labels out``; ``folds``, those that have finished: ``fold run test_subjects n
        accuracy average_accuracy macro_f1 confusion``, rows true; ``failed``: ``fold run error`` of the others;
        ``complete``: whether every group was tested. Over the folds that are there, ``mean`` and ``std`` (n - 1) of
        their scores, and ``summed_confusion`` with ``summed_accuracy``, ``summed_average_accuracy`` and
        ``summed_macro_f1``, the scores of the sum, which differ from the means; None where there is nothing.
    """
    table = study.table.set_index("run")
    stored = study.predictions() if (study.path / "predictions.parquet").is_file() else pd.DataFrame()
    labels = jobs[0].recipe.labels
    folds: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for job in jobs:
        run = f"runs/{job.folder}"
        if table.loc[run, "status"] != "finished":
            error = table.loc[run, "error"]
            failed.append({"fold": job.fold, "run": str(study.path / run), "error": error and str(error)})
            continue
        same = (stored["study"] == job.study) & (stored["seed"] == job.seed) & (stored["fold"] == job.fold)
        mine = stored[same & (stored["row"] == job.row) & (stored["split"] == "test")]
        true, predicted = (index_of(mine[key].tolist(), labels) for key in ("label", "predicted"))
        cells = confusion(true, predicted, len(labels))
        about = {"fold": job.fold, "run": str(study.path / run), "test_subjects": _names(mine["subject"])}
        folds.append({**about, "n": len(mine), **_scores(cells), "confusion": cells.tolist()})
    values = {name: [one[name] for one in folds] for name in STATISTICS}
    total = np.sum([one["confusion"] for one in folds], axis=0) if folds else None
    summed = dict.fromkeys(STATISTICS) if total is None else _scores(total)
    groups = jobs[0].folds
    return {
        "recipe": jobs[0].base,
        "set": [word for word in jobs[0].overrides if not word.startswith(("data.groups=", "data.test_group="))],
        "seed": jobs[0].seed,
        "data": str(table["data"].dropna().iloc[0]) if folds else None,
        "groups": groups,
        "labels": list(labels),
        "out": str(study.path),
        "folds": folds,
        "failed": failed,
        "complete": len(folds) == groups,
        "mean": {name: float(np.mean(some)) if some else None for name, some in values.items()},
        "std": {name: float(np.std(some, ddof=1)) if len(some) > 1 else None for name, some in values.items()},
        "summed_confusion": None if total is None else total.tolist(),
        **{f"summed_{name}": value for name, value in summed.items()},
    }


def _scores(cells: np.ndarray) -> dict[str, float]:
    return {name: float(score(cells)) for name, score in STATISTICS.items()}


def _names(subjects: pd.Series) -> list[str]:
    return sorted(str(one) for one in subjects.dropna().unique())


def _grid(recipe: str, name: str, overrides: Sequence[str], groups: int, seed: int) -> Grid:
    """The folds as a grid of one row, so that their folder is a sweep's and can be read as one."""
    written: Mapping[str, Any] = {
        "name": name,
        "about": f"{name}, each of {groups} groups of people left out once",
        "seeds": [seed],
        "recipe": recipe,
        "set": list(overrides),
        "folds": groups,
        "rows": [{"name": name}],
    }
    return check_grid(written, recipe, name, yaml.safe_dump(dict(written), sort_keys=False, allow_unicode=True))


def _finished(place: Path, job: Job) -> bool:
    path = place / "runs" / job.folder
    return (path / "run.json").is_file() and Run(path).status == "finished"


def _decode_once(job: Job, data: str | None) -> None:
    """Fills the cache of pictures before several processes would at once; what does not fit is told once, too."""
    source = data or job.recipe.data.source
    if source is None:
        raise ValueError("nothing to train on: give --data, or data.source in the recipe")
    plan = job.recipe.preprocessing
    dataset = open_data(source)
    decoded = decode(dataset, plan.size, plan.grey, *cropper(plan.faces, plan.framing, plan.size))
    prepare(dataset, decoded, job.recipe.labels, job.recipe.data, job.recipe.seed)
