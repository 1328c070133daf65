"""What is painted on a face at a place of its own frame: skin, eyes between their lids, brows, mouth, beard.

Colours are linear RGB (the square of what is stored). ``pixel`` is the width of a drawn pixel in half heights of a
head: edges are soft over about one.
"""

from __future__ import annotations

import math

import numpy as np

from fer_core.data.people.compiled import compiled
from fer_core.data.people.mesh import bump, opened, smooth
from fer_core.data.people.motion import Motion
from fer_core.data.people.person import Identity
from fer_core.data.people.session import Session
from fer_core.data.people.skin import IRIS, LIP, SCLERA, lookup


@compiled
def lid_lines(who: Identity, motion: Motion, side: float, x: float) -> tuple[float, float, float, float, float]:
    """The eye of a side at a column: upper lid, lower lid, place along the eye -1 (nose) to 1, centre, arch.

    The distance between the lids in the middle is the lid opening times the height of the fully open eye.
    """
    lid = motion.lid_left if side < 0 else motion.lid_right
    height = who.eye_width * who.eye_aspect
    along = (x * side - who.eye_x) / who.eye_width
    centre = who.eye_y - who.eye_tilt * 0.5 * along * who.eye_width
    arch = max(0.0, 1 - along * along)
    upper_arch = arch**0.62 * (1 + 0.10 * along)
    lower_arch = arch**0.72 * (1 - 0.06 * along)
    lift = 0.26 * motion.squint * min(1.0, lid * 1.6)
    lower = (0.38 - 0.06 * (1 - min(lid, 1.0)) - lift) * height
    upper = lower - lid * height + lift * height * 0.55 * min(1.0, lid)
    return centre + upper * upper_arch, centre + lower * lower_arch, along, centre, arch


