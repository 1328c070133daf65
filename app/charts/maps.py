"""Heat maps beside each other, on one scale in real units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import diverging
from plotly.subplots import make_subplots

from app import colours
from app.charts.faces import picture_address
from app.charts.frame import MUTED, heat_scale, titled

COLUMNS = 4
SIDE = 196
"""Pixels of a panel on a wide page."""
GAP = 34
"""Pixels of a panel's title."""


@dataclass(frozen=True)
class Panel:
    """One map over its picture."""

    title: str
    values: np.ndarray = field(repr=False)
    """``(h, w)`` in ``unit``."""
    picture: np.ndarray = field(repr=False)
    """``(H, W, 3)`` uint8."""
    unit: str = "logit"
    """What the values count; panels of one unit share a scale and its bar."""


def signed_scale() -> list[tuple[float, str]]:
    """Blue against, red for, white in between: the scale of maps around zero, as pairs of position and colour."""
    names = diverging.RdBu[::-1]
    return [(place / (len(names) - 1), colour) for place, colour in enumerate(names)]


def maps(
    panels: Sequence[Panel],
    title: str,
    subtitle: str,
    *,
    opacity: float = 0.55,
    signed: bool = False,
    own_scale: bool = False,
    chosen: int | None = None,
    columns: int = COLUMNS,
    side: int = SIDE,
) -> go.Figure:
    """A grid of maps. Each carries an unseen square that can be clicked; `panel_of` reads the click.

    Args:
        panels: One or more.
        title: What is seen.
        subtitle: What else is needed to read it.
        opacity: Of the maps, in [0, 1].
        signed: Scales diverge around zero.
        own_scale: Each map fills its own scale, which is then in shares of its peak; else one scale for each unit.
        chosen: The panel to frame.
        columns: Panels in a row, at most.
        side: Of a panel in pixels, where the page is wide enough.
    """
    columns = min(columns, max(1, len(panels)))
    rows = -(-len(panels) // columns)
    units = list(dict.fromkeys("share of its peak" if own_scale else panel.unit for panel in panels))
    figure = make_subplots(
        rows=rows,
        cols=columns,
        horizontal_spacing=0.02,
        vertical_spacing=GAP / (rows * (side + GAP)) if rows > 1 else 0.0,
        subplot_titles=[panel.title for panel in panels],
    )
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        _draw(figure, place, panel, row + 1, column + 1, opacity, units, own_scale, chosen == place, side)
    low = -1.0 if signed else 0.0
    for number, unit in enumerate(units):
        end = 1.0 if own_scale else _end([panel for panel in panels if panel.unit == unit])
        figure.update_layout(
            {
                f"coloraxis{number + 1 if number else ''}": {
                    "cmin": low * end,
                    "cmax": end,
                    "colorscale": signed_scale() if signed else heat_scale(),
                    "colorbar": {
                        "title": {"text": unit, "side": "right"},
                        "thickness": 12,
                        "len": 1 / max(1, len(units)),
                        "y": 1 - (number + 0.5) / max(1, len(units)),
                        "outlinewidth": 0,
                        "nticks": 5,
                    },
                }
            }
        )
    titled(figure, title, subtitle, height=80 + rows * (side + GAP))
    figure.update_layout(margin={"t": 92, "b": 8, "l": 4, "r": 90}, clickmode="event+select")
    figure.update_annotations(font={"size": 13}, yshift=-2)
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, constrain="domain")
    return figure


def panel_of(event: Mapping[str, Any] | None, count: int) -> int | None:
    """Which panel a click chose, from the number that the point itself carries; None without a click.

    Args:
        event: What the page's chart returned: ``{"selection": {"points": [{"customdata": [place]}]}}``.
        count: How many panels there are.
    """
    for point in ((event or {}).get("selection") or {}).get("points") or []:
        numbers = point.get("customdata")
        if numbers and 0 <= int(numbers[0]) < count:
            return int(numbers[0])
    return None


def _draw(
    figure: go.Figure,
    place: int,
    panel: Panel,
    row: int,
    column: int,
    opacity: float,
    units: Sequence[str],
    own_scale: bool,
    chosen: bool,
    side: int,
) -> None:
    height, width = panel.picture.shape[:2]
    rows, columns = panel.values.shape
    number = 0 if own_scale else units.index(panel.unit)
    figure.add_trace(
        go.Heatmap(
            z=panel.values / _end([panel]) if own_scale else panel.values,
            x=(np.arange(columns) + 0.5) * width / columns,
            y=(np.arange(rows) + 0.5) * height / rows,
            coloraxis=f"coloraxis{number + 1 if number else ''}",
            zsmooth="best",
            opacity=opacity,
            hoverinfo="skip",
        ),
        row=row,
        col=column,
    )
    figure.add_trace(
        go.Scatter(
            x=[width / 2],
            y=[height / 2],
            mode="markers",
            marker={"symbol": "square", "size": side - 46, "color": "rgba(0,0,0,0.004)", "line": {"width": 0}},
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            customdata=[[place]],
            hovertemplate=f"{panel.title}<extra></extra>",
        ),
        row=row,
        col=column,
    )
    x, y = f"x{place + 1 if place else ''}", f"y{place + 1 if place else ''}"
    figure.add_layout_image(
        source=picture_address(panel.picture, 224),
        xref=x,
        yref=y,
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        sizing="stretch",
        layer="below",
    )
    if chosen:
        line = {"color": colours.CHOSEN, "width": 4}
        figure.add_shape(type="rect", xref=x, yref=y, x0=0, y0=0, x1=width, y1=height, line=line)
    elif not np.any(panel.values):
        figure.add_annotation(
            text="no evidence", xref=x, yref=y, x=width / 2, y=height * 0.94, showarrow=False, font={"color": MUTED}
        )
    figure.update_xaxes(range=[0, width], row=row, col=column)
    figure.update_yaxes(range=[height, 0], scaleanchor=x, row=row, col=column)


def _end(panels: Sequence[Panel]) -> float:
    """The largest magnitude; 1 where there is none, so that a map without evidence stays at the scale's zero."""
    return max((float(np.abs(panel.values).max(initial=0.0)) for panel in panels), default=0.0) or 1.0
