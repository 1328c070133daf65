"""Grids on an engine: every job a `fer train` process of its own, resumable, one row per run, failures apart.

A process per run costs its start and buys that a run which is killed, or runs out of memory, takes nothing with it.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.grid import Grid, Job
from fer_core.recipe import RecipeError, check_recipe
from fer_core.runs import Run, write_text
from fer_core.studies import StoredStudy
from fer_core.tables import write_parquet

log = logging.getLogger(__name__)

ENGINES = ("local", "ray")


@dataclass(frozen=True)
class Setting:
    """How the runs of a sweep are made; the same for all of them."""

    out: Path
    data: str | None = None
    device: str = "auto"
    threads: int = 1
    """CPU threads of each run."""

    def run_path(self, job: Job) -> Path:
        """Where a job's run lies."""
        return self.out / "runs" / job.folder


def sweep(
    grid: Grid,
    out: Path,
    data: str | None = None,
    engine: str = "local",
    workers: int | None = None,
    device: str = "auto",
) -> StoredStudy:
    """Trains every job of a grid that has not finished yet, and returns the sweep as stored.

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
        ValueError: an unknown engine, no worker, or a finished run in ``out`` that was trained with another recipe.
    """
    if engine not in ENGINES:
        raise ValueError(f"unknown engine '{engine}'; choose one of {', '.join(ENGINES)}")
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = workers or (1 if device == "cuda" or (device == "auto" and _cuda()) else min(cores, len(grid.jobs)))
    setting = Setting(out, data, device, max(1, cores // workers))
    waiting = [job for job in grid.jobs if not _finished(setting, job)]
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "grid.yaml", grid.text)
    log.info(
        "%d runs, %d finished before; %d at once, %d threads each", len(grid.jobs), len(grid.jobs) - len(waiting),
        workers, setting.threads,
    )  # fmt: skip
    failures: dict[str, str] = {}
    collect(grid, setting, failures)
    began = time.monotonic()
    for done, (job, failure) in enumerate(_engine(engine)(waiting, setting, workers), start=1):
        if failure:
            failures[job.folder] = failure
        table = collect(grid, setting, failures)
        left = (time.monotonic() - began) / done * (len(waiting) - done) / 60
        log.info("%d of %d: %s, %.1f min left", done, len(waiting), _said(table, job), left)
    return StoredStudy(out)


def collect(grid: Grid, setting: Setting, failures: Mapping[str, str]) -> pd.DataFrame:
    """Writes ``sweep.parquet``, ``predictions.parquet`` and ``history.parquet`` from what the runs hold now.

    Args:
        grid: Gives the order of the rows.
        setting: Where the runs lie.
        failures: Folder -> why a run failed without saying so itself.

    Returns:
        The sweep's table, one row per job; see `row_of`.
    """
    rows, predictions, histories = [], [], []
    for job in grid.jobs:
        path = setting.run_path(job)
        run = Run(path) if (path / "run.json").is_file() else None
        rows.append(row_of(job, run, setting, failures.get(job.folder)))
        if run is None or run.status != "finished":
            continue
        predictions.append(run.predictions().assign(study=job.study, row=job.row, seed=job.seed))
        histories.append(run.history().assign(study=job.study, row=job.row, seed=job.seed))
    table = pd.DataFrame(rows)
    write_parquet(setting.out / "sweep.parquet", table)
    for kind, parts in (("predictions", predictions), ("history", histories)):
        if parts:
            write_parquet(setting.out / f"{kind}.parquet", pd.concat(parts, ignore_index=True))
    return table


def row_of(job: Job, run: Run | None, setting: Setting, failure: str | None) -> dict[str, Any]:
    """One row of ``sweep.parquet``.

    Args:
        job: What was to be trained.
        run: What is there; None: nothing.
        setting: Where and how.
        failure: Why it failed, where its ``run.json`` does not know.

    Returns:
        ``study row seed recipe overrides run status error``, and of a finished run ``split n accuracy ci95_low
        ci95_high accuracy_without_twins average_accuracy macro_f1 ece`` (of its test split, where it has none of
        validation), ``best_epoch epochs steps pictures parameters seconds data train fingerprint synthetic device
        threads commit``, and where the grid asks for it ``robust_accuracy robust_n``. ``pictures`` counts pictures
        forwarded in training.
    """
    status = "waiting" if run is None else run.status
    row: dict[str, Any] = {
        "study": job.study,
        "row": job.row,
        "seed": job.seed,
        "recipe": job.base,
        "overrides": json.dumps(list(job.overrides)),
        "run": str(setting.run_path(job).relative_to(setting.out)),
        "status": "failed" if failure and status != "finished" else status,
        "error": failure or (run.info.get("error") if run is not None else None),
    }
    if run is None or status != "finished":
        return row
    from fer_core.evaluation import stored_report

    split = "test" if "test" in run.evaluated else "validation"
    report, history, info = stored_report(run, split), run.history(), run.info
    row |= {"split": split, "n": report["n"], "ci95_low": report["ci95"][0], "ci95_high": report["ci95"][1]}
    row |= {key: report[key] for key in ("accuracy", "accuracy_without_twins", "average_accuracy", "macro_f1", "ece")}
    row |= {
        "best_epoch": int(info["best"]["epoch"]),
        "epochs": len(history),
        "steps": int(history["steps"].sum()),
        "pictures": int(history["pictures"].sum()),
        "parameters": info["parameters"],
        "seconds": float(history["seconds"].sum()),
        "data": info["data"]["name"],
        "train": info["data"]["train"],
        "fingerprint": info["data"]["fingerprint"],
        "synthetic": info["data"]["synthetic"],
        **{key: info.get(key) for key in ("device", "threads", "commit")},
    }
    return row | _robust(job, run)


def _robust(job: Job, run: Run) -> dict[str, Any]:
    if job.robustness is None:
        return {}
    return {}


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
    return job.robustness is None or (path / "robustness.parquet").is_file()


Engine = Callable[[Sequence[Job], Setting, int], Iterator[tuple[Job, str | None]]]
"""Jobs, setting, runs at once -> each job as it ends, with a sentence where it failed."""


def _engine(name: str) -> Engine:
    return _local if name == "local" else _ray


def _local(jobs: Sequence[Job], setting: Setting, workers: int) -> Iterator[tuple[Job, str | None]]:
    children: set[subprocess.Popen[str]] = set()
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(perform, job, setting, children): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:  # stopped: the runs stop with the sweep and resume with it
            for future in futures:
                future.cancel()
            for child in list(children):
                child.terminate()
            raise


def _ray(jobs: Sequence[Job], setting: Setting, workers: int) -> Iterator[tuple[Job, str | None]]:
    try:
        import ray
    except ImportError:
        raise ValueError("the engine ray needs the extra 'cluster': pip install 'facial-state-lab[cluster]'") from None
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    gpus = 1 / workers if setting.device == "cuda" else 0
    remote = ray.remote(num_cpus=setting.threads, num_gpus=gpus, max_retries=0)(perform)
    waiting = {remote.remote(job, setting): job for job in jobs}
    while waiting:
        ended, _ = ray.wait(list(waiting), num_returns=1)
        job = waiting.pop(ended[0])
        try:
            yield job, ray.get(ended[0])
        except ray.exceptions.RayError as error:
            yield job, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def perform(job: Job, setting: Setting, children: set[subprocess.Popen[str]] | None = None) -> str | None:
    """Trains one job in a process of its own, and judges it under disturbances where the grid asks for that.

    A run that a process left behind by a killed sweep still trains is waited for.

    Args:
        job: What to train.
        setting: Where and how.
        children: Takes the processes while they run, so that they can be stopped.

    Returns:
        None, or why it failed.
    """
    path = setting.run_path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    while (path / "run.json").is_file() and Run(path).status == "running":
        time.sleep(2)
    recipe = path.with_suffix(".yaml")
    write_text(recipe, job.recipe.dump())
    data = setting.data or job.data
    train = ["train", str(recipe), "--out", str(path), "--resume", "--device", setting.device]
    train += ["--threads", str(setting.threads), *(["--data", data] if data else [])]
    failure = _fer(train, path.with_suffix(".log"), setting, children)
    if failure is None and job.robustness is not None and not (path / "robustness.parquet").is_file():
        failure = _fer(_disturb(job, path, data), path.with_suffix(".log"), setting, children)
    return failure


def _disturb(job: Job, path: Path, data: str | None) -> list[str]:
    wish = job.robustness
    if wish is None:
        return []
    source = data or str(Run(path).info["data"]["source"])
    split = "test" if "test" in Run(path).evaluated else "validation"
    words = ["robustness", str(path), "--data", source, "--split", split, "--limit", str(wish.limit)]
    return [*words, "--seed", str(wish.seed), "--store", *(["--kinds", ",".join(wish.kinds)] if wish.kinds else [])]


def _fer(
    arguments: list[str], record: Path, setting: Setting, children: set[subprocess.Popen[str]] | None
) -> str | None:
    """Runs one command; its stderr is kept beside the run, and its last sentence is the failure."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(setting.threads)}
    with record.open("a", encoding="utf-8") as kept:
        child = subprocess.Popen(
            [sys.executable, "-m", "fer_core", *arguments, "--json"], env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=kept,
        )  # fmt: skip
        if children is not None:
            children.add(child)
        try:
            code = child.wait()
        finally:
            if children is not None:
                children.discard(child)
    if code == 0:
        return None
    if code < 0:
        return f"killed by signal {-code}; called again, the sweep goes on with it"
    said = [line for line in record.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return said[-1].removeprefix("fer: ") if said else f"ended with code {code}"


def _said(table: pd.DataFrame, job: Job) -> str:
    row = table[(table["study"] == job.study) & (table["row"] == job.row) & (table["seed"] == job.seed)].iloc[0]
    name = f"{job.study} {job.row} seed {job.seed}"
    if row["status"] != "finished":
        return f"{name} {row['status']}: {row['error']}"
    return f"{name}: accuracy {row['accuracy']:.4f} ({row['split']}, n {row['n']:.0f}), {row['seconds']:.0f} s"


def _cuda() -> bool:
    import torch

    return torch.cuda.is_available()
