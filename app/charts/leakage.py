"""How often people are found again by features, against chance and against others."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled


def found_again(figures: pd.DataFrame, published: pd.DataFrame, *, subtitle: str, chosen: str) -> go.Figure:
    """A line per space: the share found again on its interval, with chance; below, hollow, what a paper printed.

    Args:
        figures: ``space accuracy low high chance dimension effective_rank``.
        published: ``name space accuracy``, on other people.
        subtitle: How many people, samples and trials.
        chosen: The space that stands out; it carries its position as ``customdata`` for clicks.
    """
    figure = go.Figure()
    rows = list(figures.itertuples())
    names: list[str] = []
    for place, row in enumerate(rows):
        colour, strong = colours.of_space(str(row.space)), row.space == chosen
        title = f"<b>{escape(str(row.space))}</b>" if strong else escape(str(row.space))
        below = f"{row.dimension:,} numbers, effective rank {row.effective_rank:.1f}"
        name = f"{title}<br><span style='font-size:12px'>{below}</span>"
        names.append(name)
        figure.add_scatter(
            x=[row.low, row.high], y=[name, name], mode="lines", line={"color": colour, "width": 9 if strong else 6},
            opacity=0.4, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=[row.accuracy],
            y=[name],
            mode="markers+text",
            text=[f"{row.accuracy:.3f}"],
            textposition="top center",
            textfont={"size": 14},
            marker={"size": 16 if strong else 13, "color": colour},
            customdata=[[place]],
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            cliponaxis=False,
            hovertemplate=f"{row.low:.3f} to {row.high:.3f}<extra></extra>",
        )
    for row in published.itertuples():
        name = f"paper A, {row.space}<br><span style='font-size:12px'>{row.name}, other people</span>"
        names.append(name)
        figure.add_scatter(
            x=[row.accuracy],
            y=[name],
            mode="markers+text",
            text=[f"{row.accuracy:.3f}"],
            textposition="top center",
            textfont={"size": 13, "color": MUTED},
            marker={"size": 12, "symbol": "diamond-open", "color": MUTED, "line": {"width": 2}},
            cliponaxis=False,
            hoverinfo="skip",
        )
    chance = float(figures["chance"].iloc[0]) if len(figures) else 0.0
    figure.add_vline(x=chance, line={"color": MUTED, "dash": "dot", "width": 1.5})
    titled(
        figure, "How often is a person found again?", f"{subtitle} · dotted: chance {chance:.3f}", 110 + 50 * len(names)
    )
    figure.update_layout(clickmode="event+select")
    figure.update_xaxes(range=[-0.02, 1.02], title="share of people found again", tickformat=".1f")
    figure.update_yaxes(
        showgrid=False, ticks="", tickfont={"size": 14}, categoryorder="array", categoryarray=names[::-1],
        range=[-0.6, len(names) - 0.3],
    )  # fmt: skip
    return figure


def roc(curves: pd.DataFrame, *, subtitle: str, chosen: str) -> go.Figure:
    """Pairs of one person accepted against pairs of two accepted; the hard pairs of the chosen space dashed.

    Args:
        curves: ``space pairs false true auc``; ``pairs`` is ``all`` or ``hard``.
        subtitle: How many pairs.
        chosen: The space that stands out.
    """
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": MUTED, "dash": "dot"}, hoverinfo="skip")
    ends = []
    for (space, pairs), rows in curves.groupby(["space", "pairs"], sort=False):
        colour = colours.of_space(str(space))
        figure.add_scatter(
            x=rows["false"],
            y=rows["true"],
            mode="lines",
            line={
                "color": colour, "width": 3.5 if space == chosen else 2, "dash": "dash" if pairs == "hard" else "solid",
            },
            hovertemplate=f"{escape(str(space))}, {pairs} pairs<br>of two people %{{x:.3f}}, of one %{{y:.3f}}"
            "<extra></extra>",
        )  # fmt: skip
        words = f"{escape(str(space))}{', another state' if pairs == 'hard' else ''}: area {rows['auc'].iloc[0]:.3f}"
        ends.append((float(rows["auc"].iloc[0]), words, colour))
    for place, (_, words, colour) in enumerate(sorted(ends)):
        # The lower right corner is free: a judge worse than chance is rare.
        figure.add_annotation(
            x=0.98,
            y=0.04 + 0.07 * place,
            text=words,
            showarrow=False,
            xanchor="right",
            font={"size": 13, "color": colour},
        )
    titled(figure, "Are two pictures of one person? (ROC)", f"{subtitle} · dotted: guessing", height=430)
    figure.update_xaxes(range=[-0.01, 1.01], title="pairs of two people taken for one person (share)", tickformat=".1f")
    figure.update_yaxes(range=[-0.01, 1.02], title="pairs of one person recognised (share)", tickformat=".1f")
    return figure


def cmc(curves: pd.DataFrame, *, subtitle: str, chosen: str) -> go.Figure:
    """How often the person is among the nearest 1, 2, 3 ...

    Args:
        curves: ``space rank share chance``.
        subtitle: How many people.
        chosen: The space that stands out.
    """
    figure = go.Figure()
    ends: list[tuple[float, str, str]] = []
    for space, rows in curves.groupby("space", sort=False):
        colour = colours.of_space(str(space))
        figure.add_scatter(
            x=rows["rank"],
            y=rows["share"],
            mode="lines+markers",
            line={"color": colour, "width": 3.5 if space == chosen else 2},
            marker={"size": 5},
            hovertemplate=f"{escape(str(space))}: %{{y:.3f}} among the nearest %{{x}}<extra></extra>",
        )
        ends.append((float(rows["share"].iloc[len(rows) // 2]), escape(str(space)), colour))
    if len(curves):
        first = curves[curves["space"] == curves["space"].iloc[0]]
        figure.add_scatter(
            x=first["rank"], y=first["chance"], mode="lines", line={"color": MUTED, "dash": "dot"}, hoverinfo="skip"
        )
    for place, (_, space, colour) in enumerate(sorted(ends)):
        figure.add_annotation(
            x=1, y=0.04 + 0.07 * place, xref="paper", yref="paper", text=space, showarrow=False, xanchor="right",
            font={"size": 13, "color": colour},
        )  # fmt: skip
    titled(figure, "Among how many is the person? (CMC)", f"{subtitle} · dotted: chance", height=430)
    figure.update_xaxes(title="the nearest so many people", rangemode="tozero")
    figure.update_yaxes(range=[-0.01, 1.02], title="share of people among them", tickformat=".1f")
    return figure


def probes(scores: pd.DataFrame, *, subtitle: str) -> go.Figure:
    """What simple classifiers read: a row per question and way of leaving out, a mark per space and learner.

    Args:
        scores: ``space names learner left_out accuracy chance``.
        subtitle: How many people and samples.
    """
    figure = go.Figure()
    rows: list[str] = []
    offsets = {str(space): place for place, space in enumerate(scores["space"].drop_duplicates())}
    for row in scores.itertuples():
        line = f"{row.names}, {row.left_out}"
        if line not in rows:
            rows.append(line)
        middle = (len(offsets) - 1) / 2
        figure.add_scatter(
            x=[row.accuracy],
            y=[-rows.index(line) - 0.14 * (offsets[str(row.space)] - middle)],
            mode="markers",
            marker={
                "size": 11,
                "symbol": "circle" if row.learner == "linear" else "diamond-open",
                "color": colours.of_space(str(row.space)),
                "line": {"width": 2, "color": colours.of_space(str(row.space))},
            },
            hovertemplate=f"{escape(str(row.space))}, {row.learner}: %{{x:.3f}}<extra></extra>",
        )
        figure.add_scatter(
            x=[row.chance, row.chance], y=[-rows.index(line) - 0.36, -rows.index(line) + 0.36], mode="lines",
            line={"color": MUTED, "dash": "dot", "width": 1.5}, hoverinfo="skip",
        )  # fmt: skip
    key = "   ".join(f"<span style='color:{colours.of_space(space)}'>■ {escape(space)}</span>" for space in offsets)
    titled(
        figure,
        "What can a simple classifier read?",
        f"{subtitle}<br>{key} · ● linear  ◇ 5 nearest neighbours · dotted: always the commonest",
        height=150 + 58 * max(1, len(rows)),
    )
    figure.update_layout(margin={"t": 86})
    figure.update_xaxes(range=[-0.02, 1.02], title="accuracy on what was left out", tickformat=".1f")
    figure.update_yaxes(
        tickvals=[-place for place in range(len(rows))], ticktext=rows, showgrid=False, ticks="", tickfont={"size": 13},
        range=[-len(rows) + 0.4, 0.6],
    )  # fmt: skip
    return figure
