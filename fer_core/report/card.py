"""A run's card, from the small part of Markdown that cards are written in. Everything else stays as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fer_core.report.markup import Html, element, joined, table

_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_RULE = re.compile(r"^\|?[\s:|-]+\|[\s:|-]*$")


def rendered(written: str) -> Html:
    """Headings, paragraphs, lists, tables, code, bold and links of a card; its own title is left out.

    Args:
        written: Markdown. Links are shown by their words only: a report opens nothing.
    """
    lines = written.splitlines()
    return joined(_blocks(lines[1:] if lines and lines[0].startswith("# ") else lines))


def _blocks(lines: list[str]) -> Iterator[Html]:
    place = 0
    while place < len(lines):
        line = lines[place]
        heading = _HEADING.match(line)
        if not line.strip():
            place += 1
        elif heading:
            yield element("h3" if len(heading[1]) < 3 else "h4", _inline(heading[2]))
            place += 1
        elif line.startswith("|"):
            rows, place = _run(lines, place, lambda one: one.startswith("|"))
            yield _table(rows)
        elif line.lstrip().startswith(("- ", "* ")):
            rows, place = _run(lines, place, lambda one: one.lstrip().startswith(("- ", "* ")) or one.startswith("  "))
            yield element("ul", *(element("li", _inline(one)) for one in _items(rows)))
        else:
            rows, place = _run(
                lines, place, lambda one: bool(one.strip()) and not one.startswith(("#", "|", "- ", "* "))
            )
            yield element("p", _inline(" ".join(row.strip() for row in rows)))


def _run(lines: list[str], place: int, belongs: object) -> tuple[list[str], int]:
    end = place + 1
    while end < len(lines) and callable(belongs) and belongs(lines[end]):
        end += 1
    return lines[place:end], end


def _items(rows: list[str]) -> list[str]:
    """Lines that go on are part of the item before."""
    found: list[str] = []
    for row in rows:
        if row.lstrip().startswith(("- ", "* ")):
            found.append(row.lstrip()[2:])
        else:
            found[-1] += " " + row.strip()
    return found


def _table(rows: list[str]) -> Html:
    cells = [
        [_inline(cell.strip()) for cell in row.strip().strip("|").split("|")] for row in rows if not _RULE.match(row)
    ]
    if not cells:
        return Html("")
    width = len(cells[0])
    # A row that is too short or too long is a slip of its author, and no reason to lose the card.
    body = [(row + [Html("")] * width)[:width] for row in cells[1:]]
    return table(cells[0], body, Html(""), left=width)


def _inline(text: str) -> Html:
    pieces: list[object] = []
    end = 0
    for found in _INLINE.finditer(text):
        pieces.append(text[end : found.start()])
        code, bold, words, _ = found.groups()
        pieces.append(element("code", code) if code else element("strong", bold) if bold else words)
        end = found.end()
    return joined([*pieces, text[end:]])
