"""What the deviation module costs a training: steps with it and without it in turns, and filling V_id apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import torch

from fer_core.assembly import Model, build_loss, build_model, build_penalty, pick_device, without_pretrained
from fer_core.benchmarks.rates import Rates, machine, take_turns
from fer_core.catalogue import OPTIMISERS
from fer_core.contracts import Blend
from fer_core.data.resident import ResidentPictures
from fer_core.data.store import Decoded
from fer_core.identity import frozen_features
from fer_core.mixing.batch import one_pass
from fer_core.mixing.compose import compose
from fer_core.objective import Objective
from fer_core.recipe import Recipe, check_recipe
from fer_core.steps import take_step

PARTS: Mapping[str, Mapping[str, Any]] = {"v_id": {"sha256": "random weights"}}


def deviation_rates(
    recipe: Recipe, steps: int = 30, pictures: int = 512, device: str = "auto", threads: int | None = None
) -> dict[str, Any]:
    """Training steps with the deviation module, V_id filled, beside those of its encoder alone, and how V_id is filled.

    Pictures are noise, weights random and nothing is mixed: none of it changes what a step costs. One step of each
    kind follows the other, so that a busy machine slows all alike; the first of each is not counted. Both networks have
    the recipe's head, optimiser, batch size and precision; without the module the head reads ``v_face``.

    Args:
        recipe: With the backbone deviation; its identity weights need not be there.
        steps: How many of each kind are counted.
        pictures: How many the batches are taken from, and for how many V_id is filled.
        device: ``auto``, ``cpu`` or ``cuda``.
        threads: CPU threads while it measures; None leaves torch's choice.

    Returns:
        ``recipe batch_size size steps pictures device threads``, the ``machine``, and ``seconds_per_step``, the median
        of each kind: ``without`` the module, ``with`` it, ``unfilled`` (V_id computed in every step) and, where the
        recipe has a penalty, ``penalised``. ``ratio`` and ``ratio_of_processor_time``: median over neighbouring steps
        of with / without; ``ratios``: the former of every kind. ``filling``: ``seconds``, ``pictures_per_second`` and
        ``steps``, as many steps without the module as take that long.

    Raises:
        ValueError: a recipe of another backbone, fewer than one step or thread, or fewer pictures than a batch.
    """
    with_module, without = both(recipe)
    batch = recipe.optimisation.batch_size
    if pictures < batch:
        raise ValueError(f"pictures must be at least the recipe's batch of {batch}, got {pictures}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be 1 or more, got {threads}")
    where, before, usual = pick_device(device), machine(), torch.get_num_threads()
    torch.set_num_threads(threads or usual)
    try:
        pixels = _noise(with_module, pictures)
        model = build_model(with_module).to(where)
        begun = time.perf_counter()
        frozen = _filled(model, pixels, with_module, where)
        filling = time.perf_counter() - begun
        works = {
            "without": _steps(without, pixels, where),
            "with": _steps(with_module, pixels, where, frozen),
            "unfilled": _steps(with_module, pixels, where),
        }
        if recipe.penalty.options.acts:
            penalised = {**with_module.plain(), "penalty": recipe.penalty.plain()}
            works["penalised"] = _steps(check_recipe(penalised, recipe.name), pixels, where, frozen)
        found = take_turns(works, 1, steps)
        used = torch.get_num_threads()
    finally:
        torch.set_num_threads(usual)
    seconds = {name: 1 / median(one.per_second) for name, one in found.items()}
    ratios = {name: _ratio(one, found["without"]) for name, one in found.items() if name != "without"}
    return {
        "recipe": recipe.name,
        "batch_size": batch,
        "size": recipe.preprocessing.size,
        "steps": steps,
        "pictures": pictures,
        "device": str(where),
        "threads": used,
        "ratio": ratios["with"],
        "ratio_of_processor_time": _ratio(found["with"], found["without"], processor=True),
        "ratios": ratios,
        "seconds_per_step": seconds,
        "filling": {
            "seconds": filling,
            "pictures_per_second": pictures / filling,
            "steps": filling / seconds["without"],
        },
        "machine": before,
    }


def both(recipe: Recipe) -> tuple[Recipe, Recipe]:
    """A recipe with the deviation module, and the same network without it: its encoder, its head on ``v_face``.

    Neither mixes, has a penalty, or begins from weights.

    Raises:
        ValueError: the recipe has no deviation module.
    """
    if recipe.backbone.kind != "deviation":
        raise ValueError(f"recipe {recipe.name} has the backbone {recipe.backbone.kind}, which is no deviation module")
    plain = {**without_pretrained(recipe.plain(), recipe.name).plain(), "mixing": "none", "penalty": "none"}
    encoder = {**plain, "backbone": plain["backbone"]["encoder"], "head": {**plain["head"], "space": "v_face"}}
    return check_recipe(plain, recipe.name), check_recipe(encoder, recipe.name)


def _noise(recipe: Recipe, count: int) -> np.ndarray:
    side = recipe.preprocessing.size
    shape = (count, side, side) if recipe.preprocessing.grey else (count, side, side, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def _filled(model: Model, pixels: np.ndarray, recipe: Recipe, device: torch.device) -> dict[str, np.ndarray]:
    # Without a key, nothing is kept.
    decoded = Decoded(pixels, pd.DataFrame(index=range(len(pixels))), "")
    return frozen_features(model, decoded, recipe.preprocessing.model_dump(mode="json"), PARTS, device)


def _steps(
    recipe: Recipe, pixels: np.ndarray, device: torch.device, frozen: Mapping[str, np.ndarray] | None = None
) -> Callable[[], object]:
    """A training of its own, one step with each call."""
    rng, classes = np.random.default_rng(1), len(recipe.labels)
    targets = np.eye(classes)[rng.integers(classes, size=len(pixels))]
    pictures = ResidentPictures(
        pixels, targets, recipe.preprocessing, device, augmentation=recipe.augmentation, frozen=frozen
    )
    pictures.begin(rng)
    model = build_model(recipe).to(device)
    objective = Objective(model, build_loss(recipe), build_penalty(recipe, model)).to(device).train()
    optimiser = OPTIMISERS.build_with(recipe.optimiser, objective.learned())

    def step() -> None:
        rows = rng.choice(len(pixels), recipe.optimisation.batch_size, replace=False)
        views = compose((one_pass("main", 1.0, Blend.plain(rows)),), pictures)
        take_step(objective, optimiser, views, recipe.optimisation, device)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return step


def _ratio(one: Rates, other: Rates, processor: bool = False) -> float:
    """How much longer a step of ``one`` takes: the median over neighbours in time."""
    pairs = (each.per_core_second if processor else each.per_second for each in (other, one))
    return median(slow / fast for slow, fast in zip(*pairs, strict=True))
