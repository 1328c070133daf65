"""A run that may be shown to everybody: trained in a minute on drawn faces, judged on drawn people it never saw."""

from __future__ import annotations

from pathlib import Path

from tests.app import world

NAME = "drawn-people"

OVERRIDES = (
    f"name={NAME}",
    "about=Seven expressions of synthetic people, drawn from a seed; a run to show, with nothing real in it.",
    "backbone.stem=16",
    "backbone.widths=[24,48,96]",
    "backbone.blocks=[1,1,1]",
    "optimisation.epochs=24",
    "optimisation.batch_size=32",
    "optimisation.precision=fp32",
)
"""A fifth of the shipped network: enough to be right often, small enough to be wrong sometimes."""


def train(home: Path, people: int = 30, learned: int = 60) -> Path:
    """Draws the data, trains the run; gives the folder of runs.

    Args:
        home: Where both are made.
        people: Drawn people it is judged on.
        learned: Drawn people it learns from.
    """
    from fer_core.recipe import load_recipe
    from fer_core.training import train as train_run

    data = world.draw_data(home, people, learned)
    run = train_run(load_recipe("expression", OVERRIDES), data=str(data), out=home / "runs" / NAME, device="cpu")
    # The class folders cannot say so themselves.
    run.update(
        data={**run.info["data"], "synthetic": True},
        evaluated={split: {**told, "synthetic": True} for split, told in run.evaluated.items()},
    )
    return home / "runs"
