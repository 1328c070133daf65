"""A training step rehearsed: the very pictures, labels and loss terms of a recipe's next batch, and nothing learned."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fer_core.assembly import Model, build_loss, build_mixing, build_model, build_penalty, load_model, pick_device
from fer_core.batches import Batch, cuts, planned
from fer_core.contracts import Blend, View
from fer_core.cropping import cropper
from fer_core.data import Decoded, decode, open_data
from fer_core.data.landmarks import landmarks_of
from fer_core.data.preparation import Prepared, prepare
from fer_core.data.resident import ResidentPictures
from fer_core.identity import frozen_features
from fer_core.mixing.compose import compose
from fer_core.mixing.regions import coverage
from fer_core.objective import Objective
from fer_core.recipe import Recipe
from fer_core.runs import Run
from fer_core.seeds import DROPOUT, PAIRS, TRANSFORMS, stream, torch_seed
from fer_core.start import frozen_parts


@dataclass(frozen=True)
class Loss:
    """One summand of a step's loss."""

    role: str
    weight: float
    value: float
    """Unweighted, in the loss's unit (nats for cross-entropy)."""


@dataclass(frozen=True)
class Rehearsal:
    """One step of a training, before anything is learned from it."""

    epoch: int
    """Counted from 0."""
    step: int
    """Of the epoch, counted from 0."""
    steps: int
    """In the epoch."""
    batch: Batch
    """Its rows count in ``samples``."""
    samples: pd.DataFrame
    """The training pictures: ``path label subject`` where they are known."""
    pictures: tuple[np.ndarray, ...]
    """``(M, S, S, 3)`` uint8 of each pass, augmented and mixed, before normalisation."""
    covered: tuple[np.ndarray | None, ...]
    """``(M, S, S)`` of each pass: the share of each pixel that was taken from the partner, or painted; None where whole
    pictures are mixed."""
    targets: tuple[np.ndarray, ...]
    """``(M', K)`` soft labels of each pass's first term, rows sum to 1."""
    losses: tuple[Loss, ...]
    """Empty where there is no network."""
    total: float | None
    """The sum of weight times value, with a penalty's share; what a step would descend."""
    penalty: float | None
    """What the recipe's penalty measured; None without one."""
    why_not: str | None
    """Why there is no network to judge the batch."""


def rehearse(
    recipe: Recipe, data: str, run: Run | None = None, epoch: int = 0, step: int = 0, device: str = "auto"
) -> Rehearsal:
    """The samples that one step of a training would see, from the trainer's own plan, and what its loss would be.

    Order, augmentation, pairs and mixing are those of `loop.learn` for this recipe and data. The network is in training
    mode (statistics of the batch, dropout as at the beginning of the epoch), and is not changed.

    Args:
        recipe: Whose training is asked.
        data: A data set in any supported format, in place of the recipe's.
        run: The network that judges; None: the recipe's own at its start.
        epoch: Counted from 0.
        step: Of the epoch, counted from 0.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        FileNotFoundError: no such data.
        ValueError: the data does not fit the recipe, there is no such step, or the run has other labels or
            preprocessing.
    """
    if epoch < 0 or step < 0:
        raise ValueError(f"epoch and step are counted from 0, got {epoch} and {step}")
    where, plan = pick_device(device), recipe.preprocessing
    if run is not None:
        _check_fits(run, recipe)
    dataset = open_data(data)
    decoded = decode(dataset, plan.size, plan.grey, *cropper(plan.faces, plan.framing, plan.size))
    prepared = prepare(dataset, decoded, recipe.labels, recipe.data, recipe.seed)
    learned = prepared.table.iloc[prepared.train]
    mixing = build_mixing(recipe)
    pool, added = Blend.plain(np.arange(len(learned))), mixing.pairs(stream(recipe.seed, PAIRS), learned)
    pool = pool if added is None else pool.join(added)
    steps = len(cuts(len(pool), recipe.optimisation.batch_size)) + 1
    if step >= steps:
        raise ValueError(f"an epoch of {len(pool):,} rows has {steps} steps; there is no step {step + 1}")
    model, parts, why_not = _network(recipe, run, where)
    pictures = _pictures(recipe, prepared, decoded, _frozen(model, decoded, plan.model_dump(), parts, where), where)
    pictures.begin(stream(recipe.seed, TRANSFORMS, epoch))
    views: tuple[View, ...] = ()
    # Augmentation goes on from step to step: those before are composed, and not judged.
    for batch in islice(planned(recipe, mixing, pool, epoch), step + 1):
        pictures.seen.clear()
        views = compose(batch.plan, pictures)
    losses, total, penalty = ((), None, None) if model is None else _judged(recipe, model, views, epoch, where)
    known = [name for name in ("path", "label", "subject") if name in learned]
    return Rehearsal(
        epoch, step, steps, batch, learned[known].reset_index(drop=True),
        tuple(_bytes(one) for one in pictures.seen),
        tuple(pictures.covered(one.pictures) for one in batch.plan),
        tuple(view.terms[0].targets.float().cpu().numpy() for view in views),
        losses, total, penalty, why_not,
    )  # fmt: skip


