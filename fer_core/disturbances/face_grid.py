"""A face's own coordinates, and how much of each pixel a shape drawn in them covers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

FINE = 4
"""Points per pixel and axis at which a shape's edge is sampled."""

Shape = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``u, v`` of any one shape -> bool of that shape."""


def face_grid(landmarks: np.ndarray, height: int, width: int, fine: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The face's coordinates of every pixel's centre.

    Args:
        landmarks: ``(M, 5, 2)`` as fractions of the crop.
        height: H of the crop in pixels.
        width: W.
        fine: Points per pixel and axis.

    Returns:
        ``u, v``, each ``(M, H * fine, W * fine)`` float32: u 0 between the eyes, -0.5 and 0.5 at the eyes of the
        picture's left and right; v 0 at the eyes and 1 at the mouth.
    """
    points = landmarks.astype(np.float64)
    eyes, mouth = points[:, :2].mean(1), points[:, 3:].mean(1)
    axes = np.stack([points[:, 1] - points[:, 0], mouth - eyes], axis=2)  # columns: u and v
    back = np.linalg.inv(axes)
    x = (np.arange(width * fine) + 0.5) / (width * fine)
    y = (np.arange(height * fine) + 0.5) / (height * fine)
    dx = x[None, None, :] - eyes[:, 0, None, None]
    dy = y[None, :, None] - eyes[:, 1, None, None]
    u, v = (back[:, row, 0, None, None] * dx + back[:, row, 1, None, None] * dy for row in (0, 1))
    return u.astype(np.float32), v.astype(np.float32)


def coverage(shape: Shape, landmarks: np.ndarray, height: int, width: int) -> np.ndarray:
    """``(M, H, W, 1)`` float32: the share of each pixel that a shape covers.

    Args:
        shape: In the coordinates of `face_grid`.
        landmarks: ``(M, 5, 2)`` as fractions of the crop.
        height: H of the crop in pixels.
        width: W.
    """
    inside = shape(*face_grid(landmarks, height, width, FINE))
    cells = inside.reshape(len(landmarks), height, FINE, width, FINE)
    return cells.mean((2, 4), dtype=np.float32)[..., None]


def smooth(low: float, high: float, values: np.ndarray) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, without a kink between them."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
