"""Who is taken for whom: rows true, columns what the model says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import percent, titled

Mode = Literal["counts", "rows", "columns"]

READING: Mapping[Mode, str] = {
    "counts": "pictures in each cell",
    "rows": "share of each true label",
    "columns": "share of each answer",
}


SHADES = [[0.0, "rgba(68, 80, 181, 0.05)"], [1.0, "rgba(68, 80, 181, 1)"]]
"""One hue over whatever ground the page has: nothing recedes into it, much stands out of it."""
WHITE_ABOVE = 0.72
"""Above this share of the deepest shade white reads better than either theme's text (3.9:1 on the light ground)."""


def shares(counts: np.ndarray, mode: Mode) -> np.ndarray:
    """``(K, K)`` counts as they are, or divided by their row or column sums; 0 where a sum is 0.

    Raises:
        ValueError: an unknown mode.
    """
    if mode == "counts":
        return counts.astype(np.float64)
    if mode not in ("rows", "columns"):
        raise ValueError(f"mode must be counts, rows or columns, got '{mode}'")
    whole = counts.sum(axis=1 if mode == "rows" else 0, keepdims=True)
    return np.divide(counts, whole, out=np.zeros(counts.shape), where=whole > 0)


def mean_shares(parts: np.ndarray, mode: Mode) -> np.ndarray:
    """``(K, K)``: the mean over matrices of what `shares` makes of each.

    A matrix without a single picture of a label (or answer) says nothing about its shares and is left out there; where
    all are, 0.

    Args:
        parts: ``(F, K, K)`` counts, e.g. of folds.
        mode: As in `shares`.
    """
    each = np.stack([shares(one, mode) for one in parts])
    if mode == "counts":
        return each.mean(axis=0)
    there = np.broadcast_to(parts.sum(axis=2 if mode == "rows" else 1, keepdims=True) > 0, parts.shape)
    number = there.sum(axis=0)
    return np.divide((each * there).sum(axis=0), number, out=np.zeros(number.shape), where=number > 0)


def confusion(
    cells: pd.DataFrame,
    *,
    mode: Mode = "counts",
    ink: str | None = None,
    chosen: tuple[str, str] | None = None,
    across: bool = False,
    parts: np.ndarray | None = None,
) -> go.Figure:
    """The matrix. Each cell carries an unseen square that can be clicked; `cell_of` reads the click.

    Args:
        cells: ``(K, K)`` counts; index = true labels, columns = answers, in one order.
        mode: Counts, or shares of each true label (``rows``) or of each answer (``columns``), whichever way it lies.
        ink: The page's text colour; where left out, the theme's for charts, which is paler.
        chosen: The (true, said) cell to frame.
        across: True labels along the horizontal axis instead of the vertical one.
        parts: ``(F, K, K)`` counts whose sum is ``cells``: shows `mean_shares` over them.

    Raises:
        ValueError: index and columns differ, or an unknown mode.
    """
    labels = [str(name) for name in cells.index]
    if labels != [str(name) for name in cells.columns]:
        raise ValueError("the matrix must have the same labels in rows and columns")
    counts = cells.to_numpy()
    values = shares(counts, mode) if parts is None else mean_shares(parts, mode)
    top = float(values.max()) or 1.0
    size = len(labels)
    places = np.arange(size)
    figure = go.Figure()
    figure.add_heatmap(
        z=values.T if across else values, x=places, y=places, zmin=0, zmax=top, colorscale=SHADES, showscale=False,
        xgap=3, ygap=3, hoverinfo="skip",
    )  # fmt: skip
    deep = values / top > WHITE_ABOVE
    for which, colour in ((deep, "#FFFFFF"), (~deep, ink)):
        rows, columns = np.nonzero(which)
        figure.add_scatter(
            x=rows if across else columns,
            y=columns if across else rows,
            mode="markers+text",
            text=[_written(value, mode, parts is not None) for value in values[which]],
            textfont={"size": 14} if colour is None else {"size": 14, "color": colour},
            marker={"symbol": "square", "size": 40, "color": "rgba(0,0,0,0.004)", "line": {"width": 0}},
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            # A list: an array would travel in binary, and the click would name its numbers "0", "1", "2".
            customdata=np.stack([rows, columns, counts[which]], axis=1).tolist(),
            hovertemplate="%{customdata[2]} pictures<extra></extra>",
        )
    for place in places:
        # The way to the diagonal: where answer and truth agree.
        line = {"color": colours.RIGHT, "width": 1.5, "dash": "dot"}
        figure.add_shape(type="rect", **_square(place, place), line=line)
    if chosen and set(chosen) <= set(labels):
        row, column = labels.index(chosen[0]), labels.index(chosen[1])
        place = _square(column, row) if across else _square(row, column)
        figure.add_shape(type="rect", **place, line={"color": colours.CHOSEN, "width": 4})
    titled(figure, "True label against answer", _subtitle(counts, mode, across, parts), height=120 + 54 * size)
    figure.update_layout(clickmode="event+select")
    figure.update_xaxes(
        tickvals=places, ticktext=labels, range=[-0.5, size - 0.5], showgrid=False, ticks="",
        title="true" if across else "the model says",
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=places, ticktext=labels, range=[size - 0.5, -0.5], showgrid=False, ticks="",
        title="the model says" if across else "true",
    )  # fmt: skip
    return figure


def cell_of(event: Mapping[str, Any] | None, labels: Sequence[str]) -> tuple[str, str] | None:
    """The (true, said) cell that a click chose, from the numbers that the point itself carries; None without a click.

    Args:
        event: What the page's chart returned: ``{"selection": {"points": [{"customdata": [row, column, n]}]}}``.
        labels: The K labels in the matrix's order.
    """
    points = ((event or {}).get("selection") or {}).get("points") or []
    for point in points:
        numbers = point.get("customdata")
        if numbers is None or len(numbers) < 2:
            continue
        row, column = int(numbers[0]), int(numbers[1])
        if 0 <= row < len(labels) and 0 <= column < len(labels):
            return labels[row], labels[column]
    return None


def _square(row: int, column: int) -> dict[str, float]:
    edge = 0.47
    return {"x0": column - edge, "x1": column + edge, "y0": row - edge, "y1": row + edge}


def _subtitle(counts: np.ndarray, mode: Mode, across: bool, parts: np.ndarray | None) -> str:
    words = READING[mode]
    if mode != "counts":
        words += f" ({'rows' if (mode == 'rows') != across else 'columns'} sum to 100 %)"
    mean = "" if parts is None else f"mean over {len(parts)} folds · "
    return f"n = {int(counts.sum()):,} · {mean}{words}"


def _written(value: float, mode: Mode, mean: bool) -> str:
    if mode == "counts":
        return f"{value:,.1f}" if mean else f"{int(value):,}"
    return percent(value)
