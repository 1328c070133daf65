"""Where a mixture lies between its parents in a map that is stored with the run, placed by its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from app.services import space
from app.services.provenance import Provenance
from fer_core.projection.placing import place

if TYPE_CHECKING:
    from fer_core.between import Course

MOST = 2_000
"""Stored points that are drawn behind the way: enough to see the map's shape."""


@dataclass(frozen=True)
class Way:
    """A map and the way from B to A in it."""

    points: pd.DataFrame
    """``x y label`` of stored samples."""
    way: pd.DataFrame
    """``lam x y kind``, kind: ``between``, ``A``, ``B`` or ``mixture``."""
    trust: float
    """Share of the stored samples that lie at least as far from their neighbours as the mixture does; 0: far out."""
    total: int
    """Stored samples in the map."""
    source: Provenance


def offered(run: str, found: Course) -> Mapping[str, tuple[str, ...]]:
    """Spaces of the mixture of which the run has a table, each with its maps; empty where nothing is stored.

    Args:
        run: The run.
        found: What it sees of the mixture.
    """
    splits = space.splits(run)
    told = space.table(run, splits[0]) if splits else None
    return {} if told is None else {name: maps for name, maps in told.methods.items() if name in found.spaces and maps}


def way(run: str, name: str, method: str, along: Course | None, own: Course) -> Way:
    """A and B, the mixture, and the mixtures between them, in a map.

    Args:
        run: The run.
        name: One of `offered`'s spaces.
        method: One of its maps.
        along: Mixtures along lambda; None where the share is a region's.
        own: Ends with the mixture.

    Raises:
        FileNotFoundError: the table or map is gone.
        ValueError: the stored map is damaged.
    """
    split = space.splits(run)[0]
    laid, told = space.lay(run, split, name, method), space.table(run, split)
    stored = space.vectors(run, split, name).space(name)
    rows = [own.parents[name], own.spaces[name][-1:]]
    lam, kinds = [1.0, 0.0, float(own.lam[-1])], ["A", "B", "mixture"]
    if along is not None:
        rows.append(along.spaces[name][:-1])
        lam += along.lam[:-1].tolist()
        kinds += ["between"] * (len(along.lam) - 1)
    placed = place(np.concatenate(rows), stored, laid.points)
    there = np.flatnonzero(np.isfinite(laid.points).all(axis=1))
    shown = there[np.linspace(0, len(there) - 1, min(MOST, len(there))).astype(int)]
    label = told.samples["label"].astype(object).iloc[shown].fillna("unlabelled") if told else pd.Series(dtype=object)
    points = pd.DataFrame(laid.points[shown], columns=["x", "y"]).assign(label=label.to_numpy())
    found = pd.DataFrame({"lam": lam, "x": placed.points[:, 0], "y": placed.points[:, 1], "kind": kinds})
    text = [
        f"run {run}",
        f"{method} of {name}, split {split}",
        f"n = {len(there):,} stored samples",
        f"seed {laid.figures.get('seed', 0)}",
        "the faces are placed by their nearest neighbours in the space",
    ]
    source = Provenance(" · ".join(text), laid.command)
    return Way(points, found, float(placed.confidence[2]), len(there), source)
