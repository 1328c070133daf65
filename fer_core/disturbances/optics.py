"""What a camera may lose or turn: sharpness, resolution, the upright."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np


def blur(pictures: np.ndarray, share: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Out of focus: a Gaussian whose sigma is ``share`` of the side; see `Kind.apply`."""
    sigma = share * pictures.shape[1]
    return _each(pictures, lambda picture, _: cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))


def low_resolution(pictures: np.ndarray, share: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A small face enlarged: ``share`` of the rows and columns is left; see `Kind.apply`.

    Shrinking averages areas and enlarging is linear, as `preprocessing.square` does to a picture that is too small.
    """
    height, width = pictures.shape[1:3]
    small = max(1, round(share * width)), max(1, round(share * height))

    def one(picture: np.ndarray, _: int) -> np.ndarray:
        shrunk = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        return cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR)

    return _each(pictures, one)


def rotation(pictures: np.ndarray, degrees: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Turned about the crop's centre, to either side by one draw; the edge's pixels go on; see `Kind.apply`."""
    height, width = pictures.shape[1:3]
    centre = (width - 1) / 2, (height - 1) / 2
    turns = [cv2.getRotationMatrix2D(centre, sign * degrees, 1.0) for sign in (1, -1)]
    side = (draws[:, 0] >= 0.5).astype(int)

    def one(picture: np.ndarray, row: int) -> np.ndarray:
        turn = turns[side[row]]
        return cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    return _each(pictures, one)


def _each(pictures: np.ndarray, change: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray:
    out = np.empty_like(pictures)
    for row, picture in enumerate(pictures):
        out[row] = change(picture, row).reshape(picture.shape)
    return out
