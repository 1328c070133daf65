"""What a person wears as grids of vertices: hair, cap, glasses, a mask, a hand before the face."""

from __future__ import annotations

import math

import numpy as np

from fer_core.data.people.compiled import compiled
from fer_core.data.people.mesh import COLUMNS, bump, relief, skull, smooth
from fer_core.data.people.motion import Motion
from fer_core.data.people.person import Identity
from fer_core.data.people.session import Session

_ROWS = 52


@compiled
def hairline(who: Identity, look: Session, azimuth: float) -> float:
    """The lowest y that hair on the scalp reaches at an azimuth (negative: the picture's left)."""
    side = abs(azimuth)
    front = who.hairline + 0.20 * who.recession * bump(side, 0.0, 0.0, 0.0, 0.30, 1.0)
    front -= 0.7 * who.recession * bump(side, 0.0, 0.62, 0.0, 0.25, 1.0)
    if look.fringe > 0:
        low = who.eye_y - who.brow_gap - 0.095 - 0.09 * (1 - look.fringe)
        swept = 0.16 * look.parting * math.sin(azimuth)
        front += (low - front) * smooth(0.1, 0.4, look.fringe) * smooth(1.1, 0.75, side) + swept * look.fringe
    temple = -0.32
    sideburn = 0.05 + 0.12 * who.masculine
    nape = 0.42
    y = front + (temple - front) * smooth(0.70, 0.98, side)
    y += (sideburn - temple) * smooth(1.02, 1.22, side)
    # Around the ear hair ends above it; behind it, it goes down to the nape.
    y += (-0.20 - sideburn) * smooth(1.30, 1.42, side)
    y += (nape + 0.20) * smooth(1.95, 2.25, side)
    return y


@compiled
def scalp(who: Identity, look: Session, cap: bool) -> tuple[np.ndarray, np.ndarray]:
    """Hair close to the head, or a cap; the surface is azimuth, y, cover (0 at the hairline), height -1 to 1."""
    points = np.empty((_ROWS, COLUMNS, 4))
    surface = np.empty((_ROWS, COLUMNS, 4))
    kind = int(who.hair_kind)
    thick = 0.022
    if kind == 2:
        thick = 0.075
    elif kind >= 3:
        thick = 0.105
    if kind == 5:
        thick = 0.22
    thick *= look.volume
    if look.tied > 0:
        thick *= 0.55
    if cap:
        thick = 0.085
    elif look.hat > 0:
        thick = 0.03
    for i in range(_ROWS):
        t = -1.0 + 1.62 * i / (_ROWS - 1)
        for j in range(COLUMNS):
            a = 2.0 * j / (COLUMNS - 1) - 1.0
            azimuth = math.pi * (0.52 * a + 0.48 * a * a * a)
            x, y, z = skull(who, t, azimuth)
            side = abs(azimuth)
            if cap:
                line = who.hairline + 0.17 + 0.10 * smooth(0.8, 1.6, side)
            else:
                line = hairline(who, look, azimuth)
                if kind == 0:
                    line = -2.0 + 1.9 * smooth(1.15, 1.6, side) + (line + 0.1) * smooth(1.15, 1.6, side)
            cover = line - y
            if kind == 0 and not cap:
                cover = min(cover, y + 0.42)
            rise = thick * smooth(-0.01, 0.16 if kind < 5 else 0.34, cover)
            if kind == 2 and not cap:
                rise *= 0.55 + 0.75 * smooth(0.25, -0.75, y)
            if kind in (3, 4) and not cap:
                # Fuller at the sides of the parting, flat on it.
                at = 0.75 * look.parting
                rise *= 0.55 + 0.60 * smooth(0.02, 0.30, abs(azimuth * smooth(-1.0, -0.4, t) - at * 0.6))
                rise *= 1.0 + 0.35 * smooth(-0.2, 0.4, y)
            if look.fringe > 0 and not cap:
                rise += 0.03 * look.fringe * smooth(1.1, 0.7, side) * smooth(0.0, 0.06, cover)
            size = math.sqrt(x * x + y * y + z * z) + 1e-9
            front = math.cos(azimuth)
            if front > 0.05:
                z += 0.5 * relief_above(who, x, y) * smooth(0.05, 0.45, front)
            points[i, j, 0] = x * (1 + rise / size)
            points[i, j, 1] = y * (1 + rise / size) - 0.3 * rise * (t < 0)
            points[i, j, 2] = z * (1 + rise / size)
            points[i, j, 3] = 1.0
            surface[i, j, 0], surface[i, j, 1], surface[i, j, 2], surface[i, j, 3] = azimuth, y, cover, t
    return points, surface


