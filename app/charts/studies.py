"""Studies: ours beside a printed table, a grid of settings as a heat map, learning curves over each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.confusion import SHADES, WHITE_ABOVE
from app.charts.frame import MUTED, titled

LINES = (colours.ACCENT, *colours.SPARE[1:])
"""Of curves that are no label's; the first spare colour hardly shows on the dark ground."""
LONGEST_NAME = 34
"""Signs of a row's name that are written beside it; the pointer shows all."""


def beside(cells: pd.DataFrame, *, gains: bool, unit: str, title: str, subtitle: str) -> go.Figure:
    """Ours (a dot on its interval) and the printed number (a diamond), row by row.

    Args:
        cells: Of one column: ``row ours low high published gain gain_low gain_high published_gain misprint``; NaN where
            there is no interval or no gain.
        gains: Whether differences to the baseline row are shown rather than the numbers.
        unit: Of the axis.
        title: What is compared.
        subtitle: On which pictures.
    """
    names = ("gain", "gain_low", "gain_high", "published_gain") if gains else ("ours", "low", "high", "published")
    value, low, high, printed = names
    rows = cells.dropna(subset=[value]).iloc[::-1]
    places = [_short(str(one)) for one in rows["row"]]
    figure = go.Figure()
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        theirs = row[printed]
        if theirs is not None and not math.isnan(theirs):
            figure.add_scatter(x=[row[value], theirs], y=[place, place], mode="lines", hoverinfo="skip",
                               line={"color": MUTED, "width": 1, "dash": "dot"})  # fmt: skip
    figure.add_scatter(
        x=rows[printed], y=places, mode="markers", name="published",
        marker={"symbol": "diamond-open", "size": 13, "color": MUTED, "line": {"width": 2.5}},
        text=[f"{escape(str(row))}{' (misprinted)' if wrong else ''}"
              for row, wrong in zip(rows["row"], rows["misprint"], strict=True)],
        hovertemplate="%{text}<br>published %{x:.4g}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=rows[value], y=places, mode="markers", name="ours",
        error_x={"type": "data", "symmetric": False, "color": colours.ACCENT, "thickness": 2.5, "width": 6,
                 "array": (rows[high] - rows[value]).fillna(0), "arrayminus": (rows[value] - rows[low]).fillna(0)},
        marker={"size": 12, "color": colours.ACCENT},
        text=[escape(str(row)) for row in rows["row"]],
        hovertemplate="%{text}<br>ours %{x:.4g}<extra></extra>",
    )  # fmt: skip
    if gains:
        figure.add_vline(x=0, line={"color": MUTED, "width": 1.5})
    titled(figure, title, f"{subtitle} · ● ours with 95 % interval  ◇ published", height=120 + 40 * max(len(rows), 2))
    figure.update_xaxes(title=unit, tickformat="+.3~g" if gains else None)
    figure.update_yaxes(showgrid=False, ticks="", tickfont={"size": 14}, range=[-0.6, len(rows) - 0.4])
    return figure


def grid_map(
    cells: pd.DataFrame,
    *,
    down: str,
    across: str,
    name: str,
    subtitle: str,
    ink: str | None = None,
    chosen: tuple[str, str] | None = None,
) -> go.Figure:
    """One figure, cell by cell: deeper is more. Each cell carries an unseen square that can be clicked; see `place_of`.

    Args:
        cells: ``down across mean low high runs``, each pair once.
        down: What lies down.
        across: What lies across.
        name: Of the figure.
        subtitle: On which data.
        ink: The page's text colour; where left out, the theme's for charts, which is paler.
        chosen: (down, across) of the cell to frame.
    """
    rows, columns = ([*dict.fromkeys(cells[axis].astype(str))] for axis in ("down", "across"))
    values = np.full((len(rows), len(columns)), np.nan)
    for cell in cells.to_dict("records"):
        values[rows.index(str(cell["down"])), columns.index(str(cell["across"]))] = cell["mean"]
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    reach = (most - least) or 1.0
    figure = go.Figure()
    figure.add_heatmap(
        z=values, x=np.arange(len(columns)), y=np.arange(len(rows)), zmin=least, zmax=least + reach, xgap=3, ygap=3,
        colorscale=SHADES, hoverinfo="skip",
        colorbar={"title": {"text": name, "side": "right"}, "thickness": 10, "outlinewidth": 0},
    )  # fmt: skip
    deep = (values - least) / reach > WHITE_ABOVE
    told = {(str(cell["down"]), str(cell["across"])): cell for cell in cells.to_dict("records")}
    for which, colour in ((deep, "#FFFFFF"), (~deep & ~np.isnan(values), ink)):
        at = [(int(row), int(column)) for row, column in zip(*np.nonzero(which), strict=True)]
        some = [told[rows[row], columns[column]] for row, column in at]
        figure.add_scatter(
            x=[column for _, column in at], y=[row for row, _ in at], mode="markers+text",
            text=[_written(one["mean"]) for one in some],
            textfont={"size": 14, **({"color": colour} if colour else {})},
            marker={"symbol": "square", "size": 40, "color": "rgba(0,0,0,0.004)", "line": {"width": 0}},
            selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
            customdata=[[*place, one["runs"], _interval(one)] for place, one in zip(at, some, strict=True)],
            hovertemplate="%{text}%{customdata[3]}, trainings: %{customdata[2]}<extra></extra>",
        )  # fmt: skip
    if chosen and chosen[0] in rows and chosen[1] in columns:
        row, column = rows.index(chosen[0]), columns.index(chosen[1])
        figure.add_shape(type="rect", x0=column - 0.47, x1=column + 0.47, y0=row - 0.47, y1=row + 0.47,
                         line={"color": colours.CHOSEN, "width": 4})  # fmt: skip
    titled(figure, name, subtitle, height=150 + 46 * len(rows))
    figure.update_layout(clickmode="event+select")
    figure.update_xaxes(
        tickvals=np.arange(len(columns)), ticktext=[_short(one) for one in columns], showgrid=False, ticks="",
        range=[-0.5, len(columns) - 0.5], title=across,
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=np.arange(len(rows)), ticktext=[_short(one) for one in rows], showgrid=False, ticks="",
        range=[len(rows) - 0.5, -0.5], title=down,
    )  # fmt: skip
    return figure


