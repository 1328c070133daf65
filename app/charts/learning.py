"""How a run learned, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled

Kind = Literal["loss", "scores"]

_LINES: Mapping[Kind, tuple[tuple[str, str, str], ...]] = {
    "loss": (("loss", "training", MUTED), ("validation_loss", "validation", colours.ACCENT)),
    "scores": (("validation_accuracy", "accuracy", colours.ACCENT), ("validation_macro_f1", "macro-F1", "#0B7A75")),
}
_TITLES: Mapping[Kind, tuple[str, str]] = {
    "loss": ("Loss", "loss (nats)"),
    "scores": ("Scores on validation", "share"),
}


def learning(history: pd.DataFrame, kind: Kind, *, best_epoch: int | None = None) -> go.Figure:
    """The loss, or the scores, with the epoch marked whose weights were kept.

    Args:
        history: ``epoch`` and ``loss``, ``validation_loss``, ``validation_accuracy``, ``validation_macro_f1``; NaN or
            no column where nothing was measured.
        kind: Which two lines.
        best_epoch: The epoch whose weights were kept.
    """
    figure = go.Figure()
    ends: list[tuple[float, str, str]] = []
    for column, name, colour in _LINES[kind]:
        if column not in history or history[column].isna().all():
            continue
        rows = history.dropna(subset=[column])
        figure.add_scatter(
            x=rows["epoch"],
            y=rows[column],
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"size": 5},
            hovertemplate=f"{name} %{{y:.3f}}, epoch %{{x}}<extra></extra>",
        )
        ends.append((float(rows[column].iloc[-1]), name, colour))
    for rank, (value, name, colour) in enumerate(sorted(ends)):
        figure.add_annotation(
            x=history["epoch"].iloc[-1],
            y=value,
            text=name,
            showarrow=False,
            xanchor="left",
            xshift=8,
            # Lines that end together would write their names over each other: the upper one moves up.
            yshift=16 * (rank - (len(ends) - 1) / 2),
            font={"size": 13, "color": colour},
        )
    if best_epoch is not None:
        figure.add_vline(x=best_epoch, line={"color": MUTED, "dash": "dot", "width": 1.5})
    title, unit = _TITLES[kind]
    kept = "" if best_epoch is None else f" · dotted: epoch {best_epoch}, whose weights were kept"
    titled(figure, title, f"{len(history)} epochs{kept}", height=330)
    last = float(history["epoch"].max()) if len(history) else 1.0
    first = float(history["epoch"].min()) if len(history) else 0.0
    # Room at the right for the lines' names.
    figure.update_xaxes(title="epoch", range=[first - 0.4, last + max(1.5, (last - first) * 0.26)], nticks=8)
    figure.update_yaxes(title=unit, tickformat=".0%" if kind == "scores" else None)
    return figure
