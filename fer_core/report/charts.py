"""Drawings from plain numbers. Each returns SVG; colours are those of the pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_core import colours
from fer_core.report.axes import Frame, span, text
from fer_core.report.markup import Html, element, joined, rounded

ROW = 26
"""Height of a row of `dots`."""


@dataclass(frozen=True)
class Dot:
    """One value on its interval."""

    name: str
    value: float
    ends: Sequence[float] | None = None
    """Of its 95 % interval, low and high."""
    colour: str = colours.ACCENT
    tick: float | None = None
    """Where chance or a baseline lies."""
    said: str = ""
    """Beside the row; the value where left out."""


@dataclass(frozen=True)
class Line:
    """One curve."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: str = colours.ACCENT
    dashed: bool = False
    marks: bool = False
    """Whether its points are drawn, too."""


def dots(rows: Sequence[Dot], x_title: str, alternative: str, ends: tuple[float, float] | None = None) -> Html:
    """Values below each other, each a dot on its interval, with a dotted tick for chance.

    Args:
        rows: At least one; values that are not finite are left out.
        x_title: With its unit.
        alternative: In words.
        ends: Of the axis; None takes what the values need.
    """
    seen = [row for row in rows if math.isfinite(row.value)]
    known = [one for row in seen for one in (row.value, *(row.ends or ()), row.tick) if one is not None]
    left = 24 + 7.2 * min(max((len(row.name) for row in rows), default=0), 34)
    frame = Frame(ends or span(known), (0, max(len(rows), 1)), height=60 + ROW * len(rows), left=left, right=92)
    pieces = [frame.grid(x_title, rows=False)]
    for place, row in enumerate(rows):
        middle = frame.top + ROW * (place + 0.5)
        pieces.append(text(left - 10, middle + 4, _short(row.name), "end"))
        if not math.isfinite(row.value):
            pieces.append(text(frame.width - 84, middle + 4, "not defined"))
            continue
        if row.tick is not None:
            where = frame.across(row.tick)
            pieces.append(element("line", x1=where, x2=where, y1=middle - 10, y2=middle + 10, class_="chance"))
        if row.ends is not None:
            low, high = row.ends
            reach = {"x1": frame.across(low), "x2": frame.across(high), "y1": middle, "y2": middle}
            pieces.append(element("line", **reach, stroke=row.colour, class_="reach"))
        pieces.append(element("circle", cx=frame.across(row.value), cy=middle, r=5, fill=row.colour, class_="dot"))
        pieces.append(text(frame.width - 84, middle + 4, row.said or rounded(row.value, 3)))
    return frame.svg(alternative, *pieces)


def lines(
    curves: Sequence[Line],
    x_title: str,
    y_title: str,
    alternative: str,
    x: tuple[float, float] | None = None,
    y: tuple[float, float] | None = None,
    mark: tuple[float, str] | None = None,
) -> Html:
    """Curves with their names at their ends.

    Args:
        curves: Points that are not finite are gaps.
        x_title: With its unit.
        y_title: With its unit.
        alternative: In words.
        x: Ends of the axis; None takes what the points need.
        y: The same.
        mark: A vertical line at a value, with words.
    """
    named = max((len(one.name) for one in curves), default=0)
    frame = Frame(
        x or span([value for one in curves for value in one.x], 0.02),
        y or span([value for one in curves for value in one.y]),
        right=18 + 7.0 * min(named, 26),
    )
    pieces = [frame.grid(x_title, y_title)]
    if mark is not None:
        where = frame.across(mark[0])
        pieces.append(
            element("line", x1=where, x2=where, y1=frame.top, y2=frame.height - frame.bottom, class_="chance")
        )
        near = where > frame.width / 2
        pieces.append(text(where + (-6 if near else 6), frame.top + 11, mark[1], "end" if near else "start"))
    written: list[float] = []
    for one in curves:
        points = [(frame.across(a), frame.down(b)) for a, b in zip(one.x, one.y, strict=True) if math.isfinite(b)]
        if not points:
            continue
        path = " ".join(f"{a:g},{b:g}" for a, b in points)
        dash = "5 4" if one.dashed else None
        pieces.append(
            element("polyline", points=path, fill="none", stroke=one.colour, class_="curve", stroke_dasharray=dash)
        )
        if one.marks:
            pieces += [element("circle", cx=a, cy=b, r=3.5, fill=one.colour) for a, b in points]
        place = _apart(points[-1][1] + 4, written)
        written.append(place)
        pieces.append(element("text", _short(one.name), x=points[-1][0] + 6, y=place, fill=one.colour, class_="name"))
    return frame.svg(alternative, *pieces)


