"""`fer pretrain`: a network learns to tell people apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, program

app = program("Train an identity encoder: the frozen part of a deviation network.")


@command(app)
def pretrain(
    recipe: Annotated[str, typer.Argument(help="identity-compact, identity-facenet, or the path of a YAML file.")],
    name: Annotated[str, typer.Option(help="What recipes will call it: backbone.identity=NAME.")],
    data: Annotated[
        list[str] | None,
        typer.Option(help="People to learn; replaces the recipe's data.source. Several are joined: repeat it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The training's own folder; default: the next free name in $FER_RUNS.")
    ] = None,
    hold_out: Annotated[
        list[str] | None,
        typer.Option(help="Share of the people to judge on, 0.1 unless told; NAME=0.5 for one data set. Repeatable."),
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change one setting: section.key=value. May be repeated.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an unfinished training; starts one where there is none.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads; default: torch's choice.")] = None,
) -> Answer:
    """Train an identity encoder on people and put it into the store of weights, with a card.

    Raises:
        FileNotFoundError: no such recipe or data.
        FileExistsError: ``--out`` is taken; a run is never overwritten.
        ValueError: the recipe has mistakes, the data names nobody, or a share is none.
    """
    from fer_core.recipe import load_recipe

    everywhere, single = _shares(hold_out or [])
    checked = load_recipe(recipe, changes or [])
    from fer_core.pretraining import pretrain as pretrain_recipe

    run, file = pretrain_recipe(checked, name, data or None, out, everywhere, single, resume, device, threads)
    held = run.info.get("held_out", {})
    lines = [f"{file}: {len(run.labels)} people learned"]
    lines += [
        f"  {one['subjects']} unseen people of {where}: found again {one['accuracy']:.3f}, chance {one['chance']:.3f}, "
        f"verification AUC {one['verification']['auc']:.3f}"
        for where, one in held.items()
    ]
    document = {"run": run.path, "encoder": file, "name": name, "subjects": len(run.labels), "held_out": held}
    return Answer(document, "\n".join(lines))


def _shares(words: list[str]) -> tuple[float, dict[str, float]]:
    everywhere, single = 0.1, {}
    for word in words:
        where, equals, value = word.rpartition("=")
        try:
            share = float(value)
        except ValueError:
            raise ValueError(f"--hold-out needs a share, or NAME=SHARE, got '{word}'") from None
        if equals:
            single[where] = share
        else:
            everywhere = share
    return everywhere, single
