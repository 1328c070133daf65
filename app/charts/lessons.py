"""The lesson's own figures, and any figure with larger type."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled
from app.charts.robustness import HUES

LARGER = 1.3
"""Times the type of a figure that is shown to a whole room."""


def left_over(left: pd.DataFrame, *, label: str) -> go.Figure:
    """What each change by itself leaves of an answer, by strength; each line named at its end.

    Args:
        left: ``name strength probability``; strength 0 is the clean face.
        label: Whose probability it is.
    """
    figure = go.Figure()
    ends = []
    for place, (name, rows) in enumerate(left.groupby("name", sort=False)):
        colour = HUES[place % len(HUES)]
        figure.add_scatter(
            x=rows["strength"],
            y=rows["probability"],
            mode="lines+markers",
            line={"color": colour, "width": 3},
            marker={"size": 7},
            hovertemplate=f"{escape(str(name))}, strength %{{x}}: %{{y:.3f}}<extra></extra>",
        )
        ends.append((float(rows["probability"].iloc[-1]), str(name), colour))
    lowest = -1.0
    for value, name, colour in sorted(ends):
        lowest = max(value, lowest + 0.075)
        figure.add_annotation(
            x=5.12, y=lowest, text=escape(name), showarrow=False, xanchor="left", font={"size": 14, "color": colour}
        )
    titled(figure, f"What is left of {escape(label)}", "n = 1 face · each change by itself", height=360)
    figure.update_xaxes(title="strength (0: the clean face)", range=[-0.1, 6.9], tickvals=list(range(6)))
    figure.update_yaxes(title="probability", range=[-0.02, 1.05])
    return figure


def flattered(rows: pd.DataFrame, *, chance: float, subtitle: str) -> go.Figure:
    """How well classifiers name the state with samples left out in several ways: a line of dots per classifier.

    Args:
        rows: ``learner left_out accuracy``, ways of leaving out from the easiest to the hardest.
        chance: Of always naming the commonest state.
        subtitle: How many samples and people.
    """
    figure = go.Figure()
    ways = list(dict.fromkeys(rows["left_out"]))
    learners = list(dict.fromkeys(rows["learner"]))
    places = {name: len(learners) - place for place, name in enumerate(learners)}
    for learner, some in rows.groupby("learner", sort=False):
        y = [places[str(learner)]] * len(some)
        figure.add_scatter(
            x=some["accuracy"], y=y, mode="lines", line={"color": MUTED, "width": 5}, opacity=0.35, hoverinfo="skip"
        )
        for row in some.itertuples():
            hard = ways.index(row.left_out)
            # Right and wrong are the two ends; what lies between is neither.
            end = hard if len(ways) == 3 else 2 * hard
            colour = (colours.WRONG, MUTED, colours.RIGHT)[min(end, 2)]
            figure.add_scatter(
                x=[row.accuracy],
                y=[places[str(learner)]],
                mode="markers+text",
                text=[f"{escape(str(row.left_out))} {row.accuracy:.3f}"],
                textposition="bottom center" if hard % 2 else "top center",
                textfont={"size": 13},
                marker={
                    "size": 15,
                    "symbol": ("circle-open", "diamond", "circle")[min(end, 2)],
                    "color": colour,
                    "line": {"width": 3, "color": colour},
                },
                cliponaxis=False,
                hovertemplate=f"{escape(f'{learner}, {row.left_out} left out')}: %{{x:.3f}}<extra></extra>",
            )
    figure.add_vline(x=chance, line={"color": MUTED, "dash": "dot", "width": 1.5})
    titled(
        figure, "How well is the state named?", f"{subtitle} · dotted: chance {chance:.3f}", 130 + 120 * len(learners)
    )
    figure.update_xaxes(title="share of judged samples named rightly (accuracy)", range=[-0.02, 1.05])
    figure.update_yaxes(
        tickvals=list(places.values()),
        ticktext=[escape(one) for one in places],
        range=[0.4, len(learners) + 0.6],
        showgrid=False,
        ticks="",
        tickfont={"size": 14},
    )
    return figure


def larger(figure: go.Figure, factor: float = LARGER) -> go.Figure:
    """The same figure with larger type and room for it.

    Args:
        figure: Any.
        factor: Times the size of every word.
    """
    written = figure.to_plotly_json()
    layout = written["layout"]
    grown = go.Figure({"data": [_grown(trace, factor) for trace in written["data"]], "layout": _grown(layout, factor)})
    subtitle = str(((layout.get("title") or {}).get("subtitle") or {}).get("text") or "")
    # A line for each part: larger and in one line it would not fit a narrow page.
    more = round(subtitle.count(" · ") * 17 * factor)
    if more:
        grown.update_layout(title={"subtitle": {"text": subtitle.replace(" · ", "<br>")}})
    margin = {side: factor * value for side, value in (layout.get("margin") or {}).items() if side in "tblr"}
    if "t" in margin:
        margin["t"] += more
    grown.update_layout(font={"size": 12 * factor}, margin=margin)
    if layout.get("height"):
        grown.update_layout(height=round(layout["height"] * (1 + (factor - 1) / 2)) + more)
    return grown


def _grown(piece: object, factor: float) -> object:
    """Every font below a piece of a figure, larger."""
    if isinstance(piece, dict):
        return {
            name: {**value, "size": value["size"] * factor}
            if "font" in str(name) and isinstance(value, dict) and isinstance(value.get("size"), int | float)
            else _grown(value, factor)
            for name, value in piece.items()
        }
    if isinstance(piece, list | tuple):
        return [_grown(one, factor) for one in piece]
    return piece
