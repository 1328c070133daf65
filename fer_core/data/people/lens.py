"""Glasses laid over a lit scene: opaque rims, lenses that let most of it through."""

from __future__ import annotations

import math

import numpy as np

from fer_core.data.people.compiled import compiled
from fer_core.data.people.mesh import smooth
from fer_core.data.people.person import Identity
from fer_core.data.people.raster import LENS
from fer_core.data.people.skin import RIM as RIM_COLOUR


@compiled
def glasses(
    kind: np.ndarray,
    buffer: np.ndarray,
    who: Identity,
    dark: float,
    palette: np.ndarray,
    lamp: np.ndarray,
    pixel: float,
    out: np.ndarray,
) -> None:
    """Lays rims and lenses over what was lit. Changes ``out``.

    Args:
        kind: ``(H, W)`` uint8: `raster.LENS` where the plane of the lenses is nearer than everything else.
        buffer: ``(H, W, 7)`` float32, whose first two channels are x, y of that plane as seen from the front.
        who: The person.
        dark: 1 for sunglasses.
        palette: ``(11, 3)``.
        lamp: As in `light_up`.
        pixel: Width of a drawn pixel in half heights of a head.
        out: ``(H, W, 3)`` float32.
    """
    rx, ry = who.eye_width * (1.38 + 0.25 * dark), who.eye_width * (0.86 + 0.30 * who.glasses_round + 0.18 * dark)
    power = 2.2 + 2.6 * (1 - who.glasses_round)
    thick = 0.008 + 0.008 * who.brow_dark
    for row in range(kind.shape[0]):
        for column in range(kind.shape[1]):
            if kind[row, column] != LENS:
                continue
            u, v = buffer[row, column, 0], buffer[row, column, 1]
            ax, ay = abs(abs(u) - who.eye_x) / rx, abs(v - who.eye_y - 0.012) / ry
            distance = ((ax**power + ay**power) ** (1 / power) - 1) * ry
            rim = smooth(thick + pixel, thick - pixel, abs(distance + thick))
            bridge = smooth(0.012 + pixel, 0.012 - pixel, abs(v - who.eye_y + 0.045 - 0.25 * u * u))
            rim = max(rim, bridge * (abs(u) < who.eye_x - rx * 0.9))
            hinge = smooth(0.016 + pixel, 0.016 - pixel, abs(v - who.eye_y + 0.025))
            rim = max(rim, hinge * (abs(u) > who.eye_x + rx * 0.93))
            inside = smooth(pixel, -pixel, distance + thick) * (1 - rim)
            # A lamp is mirrored as a streak across the lenses.
            streak = math.exp(-(((u * 0.8 + v - 0.66 * lamp[0, 0] - who.eye_y) / 0.05) ** 2))
            tint = inside * (0.06 + 0.84 * dark)
            gleam = inside * (0.015 + 0.05 * streak * (1 + dark))
            for c in range(3):
                value = out[row, column, c] * (1 - tint) + 0.012 * tint + gleam * lamp[1, c]
                edge = palette[RIM_COLOUR, c] * (0.6 + 0.4 * lamp[1, c])
                out[row, column, c] = value * (1 - rim) + edge * rim
