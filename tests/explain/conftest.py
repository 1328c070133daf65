"""A finished run whose weights nobody trained: explanations need no truth."""

from __future__ import annotations

import pytest

from fer_core.runs import Run, create_run, runs_home


def untrained_run(name: str = "untrained", seed: int = 0) -> Run:
    """A small compact network as a run of its own.

    Args:
        name: Of the run.
        seed: Draws its weights.
    """
    from fer_core.assembly import build_model
    from fer_core.recipe import check_recipe
    from fer_core.weights import save_weights

    backbone = {"kind": "compact", "stem": 4, "widths": [6, 8], "blocks": [1, 1]}
    recipe = check_recipe({"name": name, "seed": seed, "backbone": backbone})
    info = {
        "status": "finished",
        "labels": list(recipe.labels),
        "preprocessing": recipe.preprocessing.model_dump(mode="json"),
        "data": {"name": "nothing", "synthetic": True},
    }
    run = create_run(runs_home() / name, recipe.dump(), info)
    save_weights(run.path / "weights.safetensors", build_model(recipe).state_dict(), {"labels": list(recipe.labels)})
    return run


@pytest.fixture
def run() -> Run:
    """The untrained run."""
    return untrained_run()
