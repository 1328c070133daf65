"""`fer crossvalidate`: each group of people left out once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import DONE, FAILED, Answer, table
from fer_core.cli.harness import command, program

app = program("Leave one group of people out, each group once: scores of people whom no fold has learned from.")


@command(app)
def crossvalidate(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (fer recipes) or the path of a YAML file.")],
    data: Annotated[str | None, typer.Option(help="What to learn from; replaces the recipe's data.source.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder of the folds; default: RECIPE-folds among the runs.")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change one setting: section.key=value. May be repeated.")
    ] = None,
    groups: Annotated[
        int | None, typer.Option(min=3, help="Groups of people; default: the recipe's data.groups, else 9.")
    ] = None,
    folds: Annotated[str | None, typer.Option(help="Which groups are tested, e.g. 0,3; default: all.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the trainings; default: the recipe's.")] = None,
    workers: Annotated[int | None, typer.Option(help="Folds at once; default: one per core, one on a GPU.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Train a recipe once per group of people, test it on that group, and sum up. Called again, it goes on.

    Raises:
        FileNotFoundError: no such recipe or data.
        ValueError: the recipe has mistakes, the data does not fit it, no such fold, or the folder holds other folds.
    """
    from fer_core.crossvalidation import crossvalidate as run_folds

    found = run_folds(recipe, data, out, changes or [], groups, _numbers(folds), seed, workers, device)
    failed = found["failed"]
    complaint = None
    if failed:
        named = ", ".join(str(one["fold"]) for one in failed)
        complaint = f"fold {named} did not finish; the first: {failed[0]['error']}"
    return Answer(found, _text(found), FAILED if failed else DONE, complaint)


def _numbers(folds: str | None) -> tuple[int, ...]:
    words = [word.strip() for word in (folds or "").split(",") if word.strip()]
    wrong = [word for word in words if not (word.isascii() and word.isdigit())]
    if wrong or (folds is not None and not words):
        raise ValueError(f"--folds needs whole numbers with commas, e.g. 0,3, got '{folds}'")
    return tuple(dict.fromkeys(int(word) for word in words))


def _text(found: dict[str, Any]) -> str:
    scores = ("accuracy", "average_accuracy", "macro_f1")
    rows: list[list[object]] = [
        [str(one["fold"]), _few(one["test_subjects"]), one["n"], *(f"{one[name]:.4f}" for name in scores)]
        for one in found["folds"]
    ]
    if found["folds"]:
        rows.append(["mean", "", None, *(f"{found['mean'][name]:.4f}" for name in scores)])
        rows.append(["std", "", None, *(_figure(found["std"][name]) for name in scores)])
        total = sum(one["n"] for one in found["folds"])
        rows.append(["summed", "", total, *(f"{found[f'summed_{name}']:.4f}" for name in scores)])
    lines = [table(["fold", "tested", "n", "accuracy", "average accuracy", "macro-F1"], rows)]
    if found["folds"]:
        cells = [[label, *map(int, row)] for label, row in zip(found["labels"], found["summed_confusion"], strict=True)]
        lines += ["", "Summed over the folds, rows true:", table(["", *found["labels"]], cells)]
    if not found["complete"]:
        there = len(found["folds"])
        lines += ["", f"Over {there} of {found['groups']} folds: not everybody was tested."]
    lines += [f"fold {one['fold']} did not finish: {one['error']}" for one in found["failed"]]
    return "\n".join([*lines, "", f"{found['out']}/crossvalidation.json"])


def _few(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