@compiled
def relief_above(who: Identity, x: float, y: float) -> float:
    """What of the face's relief lies under a fringe: the forehead and the brow ridge."""
    z = (0.035 + 0.03 * who.masculine) * bump(abs(x), y, who.eye_x - 0.03, who.eye_y - who.brow_gap, 0.15, 0.045)
    return z + 0.012 * bump(abs(x), y, 0.20, -0.42, 0.14, 0.12)


@compiled
def curtain(who: Identity, look: Session) -> tuple[np.ndarray, np.ndarray]:
    """Long hair that hangs down around the head, open in front; the surface is azimuth, y, cover, how far down."""
    rows, columns = 40, 69
    points = np.empty((rows, columns, 4))
    surface = np.empty((rows, columns, 4))
    end = (0.80 if who.hair_kind < 4 else 1.75) * look.length
    begin = -0.55
    for i in range(rows):
        v = i / (rows - 1)
        y = begin + (end - begin) * v
        t = min(0.5, y / who.height)
        for j in range(columns):
            # From the right edge of the opening in front, behind the head, to its left edge; the opening is wider on
            # the side of the parting.
            u = j / (columns - 1)
            opening = 1.02 + 0.16 * smooth(-0.4, 0.2, y) - 0.20 * smooth(0.3, 1.2, y)
            right, left = opening + 0.10 * look.parting, opening - 0.10 * look.parting
            azimuth = right + (2 * math.pi - left - right) * u
            x, _, z = skull(who, t, azimuth)
            swell = 0.085 * look.volume + 0.05 * smooth(0.0, 0.5, y) - 0.03 * smooth(1.0, 1.8, y)
            wave = who.curl * 0.03 * math.sin(9.0 * y + 5.0 * azimuth)
            size = math.sqrt(x * x + z * z) + 1e-9
            points[i, j, 0] = x * (1 + (swell + wave) / size)
            points[i, j, 1] = y
            points[i, j, 2] = z * (1 + (swell + wave) / size) - 0.12 * smooth(0.2, 1.0, y) * (math.cos(azimuth) < 0.2)
            points[i, j, 3] = 1 - 0.75 * smooth(0.6, 1.5, y)
            surface[i, j, 0], surface[i, j, 1] = azimuth, y
            surface[i, j, 2] = 0.35 * (1 - v) - 0.015
            surface[i, j, 3] = v
    return points, surface


@compiled
def bun(who: Identity, look: Session) -> tuple[np.ndarray, np.ndarray]:
    """Tied hair: a knot behind the crown or at the nape."""
    n, m = 15, 25
    points = np.empty((n, m, 4))
    surface = np.empty((n, m, 4))
    high = look.tied > 1.5
    cy, cz = (-0.98 * who.height, -0.35) if high else (0.10, -1.02)
    size = 0.27 * look.volume
    for i in range(n):
        polar = math.pi * i / (n - 1)
        for j in range(m):
            azimuth = math.pi * (2.0 * j / (m - 1) - 1.0)
            points[i, j, 0] = size * math.sin(polar) * math.sin(azimuth)
            points[i, j, 1] = cy - 0.85 * size * math.cos(polar)
            points[i, j, 2] = cz + size * math.sin(polar) * math.cos(azimuth)
            points[i, j, 3] = 1.0
            surface[i, j, 0], surface[i, j, 1] = azimuth, cy - size * math.cos(polar)
            surface[i, j, 2], surface[i, j, 3] = 1.0, -0.5
    return points, surface


@compiled
def lenses(who: Identity) -> tuple[np.ndarray, np.ndarray]:
    """The plane of the glasses before the eyes, a little curved; the surface is x, y as seen from the front."""
    rows, columns = 15, 41
    points = np.empty((rows, columns, 4))
    surface = np.empty((rows, columns, 4))
    front = who.depth + 0.045 * who.nose_bridge + 0.015
    for i in range(rows):
        y = who.eye_y + 0.24 * (2.0 * i / (rows - 1) - 1.0) + 0.02
        for j in range(columns):
            x = (who.width * 0.98) * (2.0 * j / (columns - 1) - 1.0)
            points[i, j, 0], points[i, j, 1], points[i, j, 3] = x, y, 1.0
            points[i, j, 2] = front - 0.42 * x * x - 0.06 * (y - who.eye_y)
            surface[i, j, 0], surface[i, j, 1], surface[i, j, 2], surface[i, j, 3] = x, y, 1.0, 0.0
    return points, surface


