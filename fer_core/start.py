"""Where a training begins: another run's weights, or a published file's; and what ``run.json`` says about it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from fer_core.catalogue import HEADS
from fer_core.pretrained.frozen import frozen_part
from fer_core.pretrained.known import KNOWN, architecture_of, differences, known_for
from fer_core.pretrained.store import described, digest, unchanged, where
from fer_core.recipe import Recipe
from fer_core.runs import Run, find_run
from fer_core.weights import load_weights

log = logging.getLogger(__name__)

_SEEN = ("size", "grey", "standardise", "mean", "std")
"""What of ``preprocessing`` decides how a network sees a crop."""


def origin(recipe: Recipe) -> dict[str, Any]:
    """What a training of this recipe begins from, for ``run.json``; empty where it begins at random.

    Returns:
        ``pretrained`` (name, file, SHA-256, licence) or ``start`` (run, SHA-256 of its weights, its labels), each with
        ``differs``: in what the recipe's pictures are not those the weights have seen; and ``frozen`` where a part of
        the model stays as it is: see `frozen_parts`.

    Raises:
        FileNotFoundError: the file or run is not there.
        ValueError: it cannot be begun from; says why.
    """
    preprocessing = recipe.preprocessing.model_dump(mode="json")
    if recipe.start.run is not None:
        run = startable(recipe)
        seen = {key: run.preprocessing[key] for key in _SEEN if key in run.preprocessing}
        sha256 = digest(run.path / "weights.safetensors")
        differs = _warned(differences(seen, preprocessing))
        begun: dict[str, Any] = {
            "start": {"run": run.name, "sha256": sha256, "labels": list(run.labels), "differs": differs}
        }
        return {**begun, **({"frozen": frozen_parts(recipe)} if recipe.backbone.kind == "deviation" else {})}
    kind, options = recipe.backbone.kind, recipe.backbone.options
    frozen = kind == "deviation"
    weights = options.identity if frozen else getattr(options, "weights", None)
    if weights is None:
        return {"frozen": frozen_parts(recipe)} if frozen else {}
    architecture = options.part.kind if frozen else architecture_of(kind, options.model_dump())
    path = where(architecture, weights)
    stored = described(path)
    row = known_for(architecture, weights) or KNOWN.get(stored.get("name", ""))
    seen = asdict(row.input) if row else stored.get("preprocessing", {})
    differs = _warned(differences({key: seen[key] for key in _SEEN if key in seen}, preprocessing))
    about = {"name": row.name if row else stored.get("name"), "licence": row.licence if row else stored.get("licence")}
    begun = {"pretrained": {**about, "file": path.name, "sha256": unchanged(path), "differs": differs}}
    return {**begun, "frozen": frozen_parts(recipe)} if frozen else begun


def frozen_parts(recipe: Recipe) -> dict[str, dict[str, str]]:
    """What of a recipe's model no training changes: space -> file of the store and SHA-256; empty for most.

    Raises:
        FileNotFoundError: the file is not there.
        ValueError: nobody knows it, or it has changed.
    """
    if recipe.backbone.kind != "deviation":
        return {}
    options = recipe.backbone.options
    if options.identity is None:
        raise ValueError("backbone.identity must name weights: a random Identity Model knows nobody")
    path = where(options.part.kind, options.identity)
    unchanged(path)
    return {"v_id": frozen_part(path)}


def _warned(differs: list[str]) -> list[str]:
    if differs:
        log.warning("the weights begun from have seen other pictures: preprocessing.%s", "; ".join(differs))
    return differs


def startable(recipe: Recipe) -> Run:
    """The run that ``start.run`` names.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it cannot be used, or has another backbone.
    """
    run = find_run(str(recipe.start.run))
    if run.why_not:
        raise ValueError(f"run {run.name} cannot be started from: {run.why_not}")
    theirs = run.recipe.get("backbone")
    kind = theirs.get("kind") if isinstance(theirs, Mapping) else theirs
    if kind != recipe.backbone.kind:
        raise ValueError(
            f"run {run.name} has the backbone {kind}, the recipe {recipe.backbone.kind}; start needs the same"
        )
    return run


def take_over(model: nn.Module, recipe: Recipe) -> None:
    """Fills a fresh model with the weights of the run that ``start.run`` names.

    Tensors go by name. Those of the backbone that both have must have one shape; what only one has (a mid-level branch)
    starts fresh or stays behind. A head's rows are its classes, and go by the *name* of the label, whatever the order:
    see `sections.Start`. Other tensors of the head go where name and shape agree.

    Paper: Psaroudakis and Kollias, "MixAugment & Mixup", Table 7: "we first pre-trained ResNet50 on AffectNet and then
        trained it with MixAugment and flipping" on RAF-DB.

    Raises:
        FileNotFoundError: no such run.
        ValueError: it cannot be used, or its backbone is another one.
    """
    run = startable(recipe)
    theirs, _ = load_weights(run.path / "weights.safetensors")
    mine = model.state_dict()
    for name in mine.keys() & theirs.keys():
        if name.startswith("backbone.") and mine[name].shape != theirs[name].shape:
            raise ValueError(
                f"run {run.name} has another {recipe.backbone.kind}: its {name.removeprefix('backbone.')} is "
                f"{tuple(theirs[name].shape)}, here {tuple(mine[name].shape)}; start needs the same backbone"
            )
    rows = shared_rows(run.labels, recipe.labels, recipe.start.head)
    by_class = _class_tensors(model, recipe)
    fresh = []
    for name, value in mine.items():
        found = theirs.get(name)
        if name in by_class:
            taken = _by_label(value, found, rows)
        else:
            held = name.startswith("head.") and recipe.start.head == "fresh"
            taken = None if found is None or held or found.shape != value.shape else found
        if taken is None:
            fresh.append(name)
        else:
            value.copy_(taken)
    log.info("starting from run %s%s", run.name, f"; fresh: {', '.join(fresh)}" if fresh else "")


def shared_rows(theirs: Sequence[str], mine: Sequence[str], head: str) -> list[int | None]:
    """For each of my labels the row of theirs that it takes over; None starts fresh. ``head``: see `sections.Start`."""
    if head == "fresh" or (head == "auto" and set(theirs) != set(mine)):
        return [None] * len(mine)
    return [theirs.index(label) if label in theirs else None for label in mine]


def _by_label(mine: Tensor, theirs: Tensor | None, rows: Sequence[int | None]) -> Tensor | None:
    """My class rows with theirs put in by label; None where nothing can be."""
    if theirs is None or theirs.shape[1:] != mine.shape[1:] or all(row is None for row in rows):
        return None
    return torch.stack([mine[place] if row is None else theirs[row].to(mine) for place, row in enumerate(rows)])


def _class_tensors(model: nn.Module, recipe: Recipe) -> set[str]:
    """Names of the tensors whose rows are classes: those that change when the head is made for one class more."""
    shapes = []
    for more in (0, 1):
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            dimensions = model.get_submodule("backbone").dimensions
            head = HEADS.build(recipe.head, dimensions=dimensions, classes=len(recipe.labels) + more)
        shapes.append({name: value.shape for name, value in head.state_dict().items()})
    return {f"head.{name}" for name, shape in shapes[0].items() if shape != shapes[1][name]}
