"""A grid from start to end."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.data import locate, open_data
from fer_core.grid import Grid, Job
from fer_core.recipe import RecipeError, check_recipe
from fer_core.runs import Run, write_text
from fer_core.studies import StoredStudy
from fer_core.sweep.collecting import collect
from fer_core.sweep.engines import ENGINES
from fer_core.sweep.performing import Setting

log = logging.getLogger(__name__)


def sweep(
    grid: Grid,
    out: Path,
    data: str | None = None,
    engine: str = "local",
    workers: int | None = None,
    device: str = "auto",
) -> StoredStudy:
    """Trains every wanted job of a grid that has not finished yet, and returns the sweep as stored.

    ``sweep.parquet`` is written anew after every run, so a sweep that is killed has lost nothing that was finished;
    called again it goes on, tries failed rows once more, and leaves finished runs alone.

    Args:
        grid: What to train.
        out: The sweep's folder.
        data: Replaces the data of every job.
        engine: ``local``: processes on this machine; ``ray``: tasks on a Ray cluster (extra ``cluster``).
        workers: Runs at once; None: one per core on the CPU, one on a GPU. They share the cores evenly.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        FileNotFoundError: nothing is at ``data``.
        ValueError: ``data`` is in no supported format, an unknown engine, no worker, a sweep of other studies in
            ``out``, or a finished run there that was trained with another recipe or on other data.
    """
    if engine not in ENGINES:
        raise ValueError(f"unknown engine '{engine}'; choose one of {', '.join(ENGINES)}")
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = workers or (1 if device == "cuda" or (device == "auto" and _cuda()) else min(cores, len(grid.wanted)))
    setting = Setting(out, data, device, max(1, cores // workers))
    if data is not None:
        open_data(data)  # a wrong path is told once, not by every run
    _check_folder(grid, out)
    waiting = [job for job in grid.wanted if not _finished(setting, job)]
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "grid.yaml", grid.text)
    log.info(
        "%d runs, %d finished before; %d at once, %d threads each", len(grid.wanted), len(grid.wanted) - len(waiting),
        workers, setting.threads,
    )  # fmt: skip
    failures: dict[str, str] = {}
    known: dict[str, dict[str, Any]] = {}
    collect(grid, setting, failures, known)
    began = time.monotonic()
    for done, (job, failure) in enumerate(ENGINES[engine](waiting, setting, workers), start=1):
        if failure:
            failures[job.folder] = failure
        table = collect(grid, setting, failures, known)
        left = (time.monotonic() - began) / done * (len(waiting) - done) / 60
        log.info("%d of %d: %s, %.1f min left", done, len(waiting), _said(table, job), left)
    return StoredStudy(out)


def _check_folder(grid: Grid, out: Path) -> None:
    """Refuses to write one grid's tables over those of another."""
    if not (out / "sweep.parquet").is_file():
        return
    there = list(dict.fromkeys(StoredStudy(out).table["study"]))
    if there and not {job.study for job in grid.jobs} & set(there):
        raise ValueError(f"{out} holds a sweep of other studies ({', '.join(there)}); choose another --out")


def _same_place(one: str, other: str) -> bool:
    try:
        return one == other or locate(one).resolve() == locate(other).resolve()
    except FileNotFoundError:
        return False


def _finished(setting: Setting, job: Job) -> bool:
    path = setting.run_path(job)
    if not (path / "run.json").is_file():
        return False
    run = Run(path)
    if run.status != "finished":
        return False
    try:
        same = check_recipe(run.recipe, run.name).plain() == job.recipe.plain()
    except RecipeError:
        same = False
    if not same:
        raise ValueError(
            f"{path} was trained with other settings than row '{job.row}' of study {job.study} has now; "
            "choose another --out, or delete that run"
        )
    wanted, used = setting.data or job.data, str(run.info["data"]["source"])
    if wanted is not None and not _same_place(wanted, used):
        raise ValueError(f"{path} was trained on {used}, not on {wanted}; choose another --out, or delete that run")
    return job.robustness is None or (path / "robustness.parquet").is_file()


def _said(table: pd.DataFrame, job: Job) -> str:
    row = table[table["run"] == f"runs/{job.folder}"].iloc[0]
    name = f"{job.study} {job.row} seed {job.seed}" + ("" if job.fold is None else f" fold {job.fold}")
    if row["status"] != "finished":
        return f"{name} {row['status']}: {row['error']}"
    return f"{name}: accuracy {row['accuracy']:.4f} ({row['split']}, n {row['n']:.0f}), {row['seconds']:.0f} s"


def _cuda() -> bool:
    import torch

    return torch.cuda.is_available()
