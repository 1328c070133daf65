"""What all figures share: a quiet ground, one font, a title that says n, and no tool bar but download and reset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from plotly.colors import sequential

GRID = "rgba(128, 140, 165, 0.22)"
AXIS = "rgba(128, 140, 165, 0.55)"
MUTED = "#7A8296"
"""Reads on white (3.9:1) and on the dark ground (4.8:1); for what must not shout."""

HEAT = ("#05040F", *sequential.Inferno[1:])
"""Inferno from nothing to full: the one map for every heat map, here and in `fer explain`. The darkest is lifted by a
hair, because Streamlit takes #000001 to #000040 for placeholders of its own palette.
"""

CONFIG: Mapping[str, Any] = {
    "displaylogo": False,
    "modeBarButtons": [["toImage", "autoScale2d"]],
    "toImageButtonOptions": {"format": "svg"},
    "showTips": False,
}
"""Plotly's own settings for every chart: a quiet tool bar with download (as vectors, for papers) and "show all", which
also a chart that was drawn zoomed obeys."""


def heat_scale() -> list[tuple[float, str]]:
    """The one heat map as plotly's pairs of position and colour."""
    return [(place / (len(HEAT) - 1), colour) for place, colour in enumerate(HEAT)]


def titled(figure: go.Figure, title: str, subtitle: str, height: int) -> go.Figure:
    """The same figure with the house's title, margins and axes.

    Args:
        figure: Freshly made by the caller, who owns it.
        title: What is seen, in a few words.
        subtitle: n and what else is needed to read it.
        height: Pixels.
    """
    figure.update_layout(
        title={
            "text": title,
            "subtitle": {"text": subtitle, "font": {"size": 13}},
            "x": 0,
            "xanchor": "left",
            "xref": "container",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "pad": {"t": 6, "l": 2},
            "font": {"size": 16},
        },
        height=height,
        margin={"t": 66, "b": 44, "l": 8, "r": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        hoverlabel={"font": {"size": 13}},
        bargap=0.25,
        uirevision="keep",
    )
    figure.update_xaxes(
        gridcolor=GRID, linecolor=AXIS, zeroline=False, automargin=True, title_standoff=10, fixedrange=True
    )
    figure.update_yaxes(gridcolor=GRID, linecolor=AXIS, zeroline=False, automargin=True, fixedrange=True)
    return figure


def percent(value: float) -> str:
    """``71 %``; below one percent ``< 1 %``; nothing at all ``0 %``."""
    if 0 < value < 0.005:
        return "< 1 %"
    if 0.995 < value < 1:
        return "> 99 %"
    return f"{value:.0%}".replace("%", " %")