@compiled
def temple(who: Identity, side: float) -> tuple[np.ndarray, np.ndarray]:
    """One arm of the glasses, from its hinge to the ear."""
    rows, columns = 2, 9
    points = np.empty((rows, columns, 4))
    surface = np.zeros((rows, columns, 4))
    front = who.depth + 0.045 * who.nose_bridge + 0.015 - 0.42 * (who.width * 0.95) ** 2
    for i in range(rows):
        for j in range(columns):
            v = j / (columns - 1)
            points[i, j, 0] = side * (who.width * (0.955 + 0.06 * smooth(0.0, 0.5, v)))
            points[i, j, 1] = who.eye_y - 0.035 + 0.035 * i + 0.03 * v
            points[i, j, 2] = front + (-0.10 - front) * v
            points[i, j, 3] = 1.0
            surface[i, j, 2] = 1.0
    return points, surface


@compiled
def mask(who: Identity, motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """A cloth mask over nose, mouth and chin; the surface is x, y."""
    rows, columns = 22, 41
    points = np.empty((rows, columns, 4))
    surface = np.empty((rows, columns, 4))
    for i in range(rows):
        v = i / (rows - 1)
        for j in range(columns):
            azimuth = 1.35 * (2.0 * j / (columns - 1) - 1.0)
            top = who.nose_y - 0.20 + 0.13 * smooth(0.25, 1.2, abs(azimuth))
            t = (top + (0.985 * who.height - top) * v) / who.height
            x, y, z = skull(who, min(0.985, t), azimuth)
            out = 0.05 + 0.05 * bump(x, y, 0, who.nose_y + 0.06, 0.16, 0.16) + 0.07 * bump(x, y, 0, 0.60, 0.2, 0.2)
            z += (relief(who, motion, x, y, 0.0) * 0.9 + out) * smooth(0.05, 0.5, math.cos(azimuth))
            points[i, j, 0], points[i, j, 1], points[i, j, 2] = x * 1.03, y + 0.05 * v * motion.mouth, z
            points[i, j, 3] = 1.0
            surface[i, j, 0], surface[i, j, 1], surface[i, j, 2], surface[i, j, 3] = x, y, 1.0, v
    return points, surface


@compiled
def finger(who: Identity, motion: Motion, number: int) -> tuple[np.ndarray, np.ndarray]:
    """One part of a hand before the face: 0 the palm, 1 to 4 fingers; the surface is along and around."""
    n, m = 13, 17
    points = np.empty((n, m, 4))
    surface = np.empty((n, m, 4))
    angle = -0.5 + 0.22 * (number - 2.5) if number else 0.0
    for i in range(n):
        v = i / (n - 1)
        for j in range(m):
            around = math.pi * (2.0 * j / (m - 1) - 1.0)
            if number == 0:
                r = 0.25 * math.sqrt(max(0.0, math.sin(math.pi * v))) * (1 - 0.18 * v)
                along, across, out = 0.56 * (v - 0.22), r * math.sin(around), 0.40 * r * math.cos(around)
            else:
                r = 0.062 * (1.0 - 0.25 * v) * math.sqrt(max(0.0, 1 - max(0.0, (v - 0.82) / 0.18) ** 2))
                along, across = -0.10 - 0.46 * v, 0.115 * (number - 2.5) + r * math.sin(around)
                out = r * math.cos(around) + 0.03
            points[i, j, 0] = motion.hand_x + across * math.cos(angle * 0.4) - along * math.sin(angle * 0.4)
            points[i, j, 1] = motion.hand_y + along * math.cos(angle * 0.4) + across * math.sin(angle * 0.4)
            points[i, j, 2] = who.depth + 0.26 + out - 0.25 * points[i, j, 0] * points[i, j, 0]
            points[i, j, 3] = 1.0
            surface[i, j, 0], surface[i, j, 1], surface[i, j, 2], surface[i, j, 3] = v, around, 1.0, float(number)
    return points, surface
