"""From a face crop to the grid a network reads; NumPy and OpenCV only, used by training and prediction alike."""

from __future__ import annotations

import cv2
import numpy as np


def luminance(pixels: np.ndarray) -> np.ndarray:
    """Grey values of RGB pixels by ITU-R BT.601, as JPEG and FER2013 define grey.

    Args:
        pixels: ``(..., 3)`` uint8.

    Returns:
        ``(...)`` uint8, rounded.
    """
    if pixels.ndim == 3:
        return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    flat = np.ascontiguousarray(pixels).reshape(1, -1, 3)
    return cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY).reshape(pixels.shape[:-1])


def square(picture: np.ndarray, size: int) -> np.ndarray:
    """The centre square of a picture at one size; shrinking averages areas.

    Args:
        picture: ``(H, W, 3)`` uint8.
        size: S.

    Returns:
        ``(S, S, 3)`` uint8.
    """
    height, width = picture.shape[:2]
    if height == width == size:
        return picture
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    centre = picture[top : top + side, left : left + side]
    return cv2.resize(centre, (size, size), interpolation=cv2.INTER_AREA if side > size else cv2.INTER_LINEAR)
