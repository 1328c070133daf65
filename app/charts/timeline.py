"""A clip by time: what a run says, how far the eyes are open, and the score that raises the alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app import colours
from app.charts.frame import MUTED, titled

MOST_DRAWN = 4000
"""Samples of the openness line; of a longer clip every second or third one is drawn."""
_UNSEEN = {"marker": {"opacity": 0}}
_PLAIN = {"marker": {"opacity": 1}}


def timeline(
    seconds: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    closures: Sequence[Mapping[str, Any]],
    alarms: Sequence[Mapping[str, Any]],
    level: float,
    baseline: float,
    on: float,
    off: float,
    chosen: int,
    subtitle: str,
) -> go.Figure:
    """Three rows over one time axis; any second can be clicked, and `second_of` reads the click.

    Args:
        seconds: ``t state openness score`` and a ``p_<label>`` for each label, one row a second.
        samples: ``time openness``, openness absolute in [0, 1].
        closures: ``start end kind`` in seconds; kind blink, lowered, long or sleep.
        alarms: ``start end`` in seconds.
        level: The person's own open eyes, in absolute openness; NaN where unknown.
        baseline: Seconds from which that level comes, marked in the second row; 0 where it comes from elsewhere.
        on: Score at which an alarm goes on.
        off: And below which it goes off.
        chosen: The second that is looked at.
        subtitle: n and what else is needed to read it.
    """
    labels = tuple(str(name)[2:] for name in seconds.columns if str(name).startswith("p_"))
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[1.1, 1.2, 0.8])
    for label in labels:
        figure.add_bar(
            x=seconds["t"] + 0.5,
            y=seconds[f"p_{label}"],
            width=1,
            name=label,
            marker={"color": colours.of_label(label, labels), "line": {"width": 0}},
            customdata=seconds[["t"]],
            hovertemplate=f"{label} %{{y:.3f}}, second %{{customdata[0]}}<extra></extra>",
            selected=_PLAIN,
            unselected=_PLAIN,
            row=1,
            col=1,
        )
    _lids(figure, samples, closures, level)
    figure.add_scatter(
        x=seconds["t"] + 1,
        y=seconds["score"],
        mode="lines",
        line={"color": colours.ACCENT, "width": 2.5},
        hoverinfo="skip",
        row=3,
        col=1,
    )
    for value, dash, word in ((on, "dash", "on"), (off, "dot", "off")):
        figure.add_hline(y=value, line={"color": MUTED, "dash": dash, "width": 1.2}, row=3, col=1)
        figure.add_annotation(
            x=1, xref="x3 domain", xanchor="left", y=value, yref="y3", text=word, showarrow=False, font={"size": 12}
        )
    # Lines have no area to hit: unseen bars take the click, and say what the second shows.
    for row in (2, 3):
        figure.add_bar(
            x=seconds["t"] + 0.5,
            y=[1.0] * len(seconds),
            width=1,
            marker={"opacity": 0},
            selected=_UNSEEN,
            unselected=_UNSEEN,
            customdata=seconds[["t", "state", "openness", "score"]],
            hovertemplate="second %{customdata[0]}: %{customdata[1]}<br>openness %{customdata[2]:.3f}, "
            "score %{customdata[3]:.3f}<extra></extra>",
            row=row,
            col=1,
        )
    if baseline > 0:
        end = min(baseline, len(seconds))
        figure.add_vrect(x0=0, x1=end, fillcolor=colours.RIGHT, opacity=0.1, line_width=0, row=2, col=1)
    for alarm in alarms:
        for row in (2, 3):  # not over the colours of the labels, which mean something
            figure.add_vrect(
                x0=alarm["start"], x1=alarm["end"], fillcolor=colours.WRONG, opacity=0.14, line_width=0, row=row, col=1
            )
    figure.add_vline(x=chosen + 0.5, line={"color": colours.CHOSEN, "width": 2})
    titled(figure, "Second by second", subtitle, height=560)
    figure.for_each_trace(lambda trace: trace.update(showlegend=trace.name in labels))
    figure.update_layout(
        barmode="stack",
        bargap=0,
        clickmode="event+select",
        showlegend=bool(labels),
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        margin={"t": 92, "b": 44, "l": 8, "r": 34},
    )
    figure.update_xaxes(range=[0, len(seconds)])
    figure.update_xaxes(title="seconds since the clip began", row=3, col=1)
    for row, title in enumerate(("the model says", "eye openness", "alarm score"), start=1):
        figure.update_yaxes(title=title, range=[0, 1.02], tickvals=[0, 0.5, 1], row=row, col=1)
    figure.update_yaxes(range=[-0.1, 1.02], row=2, col=1)
    return figure


def second_of(event: Mapping[str, Any] | None, count: int) -> int | None:
    """Which second a click chose; None without a click.

    Args:
        event: What the page's chart returned; its points carry the second first.
        count: How many seconds there are.
    """
    for point in ((event or {}).get("selection") or {}).get("points") or []:
        numbers = point.get("customdata")
        if numbers and 0 <= int(numbers[0]) < count:
            return int(numbers[0])
    return None


def _lids(figure: go.Figure, samples: pd.DataFrame, closures: Sequence[Mapping[str, Any]], level: float) -> None:
    """The openness line, the person's own open level, and below them a tick for a blink and a bar for longer ones."""
    drawn = samples.iloc[:: 1 + len(samples) // MOST_DRAWN]
    figure.add_scatter(
        x=drawn["time"],
        y=drawn["openness"],
        mode="lines",
        line={"color": colours.ACCENT, "width": 1.6},
        connectgaps=False,
        hoverinfo="skip",
        row=2,
        col=1,
    )
    if level == level:
        figure.add_hline(y=level, line={"color": colours.RIGHT, "dash": "dash", "width": 1.4}, row=2, col=1)
    blinks = [(one["start"] + one["end"]) / 2 for one in closures if one["kind"] == "blink"]
    figure.add_scatter(
        x=blinks,
        y=[-0.05] * len(blinks),
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 9, "color": MUTED},
        hoverinfo="skip",
        row=2,
        col=1,
    )
    for one in closures:
        if one["kind"] != "blink":
            colour = colours.of_label("Drowsy" if one["kind"] == "lowered" else "Asleep", ())
            figure.add_scatter(
                x=[one["start"], one["end"]],
                y=[-0.05, -0.05],
                mode="lines",
                line={"color": colour, "width": 7},
                hoverinfo="skip",
                row=2,
                col=1,
            )
