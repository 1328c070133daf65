"""Trainings as jobs: what a form asks for becomes a command of ``fer``, which `app.jobs` runs in its own process."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from app import jobs
from app.jobs import Job, State
from fer_core.data import SCHEME, SEPARATOR, locate, open_data
from fer_core.grid import Grid, check_grid, grid_names, load_grid
from fer_core.recipe import load_recipe
from fer_core.runs import Run, runs_home, write_text

__all__ = ["Job", "Plan", "State"]

TRAIN, FOLDS, SWEEP = "train", "crossvalidate", "sweep"
KINDS: Mapping[str, str] = {"One training": TRAIN, "Cross-validation": FOLDS, "Sweep": SWEEP}
"""What a page calls it -> the command."""
BASE = "deviation-compact"
SMALL: Mapping[str, tuple[str, ...]] = {
    BASE: (
        "data.source=people:subjects=18,sessions=2,states=drowsiness,frames=4,size=96", "data.groups=6",
        "optimisation.epochs=8",
    ),
    "expression": (
        "data.source=people:subjects=30,sessions=2,states=expressions,frames=1,size=96", "preprocessing.faces=detect",
        "backbone.stem=16", "backbone.widths=[24, 48, 96]", "backbone.blocks=[1, 1, 1]", "optimisation.epochs=20",
        "optimisation.batch_size=32",
    ),
}  # fmt: skip
"""Recipe -> changes that make it learn from people who do not exist, in minutes on two cores."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Plan:
    """What would be started."""

    kind: str
    name: str
    out: Path
    words: tuple[str, ...]
    """After ``fer``."""
    trainings: int
    grid: str = ""
    """YAML that is written into ``out`` before; empty where there is none."""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """As one types it."""
        return shlex.join(["fer", *self.words, "--json"])


def home() -> Path:
    """The folder of jobs."""
    return runs_home().absolute() / ".jobs"


def free_name(wanted: str) -> str:
    """A name that neither a run nor a job has: the wanted one, or it with a number."""
    taken = {Path(one.out).name for one in jobs.jobs(home())}
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, 1000))]
    return next((one for one in names if one not in taken and not (runs_home() / one).exists()), wanted)


def plan_training(base: str, changes: Sequence[str], name: str) -> Plan:
    """One training.

    Args:
        base: A recipe.
        changes: ``section.key=value`` each.
        name: Of the run.

    Raises:
        ValueError: the recipe has mistakes, the data is not there, or the name cannot be taken.
    """
    recipe = load_recipe(base, changes)
    _check_data(recipe.data.source)
    out = _out(name)
    words = ("train", base, *_set(changes), "--out", str(out), "--resume")
    return Plan(TRAIN, name, out, words, 1, about={"recipe": base})


def plan_folds(base: str, changes: Sequence[str], name: str, groups: int, seed: int) -> Plan:
    """A cross-validation.

    Args:
        base: A recipe.
        changes: ``section.key=value`` each.
        name: Of its folder among the runs.
        groups: Of people; each is left out once.
        seed: Of the trainings.

    Raises:
        ValueError: the recipe has mistakes, the data is not there, or the name cannot be taken.
    """
    recipe = load_recipe(base, changes)
    _check_data(recipe.data.source)
    if groups < 3:
        raise ValueError(f"a cross-validation needs 3 groups of people or more, got {groups}")
    out = _out(name)
    words = ("crossvalidate", base, *_set(changes), "--groups", str(groups), "--seed", str(seed), "--out", str(out))
    return Plan(FOLDS, name, out, words, groups, about={"recipe": base})


def plan_sweep(
    base: str, changes: Sequence[str], name: str, grid: Mapping[str, Sequence[Any]], seeds: Sequence[int]
) -> Plan:
    """A sweep over all combinations of a few settings.

    Args:
        base: A recipe.
        changes: For every training.
        name: Of its folder among the runs.
        grid: ``section.key`` -> values; one or two.
        seeds: Each combination is trained once with each.

    Raises:
        ValueError: the grid or a recipe of it has mistakes, the data is not there, or the name cannot be taken.
    """
    written = {
        "name": name,
        "about": f"{base} over {' and '.join(grid)}",
        "recipe": base,
        "set": list(changes),
        "seeds": list(seeds),
        "grid": {path: list(values) for path, values in grid.items()},
    }
    text = yaml.safe_dump(written, sort_keys=False, allow_unicode=True)
    checked = check_grid(written, name, name, text)
    _check_grid_data(checked)
    out = _out(name)
    words = ("sweep", str(out / "grid.yaml"), "--out", str(out))
    return Plan(SWEEP, name, out, words, len(checked.wanted), grid=text, about={"recipe": base})