@compiled
def eye(
    x: float,
    y: float,
    r: float,
    g: float,
    b: float,
    who: Identity,
    look: Session,
    motion: Motion,
    palette: np.ndarray,
    shine_x: float,
    shine_y: float,
    pixel: float,
) -> tuple[float, float, float, float, float, float]:
    """Lays an eye with its lids over skin. Returns r, g, b, share of wet surface, glint, shade of the lid."""
    side = 1.0 if x > 0 else -1.0
    if abs(x * side - who.eye_x) > who.eye_width * 1.55 or abs(y - who.eye_y) > who.eye_width * 1.25:
        return r, g, b, 0.0, 0.0, 1.0
    upper, lower, along, centre, arch = lid_lines(who, motion, side, x)
    lid = motion.lid_left if side < 0 else motion.lid_right
    height = who.eye_width * who.eye_aspect
    shade, wet, glint = 1.0, 0.0, 0.0
    inside_corners = smooth(1.0 + 1.2 * pixel / who.eye_width, 1.0 - 1.2 * pixel / who.eye_width, abs(along))
    # Skin of the upper lid: darker in the crease, lighter where it bulges over the eyeball.
    fold_y = centre - (0.40 + 0.28 * lid + 0.16 * who.fold) * height * max(arch, 0.0) ** 0.5 - 0.010
    if arch > 0.02:
        strength = 0.50 * who.fold * smooth(0.05, 0.45, lid) + 0.10
        shade *= 1 - strength * math.exp(-(((y - fold_y) / (0.010 + 0.5 * pixel)) ** 2)) * smooth(0.02, 0.35, arch)
        span = max(upper - fold_y, 1e-4)
        within = smooth(fold_y - pixel, fold_y + pixel, y) * smooth(upper + pixel, upper - pixel, y)
        bulge = (y - fold_y) / span
        shade *= 1 + within * (0.10 * math.sin(math.pi * min(1.0, max(0.0, bulge))) - 0.05)
        dark = within * who.makeup * 0.45
        r, g, b = r * (1 - dark * 0.8), g * (1 - dark), b * (1 - dark * 0.85)
        below = lower + 0.040 + 0.02 * who.age
        shade *= 1 - (0.10 + 0.22 * who.age) * math.exp(-(((y - below) / 0.011) ** 2)) * smooth(0.1, 0.5, arch)
    # The eyeball between the lids.
    open_here = smooth(-0.6 * pixel, 0.9 * pixel, min(y - upper, lower - y)) * inside_corners
    # Lids that touch leave no slit, however soft its edges.
    open_here *= smooth(0.0, 1.5 * pixel, lower - upper)
    if open_here > 0:
        red = 0.05 + 0.10 * smooth(0.55, 1.0, abs(along))
        sr, sg, sb = palette[SCLERA, 0], palette[SCLERA, 1] * (1 - red), palette[SCLERA, 2] * (1 - red)
        if along < -0.80:  # the inner corner
            k = smooth(-0.80, -0.95, along)
            sr, sg, sb = sr * (1 - k) + 0.42 * k, sg * (1 - k) + 0.16 * k, sb * (1 - k) + 0.14 * k
        radius = 0.41 * who.eye_width * who.iris_size
        gx = side * who.eye_x + motion.gaze_x * 0.42 * who.eye_width
        gy = centre - 0.10 * height + motion.gaze_y * 0.30 * height
        dx, dy = x - gx, y - gy
        distance = math.sqrt(dx * dx + dy * dy)
        iris = smooth(radius + pixel, radius - pixel, distance)
        if iris > 0:
            ring = 0.55 + 0.75 * distance / radius - 0.85 * smooth(0.80, 1.02, distance / radius)
            spokes = 1 + 0.12 * math.sin(19 * math.atan2(dy, dx) + 7 * who.texture)
            k = ring * spokes * (1.15 if dy > 0 else 0.9)
            sr = sr * (1 - iris) + palette[IRIS, 0] * k * iris
            sg = sg * (1 - iris) + palette[IRIS, 1] * k * iris
            sb = sb * (1 - iris) + palette[IRIS, 2] * k * iris
            pupil = smooth(radius * 0.42 + pixel, radius * 0.42 - pixel, distance)
            sr, sg, sb = (
                sr * (1 - pupil) + 0.003 * pupil,
                sg * (1 - pupil) + 0.003 * pupil,
                sb * (1 - pupil) + 0.004 * pupil,
            )
        # Shadow of the upper lid and its lashes on the eyeball; the ball turns away towards the corners.
        k = (1 - 0.55 * math.exp(-max(0.0, y - upper) / 0.020)) * (1 - 0.22 * along * along)
        r = r * (1 - open_here) + sr * k * open_here
        g = g * (1 - open_here) + sg * k * open_here
        b = b * (1 - open_here) + sb * k * open_here
        wet = open_here
        shade = shade * (1 - open_here) + open_here
        hx, hy = gx + 0.40 * radius * shine_x, gy + 0.42 * radius * shine_y
        spot = 0.20 * radius + 0.35 * pixel
        glint = open_here * math.exp(-(((x - hx) / spot) ** 2) - ((y - hy) / spot) ** 2)
    # Lashes: a dark line on the edge of the upper lid, longer outside; a faint one below.
    if arch > 0.0:
        thick = (0.0085 + 0.007 * who.makeup) * (0.75 + 0.35 * along) + 0.35 * pixel
        line = math.exp(-(((y - upper + 0.2 * thick) / thick) ** 2)) * smooth(0.0, 0.22, arch)
        k = (0.80 + 0.15 * who.makeup) * line
        r, g, b = r * (1 - k) + 0.006 * k, g * (1 - k) + 0.005 * k, b * (1 - k) + 0.005 * k
        wet *= 1 - k
        faint = 0.28 * math.exp(-(((y - lower - 0.004) / (0.007 + 0.3 * pixel)) ** 2)) * smooth(0.0, 0.3, arch)
        r, g, b = r * (1 - faint), g * (1 - faint), b * (1 - faint)
    return r, g, b, wet, glint, shade


@compiled
def brow_cover(x: float, y: float, who: Identity, motion: Motion, strands: np.ndarray, pixel: float) -> float:
    """How much of a brow's hair covers a place, 0 to 1."""
    side = 1.0 if x > 0 else -1.0
    along = (x * side - who.eye_x) / who.brow_width
    if abs(along) > 1.15:
        return 0.0
    middle = who.eye_y - who.brow_gap - 0.078 * motion.brow
    middle += who.brow_arch * (along - 0.25) ** 2 - 0.5 * who.brow_arch
    middle -= who.brow_tilt * 0.35 * who.brow_width * along
    middle -= 0.090 * motion.inner * max(0.0, -along) ** 1.3 - 0.020 * motion.inner * max(0.0, along)
    thick = who.brow_thick * math.sqrt(max(0.0, 1.08 - abs(along) ** 3)) * (1.12 - 0.32 * along)
    hair = lookup(strands, 1.7 * x + 0.6 * y + who.texture, 3.1 * y - 0.8 * side * x)
    edge = thick * (1 + 0.25 * hair) - abs(y - middle)
    fade = smooth(-1.12, -0.78, along) * smooth(1.12, 0.85, along)
    return smooth(-0.010 - pixel, 0.012 + pixel, edge) * fade * (who.brow_dark + 0.12 * hair)


