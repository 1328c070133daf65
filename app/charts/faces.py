"""One face: how sure the model is of each label, and where it looked."""

from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image

from app import colours
from app.charts.frame import heat_scale, percent, titled


def probability_bars(answers: pd.DataFrame, *, labels: tuple[str, ...] = ()) -> go.Figure:
    """Bars, surest first, each in its label's colour with its value beside it.

    Args:
        answers: ``label``, ``probability`` in [0, 1]; one row per label.
        labels: The run's labels, for the colours of unnamed ones; the frame's own where left out.
    """
    rows = answers.sort_values("probability", ascending=True, kind="stable")
    names = tuple(labels) or tuple(answers["label"])
    figure = go.Figure(
        go.Bar(
            x=rows["probability"],
            y=rows["label"],
            orientation="h",
            marker={"color": [colours.of_label(name, names) for name in rows["label"]], "cornerradius": 4},
            text=[percent(value) for value in rows["probability"]],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    titled(figure, "", "", height=34 * len(rows) + 16)
    figure.update_layout(margin={"t": 4, "b": 4, "l": 4, "r": 52}, title=None, bargap=0.3)
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(ticks="", showgrid=False, tickfont={"size": 14}, ticklabelstandoff=6)
    return figure


def heat_map(crop: np.ndarray, magnitude: np.ndarray, *, opacity: float, unit: str = "logit units") -> go.Figure:
    """The pixels that the network saw, and over them how much each counted, with a bar in real units.

    Args:
        crop: ``(H, W, 3)`` uint8.
        magnitude: ``(H, W)`` raw values >= 0, not scaled to [0, 1].
        opacity: Of the map, in [0, 1].
        unit: What the bar counts.
    """
    height, width = magnitude.shape
    peak = float(magnitude.max())
    figure = go.Figure(
        go.Heatmap(
            z=magnitude,
            x=np.arange(width) + 0.5,
            y=np.arange(height) + 0.5,
            zmin=0,
            # A map without any evidence stays dark instead of being stretched until noise looks like an answer.
            zmax=peak if peak > 0 else 1,
            zsmooth="best",
            opacity=opacity,
            colorscale=heat_scale(),
            colorbar={
                "title": {"text": unit, "side": "right"},
                "thickness": 12,
                "len": 1,
                "outlinewidth": 0,
                "nticks": 5,
                "xpad": 8,
            },
            hoverinfo="skip",
        )
    )
    figure.add_layout_image(
        source=picture_address(crop),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        sizing="stretch",
        layer="below",
    )
    titled(figure, "", "", height=300)
    # A square of 292 pixels and room for the bar: a picture is not stretched to its column.
    figure.update_layout(width=372, margin={"t": 4, "b": 4, "l": 4, "r": 76}, title=None)
    figure.update_xaxes(visible=False, range=[0, width], constrain="domain")
    figure.update_yaxes(visible=False, range=[height, 0], scaleanchor="x", constrain="domain")
    return figure


def picture_address(pixels: np.ndarray, side: int = 384) -> str:
    """A PNG in an address, so that the figure needs no file.

    Args:
        pixels: ``(H, W, 3)`` uint8.
        side: A smaller picture is enlarged by a whole number, up to so many pixels.
    """
    # Browsers smooth a picture by its own size: at 48 pixels the blur hides the pixels that the network really saw.
    image = Image.fromarray(pixels)
    times = max(1, side // max(image.size))
    image = image.resize((image.width * times, image.height * times), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
