"""The batch that a training step would see, on synthetic people, with its loss terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.services.mixing_lab import Setting
from app.services.outlines import Outline, outline_of
from app.services.runs import stamp
from fer_core.labels import DROWSINESS, EXPRESSIONS
from fer_core.recipe import load_recipe, recipe_names
from fer_core.runs import find_run

if TYPE_CHECKING:
    from fer_core.contracts import Blend
    from fer_core.rehearsal import Rehearsal

AS_SET = "as set above"
TILES = 24
"""Rows of the batch that is shown, in place of the recipe's."""
SUBJECTS, SIZE = 10, 96
"""The synthetic people of the batch: how many, and pixels a side of their pictures."""
FRAMES: Mapping[str, int] = {"expressions": 1, "drowsiness": 2}
"""Pictures of each person in each state: some seventy faces to be looked for, once on a machine."""


@dataclass(frozen=True)
class Tile:
    """One row of a pass."""

    picture: np.ndarray
    """``(S, S, 3)`` uint8 as the network is shown it, before normalisation."""
    main: str
    partner: str | None
    """None for a plain row."""
    lam: float
    outline: Outline
    """Of what came from the partner, or was painted; empty where every pixel is mixed, or none."""
    type: str | None
    """FERMix's name of the region."""
    soft: tuple[tuple[str, float], ...]
    """Labels and their shares, largest first."""


@dataclass(frozen=True)
class Sheet:
    """A step's passes, tile by tile, and what judges them."""

    passes: tuple[tuple[str, float, tuple[Tile, ...]], ...]
    """Role, weight, tiles."""
    rows: int
    step: int
    steps: int
    batch_size: int
    """The recipe's own, which is not what is shown."""
    terms: pd.DataFrame
    """``term weight loss share``; share: what is added to the total, weight times loss, or a penalty's, whose weight is
    NaN. Empty without a network."""
    total: float | None
    network: str
    why_not: str | None
    data: str
    changes: tuple[str, ...]


def recipes() -> list[str]:
    """The controls' own, then the shipped ones whose labels synthetic people can show."""
    return [AS_SET, *(name for name in recipe_names() if load_recipe(name).labels in (EXPRESSIONS, DROWSINESS))]


def asked(setting: Setting, recipe: str) -> tuple[str, tuple[str, ...], str]:
    """Recipe, changes and data of a rehearsal, as `fer batch` is told them.

    Args:
        setting: The controls.
        recipe: `AS_SET`, or a shipped one's name.

    Raises:
        ValueError: the controls do not fit the recipe, or nobody can be drawn for its labels.
    """
    own = recipe == AS_SET
    # Faces are looked for, as in a visitor's pictures; what only makes sense for large data is switched off.
    common = (
        f"optimisation.batch_size={TILES}", f"seed={setting.seed}", "preprocessing.faces=auto", "data.limit=0",
        "data.groups=null", "data.test_group=null",
    )  # fmt: skip
    source, changes = (setting.source, (*setting.changes, *common)) if own else (recipe, common)
    labels = load_recipe(source, changes).labels
    if not set(labels) <= set(EXPRESSIONS) and not set(labels) <= set(DROWSINESS):
        raise ValueError(f"no synthetic people can be drawn for the labels {', '.join(labels)}; choose another recipe")
    states = "expressions" if set(labels) <= set(EXPRESSIONS) else "drowsiness"
    line = f"people:subjects={SUBJECTS},groups=1,sessions=1,states={states},frames={FRAMES[states]},size={SIZE}"
    return source, changes, line


def sheet(setting: Setting, recipe: str, step: int) -> Sheet:
    """A step of the first epoch of the recipe's training.

    Args:
        setting: The controls.
        recipe: `AS_SET`, judged by the setting's run, or a shipped one's name, judged by its network at the start.
        step: Counted from 1.

    Raises:
        ValueError: recipe, run and data do not fit each other.
    """
    source, changes, data = asked(setting, recipe)
    run = find_run(setting.run) if recipe == AS_SET and setting.run is not None else None
    return _sheet(source, changes, data, None if run is None else str(run.path), run and stamp(run), step)


@st.cache_data(max_entries=24, show_spinner=False)
def _sheet(source: str, changes: tuple[str, ...], data: str, run: str | None, changed: int | None, step: int) -> Sheet:
    from fer_core.rehearsal import rehearse

    recipe, own = load_recipe(source, changes), None if run is None else find_run(run)
    told = rehearse(recipe, data, own, step=step - 1)
    terms = pd.DataFrame(
        [{"term": one.role, "weight": one.weight, "loss": one.value} for one in told.losses],
        columns=["term", "weight", "loss"],
    )
    terms["share"] = terms["weight"] * terms["loss"]
    if told.total is not None and told.penalty is not None:
        # What a penalty adds is not always what it measured: an adversary's gain is the network's loss.
        added = {"term": "penalty", "weight": np.nan, "loss": told.penalty, "share": told.total - terms["share"].sum()}
        terms = pd.concat([terms, pd.DataFrame([added])], ignore_index=True)
    return Sheet(
        passes=tuple(_passes(told, recipe.labels)),
        rows=len(told.batch.rows),
        step=step,
        steps=told.steps,
        batch_size=load_recipe(source).optimisation.batch_size,
        terms=terms,
        total=told.total,
        network=f"run {own.name}" if own else f"recipe {recipe.name}'s own, freshly built: nothing is learned yet",
        why_not=told.why_not,
        data=data,
        changes=changes,
    )


def _passes(told: Rehearsal, labels: tuple[str, ...]) -> list[tuple[str, float, tuple[Tile, ...]]]:
    found = []
    passes = zip(told.batch.plan, told.pictures, told.covered, told.targets, strict=True)
    for plan, pictures, covered, targets in passes:
        term = plan.terms[0]
        # A term in a feature space has rows of its own, of which no picture exists: its main picture is shown.
        shown = {int(row): place for place, row in enumerate(plan.pictures.main)} if term.at != "image" else None
        tiles = []
        for place in range(len(term.blend)):
            pixels = pictures[place if shown is None else shown[int(term.blend.main[place])]]
            taken = None if shown is not None or covered is None else covered[place]
            tiles.append(_tile(told.samples, term.blend, place, pixels, taken, targets[place], labels))
        found.append((term.role, term.weight, tuple(tiles)))
    return found


def _tile(
    samples: pd.DataFrame, blend: Blend, place: int, pixels: np.ndarray, taken: np.ndarray | None, target: np.ndarray,
    labels: tuple[str, ...],
) -> Tile:  # fmt: skip
    from fer_core.mixing.fermix import type_of

    lam = float(blend.lam[place])
    order = [int(one) for one in np.argsort(-target, kind="stable") if target[one] > 0]
    soft = tuple((labels[one], float(target[one])) for one in order)
    plain = lam == 1 and blend.fill is None
    outline = () if taken is None else outline_of(taken)
    partner = None if lam == 1 else _who(samples, int(blend.partner[place]))
    named = None if plain else type_of(blend.take(np.array([place])))
    return Tile(pixels, _who(samples, int(blend.main[place])), partner, lam, outline, named, soft)


def _who(samples: pd.DataFrame, row: int) -> str:
    one = samples.iloc[row]
    return str(one["subject"])
