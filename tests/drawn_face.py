"""A drawn person whom MTCNN takes for a face: no photograph of anybody is needed to test detection."""

from __future__ import annotations

import cv2
import numpy as np

LANDMARKS = np.array([[0.397, 0.45], [0.605, 0.45], [0.5, 0.585], [0.42, 0.70], [0.59, 0.70]])
"""Where MTCNN sees eyes, nose and mouth corners, as fractions of the picture."""


def face(side: int = 160, skin: tuple[int, int, int] = (205, 165, 140)) -> np.ndarray:
    """``(side, side, 3)`` uint8 RGB: head and shoulders, drawn at fourfold size; the same pixels each time."""
    canvas = np.full((side * 4, side * 4, 3), (96, 120, 138), np.uint8)

    def at(fraction: float) -> int:
        return max(1, round(fraction * side * 4))

    def tint(factor: float) -> tuple[int, ...]:
        return tuple(min(255, int(value * factor)) for value in skin)

    def oval(x, y, wide, high, colour, start=0, end=360, line=-1):
        cv2.ellipse(canvas, (at(x), at(y)), (at(wide), at(high)), 0, start, end, colour, line, cv2.LINE_AA)

    oval(0.5, 0.42, 0.32, 0.38, (52, 38, 30))  # hair
    oval(0.5, 0.98, 0.42, 0.2, (60, 70, 110))  # shoulders
    oval(0.5, 0.80, 0.13, 0.2, tint(0.8))  # neck
    oval(0.5, 0.50, 0.255, 0.345, skin)
    for x in (0.395, 0.605):
        oval(x, 0.455, 0.06, 0.035, tint(0.8))
        oval(x, 0.455, 0.045, 0.02, (240, 238, 235))
        oval(x, 0.455, 0.019, 0.02, (60, 40, 30))
        oval(x, 0.415, 0.065, 0.025, (50, 38, 30), 200, 340, at(0.014))
    for x in (0.47, 0.53):
        oval(x, 0.605, 0.018, 0.012, tint(0.55))
    oval(0.5, 0.54, 0.035, 0.09, tint(1.06))
    oval(0.5, 0.60, 0.05, 0.025, tint(0.8), 20, 160, at(0.008))
    oval(0.5, 0.695, 0.085, 0.028, (165, 85, 85))
    oval(0.5, 0.69, 0.085, 0.006, (90, 40, 45))
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA).astype(np.float64)
    y, x = np.mgrid[0:side, 0:side] / side
    small *= (1.12 - 0.45 * np.hypot(x - 0.42, y - 0.4))[:, :, None]  # light from the upper left
    small = cv2.GaussianBlur(small, (0, 0), side / 160) + np.random.default_rng(0).normal(0, 3, small.shape)
    return np.clip(small, 0, 255).astype(np.uint8)


def scene(faces: list[tuple[int, int, int]], width: int, height: int) -> np.ndarray:
    """``(height, width, 3)`` uint8: drawn people at ``(left, top, side)``; they may reach beyond the picture."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([96 + 20 * np.sin(x / 90), 120 + 20 * np.sin(y / 70), 138 + 0 * x], axis=2).astype(np.uint8)
    for left, top, side in faces:
        drawn = face(side)[max(0, -top) : height - top, max(0, -left) : width - left]
        picture[max(0, top) :, max(0, left) :][: drawn.shape[0], : drawn.shape[1]] = drawn
    return picture
