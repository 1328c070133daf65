"""What is in a data set: pictures of each label, and of each person."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import titled

MOST_PEOPLE = 48
"""Bars that can still be told apart."""
MOST_LABELS = 40
"""A data set whose class folders are people has thousands of labels."""
STRENGTH = {"train": 1.0, "none": 1.0, "validation": 0.62, "test": 0.34}
UNLABELLED = "(no label)"


def label_bars(rows: pd.DataFrame, *, labels: Sequence[str]) -> go.Figure:
    """One bar per label, in its colour; splits stand behind one another, each paler.

    Args:
        rows: ``label split n``; a label of None: pictures without one.
        labels: Every label, in order.
    """
    named = rows.assign(label=rows["label"].astype(object).where(rows["label"].notna(), UNLABELLED))
    every = list(dict.fromkeys(named["label"]))
    order = every[:MOST_LABELS]
    named = named[named["label"].isin(order)]
    splits = list(dict.fromkeys(named["split"]))
    figure = go.Figure()
    for split in splits:
        mine = named[named["split"] == split]
        figure.add_bar(
            y=[_short(one) for one in mine["label"]],
            x=mine["n"],
            orientation="h",
            marker={"color": [colours.of_label(one, tuple(labels)) for one in mine["label"]]},
            opacity=STRENGTH.get(split, 1.0),
            customdata=[split] * len(mine),
            hovertemplate="%{customdata}: %{x:,}<extra></extra>",
        )
    totals = named.groupby("label", sort=False)["n"].sum()
    figure.add_scatter(
        y=[_short(one) for one in totals.index],
        x=totals.to_numpy(),
        mode="text",
        text=[f" {n:,}" for n in totals],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
    )
    told = " · ".join(f"{split} {int(n):,}" for split, n in named.groupby("split", sort=False)["n"].sum().items())
    titled(
        figure,
        "Pictures of each label",
        (f"the first {len(order)} of {len(every):,} labels · " if len(every) > len(order) else "")
        + f"n = {int(named['n'].sum()):,}"
        + (f" · from strong to pale: {told}" if len(splits) > 1 else ""),
        height=66 + 44 + max(80, 38 * len(order)),
    )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title="pictures", range=[0, max(1, int(totals.max()) * 1.14)])
    figure.update_yaxes(
        categoryorder="array", categoryarray=[_short(one) for one in reversed(order)], showgrid=False, ticks="",
        tickfont={"size": 14},
    )  # fmt: skip
    return figure


def subject_bars(rows: pd.DataFrame, *, labels: Sequence[str], total: int) -> go.Figure:
    """One column per person, made of their labels (paper A, Fig. 6).

    Args:
        rows: ``subject n`` and one column for each label; at most `MOST_PEOPLE` are drawn, from the first on.
        labels: Every label, from the bottom up.
        total: People there are.
    """
    shown = rows.head(MOST_PEOPLE)
    names = [_short(str(one), 14) for one in shown["subject"]]
    places = list(range(len(shown)))
    figure = go.Figure()
    drawn = list(labels)[:MOST_LABELS]
    for label in drawn:
        figure.add_bar(
            x=places,
            y=shown[label],
            name=escape(label),
            marker={"color": colours.of_label(label, tuple(labels))},
            hovertemplate=f"{escape(label)}: %{{y:,}}<extra></extra>",
        )
    rest = shown["n"] - shown[drawn].sum(axis=1)
    if rest.any():
        figure.add_bar(
            x=places,
            y=rest,
            name=UNLABELLED if len(drawn) == len(labels) else "other labels, or none",
            marker={"color": colours.QUIET},
            hoverinfo="skip",
        )
    cut = (
        f"the {len(shown)} of {total:,} people with the fewest pictures" if total > len(shown) else f"{total:,} people"
    )
    titled(figure, "Pictures of each person", f"{cut} · n = {int(shown['n'].sum()):,}", height=380)
    figure.update_layout(
        barmode="stack",
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        margin={"t": 96},
    )
    figure.update_xaxes(tickvals=places, ticktext=names, tickangle=-60, showgrid=False, ticks="", title="person")
    figure.update_yaxes(title="pictures")
    return figure


def _short(name: str, most: int = 28) -> str:
    return escape(name if len(name) <= most else name[: most - 1] + "…")
