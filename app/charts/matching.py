"""Who is taken for whom: faces asked about above, faces they are compared with below."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
import plotly.graph_objects as go

from app import colours
from app.charts.frame import MUTED, titled

_FACE = 0.94
"""Side of a face, of 1 column."""
_GAP = 2.1
"""Between the rows, in columns."""


def matching(
    rows: pd.DataFrame, upper: Sequence[str | None], lower: Sequence[str | None], *, title: str, subtitle: str
) -> go.Figure:
    """A line from each face to the one it was taken for: straight with a tick where right, else dashed with a cross.

    Args:
        rows: ``person taken_for verdict cosine own_cosine``, and ``column``: where below the one it was taken for
            stands, -1 where nobody shown; ``verdict`` is ``right`` or something else.
        upper: Addresses of the pictures asked about; None where there is none.
        lower: Of the same people's pictures that they were compared with.
        title: What is seen.
        subtitle: How many people.
    """
    figure = go.Figure()
    names = [str(one) for one in rows["person"]]
    top, bottom = _GAP + 0.5, -0.5
    for right, colour, sign in ((False, colours.WRONG, "✗"), (True, colours.RIGHT, "✓")):
        mine = [place for place, verdict in enumerate(rows["verdict"]) if (verdict == "right") == right]
        x: list[float | None] = []
        y: list[float | None] = []
        for place in mine:
            column = int(rows["column"].iloc[place])
            # Who was taken for somebody who is not shown: the line ends half way.
            x += [place, place if column < 0 else column, None]
            y += [_GAP - 0.42, _GAP * 0.5 if column < 0 else 0.04, None]
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"color": colour, "width": 2, "dash": "solid" if right else "dash"},
            hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=mine, y=[_GAP - 0.2] * len(mine), mode="text", text=[sign] * len(mine),
            textfont={"size": 14, "color": colour}, hoverinfo="skip",
        )  # fmt: skip
    for height, faces in ((top, upper), (bottom, lower)):
        missing = [place for place, face in enumerate(faces) if not face]
        for place, face in enumerate(faces):
            if face:
                figure.add_layout_image(
                    source=face, x=place, y=height, xref="x", yref="y", xanchor="center", yanchor="middle",
                    sizex=_FACE, sizey=_FACE, sizing="contain",
                )  # fmt: skip
        figure.add_scatter(
            x=missing, y=[height] * len(missing), mode="text", text=[names[place][-6:] for place in missing],
            textfont={"size": 11, "color": MUTED}, hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=list(range(len(names))),
        y=[top] * len(names),
        mode="markers",
        marker={"symbol": "square", "size": 34, "color": "rgba(0,0,0,0.004)"},
        text=[_told(row) for row in rows.itertuples()],
        hovertemplate="%{text}<extra></extra>",
    )
    titled(figure, title, subtitle, height=240)
    figure.update_layout(margin={"b": 8})
    # Few people are not blown up: their faces stay as large as where there are twelve.
    last = max(len(names), 12) - 0.4
    figure.update_xaxes(visible=False, range=[-0.6, last])
    figure.update_yaxes(visible=False, range=[-1.05, _GAP + 1.05])
    return figure


def _told(row: object) -> str:
    person, taken, verdict = (str(getattr(row, key)) for key in ("person", "taken_for", "verdict"))
    near = f"{row.cosine:.3f}, with the own picture {row.own_cosine:.3f}"  # type: ignore[attr-defined]
    return f"{escape(person)}: taken for {escape(taken or 'nobody')} ({verdict})<br>cosine {near}"
