"""Faces from elsewhere, and mixtures of two stored ones, in maps that are already there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.services import space
from app.services.predicting import loaded
from app.services.space import Laid, Table
from fer_core.contracts import Blend
from fer_core.erasure import Erasure, erasure_of, space_of
from fer_core.projection import place, place_mixed

SHARES = np.linspace(0.9, 0.1, 9)
"""Lambda of the mixtures between two faces: how much of the first one is in them."""
COLUMNS = ("name", "kind", "x_left", "y_left", "x_right", "y_right")


def seen(run: str, crops: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """What a run makes of faces, each in one view, as `fer embed` asks.

    Args:
        run: A usable run.
        crops: ``(S, n S, 3)`` uint8 each, as `predicting.answers` cuts them; at least one.

    Returns:
        ``(M, D)`` of each space; a crop of both eyes counts twice.

    Raises:
        FileNotFoundError: no such run.
        ValueError: it cannot be used.
    """
    predictor = loaded(run)
    return predictor.spaces(np.concatenate([np.split(one, one.shape[1] // len(one), axis=1) for one in crops]))


def guests(
    told: Table, left: Laid, right: Laid, names: Sequence[str], vectors: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Faces from elsewhere on both maps.

    Args:
        told: The table behind the maps.
        left: The left map.
        right: The right one.
        names: M names.
        vectors: ``(M, D)`` of each space; a map gets no points whose space is neither among them nor, by what the
            table says, one of them erased.

    Returns:
        `COLUMNS`, and of each side ``near_left`` (row of the nearest stored face) and ``trust_left`` (share of stored
        faces that lie at least as far from their own neighbours; 0: farther than any).

    Raises:
        FileNotFoundError: the table is gone.
        ValueError: the vectors are not of this run.
    """
    found = pd.DataFrame({"name": list(names), "kind": "picture"})
    for side, laid in (("left", left), ("right", right)):
        points, near, trust = np.full((len(found), 2), np.nan), np.full(len(found), -1), np.full(len(found), np.nan)
        own = _vectors(told, laid.space, vectors)
        if own is not None and len(found):
            stored = space.vectors(told.run, told.split, laid.space).space(laid.space)
            placed = place(own, stored, laid.points)
            points, near, trust = placed.points, placed.rows[:, 0], placed.confidence
        found[f"x_{side}"], found[f"y_{side}"] = points[:, 0], points[:, 1]
        found[f"near_{side}"], found[f"trust_{side}"] = near, trust
    return found


def _vectors(told: Table, name: str, vectors: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """``(M, D)`` of one space, erased as the stored ones were where it is an erased one; None where that is unknown."""
    if name in vectors:
        return vectors[name]
    if space_of(told.made, name) not in vectors:
        return None
    made = _erasure(told.run, told.split, name, space.version(told))
    return made.apply(vectors[made.space])


@st.cache_resource(max_entries=8, show_spinner="Fitting once more what takes identity away")
def _erasure(run: str, split: str, erased: str, changed: int) -> Erasure:
    base = space_of(space.vectors(run, split, erased).made, erased) or ""
    return erasure_of(space.vectors(run, split, base), erased)


def between(told: Table, left: Laid, right: Laid, first: int, second: int) -> pd.DataFrame:
    """Where mixtures of two faces' vectors lie (paper A mixes V_state so, Fig. 5b).

    Args:
        told: The table behind the maps.
        left: The left map.
        right: The right one.
        first: Row of one face.
        second: Row of the other.

    Returns:
        `COLUMNS`; NaN where a map lacks one of the two.

    Raises:
        FileNotFoundError: the table is gone.
    """
    found = pd.DataFrame({"name": [f"{share:.0%} of row {first}" for share in SHARES], "kind": "mixed"})
    blend = Blend(np.full(len(SHARES), first), np.full(len(SHARES), second), SHARES)
    for side, laid in (("left", left), ("right", right)):
        points = np.full((len(SHARES), 2), np.nan)
        if np.isfinite(laid.points[[first, second]]).all():
            stored = space.vectors(told.run, told.split, laid.space)
            mapped = told.samples.assign(x=laid.points[:, 0], y=laid.points[:, 1])
            mapped.attrs["space"] = laid.space
            points = place_mixed(blend, stored, mapped).placed.points
        found[f"x_{side}"], found[f"y_{side}"] = points[:, 0], points[:, 1]
    return found[list(COLUMNS)]
