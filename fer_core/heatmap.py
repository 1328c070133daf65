"""Maps as pictures: one perceptually uniform scale, a diverging one for signed maps, a bar in the map's own units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from plotly.colors import diverging, sequential, unlabel_rgb

SCALES = {False: ("Inferno", sequential.Inferno), True: ("RdBu_r", diverging.RdBu[::-1])}
"""Signed or not -> plotly's name of the scale, for a page's chart, and its colours from low to high."""

_INK, _QUIET, _PAPER = (20, 26, 40), (96, 104, 118), (255, 255, 255)


def overlay(
    picture: np.ndarray, values: np.ndarray, *, opacity: float = 0.5, limit: float | None = None, signed: bool = False
) -> np.ndarray:
    """A picture with a map laid over it.

    Args:
        picture: ``(H, W, 3)`` uint8.
        values: ``(h, w)`` map of the same view; enlarged to the picture.
        opacity: 0 shows the picture only, 1 the map only.
        limit: The value at the end of the scale; None takes the map's own largest magnitude. Maps that are to be
            compared need one limit.
        signed: The scale diverges around zero, from ``-limit`` to ``limit``; else it runs from 0.

    Returns:
        ``(H, W, 3)`` uint8.

    Raises:
        ValueError: opacity outside [0, 1], a limit that is not positive, shapes that are none of a picture and a map.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must lie in [0, 1], got {opacity}")
    if picture.ndim != 3 or picture.shape[2] != 3 or values.ndim != 2:
        raise ValueError(f"expected a picture (H, W, 3) and a map (h, w), got {picture.shape} and {values.shape}")
    size = (picture.shape[1], picture.shape[0])
    enlarged = cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    colours = coloured(enlarged, limit=_end(values, limit), signed=signed)
    mixed = (1 - opacity) * picture.astype(np.float32) + opacity * colours.astype(np.float32)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def coloured(values: np.ndarray, *, limit: float, signed: bool = False) -> np.ndarray:
    """``(..., 3)`` uint8 colours of values; those beyond the limit take the end of the scale.

    Args:
        values: Any shape.
        limit: The value at the end of the scale, > 0.
        signed: See `overlay`.
    """
    share = (values / limit + 1) / 2 if signed else values / limit
    index = np.rint(np.clip(np.nan_to_num(share), 0, 1) * 255).astype(np.int64)
    return _table(signed)[index]


