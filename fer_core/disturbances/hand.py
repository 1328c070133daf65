"""A hand before the face: a patch of the size of a palm, in the face's own skin tone, at a drawn place."""

from __future__ import annotations

import numpy as np

from fer_core.disturbances.face_grid import smooth

LENGTH = 1.6
"""Of a hand's back, in its breadths, fingers bent."""
FINGER = np.float32(0.45)
"""Breadth of a finger, in halves of the hand's."""


def hand(pictures: np.ndarray, share: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """An ellipse of ``share`` of the picture's area, before the edge cuts it off; see `Kind.apply`.

    Three draws: its centre within the rectangle of the landmarks, and which way it points. Its colour is the median
    between eyes and mouth, its shade that of a rounded thing with gaps between four fingers.
    """
    rows, columns = pictures.shape[1:3]
    low, high = landmarks.min(1), landmarks.max(1)
    centre = low + draws[:, :2] * (high - low)
    angle = np.pi * draws[:, 2]
    y = ((np.arange(rows) + 0.5) / rows).astype(np.float32)[None, :, None] - _column(centre[:, 1])
    x = ((np.arange(columns) + 0.5) / columns).astype(np.float32)[None, None, :] - _column(centre[:, 0])
    cos, sin = _column(np.cos(angle)), _column(np.sin(angle))
    half = np.float32(np.sqrt(share / np.pi))  # pi * (half * sqrt(LENGTH)) * (half / sqrt(LENGTH)) = share
    along = (cos * x + sin * y) / (half * np.float32(LENGTH**0.5))
    across = (cos * y - sin * x) * np.float32(LENGTH**0.5) / half
    radius = np.sqrt(along * along + across * across)
    # A pixel is half * rows / LENGTH ** 0.5 of the short radius; the edge is about one pixel wide.
    pixel = np.float32(LENGTH**0.5 / (half * min(rows, columns)))
    cover = np.clip((1 - radius) / pixel + 0.5, 0, 1)
    gaps = np.abs(across - FINGER * np.clip(np.rint(across / FINGER), -1, 1))
    shade = (1.02 - 0.30 * smooth(0.5, 1.05, radius)) * (
        1 - 0.42 * (1 - smooth(0.0, 0.14, gaps)) * smooth(-0.05, 0.2, along)
    )
    over = np.clip(_skin(pictures, low, high)[:, None, None] * shade[..., None], 0, 255)
    return np.rint(pictures + cover[..., None] * (over - pictures)).astype(np.uint8)


def _skin(pictures: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """``(N, C)`` the median colour between eyes and mouth, one rectangle for all pictures."""
    rows, columns = pictures.shape[1:3]
    left, top = (low.mean(0) * (columns, rows)).astype(int)
    right, bottom = np.ceil(high.mean(0) * (columns, rows)).astype(int)
    inside = pictures[:, top : max(bottom, top + 1), left : max(right, left + 1)]
    return np.median(inside, axis=(1, 2)).astype(np.float32)


def _column(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)[:, None, None]
