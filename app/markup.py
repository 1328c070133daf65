"""Small pieces of HTML that Streamlit has no widget for, and text from outside made harmless: here, and only here."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html import escape

from app import colours

Outline = Sequence[Sequence[tuple[float, float]]]
"""Closed lines of points (x, y), fractions of a picture's sides."""

_MARKS = re.compile(r"([\\`*_\[\]<>$~:!#|])")


def plain(text: str) -> str:
    """Text from outside (a file's name, an address, an error) for a place that reads Markdown: shown, never obeyed.

    Otherwise a file's name could load a picture from the network, or a link put words into the page.
    """
    return _MARKS.sub(r"\\\1", text)


def chip(text: str, colour: str | None = None, title: str = "") -> str:
    """A rounded label; with a colour, filled with it."""
    tip = f' title="{escape(title, quote=True)}"' if title else ""
    if colour is None:
        return f'<span class="lab-chip"{tip}>{escape(text)}</span>'
    style = f"background:{colour};color:{colours.ink_on(colour)};border-color:{colour}"
    return f'<span class="lab-chip" style="{style}"{tip}>{escape(text)}</span>'


def origin(synthetic: bool, also_real: bool = False) -> str:
    """The dot that says whether people exist who are shown: filled for real ones, a ring for synthetic ones.

    Args:
        synthetic: Whether there are synthetic ones.
        also_real: Whether there are real ones among them.
    """
    if synthetic:
        ring = f'<i class="lab-ring" style="border-color:{colours.SYNTHETIC}"></i>'
        return f'<span class="lab-origin">{ring}synthetic faces</span>' + (origin(False) if also_real else "")
    return f'<span class="lab-origin"><i class="lab-dot" style="background:{colours.REAL}"></i>real faces</span>'


def row(pieces: Sequence[str]) -> str:
    """Pieces beside each other, wrapping where there is no room."""
    return f'<div class="lab-row">{"".join(pieces)}</div>'


def interval(value: float, low: float, high: float, baseline: float | None) -> str:
    """A score between 0 and 1 as a dot on its interval, with a tick where the baseline lies."""
    tick = "" if baseline is None else f'<i class="lab-base" style="left:{100 * baseline:.1f}%"></i>'
    words = f"{value:.3f}, 95 % interval {low:.3f} to {high:.3f}" + (
        f", baseline {baseline:.3f}" if baseline is not None else ""
    )
    return (
        f'<div class="lab-interval" role="img" aria-label="{words}">{tick}'
        f'<i class="lab-reach" style="left:{100 * low:.1f}%;width:{max(0.6, 100 * (high - low)):.1f}%"></i>'
        f'<i class="lab-point" style="left:{100 * value:.1f}%"></i></div>'
    )


def tiles(pictures: Sequence[tuple[str | None, str, str]], colour: str) -> str:
    """A grid of pictures of one size.

    Args:
        pictures: Address (None where unreadable), alternative text, caption.
        colour: Of the thin frame.
    """
    cells = []
    for address, alternative, caption in pictures:
        alt = escape(alternative, quote=True)
        inner = (
            f'<img src="{address}" alt="{alt}">'
            if address
            else f'<div class="lab-missing" role="img" aria-label="{alt}">unreadable</div>'
        )
        cells.append(
            f'<figure style="border-color:{colour}">{inner}<figcaption>{escape(caption)}</figcaption></figure>'
        )
    return f'<div class="lab-tiles">{"".join(cells)}</div>'


def mixture(cards: Sequence[tuple[str | None, str, str, str, str]], signs: Sequence[str]) -> str:
    """Pictures of one size with signs between them, as in A + B = mixture.

    Args:
        cards: Address (None where there is no picture), alternative text, title, note, colour of the frame.
        signs: One fewer than cards.
    """
    pieces = []
    for place, (address, alternative, title, note, colour) in enumerate(cards):
        alt = escape(alternative, quote=True)
        inner = (
            f'<img src="{address}" alt="{alt}">' if address else f'<div class="lab-missing">{escape(alternative)}</div>'
        )
        words = f"<b>{escape(title)}</b><span>{escape(note)}</span>"
        pieces.append(f'<figure style="border-color:{colour}">{inner}<figcaption>{words}</figcaption></figure>')
        if place < len(signs):
            pieces.append(f'<div class="lab-sign" aria-hidden="true">{escape(signs[place])}</div>')
    return f'<div class="lab-mixture">{"".join(pieces)}</div>'


def shares(parts: Sequence[tuple[str, float, str]]) -> str:
    """Shares that sum to 1 as one bar, the words below.

    Args:
        parts: Name, share in [0, 1], colour.
    """
    bars = "".join(f'<i style="width:{100 * share:.2f}%;background:{colour}"></i>' for _, share, colour in parts)
    words = " · ".join(f"{escape(name)} <b>{share:.3f}</b>" for name, share, _ in parts)
    spoken = escape(", ".join(f"{name} {share:.3f}" for name, share, _ in parts), quote=True)
    return f'<div class="lab-shares" role="img" aria-label="{spoken}">{bars}</div><div class="lab-words">{words}</div>'


def _drawn(outline: Outline) -> str:
    """Lines as a picture in an address: the page takes no drawings in its markup."""
    ways = "".join("M" + "L".join(f"{100 * x:.1f} {100 * y:.1f}" for x, y in polygon) + "Z" for polygon in outline)
    lines = "".join(
        f'<path d="{ways}" fill="none" stroke="{colour}" stroke-width="{width}" vector-effect="non-scaling-stroke"/>'
        for colour, width in (("#000", 3.5), ("#F0E442", 2))
    )
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none">{lines}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode("ascii")


def samples(
    cells: Sequence[tuple[str, str, Sequence[tuple[str, float]], Outline, str, str]],
) -> str:
    """A grid of a batch's samples: picture, outline drawn in it, soft label as a bar, two lines of words.

    Args:
        cells: Address, alternative text, colours with their shares, the outline of what came from the partner (none
            where it is empty), and the two lines.
    """
    drawn = []
    for address, alternative, soft, outline, first, second in cells:
        box = f'<img class="lab-region" src="{_drawn(outline)}" alt="">' if outline else ""
        bars = "".join(f'<i style="width:{100 * share:.1f}%;background:{colour}"></i>' for colour, share in soft)
        drawn.append(
            f'<figure><div class="lab-frame"><img src="{address}" alt="{escape(alternative, quote=True)}">{box}</div>'
            f'<div class="lab-shares" aria-hidden="true">{bars}</div>'
            f"<figcaption><b>{escape(first)}</b><span>{escape(second)}</span></figcaption></figure>"
        )
    return f'<div class="lab-samples">{"".join(drawn)}</div>'
