"""The shapes of a person as grids of vertices: head with its features, ears, neck, shoulders.

Every grid is ``(R, C, 4)`` x, y, z and how far the point follows the head, with ``(R, C, 4)`` of its surface: what the
painting reads. Rows run down, columns to the picture's right. Lengths are half heights of a head; y runs down.
"""

from __future__ import annotations

import math

import numpy as np

from fer_core.data.people.compiled import compiled
from fer_core.data.people.motion import Motion
from fer_core.data.people.person import Identity

ROWS, COLUMNS = 88, 113
"""Of the head: finer in front and around eyes and mouth. The last column is the first one again."""


@compiled
def smooth(low: float, high: float, value: float) -> float:
    """0 below ``low``, 1 above ``high``, with no corner between."""
    t = min(1.0, max(0.0, (value - low) / (high - low)))
    return t * t * (3 - 2 * t)


@compiled
def bump(x: float, y: float, cx: float, cy: float, sx: float, sy: float) -> float:
    """A Gaussian hill of height 1."""
    a, b = (x - cx) / sx, (y - cy) / sy
    e = a * a + b * b
    return math.exp(-0.5 * e) if e < 14.0 else 0.0


@compiled
def skull(who: Identity, t: float, azimuth: float) -> tuple[float, float, float]:
    """The head without features: x, y, z of a height -1 (crown) to 1 (chin) and an azimuth (0 is in front)."""
    y = t * who.height
    r = (1.0 - min(1.0, abs(t)) ** 2.35) ** (1 / 2.35)
    taper = 1.0
    if t > 0:
        taper = 1 - (1 - who.jaw) * smooth(0.0, 0.95, t) * 0.85 - 0.10 * smooth(0.45, 1.0, t)
    taper -= who.temple * bump(t, 0.0, -0.30, 0.0, 0.16, 1.0)
    sine, cosine = math.sin(azimuth), math.cos(azimuth)
    # Flatter in front than an ellipse: eyes look forward, not to the sides.
    wide = math.copysign(abs(sine) ** 0.84, sine)
    deep = math.copysign(abs(cosine) ** (0.72 if cosine > 0 else 0.92), cosine)
    x = who.width * r * taper * wide
    if deep >= 0:
        z = who.depth * r * deep * (1 + 0.05 * smooth(0.3, 0.9, t))
    else:
        # The back of the head: full above, tucked in towards the neck.
        z = 0.98 * r * deep * (1 - 0.62 * smooth(0.05, 0.85, t))
    return x, y, z


