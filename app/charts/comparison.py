"""Two runs on the same pictures: who is right where, and by how much the scores differ."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled


def agreement(rows: pd.DataFrame) -> go.Figure:
    """How many pictures both have right, one of them, neither.

    Args:
        rows: ``who``, ``n``, ``side``: ``both``, ``first``, ``second`` or ``none``.
    """
    shades = {"both": MUTED, "first": colours.ACCENT, "second": colours.CHOSEN, "none": MUTED}
    total = int(rows["n"].sum())
    figure = go.Figure(
        go.Bar(
            x=rows["n"],
            y=rows["who"],
            orientation="h",
            marker={
                "color": [shades[one] for one in rows["side"]],
                "opacity": [0.45 if one in ("both", "none") else 1 for one in rows["side"]],
                "cornerradius": 4,
            },
            text=[f"{n:,} · {n / total:.1%}".replace("%", " %") for n in rows["n"]],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    titled(figure, "Who is right", f"n = {total:,}", height=300)
    figure.update_xaxes(range=[0, float(rows["n"].max()) * 1.28], title="pictures")
    figure.update_yaxes(autorange="reversed", showgrid=False, ticks="", tickfont={"size": 14})
    return figure


def differences(rows: pd.DataFrame, *, n: int, first: str, second: str) -> go.Figure:
    """The second run's scores minus the first's, each with its paired interval, around no difference.

    Args:
        rows: ``name difference low high``.
        n: Pictures.
        first: The run compared with.
        second: The run compared.
    """
    figure = go.Figure()
    figure.add_vline(x=0, line={"color": MUTED, "dash": "dot", "width": 1.5})
    figure.add_scatter(
        x=rows["difference"],
        y=rows["name"],
        mode="markers+text",
        text=[f"{one:+.3f}" for one in rows["difference"]],
        textposition="top center",
        textfont={"size": 14},
        cliponaxis=False,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": rows["high"] - rows["difference"],
            "arrayminus": rows["difference"] - rows["low"],
            "thickness": 3,
            "width": 7,
            "color": MUTED,
        },
        marker={"size": 13, "color": colours.ACCENT},
        hoverinfo="skip",
    )
    reach = 1.15 * max(0.01, float(rows[["low", "high"]].abs().to_numpy().max()))
    titled(
        figure,
        f"{escape(second)} minus {escape(first)}",
        f"n = {n:,} · bars: paired 95 % bootstrap interval",
        height=300,
    )
    figure.update_xaxes(range=[-reach, reach], tickformat="+.3f", title="difference of the scores", nticks=7)
    figure.update_yaxes(showgrid=False, ticks="", tickfont={"size": 14}, range=[len(rows) - 0.5, -0.7])
    return figure


def recalls(rows: pd.DataFrame, *, first: str, second: str, labels: Sequence[str]) -> go.Figure:
    """The recall of each label by either run: open circle the first, filled the second, a line between.

    Args:
        rows: ``label first second support``; None or NaN where a label has no picture.
        first: The run compared with.
        second: The run compared.
        labels: For the colours.
    """
    figure = go.Figure()
    shown = rows.dropna(subset=["first", "second"]).iloc[::-1]
    for row in shown.itertuples():
        colour = colours.of_label(str(row.label), tuple(labels))
        written = f"{row.label}  <span style='font-size:12px'>n = {row.support:,}</span>"
        figure.add_scatter(
            x=[row.first, row.second],
            y=[written, written],
            mode="lines+markers",
            line={"color": colour, "width": 4},
            marker={
                "symbol": ["circle-open", "circle"],
                "size": 13,
                "color": colour,
                "line": {"width": 3, "color": colour},
            },
            hovertemplate="%{x:.3f}<extra></extra>",
        )
    titled(
        figure,
        "Recall of each label",
        f"n = {int(rows['support'].sum()):,} · ○ {escape(first)}  ● {escape(second)}",
        height=66 + 42 * max(1, len(shown)) + 44,
    )
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", title="share of the label's pictures that are found")
    figure.update_yaxes(showgrid=False, ticks="", tickfont={"size": 14})
    return figure
