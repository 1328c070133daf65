"""From a recipe to a finished run: data, loop, evaluation; resumable, never overwriting."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from fer_core.assembly import pick_device
from fer_core.cropping import cropper
from fer_core.data import decode, open_data
from fer_core.data.preparation import prepare
from fer_core.evaluation import evaluate_training_data
from fer_core.loop import assemble, learn
from fer_core.recipe import Recipe
from fer_core.runs import Run, create_run, find_run, free_path
from fer_core.start import origin
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
    if threads is not None:
        if threads < 1:
            raise ValueError(f"threads must be 1 or more, got {threads}")
        torch.set_num_threads(threads)
    run = _unfinished(recipe, out) if resume else None
    if run is not None and run.status == "finished":
        log.info("run %s is already finished", run.name)
        return run
    if run is not None and run.status == "running":
        raise ValueError(f"run {run.name} is being trained by process {run.info.get('pid')}; nothing to resume")
    path = run.path if run is not None else Path(out) if out is not None else free_path(recipe.name or "run")
    source = data or (run.info.get("data", {}).get("source") if run is not None else None) or recipe.data.source
    if source is None:
        raise ValueError("nothing to train on: give --data, or data.source in the recipe")
    where = pick_device(device)
    begun = origin(recipe) if run is None else {}  # before the data: it may refuse
    dataset = open_data(source)
    plan = recipe.preprocessing
    decoded = decode(dataset, plan.size, plan.grey, *cropper(plan.faces, plan.framing, plan.size))
    prepared = prepare(dataset, decoded, recipe.labels, recipe.data, recipe.seed)
    if prepared.report["twins_dropped"]:
        log.info(
            "left out %d training pictures whose exact twin is in an evaluated split", prepared.report["twins_dropped"]
        )
    info = begin_info(recipe, dataset, decoded, prepared, where)
    if run is not None:
        check_resumable(run, recipe, info)
    parts = assemble(recipe, prepared, resumed=run is not None and (run.path / "resume.pt").is_file())
    if run is None:
        run = create_run(path, recipe.dump(), {**info, **begun})
    else:
        run.update(**{key: info[key] for key in ("status", "pid", "pid_born", "host", "device", "threads")}, error=None)
        if not (run.path / "resume.pt").is_file():  # stopped before its first epoch ended: it begins again
            run.update(**origin(recipe))
        log.info("resuming run %s", run.name)
    write_parquet(run.path / "training.parquet", training_pictures(decoded, prepared))
    try:
        learn(recipe, run, decoded.pixels, prepared, parts, where)
        evaluate_training_data(run, dataset, decoded, prepared, where)
        write_card(run)
    except KeyboardInterrupt:
        run.update(pid=None)  # as a kill leaves it: a stopped run that resumes
        raise
    except Exception as error:
        run.update(status="failed", error=f"{type(error).__name__}: {error}")
        raise
    run.update(**end_info())
    (run.path / "resume.pt").unlink(missing_ok=True)
    return run


def _unfinished(recipe: Recipe, out: str | Path | None) -> Run | None:
    """The run to go on with; None where there is none yet, so that one command can start and resume."""
    try:
        return Run(Path(out)) if out is not None else find_run(recipe.name or "run")
    except FileNotFoundError:
        return None
