"""Grids of trainings: which rows a study has, each row a recipe with changes, and seeds. Torch-free; trains nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from fer_core.disturbances import kind_of
from fer_core.labels import suggestion
from fer_core.parts import Options
from fer_core.published import find_table
from fer_core.recipe import RECIPES, Recipe, RecipeError, is_grid, load_recipe

Words = tuple[str, ...]


class Row(Options):
    """One row of a study: what is changed of the study's recipe."""

    name: str
    set: Words = ()
    """``section.key=value``, as ``fer train --set``; after those of the study."""
    recipe: str | None = None
    """Another recipe than the study's."""


class Robustness(Options):
    """Judges every run under `fer robustness` too."""

    limit: Annotated[int, Field(ge=10)] = 500
    """Pictures, the same for every run."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Of the choice of pictures and of the disturbances."""
    kinds: Words = ()
    """Which disturbances; none named: all."""


class Study(Options):
    """Rows that are compared with each other: named ones, or every combination of the values in ``grid``."""

    name: str
    about: str = ""
    recipe: str | None = None
    set: Words = ()
    """For every row, before the row's own."""
    data: str | None = None
    """Replaces the recipes' ``data.source``."""
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """Each row is trained once per seed; none named: the file's."""
    folds: Annotated[int, Field(ge=3)] | None = None
    """Leave one group out: each row and seed is trained so many times, with another group of people tested each time
    (``data.groups`` and ``data.test_group``; paper A: 9)."""
    rows: tuple[Row, ...] = ()
    grid: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    """``section.key: [values]``."""
    table: str | None = None
    """A published table that the study lies beside; without rows of its own, the study has the table's."""
    robustness: Robustness | None = None


class _File(Options):
    name: str
    about: str = ""
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    studies: tuple[Study, ...] = ()


@dataclass(frozen=True)
class Job:
    """One training of a grid."""

    study: str
    row: str
    seed: int
    recipe: Recipe
    base: str
    """Name of the recipe that the row changes."""
    overrides: Words
    data: str | None
    robustness: Robustness | None
    fold: int | None = None
    """The group of people that is tested; None where the study has no folds."""
    folds: int | None = None
    """How many folds the study has."""

    @property
    def folder(self) -> str:
        """Where its run lies below the sweep's ``runs``."""
        fold = "" if self.fold is None else f"-f{self.fold}"
        return f"{_slug(self.study)}/{_slug(self.row)}-s{self.seed}{fold}"


@dataclass(frozen=True)
class Grid:
    """A checked grid."""

    name: str
    about: str
    jobs: tuple[Job, ...]
    """What the whole file trains."""
    wanted: tuple[Job, ...]
    """What is to be trained now: the jobs of the studies that were asked for."""
    text: str
    """The file as it was written."""


