"""Feature spaces on a plane, two beside each other or one: one colouring and one selection for both."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app import colours
from app.charts.frame import MUTED, titled

Drag = Literal["select", "lasso", "zoom"]

PEOPLE = (
    "#4450B5", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6BB1", "#7FA81E", "#B5446E", "#0B9AA5",
    "#A6761D", "#8A8F98", "#E8799A", "#3F8F4F", "#C49C4A", "#5B7FD6",
)  # fmt: skip
"""For people, of whom there are more than colours: neighbours in the table differ, and hovering names everybody."""
SURE = ("#5B4FA2", "#3B7FB5", "#3FA7A0", "#7CC36B", "#D9C32E")
"""From unsure to sure, ever lighter; both ends stand out of a light and of a dark ground."""
MOST_GROUPS = 60
"""So many groups are drawn each by itself, which names them when hovered; more are drawn by colour."""
MOST_NAMED = 5_000
"""Up to so many points carry a name of their own where groups are drawn by colour."""
MOST_VECTORS = 2_500
"""Up to so many points are drawn as vectors, which any browser can; more on the graphics card's canvas."""
HEIGHT = 540


@dataclass(frozen=True)
class Side:
    """One of the two maps."""

    space: str
    axes: tuple[str, str]
    """What the axes are."""


def of_groups(names: Sequence[str], by: str, labels: tuple[str, ...] = ()) -> dict[str, str]:
    """A colour for each group.

    Args:
        names: The groups, in order.
        by: What they are: ``label``, ``subject``, ``session``, ``split`` or ``right``.
        labels: The run's labels, for the colours of unnamed ones.
    """
    if by == "label":
        return {name: colours.of_label(name, labels) for name in names}
    if by == "right":
        known = {"right": colours.RIGHT, "wrong": colours.WRONG}
        return {name: known.get(name, colours.QUIET) for name in names}
    return {name: PEOPLE[place % len(PEOPLE)] for place, name in enumerate(names)}


def maps(
    points: pd.DataFrame,
    sides: Sequence[Side],
    *,
    groups: Mapping[str, str] | None,
    chosen: np.ndarray,
    of: int,
    drag: Drag = "select",
    placed: pd.DataFrame | None = None,
    view: Mapping[str, tuple[float, float]] | None = None,
) -> go.Figure:
    """The maps; each point carries its row as ``customdata``.

    Args:
        points: ``row``, ``x_left y_left x_right y_right`` (NaN where a map lacks a row) and ``value``: a group's name,
            or a number in [0, 1].
        sides: What is left and right; of one, only the left places are drawn.
        groups: Colour by group; None where values are numbers.
        chosen: Rows that stand out; all do where it is empty.
        of: How many rows the table has.
        drag: What dragging does.
        placed: Points from elsewhere: ``name``, ``x_left y_left x_right y_right``, ``kind`` ``picture`` or ``mixed``.
        view: Ends of the axes that do not show everything, by their name in the layout.
    """
    figure = make_subplots(rows=1, cols=len(sides), horizontal_spacing=0.035)
    kind = "scatter" if len(points) <= MOST_VECTORS else "scattergl"
    marked = np.isin(points["row"].to_numpy(), chosen)
    traces = _traces(points, groups)
    for place, (side, name) in enumerate(zip(("left", "right"), sides, strict=False), start=1):
        there = np.isfinite(points[f"x_{side}"].to_numpy())
        found = [
            _points(points, positions[there[positions]], side, look, kind, marked, place == len(sides))
            for positions, look in traces
        ]
        if placed is not None and len(placed):
            found += _placed(placed, side)
        figure.add_traces(found, rows=1, cols=place)
        tone = colours.of_space(name.space)
        figure.add_annotation(
            text=f"<b>{escape(name.space)}</b>", xref=f"x{'' if place == 1 else 2} domain", yref="paper", x=0, y=1.0,
            xanchor="left", yanchor="bottom", showarrow=False, font={"size": 15, "color": tone},
        )  # fmt: skip
        figure.update_xaxes(title=name.axes[0], row=1, col=place)
        figure.update_yaxes(title=name.axes[1], row=1, col=place)
    shown = f"n = {of:,}" if len(points) == of else f"{len(points):,} of {of:,} rows drawn"
    told = f" · {int(marked.sum()):,} selected" if marked.any() else ""
    titled(
        figure,
        "The same samples in two spaces" if len(sides) > 1 else "The samples in one space",
        f"{shown}{told}",
        HEIGHT,
    )
    figure.update_layout(
        margin={"t": 92, "b": 34},
        dragmode=drag,
        clickmode="event+select",
        # A new pair of maps is shown whole; a new selection replaces the drawn box.
        uirevision=named(sides),
        selectionrevision=zlib.crc32(np.asarray(chosen, dtype=np.int64).tobytes()),
    )
    figure.update_xaxes(
        showticklabels=False, ticks="", showgrid=False, fixedrange=False, title_font={"size": 12, "color": MUTED}
    )
    figure.update_yaxes(
        showticklabels=False, ticks="", showgrid=False, fixedrange=False, title_font={"size": 12, "color": MUTED}
    )
    figure.update_layout({axis: {"range": list(ends)} for axis, ends in (view or {}).items()})
    return figure


