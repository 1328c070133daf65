"""`fer train`: a recipe becomes a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, program

app = program("Train a recipe: the result is a run.")


@command(app)
def train(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (fer recipes) or the path of a YAML file.")],
    data: Annotated[
        list[str] | None,
        typer.Option(help="What to learn from; replaces the recipe's data.source. Several are joined: repeat it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; default: the next free name in $FER_RUNS or ./runs.")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change one setting: section.key=value. May be repeated.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an unfinished run; starts one where there is none.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads; default: torch's choice.")] = None,
) -> Answer:
    """Train a recipe. Progress goes to stderr; the run is evaluated on its validation and test splits.

    Raises:
        FileNotFoundError: no such recipe or data.
        FileExistsError: ``--out`` is taken; a run is never overwritten.
        ValueError: the recipe has mistakes, or the data does not fit it.
    """
    from fer_core.recipe import load_recipe

    checked = load_recipe(recipe, changes or [])
    from fer_core.training import train as train_recipe

    run = train_recipe(checked, data or None, out, resume, device, threads)
    best = run.info.get("best", {})
    kept = f"epoch {int(best['epoch'])} kept, validation accuracy {best['validation_accuracy']:.4f}"
    text = f"{run.path}: {run.status}, {kept}"
    return Answer({"run": run.path, "name": run.name, "status": run.status, "best": best}, text)