def plate(
    picture: np.ndarray,
    values: np.ndarray,
    *,
    title: str,
    caption: str,
    unit: str = "logit",
    opacity: float = 0.5,
    limit: float | None = None,
    signed: bool = False,
    side: int = 384,
) -> np.ndarray:
    """A figure for a file: the face, the face under its map, and a bar in real units.

    Args:
        picture: ``(H, W, 3)`` uint8: a square face, or its eyes side by side.
        values: ``(h, w)`` map.
        title: Line above.
        caption: Line below: where it comes from.
        unit: Of the values.
        opacity: See `overlay`.
        limit: See `overlay`.
        signed: See `overlay`.
        side: Of each panel in pixels.

    Returns:
        ``(H', W', 3)`` uint8.
    """
    gap, top, bottom, bar = side // 16, side // 6, side // 9, side // 16
    # A wide picture keeps its proportions between bars of paper.
    tall = max(1, round(side * min(1.0, picture.shape[0] / picture.shape[1])))
    panel = np.asarray(Image.fromarray(picture).resize((side, tall), Image.Resampling.BICUBIC))
    width, height = 2 * side + 3 * gap + bar + side // 3, top + side + bottom
    sheet = Image.new("RGB", (width, height), _PAPER)
    sheet.paste(Image.fromarray(panel), (gap, top + (side - tall) // 2))
    under = overlay(panel, values, opacity=opacity, limit=limit, signed=signed)
    sheet.paste(Image.fromarray(under), (2 * gap + side, top + (side - tall) // 2))
    _bar(sheet, (3 * gap + 2 * side, top), (bar, side), _end(values, limit), signed, unit, side / 26)
    draw = ImageDraw.Draw(sheet)
    small, large = ImageFont.load_default(side / 26), ImageFont.load_default(side / 17)
    draw.text((gap, top / 2), _fitted(draw, title, large, width - 2 * gap), fill=_INK, font=large, anchor="lm")
    below = (gap, top + side + bottom / 2)
    draw.text(below, _fitted(draw, caption, small, width - 2 * gap), fill=_QUIET, font=small, anchor="lm")
    return np.asarray(sheet)


def panels(
    pictures: Sequence[np.ndarray],
    maps: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    limits: Sequence[float],
    caption: str,
    unit: str = "logit",
    opacity: float = 0.5,
    signed: bool = False,
    side: int = 192,
    columns: int = 4,
) -> np.ndarray:
    """A figure for a file: several maps beside each other, and one bar in real units.

    Args:
        pictures: ``(H, W, 3)`` uint8 under each map.
        maps: ``(h, w)`` each.
        titles: A line above each.
        limits: The value at the end of each map's scale; the bar shows the first.
        caption: Line below: where they come from.
        unit: Of the bar.
        opacity: See `overlay`.
        signed: See `overlay`.
        side: Of each panel in pixels.
        columns: Panels in a row.

    Returns:
        ``(H', W', 3)`` uint8.

    Raises:
        ValueError: no map, or not as many pictures, titles and limits as maps.
    """
    if not maps or not len(pictures) == len(maps) == len(titles) == len(limits):
        raise ValueError(
            f"expected a picture, a title and a limit for each map, got {len(maps)} maps, {len(pictures)} pictures, "
            f"{len(titles)} titles and {len(limits)} limits"
        )
    columns = min(columns, len(maps))
    rows = -(-len(maps) // columns)
    gap, top, bottom, bar = side // 12, side // 7, side // 6, side // 10
    width = columns * (side + gap) + 2 * gap + bar + side // 2
    sheet = Image.new("RGB", (width, rows * (top + side) + gap + bottom), _PAPER)
    draw = ImageDraw.Draw(sheet)
    small = ImageFont.load_default(side / 13)
    for place, (picture, values, title, limit) in enumerate(zip(pictures, maps, titles, limits, strict=True)):
        row, column = divmod(place, columns)
        left, above = gap + column * (side + gap), row * (top + side)
        draw.text((left, above + top / 2), _fitted(draw, title, small, side), fill=_INK, font=small, anchor="lm")
        # A wide picture keeps its proportions between bars of paper.
        tall = max(1, round(side * min(1.0, picture.shape[0] / picture.shape[1])))
        panel = np.asarray(Image.fromarray(picture).resize((side, tall), Image.Resampling.BICUBIC))
        under = overlay(panel, values, opacity=opacity, limit=limit, signed=signed)
        sheet.paste(Image.fromarray(under), (left, above + top + (side - tall) // 2))
    _bar(sheet, (columns * (side + gap) + gap, top), (bar, side), limits[0], signed, unit, side / 13)
    below = (gap, sheet.height - bottom / 2)
    draw.text(below, _fitted(draw, caption, small, width - 2 * gap), fill=_QUIET, font=small, anchor="lm")
    return np.asarray(sheet)


def _bar(
    sheet: Image.Image,
    place: tuple[int, int],
    size: tuple[int, int],
    end: float,
    signed: bool,
    unit: str,
    letters: float,
) -> None:
    """A scale with its ends and its middle written beside it."""
    (left, top), (width, height) = place, size
    low = -end if signed else 0.0
    ramp = coloured(np.linspace(end, low, height)[:, None].repeat(width, axis=1), limit=end, signed=signed)
    sheet.paste(Image.fromarray(ramp), (left, top))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(letters)
    for share, value in ((0.0, end), (0.5, (end + low) / 2), (1.0, low)):
        anchor = {0.0: "la", 1.0: "ls"}.get(share, "lm")
        written = f"{value:.3g}" + (f" {unit}" if share == 0 else "")
        draw.text((left + width * 1.5, top + share * (height - 1)), written, fill=_INK, font=font, anchor=anchor)


def _end(values: np.ndarray, limit: float | None) -> float:
    """The value at the end of the scale; a map without any evidence gets 1, so that it stays at the scale's zero."""
    if limit is not None:
        if not limit > 0:
            raise ValueError(f"limit must be > 0, got {limit}")
        return float(limit)
    return float(np.abs(values).max(initial=0.0)) or 1.0


@cache
def _table(signed: bool) -> np.ndarray:
    """``(256, 3)`` uint8, the scale's colours joined by straight lines."""
    anchors = np.array([_rgb(colour) for colour in SCALES[signed][1]])
    place = np.linspace(0, len(anchors) - 1, 256)
    channels = [np.interp(place, np.arange(len(anchors)), anchors[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def _rgb(colour: str) -> tuple[float, ...]:
    """``#RRGGBB`` or ``rgb(r, g, b)`` in 0 to 255."""
    if colour.startswith("#"):
        return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return tuple(unlabel_rgb(colour))


def _fitted(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float
) -> str:
    """The text, cut with an ellipsis where it is wider than the sheet."""
    if draw.textlength(text, font=font) <= width:
        return text
    while text and draw.textlength(text + " …", font=font) > width:
        text = text[:-1]
    return text + " …"