def named(sides: Sequence[Side]) -> str:
    """What the axes of a pair of maps are, in one line.

    Args:
        sides: As given to `maps`.
    """
    return " ".join(f"{one.space} {one.axes[0]}" for one in sides)


def _traces(points: pd.DataFrame, groups: Mapping[str, str] | None) -> list[tuple[np.ndarray, dict[str, Any]]]:
    """Positions of the points that are drawn together, and how."""
    if groups is None:
        values = points["value"].to_numpy(dtype=np.float64)
        return [(np.arange(len(points)), {"values": values})]
    place = points.groupby("value", sort=False).indices
    if len(place) <= MOST_GROUPS:
        return [(place[name], {"name": name, "colour": tone}) for name, tone in groups.items() if name in place]
    by_tone: dict[str, list[np.ndarray]] = {}
    for name, tone in groups.items():
        if name in place:
            by_tone.setdefault(tone, []).append(place[name])
    named = len(points) <= MOST_NAMED
    return [(np.sort(np.concatenate(one)), {"colour": tone, "named": named}) for tone, one in by_tone.items()]


def _points(
    points: pd.DataFrame,
    drawn: np.ndarray,
    side: str,
    look: Mapping[str, Any],
    kind: str,
    marked: np.ndarray,
    last: bool,
) -> go.Scatter | go.Scattergl:
    size = 7 if len(points) <= 2_000 else 5 if len(points) <= 6_000 else 3.5
    marker: dict[str, Any] = {"size": size, "opacity": 0.82, "line": {"width": 0}}
    hover: dict[str, Any] = {"hovertemplate": "row %{customdata}<extra></extra>"}
    if "values" in look:
        scale = [[place / (len(SURE) - 1), tone] for place, tone in enumerate(SURE)]
        marker |= {"color": look["values"][drawn].astype(np.float32), "colorscale": scale, "cmin": 0, "cmax": 1}
        marker["showscale"] = last
        marker["colorbar"] = {
            "title": {"text": "confidence", "side": "right"}, "thickness": 12, "outlinewidth": 0, "tickformat": ".0%",
        }  # fmt: skip
        hover = {"hovertemplate": "%{marker.color:.0%}, row %{customdata}<extra></extra>"}
    else:
        marker["color"] = look["colour"]
        if look.get("name") == "wrong":
            marker["symbol"] = "x"
        if "name" in look:
            hover = {
                "name": escape(look["name"]),
                "hovertemplate": "%{fullData.name}, row %{customdata}<extra></extra>",
            }
        elif look["named"]:
            text = [escape(one) for one in points["value"].to_numpy()[drawn]]
            hover = {"text": text, "hovertemplate": "%{text}, row %{customdata}<extra></extra>"}
    trace = {"scatter": go.Scatter, "scattergl": go.Scattergl}[kind](
        x=points[f"x_{side}"].to_numpy()[drawn],
        y=points[f"y_{side}"].to_numpy()[drawn],
        mode="markers",
        marker=marker,
        # One dimension: it travels in binary, and a selection names its numbers as they are.
        customdata=points["row"].to_numpy(dtype=np.int32)[drawn],
        selected={"marker": {"opacity": 1, "size": size + 3}},
        unselected={"marker": {"opacity": 0.13}},
        **hover,
    )
    if marked.any():
        trace.selectedpoints = np.flatnonzero(marked[drawn]).tolist()
    return trace


def _placed(placed: pd.DataFrame, side: str) -> list[go.Scatter]:
    """Stars for pictures, a dotted way for what lies between two faces."""
    pictures, mixed = placed[placed["kind"] == "picture"], placed[placed["kind"] == "mixed"]
    found = []
    for rows, mode, symbol, size in ((mixed, "lines+markers", "diamond", 8), (pictures, "markers+text", "star", 17)):
        if rows.empty:
            continue
        found.append(
            go.Scatter(
                x=rows[f"x_{side}"].tolist(),
                y=rows[f"y_{side}"].tolist(),
                mode=mode,
                line={"color": colours.CHOSEN, "width": 1.5, "dash": "dot"},
                marker={
                    "symbol": symbol,
                    "size": size,
                    "color": colours.CHOSEN,
                    "line": {"width": 1.5, "color": "#222"},
                },
                text=[escape(one) for one in rows["name"]],
                textposition="top center",
                hovertemplate="%{text}<extra></extra>",
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
            )
        )
    return found
