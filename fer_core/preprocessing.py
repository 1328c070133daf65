"""From a face crop to the grid a network reads; without torch at import, used by training and prediction alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

FLAT = 0.02
"""Added to a picture's own deviation, for pixels in [0, 1]: noise in an even area is not stretched to a picture."""


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


def standardised(images: Tensor) -> Tensor:
    """Each picture without its own brightness and contrast: mean 0, deviation about 1, over all its pixels.

    Infrared cameras, lamps and skins differ by more than an open and a closed eye do.

    Args:
        images: ``(N, C, H, W)`` float in [0, 1].
    """
    mean = images.mean((1, 2, 3), keepdim=True)
    return (images - mean) / (images.std((1, 2, 3), correction=0, keepdim=True) + FLAT)