@compiled
def mouth(
    x: float, y: float, r: float, g: float, b: float, who: Identity, motion: Motion, palette: np.ndarray, pixel: float
) -> tuple[float, float, float, float, float]:
    """Lays lips and what an open mouth shows over skin. Returns r, g, b, shine of the lips, shade."""
    wide = who.mouth_width * (1 + 0.22 * max(0.0, motion.stretch) + 0.14 * max(0.0, motion.corner))
    wide *= 1 - 0.34 * max(0.0, -motion.stretch) - 0.10 * motion.mouth * (motion.corner <= 0.2)
    my = who.mouth_y - 0.02 * motion.nose
    if abs(x) > wide * 1.30 or y < my - 0.15 or y > my + 0.55:
        return r, g, b, 0.0, 1.0
    along = x / wide
    arch = math.sqrt(max(0.0, 1 - along * along))
    gap = opened(who, motion)
    corner = motion.corner
    seam = my + 0.040 * corner - 0.105 * corner * along * along
    thin = 1 - 0.65 * motion.press - 0.25 * max(0.0, corner)
    above = who.lip_upper * thin * (arch**0.8) * (1 - 0.30 * math.exp(-((along / 0.16) ** 2)) + 0.10 * abs(along))
    above += 0.022 * motion.nose * arch
    below = who.lip_lower * thin * arch**0.7
    low = seam + gap * arch**0.75
    shade, shine = 1.0, 0.0
    inside = smooth(1.0, 0.94, abs(along))
    lips = smooth(-pixel, pixel, min(y - seam + above, low + below - y)) * inside
    if lips > 0:
        k = lips * 0.88
        r, g, b = (
            r * (1 - k) + palette[LIP, 0] * k,
            g * (1 - k) + palette[LIP, 1] * k,
            b * (1 - k) + palette[LIP, 2] * k,
        )
        shine = lips * smooth(0.0, 1.0, (y - low) / max(below, 1e-4)) * 0.8
        if y < seam:
            shade *= 1 - 0.16 * lips
    if gap > 0.004:
        hollow = smooth(-pixel, pixel, min(y - seam, low - y)) * smooth(0.10, 0.30, arch)
        if hollow > 0:
            hr, hg, hb = 0.030, 0.008, 0.008
            teeth = smooth(seam + 0.055 + pixel, seam + 0.055 - pixel, y) * smooth(0.15, 0.6, arch)
            teeth *= 0.35 + 0.65 * max(0.0, min(1.0, 0.4 + corner + 0.5 * motion.nose))
            tongue = smooth(low - 0.35 * gap - 0.03, low - 0.02, y) * smooth(0.05, 0.14, gap)
            hr += (0.62 - hr) * teeth + 0.16 * tongue
            hg += (0.58 - hg) * teeth + 0.045 * tongue
            hb += (0.52 - hb) * teeth + 0.045 * tongue
            r, g, b = r * (1 - hollow) + hr * hollow, g * (1 - hollow) + hg * hollow, b * (1 - hollow) + hb * hollow
            shine *= 1 - hollow
    else:
        line = math.exp(-(((y - seam) / (0.0075 + 0.35 * pixel)) ** 2)) * smooth(0.0, 0.2, arch + 0.05)
        shade *= 1 - 0.72 * line * smooth(1.08, 0.95, abs(along))
    # Corners cast a small shadow, and so does the lower lip.
    shade *= 1 - 0.30 * bump(abs(x), y, wide * 1.02, seam + 0.004, 0.018, 0.014)
    shade *= 1 - 0.16 * bump(x, y, 0.0, low + below + 0.028, wide * 0.6, 0.020)
    return r, g, b, shine, shade
