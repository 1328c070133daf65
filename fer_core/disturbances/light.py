"""Too little light, and the sRGB curve between a pixel's value and the light it stands for."""

from __future__ import annotations

import numpy as np


def dark(pictures: np.ndarray, factor: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Underexposed: ``factor`` times the light, coded in 8 bits again; see `Kind.apply`."""
    return encoded(LINEAR * factor)[pictures]


def linear(values: np.ndarray) -> np.ndarray:
    """Light in [0, 1] of sRGB values in [0, 1] (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encoded(light: np.ndarray) -> np.ndarray:
    """uint8 sRGB values of light, clipped to [0, 1]; the inverse of `linear`."""
    clipped = np.clip(light, 0, 1)
    values = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.rint(255 * values).astype(np.uint8)


LINEAR = linear(np.arange(256, dtype=np.float32) / 255).astype(np.float32)
"""``(256,)`` light of each uint8 value."""
