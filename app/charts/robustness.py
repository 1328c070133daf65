"""What is left of the accuracy as faces are covered, blurred, darkened, turned or made coarse."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled

HUES = (colours.ACCENT, *colours.SPARE[1:])
"""Of the lines, in their order; dashes tell them apart where hues come round again."""
_DASHES = ("solid", "dash", "dot")
_LINE = 19
"""Pixels between two names at the lines' ends."""


def disturbed(curves: pd.DataFrame, *, n: int, title: str, spread: str, unit: str = "") -> go.Figure:
    """Accuracy by strength, one line per name, each named at its end.

    Args:
        curves: ``name strength accuracy low high``; strength 0 is the clean picture, where it was measured.
        n: Pictures.
        title: What was done to the faces.
        spread: What the bands are.
        unit: What the strengths are, for the axis.
    """
    figure = go.Figure()
    names = list(dict.fromkeys(curves["name"]))
    ends = []
    for place, name in enumerate(names):
        rows = curves[curves["name"] == name].sort_values("strength")
        colour = HUES[place % len(HUES)]
        if len(names) <= 3:
            # More bands than this hide each other; the table has them all.
            figure.add_scatter(
                x=[*rows["strength"], *rows["strength"][::-1]],
                y=[*rows["high"], *rows["low"][::-1]],
                fill="toself",
                line={"width": 0},
                mode="lines",
                fillcolor=colour,
                opacity=0.16,
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=rows["strength"],
            y=rows["accuracy"],
            mode="lines+markers",
            line={"color": colour, "width": 2.5, "dash": _DASHES[place // len(HUES) % len(_DASHES)]},
            marker={"size": 7},
            customdata=rows[["low", "high"]].to_numpy().tolist(),
            hovertemplate=f"{escape(name)}, strength %{{x}}: %{{y:.3f}} "
            "[%{customdata[0]:.3f}, %{customdata[1]:.3f}]<extra></extra>",
        )
        ends.append((float(rows["accuracy"].iloc[-1]), name, colour))
    low, high = float(curves["low"].min()), float(curves["high"].max())
    height = max(380, 24 * len(names) + 130)
    room = max(0.05, high - low)
    last = int(curves["strength"].max())
    gap = _LINE * 1.13 * room / (height - 110)
    ends.sort()
    places = _apart([end for end, *_ in ends], gap)
    for (value, name, colour), place in zip(ends, places, strict=True):
        figure.add_annotation(
            x=last, y=place, text=f"{escape(name)} {value:.3f}", showarrow=False, xanchor="left", xshift=10,
            font={"size": 13, "color": colour},
        )  # fmt: skip
    banded = f" · bands: {spread}" if len(names) <= 3 else ""
    titled(figure, title, f"n = {n:,}{banded}", height=height)
    begin = int(curves["strength"].min())
    # Room for the names in pixels, so that a narrow page cuts none off.
    figure.update_layout(margin={"r": 70 + round(7.2 * max(len(name) for name in names))})
    figure.update_xaxes(
        tickvals=list(range(begin, last + 1)),
        ticktext=["clean" if one == 0 else str(one) for one in range(begin, last + 1)],
        range=[begin - 0.15, last + 0.1],
        title=unit or "strength",
    )
    figure.update_yaxes(
        range=[min(max(0.0, low - 0.05 * room), places[0] - gap), max(min(1.0, high + 0.08 * room), places[-1] + gap)],
        tickformat=".0%",
        title="accuracy",
    )
    return figure


def lost(rows: pd.DataFrame, *, n: int) -> go.Figure:
    """Accuracy lost to each kind of disturbance, most first, with paired intervals.

    Args:
        rows: ``kind drop low high``, drop a share of all pictures.
        n: Pictures.
    """
    shown = rows.sort_values("drop", ascending=True, kind="stable")
    figure = go.Figure(
        go.Bar(
            x=shown["drop"],
            y=shown["kind"],
            orientation="h",
            marker={"color": colours.ACCENT, "opacity": 0.75, "cornerradius": 4},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": shown["high"] - shown["drop"],
                "arrayminus": shown["drop"] - shown["low"],
                "color": MUTED,
                "thickness": 2,
                "width": 4,
            },
            hovertemplate="%{x:.3f} lost<extra></extra>",
        )
    )
    titled(
        figure,
        "What each kind costs, mean over its strengths",
        f"n = {n:,} · bars: paired 95 % interval",
        height=max(380, 24 * len(shown) + 130),
    )
    figure.update_xaxes(tickformat=".0%", title="accuracy lost to the clean pictures")
    figure.update_yaxes(showgrid=False, ticks="", tickfont={"size": 13})
    return figure


def _apart(values: list[float], gap: float) -> list[float]:
    """Places for names whose lines end at rising values: as near as a gap between them allows."""
    places: list[float] = []
    for value in values:
        places.append(value if not places else max(value, places[-1] + gap))
    # What moved up as a crowd moves back down by half, so that it stands around its lines.
    shift = sum(place - value for place, value in zip(places, values, strict=True)) / max(1, len(values))
    return [place - shift for place in places]
