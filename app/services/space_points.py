"""The points of two maps as one table, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.services.space import Laid, Table

MOST_DRAWN = 20_000
"""Of a longer table a part is drawn, drawn by lot: more points cover each other."""


def drawn(left: Laid, right: Laid, values: pd.Series, chosen: np.ndarray) -> pd.DataFrame:
    """What a chart of both maps needs; selected rows are always among them.

    Args:
        left: The left map, N rows.
        right: The right one.
        values: N values to colour by.
        chosen: Selected rows.

    Returns:
        ``row x_left y_left x_right y_right value``, at most `MOST_DRAWN` rows besides the selected ones.
    """
    there = np.flatnonzero(np.isfinite(left.points).all(axis=1) | np.isfinite(right.points).all(axis=1))
    if len(there) > MOST_DRAWN:
        lot = np.random.default_rng(0).permutation(there)[:MOST_DRAWN]
        there = np.union1d(lot, np.intersect1d(there, chosen))
    return pd.DataFrame({"row": there, **_places(left, right, there), "value": values.to_numpy()[there]})


def coordinates(told: Table, left: Laid, right: Laid) -> pd.DataFrame:
    """Every row with what is known of it and its place on both maps, for those who take the numbers along.

    Args:
        told: The table.
        left: The left map.
        right: The right one.
    """
    rows = np.arange(len(told.samples))
    return pd.DataFrame({"row": rows, **dict(told.samples.items()), **_places(left, right, rows)})


def _places(left: Laid, right: Laid, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {
        f"{axis}_{side}": laid.points[rows, number]
        for side, laid in (("left", left), ("right", right))
        for number, axis in enumerate("xy")
    }
