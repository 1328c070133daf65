"""Leakage against what it costs: how well the state is still read."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled

PUBLISHED = "in the paper"


def trade_off(
    points: pd.DataFrame, *, title: str, subtitle: str, joined: bool, published: pd.DataFrame | None = None
) -> go.Figure:
    """Leakage upwards against macro-F1 to the right: the lower right corner is where one wants to be.

    Args:
        points: ``name space accuracy low high macro_f1 chance``; intervals NaN where there are none.
        title: What was changed.
        subtitle: On whom.
        joined: Whether neighbours are steps of one path, joined by a line; those called random stand apart.
        published: Points that were printed of other data: ``name space accuracy macro_f1``.
    """
    figure = go.Figure()
    apart = points["name"].astype(str).str.startswith("random").to_numpy(dtype=bool)
    for space, rows in points.groupby("space", sort=False):
        colour = colours.of_space(str(space))
        for some, symbol in ((rows[~apart[rows.index]], "circle"), (rows[apart[rows.index]], "x-thin")):
            if some.empty:
                continue
            figure.add_scatter(
                x=some["macro_f1"],
                y=some["accuracy"],
                error_y={
                    "type": "data", "symmetric": False, "color": colour, "thickness": 1, "width": 3,
                    "array": (some["high"] - some["accuracy"]).fillna(0),
                    "arrayminus": (some["accuracy"] - some["low"]).fillna(0),
                },
                mode="lines+markers" if joined and symbol == "circle" else "markers",
                line={"color": colour, "width": 2},
                marker={"size": 11, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}},
                text=[escape(str(one)) for one in some["name"]],
                hovertemplate=f"%{{text}}<br>{space} %{{y:.3f}}, macro-F1 %{{x:.3f}}<extra></extra>",
            )  # fmt: skip
    everything = points
    if published is not None and len(published):
        _draw_published(figure, published)
        everything = pd.concat([points, published.assign(name=[f"{one}, {PUBLISHED}" for one in published["name"]])])
        subtitle += f" · ◇ {PUBLISHED}, other data"
    for row in _told_apart(everything):
        figure.add_annotation(
            x=row["macro_f1"], y=row["accuracy"], text=escape(str(row["name"])), showarrow=False, xanchor="left",
            xshift=9, font={"size": 11, "color": MUTED},
        )  # fmt: skip
    if points["chance"].notna().any():
        figure.add_hline(y=float(points["chance"].dropna().iloc[0]), line={"color": MUTED, "dash": "dot", "width": 1.5})
    key = " ".join(
        f"<span style='color:{colours.of_space(str(one))}'>● {escape(one)}</span>" for one in points["space"].unique()
    )
    titled(figure, title, f"{subtitle} · {key} · dotted: chance", height=430)
    low, high = float(everything["macro_f1"].min()), float(everything["macro_f1"].max())
    margin = max(0.02, (high - low) * 0.12)
    # Room at the right for the names.
    figure.update_xaxes(title="macro-F1 of the state", range=[low - margin, high + max(0.05, (high - low) * 0.45)])
    top = float(np.nanmax(everything[["accuracy", "high"]].to_numpy()))
    figure.update_yaxes(title="people found again (share)", range=[0, min(1.02, top * 1.12)], tickformat=".1f")
    return figure


def _draw_published(figure: go.Figure, rows: pd.DataFrame) -> None:
    figure.add_scatter(
        x=rows["macro_f1"], y=rows["accuracy"], mode="markers",
        marker={
            "size": 13, "symbol": "diamond-open",
            "color": [colours.of_space(str(one)) for one in rows["space"]], "line": {"width": 2},
        },
        text=[f"{escape(name)}, {escape(space)}" for name, space in zip(rows["name"], rows["space"], strict=True)],
        hovertemplate=f"%{{text}}, {PUBLISHED}<br>%{{y:.3f}}, macro-F1 %{{x:.3f}}<extra></extra>",
    )  # fmt: skip


def _told_apart(points: pd.DataFrame) -> Sequence[dict[str, float | str]]:
    """Names beside their points; one that would lie on another is left to the pointer."""
    shown: list[dict[str, float | str]] = []
    reach = max(float(points["macro_f1"].max() - points["macro_f1"].min()), 0.02)
    for row in points.sort_values("accuracy", ascending=False).itertuples():
        near = any(
            abs(float(one["accuracy"]) - row.accuracy) < 0.035
            and abs(float(one["macro_f1"]) - row.macro_f1) < 0.45 * reach
            for one in shown
        )
        if not near:
            shown.append({"name": str(row.name), "macro_f1": row.macro_f1, "accuracy": row.accuracy})
    return shown