@compiled
def relief(who: Identity, motion: Motion, x: float, y: float, gap: float) -> float:
    """How far the face stands out of the skull at a place in front, and how strongly features are felt there."""
    nose_x, nose_y = who.nose_width, who.nose_y - 0.015 * motion.nose
    z = 0.185 * who.nose_length * bump(x, y, 0, nose_y - 0.03, nose_x * 0.60, 0.070)
    z += 0.125 * who.nose_bridge * bump(x, y, 0, nose_y - 0.19, nose_x * 0.42, 0.12)
    z += 0.03 * who.nose_hook * bump(x, y, 0, nose_y - 0.12, nose_x * 0.4, 0.045)
    mouth = who.mouth_y
    side = abs(x)
    # Sockets, eyeballs, brow ridge, cheek bones, wings of the nose, folds.
    z -= 0.095 * bump(side, y, who.eye_x - 0.02, who.eye_y - 0.01, 0.125, 0.080)
    z += 0.058 * bump(side, y, who.eye_x, who.eye_y + 0.004, who.eye_width * 0.62, 0.052)
    z += (0.042 + 0.035 * who.masculine) * bump(side, y, who.eye_x - 0.03, who.eye_y - who.brow_gap, 0.15, 0.045)
    z += (who.cheek + 0.035 * max(0.0, motion.corner) + 0.03 * motion.squint) * bump(
        side, y, 0.37, 0.19 - 0.03 * motion.squint, 0.15, 0.13
    )
    z += 0.040 * bump(side, y, nose_x * 0.86, nose_y + 0.005, 0.036, 0.042)
    fold = 0.014 + 0.030 * max(0.0, motion.corner) + 0.012 * who.age + 0.025 * motion.nose
    along = nose_x + 0.05 + 0.62 * (y - nose_y)
    z -= fold * math.exp(-(((side - along) / 0.034) ** 2)) * bump(0.0, y, 0.0, nose_y + 0.16, 1.0, 0.11)
    # Mouth: the row of teeth, both lips, corners, the dent above the chin, the chin.
    z += 0.045 * bump(x, y, 0, mouth + 0.01, 0.23, 0.13)
    z += 0.038 * bump(x, y, 0, mouth - who.lip_upper * 0.7, who.mouth_width * 0.62, 0.028)
    z += 0.046 * bump(x, y, 0, mouth + gap + who.lip_lower * 0.62, who.mouth_width * 0.55, 0.034)
    z -= 0.030 * bump(side, y, who.mouth_width + 0.035, mouth + 0.02, 0.035, 0.05)
    z -= 0.048 * bump(x, y, 0, mouth + gap + who.lip_lower + 0.075, 0.13, 0.034)
    z += 0.055 * who.chin * bump(x, y, 0, 0.86 + gap * 0.8, 0.15, 0.10)
    z += 0.012 * bump(side, y, 0.20, -0.42, 0.14, 0.12)  # forehead
    z -= 0.02 * who.age * bump(side, y, who.eye_x, who.eye_y + 0.13, 0.10, 0.022)
    return z


@compiled
def opened(who: Identity, motion: Motion) -> float:
    """Distance between the lips in the middle of the mouth."""
    return 0.235 * max(0.0, motion.mouth)