def grid_names() -> tuple[str, ...]:
    """The grids that come with the package."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.yaml") if is_grid(path)))


def load_grid(source: str | Path, only: Sequence[str] = (), overrides: Sequence[str] = ()) -> Grid:
    """A grid by name or by path, every recipe of it checked.

    A file is one study (``recipe``, ``rows`` or ``grid``), or several under ``studies``.

    Args:
        source: A name from `grid_names`, or the path of a YAML file.
        only: Names of the studies that are wanted; empty: all.
        overrides: ``section.key=value`` for every row, after all others: another size of the whole study.

    Raises:
        FileNotFoundError: there is no such grid.
        RecipeError: with every mistake of the grid and of its rows' recipes.
    """
    path = Path(source)
    if not path.is_file() and path.suffix not in (".yaml", ".yml"):
        path = RECIPES / f"{source}.yaml"
    if not path.is_file() or (path.parent == RECIPES and not is_grid(path)):
        raise FileNotFoundError(
            f"no grid '{source}'{suggestion(str(source), grid_names())}, or give the path of a YAML file"
        )
    try:
        text = path.read_text(encoding="utf-8")
        written = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(str(source), [f"it is not YAML: {' '.join(str(error).split())}"], "grid") from None
    return check_grid(written, str(source), path.stem, text, only, overrides)


def check_grid(
    written: Any, source: str, name: str, text: str, only: Sequence[str] = (), overrides: Sequence[str] = ()
) -> Grid:
    """A grid from plain data.

    Args:
        written: What YAML gave.
        source: Named in the error.
        name: Of a grid, and of its only study, that name none.
        text: What is kept as the sweep's ``grid.yaml``.
        only: See `load_grid`.
        overrides: See `load_grid`.

    Raises:
        RecipeError: with every mistake found.
    """
    if not isinstance(written, Mapping):
        raise RecipeError(source, [f"a grid is a mapping, got {type(written).__name__}"], "grid")
    plan = _parsed(dict(written), source, name)
    names = [study.name for study in plan.studies]
    unknown = [f"no study '{name}'{suggestion(name, names)}" for name in only if name not in names]
    unknown += [f"two studies are named '{name}'" for name in sorted({one for one in names if names.count(one) > 1})]
    if unknown:
        raise RecipeError(source, unknown, "grid")
    mistakes: list[str] = []
    jobs = [job for study in plan.studies for job in _jobs(study, plan.seeds, tuple(overrides), mistakes)]
    folders = [job.folder for job in jobs]
    mistakes += [
        f"two trainings share the folder {one}: a seed is named twice, or names differ in capitals or signs only"
        for one in sorted({a for a in folders if folders.count(a) > 1})
    ]
    if mistakes:
        raise RecipeError(source, list(dict.fromkeys(mistakes)), "grid")
    if not jobs:
        raise RecipeError(source, ["it has no study"], "grid")
    wanted = tuple(job for job in jobs if not only or job.study in only)
    return Grid(plan.name, plan.about, tuple(jobs), wanted, text)


def _parsed(written: dict[str, Any], source: str, stem: str) -> _File:
    alone = "studies" not in written  # a file of one study
    if alone:
        inner = {key: value for key, value in written.items() if key not in ("about", "seeds")}
        written = {
            "name": written.get("name", stem),
            **{key: written[key] for key in ("about", "seeds") if key in written},
            "studies": [{"name": stem, **inner}],
        }
    written.setdefault("name", stem)
    try:
        return _File.model_validate(written)
    except ValidationError as error:
        mistakes = []
        for one in error.errors():
            where = ".".join(str(step) for step in one["loc"])
            where = where.removeprefix("studies.0.") if alone else where
            unknown = one["type"] == "extra_forbidden"
            said = "it must be a list" if one["type"] == "tuple_type" else f"{one['msg'][0].lower()}{one['msg'][1:]}"
            mistakes.append(f"unknown key '{where}'" if unknown else f"{where}: {said}")
        raise RecipeError(source, mistakes, "grid") from None


def _jobs(study: Study, seeds: Sequence[int], overrides: Words, mistakes: list[str]) -> Iterator[Job]:
    try:
        rows = _rows(study)
    except ValueError as error:
        mistakes.append(f"study {study.name}: {error}")
        return
    if not rows:
        mistakes.append(f"study {study.name}: it has no row: name rows, a grid of values, or a table with trainings")
    if len({row.name for row in rows}) < len(rows):
        mistakes.append(f"study {study.name}: two rows have one name")
    for kind in study.robustness.kinds if study.robustness is not None else ():
        try:
            kind_of(kind)
        except ValueError as error:
            mistakes.append(f"study {study.name}: {error}")
    for row in rows:
        base = row.recipe or study.recipe
        if base is None:
            mistakes.append(f"study {study.name}, row '{row.name}': no recipe is named")
            continue
        changes = (*study.set, *row.set, *overrides)
        try:
            recipe = load_recipe(base, changes)
        except RecipeError as error:
            mistakes += [f"study {study.name}, row '{row.name}': {one}" for one in error.mistakes]
            continue
        except FileNotFoundError as error:
            mistakes.append(f"study {study.name}, row '{row.name}': {error}")
            continue
        common = (base, changes, study.data, study.robustness)
        for seed in study.seeds or seeds:
            whole = Job(study.name, row.name, seed, replace(recipe, seed=seed), *common)
            yield from (_fold(whole, fold, study.folds) for fold in range(study.folds)) if study.folds else (whole,)


def _fold(job: Job, fold: int, folds: int) -> Job:
    """A job with one group of people left out."""
    data = job.recipe.data.model_copy(update={"groups": folds, "test_group": fold})
    changes = (*job.overrides, f"data.groups={folds}", f"data.test_group={fold}")
    return replace(job, recipe=replace(job.recipe, data=data), overrides=changes, fold=fold, folds=folds)


def _rows(study: Study) -> tuple[Row, ...]:
    named = study.rows or ((Row(name=""),) if study.grid else ())
    if not named and study.table is not None:
        named = tuple(Row(name=name, set=one.set, recipe=one.recipe) for name, one in find_table(study.table).jobs())
    elif study.table is not None:
        find_table(study.table)
    combined = []
    for row in named:
        for values in itertools.product(*study.grid.values()):
            chosen = [(key, _yaml(value)) for key, value in zip(study.grid, values, strict=True)]
            changes = [f"{key}={value}" for key, value in chosen]
            words = [row.name, *(f"{key.rpartition('.')[2]}={value}" for key, value in chosen)]
            combined.append(
                Row(name=" ".join(word for word in words if word), set=(*row.set, *changes), recipe=row.recipe)
            )
    return tuple(combined)


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True).removesuffix("...\n").strip()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.=]+", "-", text.lower()).strip("-.") or "row"
