"""Bare skin, and the beard that grows on it, at a place of the face's own frame. Colours are linear RGB."""

from __future__ import annotations

import math

import numpy as np

from fer_core.data.people.compiled import compiled
from fer_core.data.people.mesh import bump, opened, smooth
from fer_core.data.people.motion import Motion
from fer_core.data.people.person import Identity
from fer_core.data.people.session import Session

SKIN, LIP, HAIR, BROW, IRIS, SCLERA, CLOTH, CLOTH_2, RIM, CAP, MASK = range(11)
"""Rows of the palette."""


@compiled
def lookup(tile: np.ndarray, u: float, v: float) -> float:
    """A repeating texture between its points."""
    n = tile.shape[0]
    x, y = u * n, v * n
    fx, fy = math.floor(x), math.floor(y)
    ax, ay = x - fx, y - fy
    x0, y0 = int(fx) % n, int(fy) % n
    x1, y1 = (x0 + 1) % n, (y0 + 1) % n
    top = tile[y0, x0] * (1 - ax) + tile[y0, x1] * ax
    low = tile[y1, x0] * (1 - ax) + tile[y1, x1] * ax
    return top * (1 - ay) + low * ay


@compiled
def beard_cover(
    x: float, y: float, who: Identity, look: Session, motion: Motion, strands: np.ndarray
) -> tuple[float, float]:
    """How much of a beard's hair covers a place, 0 to 1, and how much of stubble."""
    gap = opened(who, motion)
    my = who.mouth_y
    side = abs(x)
    cheek_line = 0.23 + 0.55 * max(0.0, 0.50 - side)
    jaw = smooth(cheek_line - 0.06, cheek_line + 0.20, y) * smooth(
        0.13, 0.20, side + 0.5 * max(0.0, y - my - 0.12 - gap)
    )
    chin = smooth(my + gap + who.lip_lower + 0.035, my + gap + who.lip_lower + 0.075, y) * smooth(0.34, 0.26, side)
    lip_x = who.mouth_width * 1.05
    # A moustache: from below the nose to the lip, falling a little towards the corners, thin in the middle.
    fall = 0.10 * (side / lip_x) ** 2
    upper = smooth(who.nose_y + 0.072 + 0.6 * fall, who.nose_y + 0.125 + 0.6 * fall, y)
    upper *= smooth(my - who.lip_upper + 0.012 + fall, my - who.lip_upper - 0.012 + fall, y)
    upper *= smooth(lip_x + 0.05, lip_x - 0.06, side) * (1 - 0.45 * bump(x, 0.0, 0.0, 0.0, 0.022, 1.0))
    around = bump(side, y, lip_x + 0.015, my + 0.06 + 0.5 * gap, 0.030, 0.085)
    hair = 0.5 * lookup(strands, 2.6 * x + who.texture, 3.3 * y) + 0.5 * lookup(strands, 1.1 * x, 1.7 * y)
    cover = 0.0
    if who.beard >= 2:
        cover = 0.72 * upper
    if who.beard >= 3:
        cover = max(cover, max(0.8 * smooth(0.2, 0.9, around), 0.85 * chin * smooth(0.26, 0.10, side)))
    if who.beard >= 4:
        cover = max(cover, 0.76 * max(jaw, chin))
    shadow = max(max(jaw, chin), upper) * (0.35 + 0.65 * look.stubble) if who.beard >= 1 else 0.0
    if who.masculine > 0.55:
        shadow = max(shadow, max(max(jaw, chin), upper) * 0.75 * look.stubble)
    return min(1.0, max(0.0, cover * (0.92 + 0.14 * hair))), min(1.0, max(0.0, shadow * (0.85 + 0.2 * hair)))


