"""Plain covers: a half or a corner of the crop painted in the picture's own mean colour."""

from __future__ import annotations

import cv2
import numpy as np


def upper(pictures: np.ndarray, share: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The uppermost rows covered; see `Kind.apply`."""
    return _painted(pictures, slice(0, _pixels(share, pictures.shape[1])), slice(None))


def lower(pictures: np.ndarray, share: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The lowest rows covered; see `Kind.apply`."""
    height = pictures.shape[1]
    return _painted(pictures, slice(height - _pixels(share, height), height), slice(None))


def left(pictures: np.ndarray, share: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The leftmost columns of the picture covered; see `Kind.apply`."""
    return _painted(pictures, slice(None), slice(0, _pixels(share, pictures.shape[2])))


def right(pictures: np.ndarray, share: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The rightmost columns of the picture covered; see `Kind.apply`."""
    width = pictures.shape[2]
    return _painted(pictures, slice(None), slice(width - _pixels(share, width), width))


def corner(pictures: np.ndarray, share: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The upper left or the upper right corner covered, by one draw; see `Kind.apply`."""
    height, width = pictures.shape[1:3]
    rows, columns = _pixels(share**0.5, height), _pixels(share**0.5, width)
    at_left = draws[:, 0] < 0.5
    out = pictures.copy()
    out[at_left] = _painted(pictures[at_left], slice(0, rows), slice(0, columns))
    out[~at_left] = _painted(pictures[~at_left], slice(0, rows), slice(width - columns, width))
    return out


def _painted(pictures: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    """A cover in the mean colour takes what it hides and adds neither light nor contrast of its own."""
    means = np.array([cv2.mean(picture)[: pictures.shape[3]] for picture in pictures]).reshape(-1, pictures.shape[3])
    out = pictures.copy()
    out[:, rows, columns] = np.rint(means).astype(np.uint8)[:, None, None]
    return out


def _pixels(share: float, length: int) -> int:
    return round(share * length)
