"""`fer batch`: what a recipe's next training step would see, and what its loss would be."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

app = program("Show the batch that a training step would see, with its loss terms; nothing is learned.")


@command(app)
def batch(
    recipe: Annotated[str, typer.Argument(help="A recipe's name or path.")],
    data: Annotated[str, typer.Option(help="A data set in any supported format.")],
    run: Annotated[
        str | None, typer.Option(help="The run whose network judges; default: the recipe's, at its start.")
    ] = None,
    epoch: Annotated[int, typer.Option(min=1, help="Counted from 1.")] = 1,
    step: Annotated[int, typer.Option(min=1, help="Of the epoch, counted from 1.")] = 1,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change the recipe: optimisation.batch_size=24 ...")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Tell which samples a training step would see, mixed how, and each term of the loss: the trainer's own plan.

    Order, augmentation, pairs and mixing are drawn as the training draws them. The network is in training mode and is
    not changed.

    Raises:
        FileNotFoundError: no such recipe, data or run.
        ValueError: they do not fit each other, or there is no such step.
    """
    from fer_core.recipe import load_recipe
    from fer_core.runs import find_run

    wanted = load_recipe(recipe, changes or [])
    found = None if run is None else find_run(run)

    from fer_core.mixing.plans import plan_to_json
    from fer_core.rehearsal import rehearse

    told = rehearse(wanted, data, found, epoch - 1, step - 1, device)
    document = {
        "recipe": wanted.name,
        "mixing": wanted.mixing.plain(),
        "network": "the recipe's own at its start" if found is None else f"run {found.name}",
        "data": data,
        "seed": wanted.seed,
        "epoch": epoch,
        "step": step,
        "steps": told.steps,
        "n": len(told.batch.rows),
        "plan": plan_to_json(told.batch.plan),
        "samples": told.samples.to_dict("records"),
        "terms": [{"role": one.role, "weight": one.weight, "loss": one.value} for one in told.losses],
        "penalty": told.penalty,
        "total": told.total,
        "why_not": told.why_not,
    }
    return Answer(document, "\n".join(_lines(document)))


def _lines(document: dict[str, Any]) -> list[str]:
    head = (
        f"{document['recipe']}: epoch {document['epoch']}, step {document['step']} of {document['steps']}, "
        f"{document['n']} rows, mixing {document['mixing']['kind']}"
    )
    if document["total"] is None:
        return [head, f"No loss: {document['why_not']}"]
    rows = [[one["role"], f"{one['weight']:g}", f"{one['loss']:.4f}"] for one in document["terms"]]
    penalty = [] if document["penalty"] is None else [f"penalty measured: {document['penalty']:.4f}"]
    return [head, table(["term", "weight", "loss"], rows), *penalty, f"total: {document['total']:.4f}"]