def place_of(event: Mapping[str, Any] | None, cells: pd.DataFrame) -> tuple[str, str] | None:
    """The (down, across) cell that a click chose, from the numbers that the point itself carries; None without one.

    Args:
        event: What the page's chart returned.
        cells: As given to `grid_map`.
    """
    rows, columns = ([*dict.fromkeys(cells[axis].astype(str))] for axis in ("down", "across"))
    for point in ((event or {}).get("selection") or {}).get("points") or []:
        numbers = point.get("customdata") or []
        if len(numbers) >= 2 and 0 <= int(numbers[0]) < len(rows) and 0 <= int(numbers[1]) < len(columns):
            return rows[int(numbers[0])], columns[int(numbers[1])]
    return None


def overlaid(points: pd.DataFrame, names: Sequence[str], *, measure: str, along: str) -> go.Figure:
    """Learning curves in one picture: a colour a name, thin lines for seeds and folds, a thick one for their mean.

    Args:
        points: ``name line x y``.
        names: In the order of colours.
        measure: What goes up.
        along: What goes to the right.
    """
    figure = go.Figure()
    ends: list[tuple[float, float, str, str]] = []
    for place, name in enumerate(names):
        mine = points[points["name"] == name].dropna(subset=["y"])
        if mine.empty:
            continue
        colour = LINES[place % len(LINES)]
        several = mine["line"].nunique() > 1
        for line, one in mine.groupby("line", sort=False):
            figure.add_scatter(
                x=one["x"], y=one["y"], mode="lines" if several else "lines+markers", marker={"size": 5},
                line={"color": colour, "width": 1 if several else 2.5}, opacity=0.4 if several else 1,
                hovertemplate=f"{escape(name)} {escape(str(line))}<br>%{{y:.4g}}<extra></extra>",
            )  # fmt: skip
        # The mean is drawn where every line has a point: lines of several lengths end at the shortest.
        counts = mine.groupby("x")["y"].agg(["mean", "size"])
        mean = counts.loc[counts["size"] == mine["line"].nunique(), "mean"]
        if several and len(mean):
            figure.add_scatter(
                x=mean.index, y=mean, mode="lines", line={"color": colour, "width": 3.5},
                hovertemplate=f"{escape(name)}, mean of {mine['line'].nunique()}<br>%{{y:.4g}}<extra></extra>",
            )  # fmt: skip
        last = (mean.index[-1], mean.iloc[-1]) if len(mean) else (mine["x"].iloc[-1], mine["y"].iloc[-1])
        ends.append((float(last[1]), float(last[0]), name, colour))
    lines = int(points.groupby("name")["line"].nunique().sum()) if len(points) else 0
    titled(figure, measure, f"{len(ends)} compared, {lines} trainings · thick: mean over seeds and folds", height=430)
    _name(figure, ends)
    right = float(points["x"].max()) if len(points) else 1.0
    figure.update_xaxes(title=along, range=[0, right * 1.42], nticks=8)
    figure.update_yaxes(title=measure.lower(), tickformat=None)
    return figure


def _name(figure: go.Figure, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Names at the lines' ends, moved apart where they would lie over each other."""
    values = [one for trace in figure.data for one in trace.y]
    height = (max(values) - min(values)) if values else 1.0
    step, before = 0.055 * (height or 1.0), -math.inf
    for value, at, name, colour in sorted(ends):
        place = max(value, before + step)
        before = place
        figure.add_annotation(x=at, y=place, text=escape(_short(name)), showarrow=False, xanchor="left", xshift=8,
                              font={"size": 13, "color": colour})  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def _written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def _interval(cell: Mapping[str, Any]) -> str:
    low, high = cell["low"], cell["high"]
    known = low is not None and high is not None and not math.isnan(low)
    return f" [{_written(low)}, {_written(high)}]" if known else ""
