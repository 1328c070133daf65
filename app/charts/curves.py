"""Do a map's pixels matter, and does the map depend on what was learned?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled

BAND = "rgba(122, 130, 150, 0.22)"


def perturbation(curves: pd.DataFrame, kind: str, label: str) -> go.Figure:
    """The probability of a label while pixels go (deletion) or come (insertion), over the band of random rankings.

    Args:
        curves: ``share``, the kind's column, and ``random_<kind>_<r>``; all in [0, 1].
        kind: ``deletion`` or ``insertion``.
        label: Whose probability it is.

    Raises:
        ValueError: another kind.
    """
    if kind not in ("deletion", "insertion"):
        raise ValueError(f"kind must be deletion or insertion, got '{kind}'")
    drawn = curves[[name for name in curves if str(name).startswith(f"random_{kind}_")]].to_numpy()
    share, values = curves["share"].to_numpy(), curves[kind].to_numpy()
    low, high, mean = drawn.min(axis=1), drawn.max(axis=1), drawn.mean(axis=1)
    figure = go.Figure()
    figure.add_scatter(
        x=np.concatenate([share, share[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=share,
        y=mean,
        mode="lines",
        line={"color": MUTED, "dash": "dot", "width": 2},
        hovertemplate="random: %{y:.3f} at %{x:.0%}<extra></extra>",
    )
    figure.add_scatter(
        x=share,
        y=values,
        mode="lines+markers",
        line={"color": colours.ACCENT, "width": 3},
        marker={"size": 7},
        hovertemplate="this map: %{y:.3f} at %{x:.0%}<extra></extra>",
    )
    # Where the two lie farthest apart there is room for their names.
    place = 1 + int(np.argmax(np.abs(values - mean)[1:-1])) if len(share) > 2 else 0
    above = values[place] >= mean[place]
    for text, height, colour, up in (
        ("this map", values[place], colours.ACCENT, above),
        (f"{drawn.shape[1]} random rankings", mean[place], MUTED, not above),
    ):
        figure.add_annotation(
            x=share[place],
            y=height,
            text=text,
            showarrow=False,
            yshift=14 if up else -14,
            font={"size": 13, "color": colour},
        )
    gone = kind == "deletion"
    titled(
        figure,
        "Blur what the map names first (deletion)" if gone else "Bring it back first (insertion)",
        f"{'low' if gone else 'high'} is faithful · one face · grey: lowest to highest of {drawn.shape[1]} rankings",
        height=330,
    )
    top = max(float(values.max()), float(high.max()), 0.05)
    figure.update_xaxes(
        range=[-0.02, 1.02], tickformat=".0%", title=f"share of the pixels {'blurred' if gone else 'brought back'}"
    )
    figure.update_yaxes(range=[0, min(1.0, top * 1.18)], title=f"probability of {label}")
    return figure


def forgetting(stages: pd.DataFrame) -> go.Figure:
    """How similar a map stays while weights are drawn anew: each draw as a dot, their mean as a line.

    Args:
        stages: ``stage``, ``draw``, ``spearman`` and ``ssim`` in [-1, 1] or NaN; stages in their order.
    """
    order = list(dict.fromkeys(stages["stage"]))
    figure = go.Figure()
    figure.add_hline(y=0, line={"color": MUTED, "dash": "dot", "width": 1})
    ends: list[tuple[float, str, str]] = []
    for column, name, colour, symbol in (
        ("spearman", "rank correlation", colours.ACCENT, "circle"),
        ("ssim", "structural similarity", colours.CHOSEN, "diamond"),
    ):
        figure.add_scatter(
            x=stages["stage"],
            y=stages[column],
            mode="markers",
            marker={"color": colour, "size": 7, "symbol": symbol, "opacity": 0.4},
            hoverinfo="skip",
        )
        mean = stages.groupby("stage", sort=False)[column].mean().reindex(order)
        figure.add_scatter(
            x=order,
            y=mean,
            mode="lines+markers",
            line={"color": colour, "width": 3},
            marker={"size": 9, "symbol": symbol},
            hovertemplate=f"{name} %{{y:.3f}}<extra></extra>",
        )
        if mean.notna().any():
            ends.append((float(mean.dropna().iloc[-1]), name, colour))
    ends.sort()
    for place, (height, name, colour) in enumerate(ends):
        figure.add_annotation(
            x=1.01,
            xref="paper",
            xanchor="left",
            y=height,
            text=name.replace(" ", "<br>"),
            align="left",
            showarrow=False,
            yshift=(18 if place == len(ends) - 1 else -18),
            font={"size": 13, "color": colour},
        )
    draws = int(stages["draw"].nunique())
    titled(
        figure,
        "The same map while the network forgets",
        f"1 = the same map, 0 = another · dots: {draws} draws of new weights",
        height=330,
    )
    figure.update_layout(margin={"r": 92})
    written = [stage.replace(" ", "<br>").replace(".", ".<br>") for stage in order]
    figure.update_xaxes(
        title="weights drawn anew, from the classifier down",
        categoryorder="array",
        categoryarray=order,
        tickvals=order,
        ticktext=written,
        tickangle=0,
    )
    figure.update_yaxes(range=[-1.05, 1.05], title="similarity to the map")
    return figure
