"""Glasses laid over a lit scene: opaque rims, lenses that let most of it through."""

from __future__ import annotations

import math

import numpy as np

from fer_core.data.people.compiled import compiled
from fer_core.data.people.mesh import smooth
from fer_core.data.people.person import Identity
from fer_core.data.people.skin import RIM as RIM_COLOUR


@compiled
def glasses(
    screen: np.ndarray,
    surface: np.ndarray,
    normal: np.ndarray,
    near: np.ndarray,
    who: Identity,
    dark: float,
    palette: np.ndarray,
    lamp: np.ndarray,
    pixel: float,
    out: np.ndarray,
) -> None:
    """Lays rims and lenses over what was lit, where they are nearer. Changes ``out``.

    Args:
        screen: ``(R, C, 3)`` of the plane of the lenses.
        surface: ``(R, C, 4)`` x, y as seen from the front.
        normal: ``(R, C, 3)``.
        near: ``(H, W)`` nearness of what is there.
        who: The person.
        dark: 1 for sunglasses.
        palette: ``(11, 3)``.
        lamp: As in `light_up`.
        pixel: Width of a drawn pixel in half heights of a head.
        out: ``(H, W, 3)`` float32.
    """
    height, width = near.shape
    rx, ry = who.eye_width * (1.38 + 0.25 * dark), who.eye_width * (0.86 + 0.30 * who.glasses_round + 0.18 * dark)
    power = 2.2 + 2.6 * (1 - who.glasses_round)
    thick = 0.008 + 0.008 * who.brow_dark
    for i in range(screen.shape[0] - 1):
        for j in range(screen.shape[1] - 1):
            for half in range(2):
                i0, j0 = (i, j) if half == 0 else (i + 1, j + 1)
                i1, j1 = (i + 1, j) if half == 0 else (i, j + 1)
                i2, j2 = (i, j + 1) if half == 0 else (i + 1, j)
                x0, y0 = screen[i0, j0, 0], screen[i0, j0, 1]
                x1, y1 = screen[i1, j1, 0], screen[i1, j1, 1]
                x2, y2 = screen[i2, j2, 0], screen[i2, j2, 1]
                area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
                if area == 0.0:
                    continue
                for row in range(
                    max(0, math.ceil(min(y0, y1, y2) - 0.5)), min(height - 1, math.floor(max(y0, y1, y2) - 0.5)) + 1
                ):
                    py = row + 0.5
                    for column in range(
                        max(0, math.ceil(min(x0, x1, x2) - 0.5)), min(width - 1, math.floor(max(x0, x1, x2) - 0.5)) + 1
                    ):
                        px = column + 0.5
                        b1 = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) / area
                        b2 = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) / area
                        b0 = 1.0 - b1 - b2
                        if b0 < 0 or b1 < 0 or b2 < 0:
                            continue
                        depth = b0 * screen[i0, j0, 2] + b1 * screen[i1, j1, 2] + b2 * screen[i2, j2, 2]
                        if depth <= near[row, column]:
                            continue
                        u = b0 * surface[i0, j0, 0] + b1 * surface[i1, j1, 0] + b2 * surface[i2, j2, 0]
                        v = b0 * surface[i0, j0, 1] + b1 * surface[i1, j1, 1] + b2 * surface[i2, j2, 1]
                        ax, ay = abs(abs(u) - who.eye_x) / rx, abs(v - who.eye_y - 0.012) / ry
                        shape = (ax**power + ay**power) ** (1 / power)
                        distance = (shape - 1) * ry
                        rim = smooth(thick + pixel, thick - pixel, abs(distance + thick))
                        bridge = smooth(0.012 + pixel, 0.012 - pixel, abs(v - who.eye_y + 0.045 - 0.25 * u * u))
                        rim = max(rim, bridge * (abs(u) < who.eye_x - rx * 0.9))
                        hinge = smooth(0.016 + pixel, 0.016 - pixel, abs(v - who.eye_y + 0.025))
                        rim = max(rim, hinge * (abs(u) > who.eye_x + rx * 0.93))
                        inside = smooth(pixel, -pixel, distance + thick) * (1 - rim)
                        streak = math.exp(-(((u * 0.8 + v - 0.22 * lamp[0, 0] * 3 - who.eye_y) / 0.05) ** 2))
                        tint = inside * (0.06 + 0.84 * dark)
                        gleam = inside * (0.015 + 0.05 * streak * (1 + dark))
                        for c in range(3):
                            value = out[row, column, c] * (1 - tint) + 0.012 * tint
                            value += gleam * lamp[1, c]
                            out[row, column, c] = value * (1 - rim) + palette[RIM_COLOUR, c] * rim * (
                                0.6 + 0.4 * lamp[1, c]
                            )
