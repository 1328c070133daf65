"""`fer bench deviation`: what the deviation module costs a training."""

from __future__ import annotations

from typing import Annotated

import typer

from fer_core.cli.answers import Answer, table

KINDS = {
    "without": "without the module",
    "with": "with it, V_id filled",
    "unfilled": "with it, V_id in every step",
    "penalised": "with it and the penalty",
}


def deviation(
    recipe: Annotated[str, typer.Option(help="A recipe with the backbone deviation.")] = "deviation-compact",
    steps: Annotated[int, typer.Option(min=1, help="Counted steps of each kind.")] = 30,
    pictures: Annotated[int, typer.Option(min=2, help="Pictures to train on, and to fill V_id for.")] = 512,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change one setting: section.key=value. May be repeated.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads; default: torch's choice.")] = None,
) -> Answer:
    """Train with the deviation module and without it, step by step in turns; filling V_id is timed apart.

    Raises:
        FileNotFoundError: no such recipe.
        ValueError: the recipe has mistakes or another backbone, or there are fewer pictures than a batch.
    """
    from fer_core.benchmarks.deviation import deviation_rates
    from fer_core.recipe import load_recipe

    found = deviation_rates(load_recipe(recipe, changes or []), steps, pictures, device, threads)
    here, filling = found["machine"], found["filling"]
    rows: list[list[object]] = [
        [KINDS[kind], round(1000 * seconds, 1), round(found["ratios"].get(kind, 1.0), 3)]
        for kind, seconds in found["seconds_per_step"].items()
    ]
    load = "unknown" if here["load"][0] is None else f"{here['load'][0]:.1f}"
    text = (
        f"{found['recipe']}: batches of {found['batch_size']} pictures of {found['size']} x {found['size']}, medians "
        f"of {steps} steps; {found['device']}, threads {found['threads']}, load before {load}\n"
        f"{table(['step', 'ms', 'times without'], rows)}\n"
        f"processor time with / without: {found['ratio_of_processor_time']:.3f}\n"
        f"V_id of {found['pictures']:,} pictures filled once in {filling['seconds']:.1f} s "
        f"({filling['pictures_per_second']:.0f} pictures a second, as long as {filling['steps']:.1f} steps)"
    )
    return Answer(found, text)
