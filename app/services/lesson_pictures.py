"""The lesson's pictures in addresses: the whole picture with the face marked, and every pixel that a run reads."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from app.services.lesson_face import Looked
from app.services.uploads import address
from fer_core.pictures import open_picture

SHOWN = 320
"""Pixels a side, about."""
_MARK = (240, 228, 66)


def marked(looked: Looked) -> str:
    """The picture with a frame around the face, made square with grey bars.

    Args:
        looked: The face.
    """
    image = Image.fromarray(open_picture(looked.held.data or b""))
    pen = ImageDraw.Draw(image)
    thick = max(2, max(image.size) // 110)
    left, top, right, bottom = looked.sight.face.box
    pen.rectangle((min(left, right), min(top, bottom), max(left, right), max(top, bottom)), outline=_MARK, width=thick)
    return address(np.asarray(image), SHOWN * 2, "PNG" if looked.held.origin == "synthetic" else "JPEG", framed=True)


def enlarged(pixels: np.ndarray) -> str:
    """A crop ``(S, S, 3)`` uint8 with every pixel as a square of its own, nothing smoothed."""
    factor = max(1, math.ceil(SHOWN / len(pixels)))
    large = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    return address(large, max(large.shape[:2]), "PNG")
