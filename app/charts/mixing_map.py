"""The way from one face to another in a map of stored samples."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled


def mixing_way(
    points: pd.DataFrame, way: pd.DataFrame, *, labels: tuple[str, ...], total: int, title: str
) -> go.Figure:
    """Stored samples as a quiet ground, and on it A, B, the mixture, and the mixtures between them as a line.

    Args:
        points: ``x y label``.
        way: ``lam x y kind``; kind is ``between``, ``A``, ``B`` or ``mixture``.
        labels: The run's labels, for the colours.
        total: How many samples the map has.
        title: Which map it is.
    """
    figure = go.Figure()
    for label in dict.fromkeys(points["label"]):
        rows = points[points["label"] == label]
        figure.add_scattergl(
            x=rows["x"],
            y=rows["y"],
            mode="markers",
            marker={"size": 4, "opacity": 0.35, "color": colours.of_label(str(label), labels)},
            name=str(label),
            hovertemplate=f"{label}<extra></extra>",
        )
        figure.add_annotation(
            x=float(rows["x"].median()), y=float(rows["y"].median()), text=str(label), showarrow=False,
            font={"size": 13, "color": colours.of_label(str(label), labels)},
        )  # fmt: skip
    between = way[way["kind"] == "between"].sort_values("lam")
    figure.add_scatter(
        x=between["x"],
        y=between["y"],
        mode="lines+markers",
        line={"color": MUTED, "width": 1.5},
        marker={"size": 4, "color": MUTED},
        customdata=between[["lam"]],
        hovertemplate="lambda %{customdata[0]:.3f}<extra></extra>",
    )
    for kind, symbol in (("A", "circle"), ("B", "square"), ("mixture", "diamond")):
        rows = way[way["kind"] == kind]
        figure.add_scatter(
            x=rows["x"],
            y=rows["y"],
            mode="markers+text",
            text=[kind] * len(rows),
            textposition="top center",
            textfont={"size": 15},
            marker={
                "symbol": symbol, "size": 14, "color": colours.CHOSEN, "line": {"width": 1.5, "color": "white"},
            },
            hovertemplate=f"{kind}<extra></extra>",
        )  # fmt: skip
    titled(figure, title, f"n = {len(points):,} of {total:,} stored samples shown · line: from B to A", height=460)
    figure.update_xaxes(showticklabels=False, showgrid=False, title=None)
    figure.update_yaxes(showticklabels=False, showgrid=False, title=None, scaleanchor="x")
    return figure
