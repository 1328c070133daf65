"""Scores of the parts of a split: people, sessions, folds, values of a column. The worst on top."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled

MOST = 40
"""Parts that are drawn; more would be a grey band."""


def groups(
    rows: pd.DataFrame, *, title: str, overall: float, overall_name: str = "all", chosen: str | None = None
) -> go.Figure:
    """One line per part: its accuracy and its interval, against the accuracy of all.

    Args:
        rows: ``group n accuracy low high``, the worst first; NaN where there is no interval.
        title: What the parts are.
        overall: Accuracy of all of them together.
        overall_name: What that is called in the subtitle.
        chosen: The part to mark.
    """
    shown = rows.head(MOST)
    names = [
        f"{_short(str(row.group))}  <span style='font-size:12px'>n = {row.n:,}</span>" for row in shown.itertuples()
    ]
    places = list(range(len(shown)))
    mine = [str(one) == chosen for one in shown["group"]]
    figure = go.Figure()
    figure.add_vline(x=overall, line={"color": MUTED, "dash": "dot", "width": 1.5})
    figure.add_scatter(
        x=shown["accuracy"],
        y=places,
        mode="markers",
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (shown["high"] - shown["accuracy"]).fillna(0),
            "arrayminus": (shown["accuracy"] - shown["low"]).fillna(0),
            "thickness": 3,
            "width": 0,
            "color": "rgba(102, 114, 216, 0.40)",
        },
        marker={
            "size": [15 if one else 11 for one in mine],
            "color": [colours.CHOSEN if one else colours.ACCENT for one in mine],
            "symbol": ["diamond" if one else "circle" for one in mine],
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=[[place, int(n)] for place, n in zip(places, shown["n"], strict=True)],
        hovertemplate="%{x:.3f}, n = %{customdata[1]}<extra></extra>",
    )
    worst = "" if len(rows) <= len(shown) else f"the worst {len(shown)} of {len(rows):,} · "
    titled(
        figure,
        title,
        f"{worst}bars: 95 % interval · dotted: {overall_name}, {overall:.3f}",
        height=66 + 44 + max(90, 26 * len(shown)),
    )
    figure.update_layout(clickmode="event+select")
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", title="accuracy")
    figure.update_yaxes(
        tickvals=places, ticktext=names, range=[len(shown) - 0.4, -0.6], showgrid=False, ticks="", tickfont={"size": 13}
    )
    return figure


def group_of(event: Mapping[str, Any] | None, rows: pd.DataFrame) -> str | None:
    """The part that a click chose; None without a click.

    Args:
        event: What the page's chart returned; its points carry ``[place, n]``.
        rows: As drawn.
    """
    for point in ((event or {}).get("selection") or {}).get("points") or []:
        numbers = point.get("customdata")
        if numbers and 0 <= int(numbers[0]) < len(rows):
            return str(rows["group"].iloc[int(numbers[0])])
    return None


def _short(name: str) -> str:
    return escape(name if len(name) <= 28 else name[:27] + "…")
