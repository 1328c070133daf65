"""Regions of pictures: rectangles as fractions, sides of lines, and which pixels of a picture they cover."""

from __future__ import annotations

import numpy as np

from fer_core.contracts import Blend

LEAST_SLANT = 0.5
"""Sine of the smallest angle between eye line and nose ridge: below it the face is a profile, or no face was found."""


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


def coverage(blend: Blend, height: int, width: int, landmarks: np.ndarray | None = None) -> np.ndarray:
    """``(M, H, W)`` float32: the share of each pixel that is taken from the partner or filled.

    A rectangle's edges are rounded to whole pixels; a pixel that a line crosses is shared. Rows with ``lam`` 1 and no
    fill are plain rows, of which nothing is taken. This is what a page draws, too.

    Args:
        blend: M rows with regions or sides of lines.
        height: H.
        width: W.
        landmarks: ``(M, 5, 2)`` fractions of the main pictures, NaN where unknown; read where the blend is guided.

    Raises:
        ValueError: the blend takes whole pictures.
    """
    if blend.region is not None:
        inside = _rectangles(blend.region, height, width)
    elif blend.sides is not None:
        inside = _sides(blend.sides, height, width, landmarks if blend.guided else None)
    else:
        raise ValueError("this blend takes every pixel; only regions and sides of lines cover a part of a picture")
    if blend.fill is None:
        inside[blend.lam == 1] = 0
    return inside


def guides(landmarks: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether faces can guide a region, their noses, and what ``right`` and ``down`` mean for them.

    ``right`` counts from the line through the nose and the middle between the eyes, ``down`` from the line through the
    nose that is parallel to the eyes. A face cannot guide where its landmarks are unknown, where its nose lies outside
    the picture, or where eye line and ridge nearly agree (`LEAST_SLANT`).

    Args:
        landmarks: ``(M, 5, 2)`` fractions of the picture, NaN where unknown.
        height: H.
        width: W.

    Returns:
        ``(M,)`` bool; ``(M, 2)`` noses in pixels; ``(M, 2, 2)`` normals of unit length, right and down.
    """
    points = landmarks * [width, height]
    nose = points[:, 2]
    eyes, ridge = points[:, 1] - points[:, 0], nose - points[:, :2].mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = eyes / np.linalg.norm(eyes, axis=1, keepdims=True)
        ridge = ridge / np.linalg.norm(ridge, axis=1, keepdims=True)
        # The ridge runs down the face, whichever eye is called the left one: it says which side of the eyes is down.
        sine = along[:, 0] * ridge[:, 1] - along[:, 1] * ridge[:, 0]
        right = np.stack([ridge[:, 1], -ridge[:, 0]], axis=1)
        down = np.stack([-along[:, 1], along[:, 0]], axis=1) * np.sign(sine)[:, None]
        seen = np.all((nose >= 0) & (nose <= [width, height]), axis=1) & (np.abs(sine) >= LEAST_SLANT)
    return seen & np.isfinite(landmarks).all(axis=(1, 2)), nose, np.stack([right, down], axis=1)


def _rectangles(regions: np.ndarray, height: int, width: int) -> np.ndarray:
    left, top, right, bottom = (np.rint(regions * [width, height, width, height]).astype(np.int64)).T[:, :, None]
    across = (np.arange(width) >= left) & (np.arange(width) < right)
    down = (np.arange(height) >= top) & (np.arange(height) < bottom)
    return (down[:, :, None] & across[:, None, :]).astype(np.float32)


def _sides(sides: np.ndarray, height: int, width: int, landmarks: np.ndarray | None) -> np.ndarray:
    """A pixel is covered by the share of it beyond each line: exact for lines along the axes and at 45 degrees."""
    rows = len(sides)
    origin = np.tile([width / 2, height / 2], (rows, 1))
    # In fractions of each side, so that a diagonal runs from corner to corner of a picture that is no square.
    normals = np.tile(np.diag([1 / width, 1 / height]), (rows, 1, 1))
    if landmarks is not None:
        seen, nose, own = guides(landmarks, height, width)
        origin, normals = np.where(seen[:, None], nose, origin), np.where(seen[:, None, None], own, normals)
    across = np.arange(width) + 0.5 - origin[:, :1]
    down = np.arange(height) + 0.5 - origin[:, 1:]
    inside = np.ones((rows, height, width))
    for side in range(sides.shape[1]):
        normal = np.einsum("ma,maq->mq", sides[:, side], normals)
        beyond = normal[:, :1, None] * across[:, None, :] + normal[:, 1:, None] * down[:, :, None]
        inside *= np.clip(0.5 + beyond / np.abs(normal).sum(axis=1)[:, None, None], 0, 1)
    return np.round(inside, 6).astype(np.float32)