def halves(edges: np.ndarray, up: np.ndarray, down: np.ndarray, x_title: str, alternative: str) -> Html:
    """Counts by bins: right answers upwards, wrong ones downwards.

    Args:
        edges: ``(B + 1,)``.
        up: ``(B,)`` counts.
        down: ``(B,)`` counts.
        x_title: With its unit.
        alternative: In words.
    """
    frame = Frame((float(edges[0]), float(edges[-1])), span([*up.tolist(), *(-down).tolist(), 0.0]), height=260)
    pieces = [frame.grid(x_title, "answers")]
    ground = frame.down(0)
    for counts, colour, sign in ((up, colours.RIGHT, 1), (down, colours.WRONG, -1)):
        for place, count in enumerate(counts.tolist()):
            left, right = frame.across(float(edges[place])) + 1, frame.across(float(edges[place + 1])) - 1
            end = frame.down(sign * count)
            size = {"width": round(right - left, 2), "height": round(abs(end - ground), 2)}
            pieces.append(element("rect", x=left, y=min(end, ground), **size, fill=colour))
    pieces.append(element("line", x1=frame.left, x2=frame.width - frame.right, y1=ground, y2=ground, class_="axis"))
    pieces.append(text(frame.left + 8, frame.top + 14, "▲ right", class_="name"))
    pieces.append(text(frame.left + 8, frame.height - frame.bottom - 8, "▼ wrong", class_="name"))
    return frame.svg(alternative, *pieces)


def cloud(
    points: np.ndarray, groups: Sequence[str], inks: Sequence[str], names: Sequence[str], alternative: str
) -> Html:
    """A map: one dot a sample, in its group's colour. Axes of such maps have no unit and get none.

    Args:
        points: ``(n, 2)``.
        groups: n names.
        inks: A colour for each name.
        names: The groups, in the order they are drawn.
        alternative: In words.
    """
    known = np.isfinite(points).all(axis=1)
    shown = points[known]
    ends = [span(shown[:, axis].tolist()) for axis in range(2)]
    frame = Frame(ends[0], ends[1], width=320, height=300, left=6, right=6, top=6, bottom=6)
    drawn: list[Html] = [element("rect", x=1, y=1, width=318, height=298, rx=8, class_="border")]
    of = np.asarray(groups, dtype=object)[known]
    for name, ink in zip(names, inks, strict=True):
        mine = shown[of == name]
        # One path a group: a line of no length with a round end is a dot, and takes a fifth of an element's bytes.
        path = "".join(f"M{frame.across(a):.1f} {frame.down(b):.1f}h0" for a, b in mine.tolist())
        if path:
            drawn.append(element("path", d=path, stroke=ink, class_="cloud"))
    return frame.svg(alternative, joined(drawn))


def legend(names: Sequence[str], inks: Sequence[str]) -> Html:
    """Names beside their colours."""
    return element(
        "p",
        *(
            element("span", element("i", style=f"background:{ink}"), name)
            for name, ink in zip(names, inks, strict=True)
        ),
        class_="legend",
    )


def _apart(place: float, others: Sequence[float]) -> float:
    """The nearest place below where words do not lie on others."""
    while any(abs(place - other) < 13 for other in others):
        place += 13
    return place


def _short(name: str) -> str:
    return name if len(name) <= 34 else name[:33] + "…"
