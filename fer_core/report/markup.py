"""HTML and SVG from pieces: text is escaped unless it is already markup, so that no name can write into a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_VOID = frozenset({"meta", "br", "img", "line", "rect", "circle", "path", "polyline"})
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
"""Control characters, which no HTML document may hold."""


class Html(str):
    """Markup that was made here; every other text is escaped."""

    __slots__ = ()


def element(name: str, /, *children: object, **attributes: object) -> Html:
    """One element.

    Args:
        name: Of the element.
        *children: Markup, or anything else, which is written out and escaped; None and False are left out.
        **attributes: ``class_`` is ``class``, ``stroke_width`` is ``stroke-width``; None and False are left out, True
            has no value.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_safe(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    # Closed by itself: in drawings an open line would hold whatever follows.
    return Html(f"<{name}{written}/>" if name in _VOID else f"<{name}{written}>{joined(children)}</{name}>")


def joined(pieces: Iterable[object]) -> Html:
    """Pieces after each other."""
    return Html(
        "".join(
            piece if isinstance(piece, Html) else _safe(piece)
            for piece in pieces
            if piece is not None and piece is not False
        )
    )


def number(value: float | None, digits: int = 4, sign: bool = False) -> Html:
    """A number as people read it, the whole of it for programs; a dash where there is none.

    Args:
        value: None or NaN where it is not known.
        digits: After the point.
        sign: Whether a plus is written.
    """
    if value is None or value != value:
        return element("span", "–", title="not defined")
    return element("data", rounded(value, digits, sign), value=repr(float(value)))


def rounded(value: float, digits: int, sign: bool = False) -> str:
    """A number in words; what rounds to nothing has no minus.

    Args:
        value: Finite.
        digits: After the point.
        sign: Whether a plus is written.
    """
    return f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"


def interval(ends: Sequence[float] | None, digits: int = 4, sign: bool = False) -> Html:
    """``low to high``; a dash where there is none."""
    if ends is None:
        return number(None)
    return joined([number(ends[0], digits, sign), " to ", number(ends[1], digits, sign)])


def table(header: Sequence[object], rows: Sequence[Sequence[object]], caption: object, left: int = 1) -> Html:
    """A table that scrolls by itself where it is wide.

    Args:
        header: Of each column.
        rows: Their cells; the first heads its row.
        caption: What the table shows.
        left: How many columns hold words; the others hold numbers.
    """

    def classed(column: int) -> str:
        return "words" if column < left else "figures"

    head = [element("th", cell, scope="col", class_=classed(column)) for column, cell in enumerate(header)]
    body = [
        element(
            "tr",
            *(
                element("th", cell, scope="row", class_="words")
                if column == 0
                else element("td", cell, class_=classed(column))
                for column, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    written = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", *body),
    )
    # Whoever has no mouse scrolls a wide table with the arrow keys.
    return element("div", written, class_="wide", tabindex=0, role="region", aria_label=plain(caption))


def facts(pairs: Sequence[tuple[str, object]]) -> Html:
    """Words and what they are, as a list of two columns; what is None or empty is left out."""
    rows = [(name, value) for name, value in pairs if value is not None and value != ""]
    return element("dl", *(joined([element("dt", name), element("dd", value)]) for name, value in rows))


def folded(title: str, *children: object) -> Html:
    """What only some readers open; printed open."""
    return element("details", element("summary", title), *children)


def command(words: str) -> Html:
    """A command to copy."""
    return element("code", words, class_="command")


def figure(drawn: Html, caption: object, origin: str, again: str) -> Html:
    """A drawing with what it shows, where it comes from, and the command that makes its numbers again."""
    said = [
        element("p", caption),
        element("p", origin, class_="origin"),
        element("p", "Again: ", command(again), class_="origin"),
    ]
    return element("figure", drawn, element("figcaption", *said))


def note(*words: object) -> Html:
    """A sentence that a reader must not miss."""
    return element("p", *words, class_="note")


def plain(piece: object) -> str:
    """Text of a caption for where no markup can stand."""
    return "" if isinstance(piece, Html) else str(piece)


def _safe(value: object) -> str:
    # Names of files need not be valid text: lone surrogates cannot be written as UTF-8.
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return escape(text.translate(_FORBIDDEN), quote=True)
