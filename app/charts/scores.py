"""How well is each label found, and what do repeated pictures add?"""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled


def per_class(scores: pd.DataFrame, *, labels: tuple[str, ...] = ()) -> go.Figure:
    """One line per label, best F1 on top: precision and recall as its ends, F1 between them.

    Args:
        scores: ``label``, ``precision``, ``recall``, ``f1`` in [0, 1] or NaN, ``support``.
        labels: The run's labels, for the colours of unnamed ones.
    """
    rows = scores.sort_values("f1", ascending=True, kind="stable", na_position="first")
    names = tuple(labels) or tuple(scores["label"])
    figure = go.Figure()
    for row in rows.itertuples():
        colour = colours.of_label(str(row.label), names)
        written = f"{row.label}  <span style='font-size:12px'>n = {row.support:,}</span>"
        figure.add_scatter(
            x=[row.precision, row.recall],
            y=[written, written],
            mode="lines",
            line={"color": colour, "width": 6},
            opacity=0.35,
            hoverinfo="skip",
        )
        for value, symbol, name in (
            (row.precision, "diamond-open", "precision"),
            (row.recall, "circle-open", "recall"),
            (row.f1, "line-ns", "F1"),
        ):
            figure.add_scatter(
                x=[value],
                y=[written],
                mode="markers",
                hovertemplate=f"{name} %{{x:.3f}}<extra></extra>",
                marker={"symbol": symbol, "size": 13, "color": colour, "line": {"width": 3, "color": colour}},
            )
    titled(
        figure,
        "Precision, recall and F1 of each label",
        f"n = {int(scores['support'].sum()):,} · ◇ precision  ○ recall  ❘ F1",
        height=66 + 46 * len(rows) + 44,
    )
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", title="share")
    figure.update_yaxes(showgrid=False, ticks="", tickfont={"size": 14})
    return figure


def twins(scores: pd.DataFrame) -> go.Figure:
    """Accuracy with and without pictures whose exact twin stands in the training split, each with its interval.

    Args:
        scores: ``name``, ``n``, ``accuracy``, ``low``, ``high``.
    """
    figure = go.Figure()
    for row in scores.iloc[::-1].itertuples():
        figure.add_scatter(
            x=[row.accuracy],
            y=[f"{row.name}  <span style='font-size:12px'>n = {row.n:,}</span>"],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [row.high - row.accuracy],
                "arrayminus": [row.accuracy - row.low],
                "thickness": 3,
                "width": 7,
                "color": MUTED,
            },
            mode="markers+text",
            text=[f"{row.accuracy:.3f}"],
            textposition="top center",
            textfont={"size": 14},
            cliponaxis=False,
            marker={"size": 13, "color": colours.ACCENT},
            hovertemplate=f"{row.low:.3f} to {row.high:.3f}<extra></extra>",
        )
    low, high = float(scores["low"].min()), float(scores["high"].max())
    margin = max(0.02, (high - low) * 0.35)
    titled(figure, "Accuracy with and without repeated pictures", "bars: 95 % bootstrap interval", height=250)
    figure.update_xaxes(range=[max(0, low - margin), min(1, high + margin)], tickformat=".0%", title="accuracy")
    figure.update_yaxes(showgrid=False, ticks="", tickfont={"size": 14}, range=[-0.6, len(scores) - 0.3])
    return figure
