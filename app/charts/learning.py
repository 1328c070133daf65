"""How a run learned, epoch by epoch."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app import colours
from app.charts.frame import MUTED, titled

_LINES = (
    ("loss", "training", 1, MUTED),
    ("validation_loss", "validation", 1, colours.ACCENT),
    ("validation_accuracy", "accuracy", 2, colours.ACCENT),
    ("validation_macro_f1", "macro-F1", 2, "#0B7A75"),
)


def learning(history: pd.DataFrame, *, best_epoch: int | None = None) -> go.Figure:
    """Loss on the left, scores on the right, the epoch whose weights were kept marked on both.

    Args:
        history: ``epoch``, ``loss``, ``validation_loss``, ``validation_accuracy``, ``validation_macro_f1``; NaN where
            nothing was measured.
        best_epoch: The epoch whose weights were kept.
    """
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.11)
    ends: dict[int, list[tuple[float, str, str]]] = {1: [], 2: []}
    for column, name, place, colour in _LINES:
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
            row=1,
            col=place,
        )
        ends[place].append((float(rows[column].iloc[-1]), name, colour))
    for place, lines in ends.items():
        for rank, (value, name, colour) in enumerate(sorted(lines)):
            figure.add_annotation(
                x=history["epoch"].iloc[-1],
                y=value,
                text=name,
                showarrow=False,
                xanchor="left",
                xshift=8,
                # Lines that end together would write their names over each other: the upper one moves up.
                yshift=16 * (rank - (len(lines) - 1) / 2),
                font={"size": 13, "color": colour},
                row=1,
                col=place,
            )
    if best_epoch is not None:
        figure.add_vline(x=best_epoch, line={"color": MUTED, "dash": "dot", "width": 1.5})
    kept = "" if best_epoch is None else f" · dotted: epoch {best_epoch}, whose weights were kept"
    titled(figure, "Learning curves", f"{len(history)} epochs{kept}", height=340)
    last = float(history["epoch"].max()) if len(history) else 1.0
    first = float(history["epoch"].min()) if len(history) else 0.0
    # Room at the right for the lines' names.
    figure.update_xaxes(title="epoch", range=[first - 0.4, last + max(1.5, (last - first) * 0.24)], nticks=8)
    figure.update_yaxes(title="cross-entropy (nats)", row=1, col=1)
    figure.update_yaxes(title="share on validation", tickformat=".0%", row=1, col=2)
    return figure