class _Seen(ResidentPictures):
    """Training pictures that remember what they looked like before normalisation."""

    seen: list[Tensor]
    marked: dict[int, np.ndarray]
    """Landmarks by row, of the last step whose mixing asked for them."""

    def normalise(self, images: Tensor) -> Tensor:
        self.seen.append(images)
        return super().normalise(images)

    def landmarks(self, rows: np.ndarray) -> np.ndarray:
        found = super().landmarks(rows)
        self.marked = dict(zip(rows.tolist(), found, strict=True))
        return found

    def covered(self, blend: Blend) -> np.ndarray | None:
        """What `compose` has taken from partners in the pictures of a pass."""
        if not blend.partial:
            return None
        height, width = self.seen[0].shape[-2:]
        faces = np.stack([self.marked[row] for row in blend.main.tolist()]) if blend.guided else None
        return coverage(blend, height, width, faces)


def _pictures(
    recipe: Recipe, prepared: Prepared, decoded: Decoded, frozen: Mapping[str, np.ndarray], device: torch.device
) -> _Seen:
    rows = prepared.train
    places, _ = landmarks_of(prepared.table.iloc[rows], recipe.preprocessing)
    pictures = _Seen(
        decoded.pixels[rows], prepared.targets[rows], recipe.preprocessing, device, recipe.augmentation, places,
        {name: one[rows] for name, one in frozen.items()},
    )  # fmt: skip
    pictures.seen, pictures.marked = [], {}
    return pictures


def _check_fits(run: Run, recipe: Recipe) -> None:
    if tuple(run.labels) != tuple(recipe.labels):
        raise ValueError(
            f"run {run.name} knows {', '.join(run.labels)}, the recipe {', '.join(recipe.labels)}; the network and the "
            "recipe must have the same labels in one order"
        )
    asked = recipe.preprocessing.model_dump(mode="json")
    differs = [name for name in ("size", "grey", "framing", "mean", "std") if run.preprocessing[name] != asked[name]]
    if differs:
        raise ValueError(f"run {run.name} has another preprocessing than the recipe: {', '.join(differs)}")


def _network(
    recipe: Recipe, run: Run | None, device: torch.device
) -> tuple[Model | None, Mapping[str, Mapping[str, str]], str | None]:
    """Who judges, what of it is frozen, and why nobody does."""
    if run is not None:
        return load_model(run, device), run.info.get("frozen", {}), None
    try:
        return build_model(recipe).to(device), frozen_parts(recipe), None
    except FileNotFoundError as missing:
        return None, {}, str(missing)


def _frozen(
    model: Model | None,
    decoded: Decoded,
    preprocessing: Mapping[str, object],
    parts: Mapping[str, Mapping[str, str]],
    device: torch.device,
) -> Mapping[str, np.ndarray]:
    return {} if model is None else frozen_features(model, decoded, preprocessing, parts, device)


def _judged(
    recipe: Recipe, model: Model, views: tuple[View, ...], epoch: int, device: torch.device
) -> tuple[tuple[Loss, ...], float, float | None]:
    """Each term's value, the total, and what the penalty measured."""
    # A copy: BatchNorm in training mode counts what passes.
    objective = Objective(copy.deepcopy(model), build_loss(recipe), build_penalty(recipe, model)).to(device).train()
    bf16 = recipe.optimisation.precision == "bf16"
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), torch.no_grad():
        torch.manual_seed(torch_seed(recipe.seed, DROPOUT, epoch))
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
            total, log = objective(views)
    terms = [term for view in views for term in view.terms]
    measured = log.get("penalty")
    return (
        tuple(Loss(term.role, term.weight, float(log[term.role])) for term in terms),
        float(total),
        None if measured is None else float(measured),
    )


def _bytes(images: Tensor) -> np.ndarray:
    """``(M, 1 or 3, S, S)`` in [0, 1] as ``(M, S, S, 3)`` uint8."""
    pixels = images.expand(-1, 3, -1, -1).permute(0, 2, 3, 1)
    return (pixels * 255).round().clamp(0, 255).byte().cpu().numpy()
