"""From a recipe to a finished run: data, loop, evaluation; resumable, never overwriting."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_core.assembly import pick_device
from fer_core.cropping import cropper
from fer_core.data import Dataset, Decoded, decode, open_data
from fer_core.data.preparation import Prepared, prepare
from fer_core.evaluation import evaluate_training_data, report_by
from fer_core.identity import frozen_features
from fer_core.loop import assemble, learn
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.recipe import Recipe
from fer_core.runs import Run, create_run, find_run, free_path
from fer_core.start import origin
from fer_core.strangers import judge_strangers
from fer_core.tables import write_parquet
from fer_core.training_record import begin_info, check_resumable, end_info, training_pictures, write_card

log = logging.getLogger(__name__)


def train(
    recipe: Recipe,
    data: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    device: str = "auto",
    threads: int | None = None,
) -> Run:
    """Trains a recipe and returns the finished run, evaluated on its validation and test splits.

    Args:
        recipe: What to train.
        data: Replaces the recipe's ``data.source``; several are joined.
        out: The run's directory; None takes the next free name in `runs.runs_home`.
        resume: Go on with an unfinished run at ``out`` (or of the recipe's own name); on the CPU the result is
            bit-identical to an uninterrupted training. A finished run is returned as it is.
        device: ``auto``, ``cpu`` or ``cuda``.
        threads: CPU threads; None leaves torch's choice.

    Raises:
        ValueError: the data does not fit the recipe, memory does not suffice, the resume does not match.
        FileNotFoundError: no data.
        FileExistsError: ``out`` is taken.
    """
    use_threads(threads)
    run = unfinished(recipe.name or "run", out) if resume else None
    if run is not None and run.status == "finished":
        log.info("run %s is already finished", run.name)
        return run
    path = run.path if run is not None else Path(out) if out is not None else free_path(recipe.name or "run")
    source = data or (run.info.get("data", {}).get("source") if run is not None else None) or recipe.data.source
    if source is None:
        raise ValueError("nothing to train on: give --data, or data.source in the recipe")
    where = pick_device(device)
    begun = origin(recipe) if run is None else {}  # before the data: it may refuse
    dataset = open_data(source)
    plan = recipe.preprocessing
    decoded = decode(dataset, plan.size, plan.grey, *cropper(plan.faces, plan.framing, plan.size))
    known = frozen_subjects(begun.get("frozen", {}) if run is None else run.info.get("frozen", {}))
    prepared = prepare(dataset, decoded, recipe.labels, recipe.data, recipe.seed, known)
    job = Work(recipe, dataset, decoded, prepared, where, begun)
    return carry_out(job, path, run, judge=evaluate_and_describe)


@dataclass(frozen=True)
class Work:
    """A training whose data is prepared."""

    recipe: Recipe
    dataset: Dataset
    decoded: Decoded
    prepared: Prepared
    device: torch.device
    begun: Mapping[str, Any]
    """What it begins from; see `start.origin`."""


def evaluate_and_describe(run: Run, work: Work, frozen: Mapping[str, np.ndarray]) -> None:
    """Judges the exported weights on the splits that were kept apart, and writes the card."""
    evaluate_training_data(run, work.dataset, work.decoded, work.prepared, work.device, frozen)
    if work.dataset.parts:
        run.update(by_source=_by_source(run, work.dataset))
    strangers = work.recipe.evaluation.leakage
    if strangers is not None:
        judge_strangers(run, strangers, work.dataset, work.decoded.pixels, work.prepared, dict(frozen), work.device)
    write_card(run)


def _by_source(run: Run, dataset: Dataset) -> dict[str, Any]:
    """Split -> data set of a joined one -> figures of the stored predictions."""
    found = {}
    for split in run.evaluated:
        parts = report_by(run.predictions(split), dataset.table, "source", run.labels)
        found[split] = {name: {key: one[key] for key in ("n", "macro_f1", "per_class")} for name, one in parts.items()}
    return found


def carry_out(
    work: Work,
    path: Path,
    run: Run | None,
    judge: Callable[[Run, Work, Mapping[str, np.ndarray]], None],
) -> Run:
    """Trains, judges and closes a run; what does not fit is told before its folder is made.

    Args:
        work: What to train, on what.
        path: Where a new run goes.
        run: An unfinished run to go on with; None: a new one.
        judge: Called with the trained run, the work and its frozen features; its last act before the run is finished.

    Raises:
        ValueError: memory does not suffice, or the resume does not match.
        FileExistsError: ``path`` is taken.
    """
    recipe, dataset, decoded, prepared, where = work.recipe, work.dataset, work.decoded, work.prepared, work.device
    if prepared.report["twins_dropped"]:
        log.info(
            "left out %d training pictures whose exact twin is in an evaluated split", prepared.report["twins_dropped"]
        )
    info = begin_info(recipe, dataset, decoded, prepared, where)
    if run is not None:
        check_resumable(run, recipe, info)
    parts = assemble(recipe, prepared, resumed=run is not None and (run.path / "resume.pt").is_file())
    if run is None:
        run = create_run(path, recipe.dump(), {**info, **work.begun})
    else:
        run.update(**{key: info[key] for key in ("status", "pid", "pid_born", "host", "device", "threads")}, error=None)
        if not (run.path / "resume.pt").is_file():  # stopped before its first epoch ended: it begins again
            run.update(**origin(recipe))
        log.info("resuming run %s", run.name)
    write_parquet(run.path / "training.parquet", training_pictures(dataset, decoded, prepared))
    try:
        held = run.info.get("frozen", {})
        frozen = frozen_features(parts.model.to(where), decoded, run.preprocessing, held, where)
        learn(recipe, run, decoded.pixels, prepared, parts, where, frozen)
        judge(run, work, frozen)
    except KeyboardInterrupt:
        run.update(pid=None)  # as a kill leaves it: a stopped run that resumes
        raise
    except Exception as error:
        run.update(status="failed", error=f"{type(error).__name__}: {error}")
        raise
    run.update(**end_info())
    (run.path / "resume.pt").unlink(missing_ok=True)
    return run


def unfinished(name: str, out: str | Path | None) -> Run | None:
    """The run to go on with; None where there is none yet, so that one command can start and resume.

    Args:
        name: Looked for among the runs where no ``out`` is given.
        out: The run's directory.

    Raises:
        ValueError: a living process trains it.
    """
    try:
        run = Run(Path(out)) if out is not None else find_run(name)
    except FileNotFoundError:
        return None
    if run.status == "running":
        raise ValueError(f"run {run.name} is being trained by process {run.info.get('pid')}; nothing to resume")
    return run


def use_threads(threads: int | None) -> None:
    """Sets torch's CPU threads; None leaves its choice.

    Raises:
        ValueError: below 1.
    """
    if threads is not None:
        if threads < 1:
            raise ValueError(f"threads must be 1 or more, got {threads}")
        torch.set_num_threads(threads)
