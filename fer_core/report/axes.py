"""A drawing's frame: scales, ticks and words around them, in SVG that takes its inks from the page's style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fer_core.report.markup import Html, element, joined

WIDTH, HEIGHT = 640, 300
"""Of an ordinary drawing, in SVG's units; the page scales it."""
LEFT, RIGHT, TOP, BOTTOM = 58, 18, 14, 46
"""Room around the plotting area."""


@dataclass(frozen=True)
class Frame:
    """Where numbers lie on a drawing."""

    x: tuple[float, float]
    """Values at the left and the right end."""
    y: tuple[float, float]
    """Values at the lower and the upper end."""
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
    bottom: float = BOTTOM

    def across(self, value: float) -> float:
        """Horizontal place of a value."""
        low, high = self.x
        return round(self.left + (value - low) / (high - low) * (self.width - self.left - self.right), 2)

    def down(self, value: float) -> float:
        """Vertical place of a value."""
        low, high = self.y
        return round(
            self.height - self.bottom - (value - low) / (high - low) * (self.height - self.top - self.bottom), 2
        )

    def grid(self, x_title: str, y_title: str = "", rows: bool = True, digits: int | None = None) -> Html:
        """Quiet lines at round values, their numbers, and the titles of both axes.

        Args:
            x_title: With its unit.
            y_title: With its unit.
            rows: Whether there are numbers on the vertical axis.
            digits: Of the horizontal numbers; None writes them as short as they are.
        """
        floor, ceiling = self.height - self.bottom, self.top
        pieces: list[Html] = []
        for tick in ticks(*self.x):
            place = self.across(tick)
            pieces.append(element("line", x1=place, x2=place, y1=ceiling, y2=floor, class_="grid"))
            written = f"{tick:g}" if digits is None else f"{tick:.{digits}f}"
            pieces.append(text(place, floor + 18, written, "middle"))
        for tick in ticks(*self.y) if rows else ():
            place = self.down(tick)
            end = self.width - self.right
            pieces.append(element("line", x1=self.left, x2=end, y1=place, y2=place, class_="grid"))
            pieces.append(text(self.left - 8, place + 4, f"{tick:g}", "end"))
        middle = (self.left + self.width - self.right) / 2
        pieces.append(text(middle, self.height - 8, x_title, "middle", "title"))
        if y_title:
            centre = (self.top + floor) / 2
            turned = f"rotate(-90 14 {centre:g})"
            pieces.append(
                element("text", y_title, x=14, y=centre, text_anchor="middle", class_="title", transform=turned)
            )
        return joined(pieces)

    def svg(self, alternative: str, *pieces: Html) -> Html:
        """The drawing.

        Args:
            alternative: What it shows, in words, for whoever does not see it.
            *pieces: What lies in it.
        """
        return element(
            "svg",
            element("title", alternative),
            *pieces,
            viewBox=f"0 0 {self.width:g} {self.height:g}",
            role="img",
            aria_label=alternative,
        )


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values from ``low`` to ``high``, at most so many and one more.

    Args:
        low: One end.
        high: The other.
        most: How many steps there may be.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(step * place, 10) for place in range(first, math.floor(high / step + 1e-9) + 1)]


def span(values: Sequence[float], room: float = 0.05) -> tuple[float, float]:
    """Ends that hold all values with some room beside them; (0, 1) where there are none.

    Args:
        values: Those that are not finite are left out.
        room: Beside the outermost ones, as a share.
    """
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    more = (high - low) * room or abs(high) * room or 1.0
    return low - more, high + more


def text(x: float, y: float, words: str, anchor: str = "start", class_: str | None = None) -> Html:
    """Words at a place.

    Args:
        x: Across.
        y: Down, of the line they stand on.
        words: Escaped as everywhere.
        anchor: ``start``, ``middle`` or ``end``.
        class_: Of the page's style.
    """
    return element("text", words, x=round(x, 1), y=round(y, 1), text_anchor=anchor, class_=class_)
