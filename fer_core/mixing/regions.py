"""Rectangles as fractions of a picture: ``(M, 4)`` left, top, right, bottom."""

from __future__ import annotations

import numpy as np


def squares(x: np.ndarray, y: np.ndarray, side: np.ndarray) -> np.ndarray:
    """``(M, 4)`` squares around ``(x, y)``, cut off at the picture's edges.

    Args:
        x: ``(M,)`` centres, 0 at the left edge to 1 at the right one.
        y: ``(M,)`` centres, 0 at the upper edge to 1 at the lower one.
        side: ``(M,)`` sides before the cut; of a picture that is no square, the region has the picture's proportions.
    """
    half = side / 2
    return np.clip(np.stack([x - half, y - half, x + half, y + half], axis=1), 0, 1)


def area(regions: np.ndarray) -> np.ndarray:
    """``(M,)`` shares of the picture that ``(M, 4)`` regions cover."""
    left, top, right, bottom = regions.T
    return (right - left) * (bottom - top)