@compiled
def head(who: Identity, motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """The head's grid; its surface is x, y as seen in the face's own frame, 1, azimuth."""
    points = np.empty((ROWS, COLUMNS, 4))
    surface = np.empty((ROWS, COLUMNS, 4))
    gap = opened(who, motion)
    for i in range(ROWS):
        # Rows are closest together between brows and chin.
        s = 2.0 * i / (ROWS - 1) - 1.0
        t = math.sin(0.5 * math.pi * (0.82 * s + 0.18 * s * s * s))
        t = t + 0.12 * (1 - t * t)
        t = min(1.0, max(-1.0, t))
        for j in range(COLUMNS):
            a = 2.0 * j / (COLUMNS - 1) - 1.0
            azimuth = math.pi * (0.52 * a + 0.48 * a * a * a)
            x, y, z = skull(who, t, azimuth)
            front = math.cos(azimuth)
            # The jaw turns about the ears: what lies below the lips sinks, and goes back a little.
            if y > who.mouth_y - 0.02:
                drop = smooth(who.mouth_y - 0.02, who.mouth_y + 0.10, y) * smooth(-0.3, 0.5, front)
                y += 0.92 * gap * drop
                z -= 0.25 * gap * drop
            if front > 0.05:
                z += relief(who, motion, x, y, gap) * smooth(0.05, 0.45, front)
            points[i, j, 0], points[i, j, 1], points[i, j, 2], points[i, j, 3] = x, y, z, 1.0
            surface[i, j, 0], surface[i, j, 1], surface[i, j, 2], surface[i, j, 3] = x, y, 1.0, azimuth
    return points, surface


@compiled
def ear(who: Identity, side: float) -> tuple[np.ndarray, np.ndarray]:
    """One ear: a shallow shell whose surface is -1 to 1 across and down; ``side`` -1 is the picture's left."""
    n = 13
    points = np.empty((n, n, 4))
    surface = np.empty((n, n, 4))
    x0, y0, z0 = skull(who, 0.02, math.pi * 0.53)
    high, wide = 0.215 * who.ear, 0.135 * who.ear
    for i in range(n):
        v = 2.0 * i / (n - 1) - 1.0
        for j in range(n):
            u = 2.0 * j / (n - 1) - 1.0
            # A disc from a square; narrower at the lobe.
            du, dv = u * math.sqrt(1 - 0.5 * v * v), v * math.sqrt(1 - 0.5 * u * u)
            r = math.sqrt(du * du + dv * dv)
            across = wide * du * (1 - 0.22 * max(0.0, dv)) * side
            down = high * dv
            lift = 0.05 * smooth(0.55, 0.86, r) - 0.09 * smooth(0.80, 1.0, r)
            out = side * (across + wide * 0.75) if side > 0 else -across + wide * 0.75
            points[i, j, 0] = side * (abs(x0) - 0.035 + out * math.sin(who.ear_angle) + lift * math.cos(who.ear_angle))
            points[i, j, 1] = y0 + 0.02 + down
            points[i, j, 2] = z0 - out * math.cos(who.ear_angle) + 0.10 + lift * math.sin(who.ear_angle) - 0.03 * dv
            points[i, j, 3] = 1.0
            surface[i, j, 0], surface[i, j, 1], surface[i, j, 2], surface[i, j, 3] = du, dv, 1.0, r
    return points, surface


@compiled
def neck(who: Identity) -> tuple[np.ndarray, np.ndarray]:
    """From below the jaw to the collar; it follows the head above and the body below."""
    rows, columns = 14, 41
    points = np.empty((rows, columns, 4))
    surface = np.empty((rows, columns, 4))
    for i in range(rows):
        v = i / (rows - 1)
        y = 0.40 + 1.05 * v
        for j in range(columns):
            azimuth = math.pi * (2.0 * j / (columns - 1) - 1.0)
            r = who.neck * (1.0 + 0.55 * smooth(0.50, 1.0, v))
            x = r * math.sin(azimuth)
            z = -0.22 - 0.05 * v + 0.95 * r * math.cos(azimuth)
            z += 0.03 * who.masculine * bump(x, y, 0, 1.08, 0.05, 0.06) if math.cos(azimuth) > 0 else 0.0
            points[i, j, 0], points[i, j, 1], points[i, j, 2] = x, y, z
            points[i, j, 3] = 1 - smooth(0.1, 0.85, v)
            surface[i, j, 0], surface[i, j, 1], surface[i, j, 2], surface[i, j, 3] = x, y, 1.0, azimuth
    return points, surface


@compiled
def torso(who: Identity) -> tuple[np.ndarray, np.ndarray]:
    """Shoulders and chest; the surface is x, y in the body's frame and the azimuth."""
    rows, columns = 22, 57
    points = np.empty((rows, columns, 4))
    surface = np.empty((rows, columns, 4))
    broad = 1.42 + 0.24 * who.masculine + 0.16 * who.weight
    for i in range(rows):
        v = i / (rows - 1)
        y = 1.06 + 1.5 * v * v + 0.36 * v
        grow = smooth(0.0, 0.42, v) ** 0.62
        wide = who.neck * 1.22 + (broad - who.neck * 1.22) * grow
        deep = who.neck * 1.15 + (0.62 + 0.14 * who.weight - who.neck * 1.15) * smooth(0.0, 0.55, v)
        for j in range(columns):
            azimuth = math.pi * (2.0 * j / (columns - 1) - 1.0)
            sine, cosine = math.sin(azimuth), math.cos(azimuth)
            x = wide * math.copysign(abs(sine) ** 0.8, sine)
            z = -0.26 + deep * math.copysign(abs(cosine) ** 0.8, cosine)
            # Shoulders slope: the further out, the lower.
            points[i, j, 0], points[i, j, 2], points[i, j, 3] = x, z, 0.0
            points[i, j, 1] = y + 0.10 * smooth(0.5, 1.4, abs(x)) + 0.05 * max(0.0, cosine) * (1 - v)
            surface[i, j, 0], surface[i, j, 1], surface[i, j, 2], surface[i, j, 3] = x, points[i, j, 1], 1.0, azimuth
    return points, surface