def plan_grid(grid: str, studies: Sequence[str], changes: Sequence[str], name: str) -> Plan:
    """A sweep of a grid that comes with the package.

    Args:
        grid: Of `grids`.
        studies: Of it; none: all.
        changes: For every training, after its own.
        name: Of its folder among the runs.

    Raises:
        ValueError: it has mistakes, the data is not there, or the name cannot be taken.
    """
    checked = load_grid(grid, studies, changes)
    _check_grid_data(checked)
    out = _out(name)
    named = [part for one in studies for part in ("--study", one)]
    words = ("sweep", grid, *named, *_set(changes), "--out", str(out))
    return Plan(SWEEP, name, out, words, len(checked.wanted), about={"recipe": grid})


@lru_cache(maxsize=1)
def grids() -> dict[str, tuple[str, ...]]:
    """Grids that come with the package -> their studies."""
    return {name: tuple(dict.fromkeys(job.study for job in load_grid(name).jobs)) for name in grid_names()}


def start(plan: Plan) -> Job:
    """Lets it wait for its turn.

    Raises:
        ValueError: another job fills its folder, too many wait, or no process can be started.
    """
    home().mkdir(parents=True, exist_ok=True)
    if plan.grid:
        plan.out.mkdir(parents=True, exist_ok=True)
        write_text(plan.out / "grid.yaml", plan.grid)
    command = [sys.executable, "-m", "fer_core", *plan.words, "--json"]
    about = {**plan.about, "trainings": plan.trainings, "command": plan.command}
    try:
        return jobs.start(home(), plan.kind, plan.name, command, str(plan.out), about)
    except ValueError:
        if plan.grid:
            shutil.rmtree(plan.out)
        raise


def listed() -> list[tuple[Job, State]]:
    """Every job with how it stands: what works, what waits in the order of turns, then what has ended, newest first."""
    found = [(job, jobs.state(job)) for job in jobs.jobs(home())]
    waiting = [one for one in found if one[1].standing == "waiting"]
    working = [one for one in found if one[1].live and one not in waiting]
    ended = [one for one in found if not one[1].live]
    return [*working, *sorted(waiting, key=lambda one: one[1].ticket), *ended]


def find(name: str) -> Job:
    """One job.

    Raises:
        FileNotFoundError: there is none.
    """
    return jobs.find(home(), name)


def state(job: Job) -> State:
    """How a job stands."""
    return jobs.state(job)


def waits_behind(job: Job) -> int:
    """How many have their turn before a waiting one."""
    return jobs.waits_behind(job)


def log(job: Job, lines: int) -> list[str]:
    """The last lines that it said."""
    return jobs.tail(job, lines)


def stop(job: Job) -> None:
    """Asks it to stop; the page does not wait until it has."""
    jobs.stop(job)


def resume(job: Job) -> None:
    """Lets it wait for its turn once more.

    Raises:
        ValueError: there is nothing to resume, or another job fills its folder now.
    """
    jobs.resume(job)


def annotate(job: Job, note: str) -> None:
    """Writes a note to it, in place of an earlier one.

    Raises:
        ValueError: it is too long.
        FileNotFoundError: the job is gone.
    """
    jobs.annotate(job, note)


def delete(job: Job, also_made: bool) -> None:
    """Forgets a job, and where that is wanted what it made.

    Raises:
        ValueError: it waits or works, or one of its trainings does.
    """
    out = Path(job.out)
    if jobs.state(job).live:
        raise ValueError(f"the job '{job.title}' is not done; stop it first")
    # Never anything but a folder that a job of this place made: job files are only files.
    mine = out.parent.resolve() == runs_home().resolve() and _NAME.fullmatch(out.name)
    if also_made and mine and out.is_dir():
        working = [
            run.name for run in (Run(file.parent) for file in out.glob("**/run.json")) if run.status == "running"
        ]
        if working:
            raise ValueError(f"{', '.join(working)} is still being trained; try again when it has ended")
        shutil.rmtree(out)
    jobs.delete(job)


def _set(changes: Sequence[str]) -> list[str]:
    return [part for one in changes for part in ("--set", one)]


def _out(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError(f"a run is named by letters, digits, dots and hyphens, 80 at most, got '{name}'")
    out = runs_home().absolute() / name
    if out.exists():
        raise ValueError(f"there is something named '{name}' among your runs; choose another name")
    return out


def _check_grid_data(grid: Grid) -> None:
    for source in {job.data or job.recipe.data.source for job in grid.wanted}:
        _check_data(source)


def _check_data(source: str | Sequence[str] | None) -> None:
    """Whether the data is there; what is in it, the training says."""
    if source is None:
        raise ValueError("nothing to learn from: set data.source, e.g. to people:subjects=12,states=drowsiness")
    for one in source.split(SEPARATOR) if isinstance(source, str) else source:
        if one.startswith(SCHEME):
            open_data(one)
        else:
            locate(one)
