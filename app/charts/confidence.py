"""Can the model's confidence be believed?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app import colours
from app.charts.frame import MUTED, percent, titled


def reliability(bins: pd.DataFrame) -> go.Figure:
    """How often answers of a given confidence are right, against the line where both agree; below, how many there are.

    Args:
        bins: ``lower``, ``upper``, ``count``, ``confidence``, ``accuracy``; NaN where a bin is empty.
    """
    filled = bins[bins["count"] > 0]
    total = int(bins["count"].sum())
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.05)
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": MUTED, "dash": "dot"}, hoverinfo="skip")
    for row in filled.itertuples():
        # The gap itself is drawn: it is what the expected calibration error adds up.
        figure.add_scatter(
            x=[row.confidence, row.confidence],
            y=[row.confidence, row.accuracy],
            mode="lines",
            line={"color": colours.WRONG if row.accuracy < row.confidence else colours.REAL, "width": 5},
            opacity=0.45,
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=filled["confidence"],
        y=filled["accuracy"],
        mode="lines+markers",
        line={"color": colours.ACCENT, "width": 2},
        marker={"size": 8},
        customdata=filled[["count"]],
        hovertemplate="confidence %{x:.0%}<br>right %{y:.0%}<br>%{customdata[0]} pictures<extra></extra>",
    )
    figure.add_bar(
        x=(bins["lower"] + bins["upper"]) / 2,
        y=bins["count"],
        width=(bins["upper"] - bins["lower"]) * 0.86,
        marker={"color": MUTED, "opacity": 0.55},
        hovertemplate="%{y} pictures<extra></extra>",
        row=2,
        col=1,
    )
    figure.add_annotation(
        x=0.02,
        y=0.97,
        xref="x",
        yref="y",
        text="▲ more often right than sure",
        showarrow=False,
        xanchor="left",
        font={"size": 12, "color": MUTED},
    )
    figure.add_annotation(
        x=0.98,
        y=0.04,
        xref="x",
        yref="y",
        text="▼ surer than right",
        showarrow=False,
        xanchor="right",
        font={"size": 12, "color": MUTED},
    )
    titled(
        figure,
        "Confidence against being right",
        f"n = {total:,} · {len(filled)} of {len(bins)} bins filled · dotted: perfect",
        height=430,
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    figure.update_xaxes(title="confidence of the answer", row=2, col=1)
    figure.update_yaxes(range=[0, 1], tickformat=".0%", title="share right", row=1, col=1)
    figure.update_yaxes(title="pictures", nticks=3, row=2, col=1)
    return figure


def confidence(answers: pd.DataFrame, *, bins: int = 20) -> go.Figure:
    """How sure the model was: right answers upwards, wrong ones downwards, with both medians.

    Args:
        answers: ``confidence`` in [0, 1], ``right`` bool; one row per picture.
        bins: How many share [0, 1].
    """
    edges = np.linspace(0, 1, bins + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    notes = []
    for right, sign, colour, name in ((True, 1, colours.RIGHT, "right"), (False, -1, colours.WRONG, "wrong")):
        values = answers.loc[answers["right"] == right, "confidence"].to_numpy()
        count = np.histogram(np.clip(values, 0, 1), edges)[0]
        figure.add_bar(
            x=middle,
            y=sign * count,
            width=0.9 / bins,
            marker={"color": colour, "cornerradius": 3},
            customdata=count,
            hovertemplate=f"%{{customdata}} {name}<extra></extra>",
        )
        if values.size:
            notes.append(f"{name}: n = {values.size:,}, median {percent(float(np.median(values)))}")
            figure.add_annotation(
                x=0.01,
                y=1 if right else 0,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="top" if right else "bottom",
                showarrow=False,
                text=f"{'✓' if right else '✗'} {name}",
                font={"size": 15, "color": colour},
            )
            figure.add_scatter(
                x=[float(np.median(values))],
                y=[0],
                mode="markers",
                hoverinfo="skip",
                cliponaxis=False,
                marker={
                    "symbol": "triangle-up" if right else "triangle-down",
                    "size": 13,
                    "color": colour,
                    "line": {"width": 1.5, "color": "white"},
                },
            )
    reach = max((abs(float(value)) for trace in figure.data if trace.type == "bar" for value in trace.y), default=1.0)
    titled(figure, "How sure where right, how sure where wrong", " · ".join(notes), height=430)
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(range=[0, 1], tickformat=".0%", title="confidence of the answer (▲ ▼ medians)")
    ticks = _ticks(reach)
    figure.update_yaxes(
        range=[-reach * 1.08, reach * 1.08],
        title="pictures",
        tickvals=ticks,
        ticktext=[f"{abs(t):,}" for t in ticks],
        zeroline=True,
        zerolinecolor=MUTED,
    )
    return figure


def _ticks(reach: float) -> list[int]:
    """Whole numbers on either side of 0, the same both ways."""
    step = max(1, int(float(f"{reach / 2:.0e}")))
    ups = [step * place for place in range(1, int(reach // step) + 1)]
    return [-value for value in reversed(ups)] + [0, *ups]
