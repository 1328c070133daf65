"""What one number, the temperature, does for a model's confidence, and what keeping silent does for its accuracy."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app import colours
from app.charts.frame import MUTED, titled


def temperatures(curve: pd.DataFrame, *, n: int, chosen: float, fitted: float) -> go.Figure:
    """Negative log-likelihood and calibration error over the temperature; marked: the chosen and the fitted one.

    Args:
        curve: ``temperature nll ece``, rising.
        n: Pictures.
        chosen: The temperature that is looked at.
        fitted: The one of least negative log-likelihood.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    for row, (column, colour, name) in enumerate((("nll", colours.ACCENT, "NLL"), ("ece", colours.WRONG, "ECE")), 1):
        figure.add_scatter(
            x=curve["temperature"],
            y=curve[column],
            mode="lines",
            line={"color": colour, "width": 2.5},
            hovertemplate=f"T = %{{x:.2f}}: {name} %{{y:.3f}}<extra></extra>",
            row=row,
            col=1,
        )
        figure.add_vline(x=fitted, line={"color": MUTED, "dash": "dot", "width": 1.5}, row=row, col=1)
        figure.add_vline(x=chosen, line={"color": colours.CHOSEN, "width": 3}, row=row, col=1)
    titled(
        figure,
        "Confidence at every temperature",
        f"n = {n:,} · dotted: fitted, T = {fitted:.3f} · solid: chosen, T = {chosen:.3f}",
        height=430,
    )
    marks = [one for one in (0.1, 0.25, 0.5, 1, 2, 4, 10, 20) if curve["temperature"].min() <= one]
    figure.update_xaxes(type="log", tickvals=marks, ticktext=[f"{one:g}" for one in marks])
    figure.update_xaxes(title="temperature: below 1 surer, above 1 less sure", row=2, col=1)
    figure.update_yaxes(title="NLL (nats)", row=1, col=1)
    figure.update_yaxes(title="ECE", rangemode="tozero", row=2, col=1)
    return figure


def coverage(curve: pd.DataFrame, *, n: int, wish: float, threshold: float | None) -> go.Figure:
    """How often the surest answers are right, by how many of them are given (risk-coverage, drawn as accuracy).

    Args:
        curve: ``coverage accuracy threshold``, the surest first.
        n: Pictures.
        wish: The accuracy that is wished for.
        threshold: The confidence from which on answers are given; None where no threshold fulfils the wish.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=curve["coverage"],
        y=curve["accuracy"],
        mode="lines",
        line={"color": colours.ACCENT, "width": 2.5},
        customdata=curve[["threshold"]],
        hovertemplate="%{x:.1%} answered: %{y:.1%} right<br>confidence at least %{customdata[0]:.3f}<extra></extra>",
    )
    figure.add_hline(y=wish, line={"color": MUTED, "dash": "dot", "width": 1.5})
    given = curve[curve["threshold"] >= threshold] if threshold is not None else curve.iloc[:0]
    if len(given):
        last = given.iloc[-1]
        figure.add_scatter(
            x=[last["coverage"]],
            y=[last["accuracy"]],
            mode="markers",
            marker={"size": 14, "symbol": "diamond", "color": colours.CHOSEN},
            hoverinfo="skip",
        )
    whole = float(curve["accuracy"].iloc[-1])
    low = min(float(curve["accuracy"].min()), whole, wish)
    titled(
        figure,
        "Answer only where sure",
        f"n = {n:,} · dotted: the wish · right end: every picture answered, {whole:.3f}",
        height=360,
    )
    figure.update_xaxes(
        range=[0, 1.01], tickformat=".0%", title="share of the pictures that are answered, surest first"
    )
    figure.update_yaxes(range=[max(0.0, low - 0.04), 1.01], tickformat=".0%", title="share right of those")
    return figure
