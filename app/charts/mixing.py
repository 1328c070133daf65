"""Two faces mixed: what a model says along lambda, how near the mixture lies to both, which shares are drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app import colours
from app.charts.frame import MUTED, percent, titled

LEAST_NAMED = 0.12
"""Lines that never reach this probability are drawn, but not named: their names would lie over each other."""
BINS = 20


def along_lambda(
    answers: pd.DataFrame, *, soft: Mapping[str, float] | None, share: float, said: Mapping[str, float]
) -> go.Figure:
    """The model's answer while B becomes A: one line per label; dashed, the soft label.

    Args:
        answers: ``lam`` and a probability in [0, 1] per label.
        soft: The labels of A and B with their shares at ``share``; None where they are not known.
        share: A's share in the mixture.
        said: What the model says of the mixture.
    """
    labels = tuple(str(name) for name in answers.columns if name != "lam")
    figure = go.Figure()
    for label in soft or {}:
        # A straight line: the label is A's by lambda and B's by the rest; one line where both show the same.
        ends = [1.0, 1.0] if len(soft or {}) == 1 else [1.0, 0.0] if label != next(iter(soft or {})) else [0.0, 1.0]
        colour = colours.of_label(label, labels)
        figure.add_scatter(
            x=[0, 1], y=ends, mode="lines", line={"color": colour, "dash": "dash", "width": 1.5}, hoverinfo="skip"
        )
    for label in labels:
        colour = colours.of_label(label, labels)
        figure.add_scatter(
            x=answers["lam"],
            y=answers[label],
            mode="lines",
            line={"color": colour, "width": 3},
            hovertemplate=f"{label} %{{y:.3f}} at lambda %{{x:.3f}}<extra></extra>",
        )
        figure.add_scatter(
            x=[share], y=[said[label]], mode="markers", marker={"color": colour, "size": 9}, hoverinfo="skip"
        )
    _name_lines(figure, answers, labels)
    figure.add_vline(x=share, line={"color": MUTED, "dash": "dot", "width": 1.5})
    dashed = " · dashed: the soft label" if soft else ""
    titled(
        figure,
        "What the model says while B becomes A",
        f"n = {len(answers)} mixtures · dotted: lambda {share:.3f}{dashed}",
        height=400,
    )
    figure.update_xaxes(title="A's share, lambda (0 is B, 1 is A)", range=[-0.02, 1.3], tickvals=np.linspace(0, 1, 6))
    figure.update_yaxes(title="probability", range=[-0.02, 1.02], tickformat=".0%")
    return figure


def three_answers(answers: pd.DataFrame) -> go.Figure:
    """The model's answer about A, the mixture and B, as stacked bars.

    Args:
        answers: A row for each of ``A``, ``mixture``, ``B`` in the index, a probability per label.
    """
    labels = tuple(str(name) for name in answers.columns)
    rows = answers.iloc[::-1]
    figure = go.Figure()
    for label in labels:
        colour = colours.of_label(label, labels)
        figure.add_bar(
            x=rows[label],
            y=list(rows.index),
            orientation="h",
            marker={"color": colour},
            text=[f"{label} {percent(one)}" if one >= LEAST_NAMED else "" for one in rows[label]],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": colours.ink_on(colour), "size": 13},
            hovertemplate=f"{label} %{{x:.3f}}<extra>%{{y}}</extra>",
        )
    titled(figure, "What the model says of A, of the mixture, of B", f"n = {len(answers)} pictures", height=400)
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title="probability", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(ticks="", showgrid=False)
    return figure


def beta_density(shares: np.ndarray, *, alpha: float, share: float | None, exact: bool = True) -> go.Figure:
    """The density of Beta(alpha, alpha) over the shares that the generator drew, as ticks and bars.

    Args:
        shares: ``(L,)`` drawn lambdas in [0, 1].
        alpha: Both parameters.
        share: The lambda that is looked at; None marks none.
        exact: Whether shares follow this density; False where regions are cut off by the picture's edge.
    """
    figure = go.Figure()
    counts, edges = np.histogram(shares, BINS, range=(0, 1))
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts * BINS / max(len(shares), 1),
        width=0.92 / BINS,
        marker={"color": MUTED, "opacity": 0.4},
        customdata=counts,
        hovertemplate="%{customdata} drawn<extra></extra>",
    )
    # The density has no end at 0 and 1 where alpha is below 1: the curve stops a little before.
    places = np.linspace(0.005, 0.995, 199)
    constant = math.lgamma(2 * alpha) - 2 * math.lgamma(alpha)
    density = np.exp(constant + (alpha - 1) * (np.log(places) + np.log1p(-places)))
    figure.add_scatter(
        x=places, y=density, mode="lines", line={"color": colours.ACCENT, "width": 2.5}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=shares,
        y=np.zeros(len(shares)),
        mode="markers",
        marker={"symbol": "line-ns", "size": 12, "line": {"width": 1, "color": MUTED}},
        hovertemplate="lambda %{x:.3f}<extra></extra>",
    )
    if share is not None:
        figure.add_vline(x=share, line={"color": MUTED, "dash": "dot", "width": 1.5})
    cut = "" if exact else "; the picture's edge cuts rectangles off, so shares lie higher"
    titled(
        figure,
        f"Shares that are drawn, Beta({alpha:g}, {alpha:g})",
        f"n = {len(shares)} draws of the trainer's generator{cut}",
        height=400,
    )
    figure.update_xaxes(title="A's share, lambda", range=[-0.02, 1.02])
    highest = max(float(density[10:-10].max()), float(counts.max()) * BINS / max(len(shares), 1))
    figure.update_yaxes(title="density", range=[-0.06 * highest, 1.12 * highest])
    return figure


def likeness(near: pd.DataFrame, *, share: float) -> go.Figure:
    """Cosines of the mixture to A (solid) and to B (dashed) along lambda, one small chart per space.

    Args:
        near: ``space lam cosine_a cosine_b``; a row per space and lambda.
        share: A's share in the mixture.
    """
    spaces = [str(one) for one in near["space"].unique()]
    figure = make_subplots(rows=1, cols=len(spaces), shared_yaxes=True, horizontal_spacing=0.05)
    for place, space in enumerate(spaces, start=1):
        rows = near[near["space"] == space]
        for column, dash, name in (("cosine_a", "solid", "A"), ("cosine_b", "dash", "B")):
            figure.add_scatter(
                x=rows["lam"],
                y=rows[column],
                mode="lines",
                line={"color": colours.of_space(space), "dash": dash, "width": 2.5},
                hovertemplate=f"{space}, cosine to {name}: %{{y:.3f}} at lambda %{{x:.3f}}<extra></extra>",
                row=1,
                col=place,
            )
        figure.add_vline(x=share, line={"color": MUTED, "dash": "dot", "width": 1.5}, row=1, col=place)
        figure.update_xaxes(title=f"{_written(space)}: lambda", range=[0, 1], row=1, col=place)
    titled(figure, "How near the mixture lies to A and to B", "solid: cosine to A · dashed: cosine to B", height=330)
    figure.update_yaxes(title="cosine", row=1, col=1)
    return figure


def likeness_bars(near: pd.DataFrame) -> go.Figure:
    """Cosines of one mixture to A and to B, two bars per space.

    Args:
        near: ``space cosine_a cosine_b``, a row per space.
    """
    figure = go.Figure()
    for column, name, opacity in (("cosine_a", "to A", 1.0), ("cosine_b", "to B", 0.5)):
        figure.add_bar(
            x=[_written(str(one)) for one in near["space"]],
            y=near[column],
            marker={"color": [colours.of_space(str(one)) for one in near["space"]], "opacity": opacity},
            text=[f"{name} {value:.3f}" if np.isfinite(value) else "" for value in near[column]],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    titled(figure, "How near the mixture lies to A and to B", "cosines of the one mixture", height=330)
    figure.update_layout(bargap=0.45)
    lowest = float(np.nanmin([0.0, *near["cosine_a"], *near["cosine_b"]]))
    figure.update_yaxes(title="cosine", range=[1.15 * lowest, 1.15])
    return figure


def loss_terms(terms: pd.DataFrame, *, total: float) -> go.Figure:
    """What each term adds to the step's loss: weight times value.

    Args:
        terms: ``term weight loss share``; a penalty's weight is NaN.
        total: The sum of the shares.
    """
    names = [
        f"{one.term}: {one.weight:g} × {one.loss:.4f}"
        if np.isfinite(one.weight)
        else f"{one.term}, measured {one.loss:.4f}"
        for one in terms.itertuples()
    ]
    figure = go.Figure(
        go.Bar(
            x=[*terms["share"], total][::-1],
            y=[*names, "total"][::-1],
            orientation="h",
            marker={"color": [MUTED, *[colours.ACCENT] * len(terms)]},
            text=[f"{one:.4f}" for one in [*terms["share"], total]][::-1],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    titled(
        figure, "The loss of this step, term by term", "weight × value of each term", height=120 + 46 * (len(terms) + 1)
    )
    figure.update_xaxes(
        title="loss (nats where it is cross-entropy)",
        range=[min(0.0, 1.2 * float(terms["share"].min())), 1.18 * max(total, 1e-9)],
    )
    figure.update_yaxes(ticks="", showgrid=False)
    return figure


def _name_lines(figure: go.Figure, answers: pd.DataFrame, labels: tuple[str, ...]) -> None:
    """Names beside the lines' right ends, moved apart; names of lines that stay at the bottom are left out."""
    named = sorted((float(answers[label].iloc[-1]), label) for label in labels if answers[label].max() >= LEAST_NAMED)
    lowest = -1.0
    for value, label in named:
        lowest = max(value, lowest + 0.065)
        figure.add_annotation(
            x=1.02, y=lowest, text=label, showarrow=False, xanchor="left",
            font={"size": 13, "color": colours.of_label(label, labels)},
        )  # fmt: skip


def _written(space: str) -> str:
    return {"v_face": "V_face", "v_id": "V_id", "v_state": "V_state"}.get(space, space)
