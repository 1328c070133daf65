"""Mixed samples in the map of those they were mixed from.

Paper: Asaeda and Takemura 2025 (paper A), Fig. 4, t-SNE of plain and mixed V_state together.
Departs: the map is that of the plain samples and stays as it is. A mixed one gets two places: on the line between its
    parents, which is where it would lie if the map were straight, and the place that its neighbours in the space give
    it. Where the two differ the space between the parents is somebody else's, or the map is bent there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.contracts import Blend
from fer_core.features import FeatureTable
from fer_core.projection.judging import NEIGHBOURS
from fer_core.projection.placing import Placed, place, points_of, radius


@dataclass(frozen=True)
class Mixed:
    """Mixed samples in a map, in the order of the blend's M rows."""

    line: np.ndarray
    """``(M, 2)``: ``lam * main + (1 - lam) * partner`` of the parents' places."""
    placed: Placed
    """By their neighbours in the space."""
    gap: np.ndarray
    """``(M,)``: from the one to the other, as a part of the map's radius."""


def place_mixed(
    blend: Blend,
    table: FeatureTable,
    mapped: pd.DataFrame,
    vectors: np.ndarray | None = None,
    k: int = NEIGHBOURS,
) -> Mixed:
    """Blended rows of a table in its map.

    Args:
        blend: M rows of the table, of whole pictures.
        table: What the map was made from.
        mapped: The map; ``attrs`` name its space.
        vectors: ``(M, D)`` that the network gives the mixed pictures; None: the space itself is mixed (paper A,
            Fig. 5b).
        k: As in `placing.place`.

    Raises:
        ValueError: a blend of regions, rows that the table does not have, or as in `placing.place_in`.
    """
    if blend.partial:
        raise ValueError("only mixtures of whole pictures have a place between their parents, these take regions")
    space, points = points_of(table, mapped)
    stored = table.space(space)
    rows = np.concatenate([blend.main, blend.partner])
    if len(rows) and (rows.min() < 0 or rows.max() >= len(stored)):
        raise ValueError(f"the parents must be rows 0 to {len(stored) - 1} of {table.source}")
    lam = blend.lam[:, None]
    line = lam * points[blend.main] + (1 - lam) * points[blend.partner]
    if vectors is None:
        vectors = lam * stored[blend.main] + (1 - lam) * stored[blend.partner]
    elif len(vectors) != len(blend):
        raise ValueError(f"there must be a vector for each of {len(blend)} mixed samples, got {len(vectors)}")
    placed = place(vectors, stored, points, k)
    size = radius(points[np.isfinite(points).all(axis=1)])
    return Mixed(line, placed, np.linalg.norm(placed.points - line, axis=1) / size)
