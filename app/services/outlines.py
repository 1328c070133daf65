"""Outlines of what one picture took from another, whatever its shape."""

from __future__ import annotations

import cv2
import numpy as np

Outline = tuple[tuple[tuple[float, float], ...], ...]
"""Closed lines of points (x, y), fractions of the picture's sides; none where nothing was taken."""
FINER = 8
"""A pixel is divided so many times, so that a slanted edge is a line and no stair."""


def outline_of(taken: np.ndarray) -> Outline:
    """The edge of a mask, with its holes.

    Args:
        taken: ``(H, W)`` share of each pixel that came from the other picture; half and more is inside.
    """
    height, width = taken.shape
    wide = cv2.copyMakeBorder(taken.astype(np.float32), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    large = cv2.resize(wide, None, fx=FINER, fy=FINER, interpolation=cv2.INTER_LINEAR)[FINER:-FINER, FINER:-FINER]
    # Outside of the picture nothing was taken: an area at its edge gets a line along the edge.
    inside = np.pad((large >= 0.5).astype(np.uint8), 1)
    found, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_L1)
    lines = []
    for line in found:
        line = cv2.approxPolyDP(line, FINER / 2, closed=True)[:, 0]
        if len(line) > 2:
            points = np.clip((line - 1) / [width * FINER - 1, height * FINER - 1], 0, 1)
            lines.append(tuple((float(x), float(y)) for x, y in points))
    return tuple(lines)