@compiled
def skin(
    x: float,
    y: float,
    who: Identity,
    motion: Motion,
    palette: np.ndarray,
    mottle: np.ndarray,
    spots: np.ndarray,
    azimuth: float,
) -> tuple[float, float, float, float, float]:
    """Bare skin at a place: r, g, b, shade (lines and hollows), how oily."""
    m = lookup(mottle, 0.43 * x + who.texture, 0.43 * y + 3 * who.texture)
    fine = lookup(mottle, 2.1 * x + 5 * who.texture, 2.1 * y)
    side = abs(x)
    k = 1 + 0.045 * m + 0.040 * fine
    r, g, b = palette[SKIN, 0] * k, palette[SKIN, 1] * k, palette[SKIN, 2] * k
    red = 0.30 * who.ruddy * (bump(side, y, 0.38, 0.20, 0.15, 0.12) + 0.8 * bump(x, y, 0, who.nose_y, 0.08, 0.07))
    red += 0.10 * bump(x, y, 0, 0.85, 0.16, 0.08) + 0.18 * who.makeup * bump(side, y, 0.42, 0.16, 0.13, 0.10)
    red += 0.06 * m * who.ruddy
    r, g, b = r * (1 + 0.12 * red), g * (1 - 0.38 * red), b * (1 - 0.34 * red)
    if who.freckles > 0.05:
        f = who.freckles * smooth(0.35, 0.75, lookup(spots, 1.9 * x + 7 * who.texture, 1.9 * y))
        f *= bump(side, y, 0.22, 0.14, 0.26, 0.18)
        r, g, b = r * (1 - 0.30 * f), g * (1 - 0.48 * f), b * (1 - 0.58 * f)
    f = smooth(0.90, 0.97, lookup(spots, 0.37 * x + 11 * who.texture, 0.37 * y + 2 * who.texture)) * who.moles
    r, g, b = r * (1 - 0.72 * f), g * (1 - 0.80 * f), b * (1 - 0.82 * f)
    ring = bump(side, y, who.eye_x, who.eye_y + 0.11, 0.10, 0.035)
    r, g, b = r * (1 - 0.16 * ring), g * (1 - 0.20 * ring), b * (1 - 0.14 * ring)
    # Hollows that little light reaches: sockets, the sides of the nose's root, under the brows and the lower lip.
    shade = 1 - 0.30 * bump(side, y, who.eye_x - 0.12, who.eye_y - 0.03, 0.060, 0.075)
    shade *= 1 - 0.20 * bump(side, y, who.eye_x, who.eye_y - 0.035, 0.125, 0.060)
    shade *= 1 - 0.14 * bump(side, y, who.nose_width * 0.95, who.nose_y - 0.10, 0.035, 0.11)
    # Nostrils, the wings' crease, the shadow under the nose.
    ny = who.nose_y - 0.022 * motion.nose
    hole = bump(side, y, who.nose_width * 0.46, ny + 0.050, 0.030, 0.015)
    shade *= 1 - 0.85 * hole
    shade *= 1 - 0.30 * bump(side, y, who.nose_width * 1.14, ny + 0.01, 0.016, 0.042)
    shade *= 1 - 0.34 * bump(x, y, 0, ny + 0.078, who.nose_width * 0.95, 0.026)
    # Lines of age and of effort.
    lined = 0.20 + 0.75 * who.age
    nasal = who.nose_width + 0.05 + 0.62 * (y - who.nose_y)
    strong = 0.16 * lined + 0.18 * max(0.0, motion.corner) + 0.14 * motion.nose
    shade *= 1 - strong * math.exp(-(((side - nasal) / 0.014) ** 2)) * bump(0, y, 0, who.nose_y + 0.15, 1, 0.085)
    up = max(0.0, motion.brow) * 0.30 + 0.20 * max(0.0, who.age - 0.25)
    if up > 0 and y < who.eye_y - who.brow_gap:
        wave = math.sin((y + 0.03 * math.cos(5 * x)) * 88.0)
        shade *= 1 - up * smooth(0.55, 1.0, wave) * bump(x, y, 0, -0.40, 0.24, 0.085)
    frown = 0.35 * max(0.0, -motion.inner) + 0.12 * max(0.0, -motion.brow) + 0.12 * max(0.0, who.age - 0.3)
    shade *= 1 - frown * bump(side, y, 0.045, who.eye_y - who.brow_gap + 0.02, 0.011, 0.055)
    feet = max(0.0, who.age - 0.3) * 0.5 + 0.22 * motion.squint
    if feet > 0 and side > who.eye_x + who.eye_width:
        wave = math.sin(9 * math.atan2(y - who.eye_y, side - who.eye_x - 0.6 * who.eye_width))
        shade *= 1 - feet * smooth(0.6, 1.0, wave) * bump(
            side, y, who.eye_x + who.eye_width + 0.07, who.eye_y + 0.01, 0.05, 0.06
        )
    wrinkle = 0.40 * motion.nose * smooth(0.5, 1.0, math.sin(y * 120.0 + 10 * side))
    shade *= 1 - wrinkle * bump(side, y, 0.05, who.eye_y + 0.10, 0.05, 0.05)
    shade *= 1 - 0.12 * max(0.0, who.age - 0.5) * smooth(0.2, 0.9, fine + 0.3)
    oil = 0.5 + bump(x, y, 0, who.nose_y - 0.05, 0.06, 0.12) + 0.6 * bump(x, y, 0, -0.42, 0.22, 0.14)
    return r, g, b, shade, oil
