"""Light on what was drawn: each visible pixel's colour from its material, its painting, its normal and the lamp."""

from __future__ import annotations

import math

import numpy as np

from fer_core.data.people import features, skin
from fer_core.data.people.compiled import compiled
from fer_core.data.people.mesh import bump, smooth
from fer_core.data.people.motion import Motion
from fer_core.data.people.person import Identity
from fer_core.data.people.raster import CAP, CLOTH, EAR, EMPTY, FACE, HAIR, HAND, MASK, NECK, RIM
from fer_core.data.people.session import Session
from fer_core.data.people.skin import BROW, CLOTH_2, SKIN, lookup
from fer_core.data.people.skin import CAP as CAP_COLOUR
from fer_core.data.people.skin import CLOTH as CLOTH_COLOUR
from fer_core.data.people.skin import HAIR as HAIR_COLOUR
from fer_core.data.people.skin import MASK as MASK_COLOUR
from fer_core.data.people.skin import RIM as RIM_COLOUR
from fer_core.data.people.wear import hairline


@compiled
def cloth(
    u: float, v: float, look: Session, who: Identity, palette: np.ndarray, mottle: np.ndarray, strands: np.ndarray
) -> tuple[float, float, float, float, float]:
    """Clothes at a place of the body: r, g, b, shade, and whether it is skin above the neckline."""
    if look.neckline < 0.5:
        edge = 1.42 - 0.55 * u * u
    elif look.neckline < 1.5:
        edge = 1.90 - 1.9 * abs(u)
    elif look.neckline < 2.5:
        edge = 1.72 - 2.2 * abs(u)
    else:
        edge = 1.05
    bare = smooth(-0.012, 0.012, edge - v)
    shade = 1.0 + 0.10 * lookup(mottle, 0.22 * u + look.parting, 0.22 * v)
    shade *= 1 + 0.05 * lookup(strands, 2.0 * u, 1.2 * v)
    shade *= 1 - 0.35 * math.exp(-(((v - edge - 0.03) / 0.035) ** 2)) * (1 - bare)
    p = int(look.pattern)
    share = 0.0
    if p == 1:
        share = smooth(-0.15, 0.15, math.sin(v * 22.0))
    elif p == 2:
        share = 0.5 * smooth(-0.2, 0.2, math.sin(v * 17.0)) + 0.5 * smooth(-0.2, 0.2, math.sin(u * 17.0))
    elif p == 3:
        share = 0.5 + 0.5 * lookup(strands, 3.0 * u, 3.0 * v)
    if look.neckline >= 1.5 and look.neckline < 2.5:
        collar = smooth(0.30, 0.26, v - edge) * smooth(0.62, 0.55, abs(u)) * smooth(1.75, 1.6, v)
        share = max(share, collar)
        shade *= 1 - 0.3 * math.exp(-(((v - edge - 0.28) / 0.02) ** 2)) * smooth(0.62, 0.55, abs(u)) * smooth(
            1.75, 1.6, v
        )
    share = min(1.0, max(0.0, share))
    r = palette[CLOTH_COLOUR, 0] * (1 - share) + palette[CLOTH_2, 0] * share
    g = palette[CLOTH_COLOUR, 1] * (1 - share) + palette[CLOTH_2, 1] * share
    b = palette[CLOTH_COLOUR, 2] * (1 - share) + palette[CLOTH_2, 2] * share
    return r, g, b, shade, bare


@compiled
def light_up(
    near: np.ndarray,
    kind: np.ndarray,
    buffer: np.ndarray,
    who: Identity,
    look: Session,
    motion: Motion,
    palette: np.ndarray,
    mottle: np.ndarray,
    spots: np.ndarray,
    strands: np.ndarray,
    lamp: np.ndarray,
    turn: np.ndarray,
    pixel: float,
    out: np.ndarray,
) -> None:
    """Fills ``out`` where something was drawn.

    Args:
        near: ``(H, W)`` nearness, unused where empty.
        kind: ``(H, W)`` uint8 materials.
        buffer: ``(H, W, 7)`` float32 surface and normal.
        who: The person.
        look: The session.
        motion: The moment.
        palette: ``(11, 3)`` linear RGB.
        mottle: ``(T, T)`` smooth noise.
        spots: ``(T, T)`` 0 to 1: freckles.
        strands: ``(T, T)`` noise that runs downwards.
        lamp: ``(4, 3)`` direction to the lamp, its colour, the light from above, the light from below.
        turn: ``(3, 3)`` rotation of the head.
        pixel: Width of a drawn pixel in half heights of a head.
        out: ``(H, W, 3)`` float32 linear RGB, changed.
    """
    height, width = kind.shape
    lx, ly, lz = lamp[0, 0], lamp[0, 1], lamp[0, 2]
    # Half way between lamp and camera, for what shines.
    hx, hy, hz = lx, ly, lz + 1.0
    size = math.sqrt(hx * hx + hy * hy + hz * hz)
    hx, hy, hz = hx / size, hy / size, hz / size
    # The lamp in the face's own frame: where its reflection sits in the eyes, which way the nose casts its shadow.
    face_x = turn[0, 0] * lx + turn[1, 0] * ly + turn[2, 0] * lz
    face_y = turn[0, 1] * lx + turn[1, 1] * ly + turn[2, 1] * lz
    for row in range(height):
        for column in range(width):
            material = kind[row, column]
            if material == EMPTY:
                continue
            u, v = buffer[row, column, 0], buffer[row, column, 1]
            cover, extra = buffer[row, column, 2], buffer[row, column, 3]
            nx, ny, nz = buffer[row, column, 4], buffer[row, column, 5], buffer[row, column, 6]
            size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
            nx, ny, nz = nx / size, ny / size, nz / size
            shade, gloss, sharp, wet, glint, wrap, hollow = 1.0, 0.0, 18.0, 0.0, 0.0, 0.16, 1.0
            if nz < 0 and material in (HAIR, RIM, CLOTH):
                # The inside of hair and clothes lies in its own shadow.
                nx, ny, nz, hollow = -nx, -ny, -nz, 0.30
            if material == FACE:
                r, g, b, shade, oil = skin.skin(u, v, who, motion, palette, mottle, spots, extra)
                gloss = 0.055 * oil
                front = smooth(1.65, 1.30, abs(extra))
                if front > 0:
                    cover_beard, stubble = skin.beard_cover(u, v, who, look, motion, strands)
                    cover_beard, stubble = cover_beard * front, stubble * front * 0.55
                    tint = 1 - stubble
                    r = r * tint + (0.45 * palette[HAIR_COLOUR, 0] + 0.25 * r) * stubble
                    g = g * tint + (0.45 * palette[HAIR_COLOUR, 1] + 0.27 * g) * stubble
                    b = b * tint + (0.45 * palette[HAIR_COLOUR, 2] + 0.32 * b) * stubble
                    if cover_beard > 0:
                        dark = 0.92 + 0.20 * lookup(strands, 2.6 * u + who.texture, 3.3 * v)
                        r = r * (1 - cover_beard) + palette[HAIR_COLOUR, 0] * dark * cover_beard
                        g = g * (1 - cover_beard) + palette[HAIR_COLOUR, 1] * dark * cover_beard
                        b = b * (1 - cover_beard) + palette[HAIR_COLOUR, 2] * dark * cover_beard
                        gloss *= 1 - cover_beard
                    r, g, b, shine, k = features.mouth(u, v, r, g, b, who, motion, palette, pixel)
                    shade *= k
                    gloss += 0.10 * shine
                    r, g, b, wet, glint, k = features.eye(
                        u, v, r, g, b, who, look, motion, palette, face_x, face_y, pixel
                    )
                    shade *= k
                    hairs = features.brow_cover(u, v, who, motion, strands, pixel) * front
                    if hairs > 0:
                        r = r * (1 - hairs) + palette[BROW, 0] * hairs
                        g = g * (1 - hairs) + palette[BROW, 1] * hairs
                        b = b * (1 - hairs) + palette[BROW, 2] * hairs
                        gloss *= 1 - hairs
                    # The nose's shadow falls on the far side of the lamp.
                    away = -0.10 * face_x
                    cast = bump(u, v, away * 1.3, who.nose_y + 0.02 + 0.07 * max(0.0, -face_y), 0.07, 0.075)
                    hollow *= 1 - 0.38 * abs(face_x) * cast * (1.0 if u * face_x < 0 else 0.15)
                # Hair shades the skin at its edge; so does a cap.
                if who.hair_kind > 0.5:
                    near_hair = v - hairline(who, look, extra)
                    hollow *= 1 - 0.34 * smooth(0.14, 0.0, near_hair) * smooth(-0.3, 0.0, near_hair)
                    # Scalp below short hair: no bare line shows.
                    if near_hair < -0.02:
                        k = smooth(-0.02, -0.06, near_hair)
                        r = r * (1 - k) + palette[HAIR_COLOUR, 0] * k
                        g = g * (1 - k) + palette[HAIR_COLOUR, 1] * k
                        b = b * (1 - k) + palette[HAIR_COLOUR, 2] * k
                        gloss *= 1 - k
                hollow *= 1 - 0.30 * smooth(0.75, 1.05, v) * smooth(0.2, -0.1, nz)
            elif material == EAR:
                r, g, b = palette[SKIN, 0] * 1.02, palette[SKIN, 1] * 0.88, palette[SKIN, 2] * 0.86
                inner = smooth(0.80, 0.45, extra) * (1 - 0.6 * bump(u, v, 0.1, 0.1, 0.18, 0.5))
                shade = 1 - 0.42 * inner + 0.10 * smooth(0.7, 0.85, extra)
                shade *= 1 - 0.45 * bump(u, v, -0.25, 0.15, 0.20, 0.20)
                gloss = 0.03
            elif material == NECK:
                m = lookup(mottle, 0.43 * u + who.texture, 0.43 * v)
                k = 1 + 0.07 * m
                r, g, b = palette[SKIN, 0] * k * 0.96, palette[SKIN, 1] * k * 0.93, palette[SKIN, 2] * k * 0.93
                hollow = 0.40 + 0.60 * smooth(0.78, 1.30, v)
                shade = 1 - 0.16 * bump(abs(u), v, 0.16 + 0.1 * (v - 1), 1.2, 0.03, 0.3)
                gloss = 0.02
            elif material == CLOTH:
                r, g, b, shade, bare = cloth(u, v, look, who, palette, mottle, strands)
                if bare > 0:
                    r = r * (1 - bare) + palette[SKIN, 0] * 0.95 * bare
                    g = g * (1 - bare) + palette[SKIN, 1] * 0.92 * bare
                    b = b * (1 - bare) + palette[SKIN, 2] * 0.92 * bare
                    shade = shade * (1 - bare) + bare * (1 - 0.12 * bump(abs(u), v, 0.18, 1.45, 0.12, 0.02))
                hollow *= 0.70 + 0.30 * smooth(1.1, 1.6, v)
                wrap = 0.35
            elif material == HAIR:
                wavy = 0.05 * who.curl * math.sin(14.0 * v + 6 * u)
                hair = lookup(strands, 0.9 * u + wavy + 0.3 * look.parting, 0.16 * v)
                hair = 0.6 * hair + 0.6 * lookup(strands, 2.3 * u + wavy, 0.3 * v)
                curls = lookup(mottle, 2.6 * u, 3.4 * v) if who.hair_kind > 4.5 else 0.0
                k = 1 + 0.26 * hair + 0.22 * curls
                grey = 1 + 0.6 * who.grey * max(0.0, lookup(strands, 0.9 * u + 0.5, 0.11 * v))
                r, g, b = (
                    palette[HAIR_COLOUR, 0] * k * grey,
                    palette[HAIR_COLOUR, 1] * k * grey,
                    palette[HAIR_COLOUR, 2] * k * grey,
                )
                gloss, sharp = 0.10 * (1 + 0.8 * hair) * (1 - 0.7 * (who.hair_kind > 4.5)), 9.0
                hollow *= (0.50 + 0.50 * smooth(0.0, 0.20, cover)) if extra < 0.6 else 0.8
                hollow *= 1 - 0.35 * smooth(0.1, 1.0, v)
                at = u - 0.85 * look.parting * smooth(-0.2, -0.9, v)
                if who.hair_kind > 1.5 and who.hair_kind < 4.5 and extra < 0.0:
                    hollow *= 1 - 0.45 * math.exp(-((at / 0.03) ** 2)) * smooth(0.5, 0.3, look.fringe) * smooth(
                        -0.35, -0.6, v
                    )
                wrap = 0.4
            elif material == CAP:
                k = 1 + 0.10 * math.sin(u * 60.0) + 0.06 * math.sin(v * 90.0)
                rib = 1 - 0.3 * math.exp(-(((cover - 0.16) / 0.02) ** 2))
                r, g, b = palette[CAP_COLOUR, 0] * k, palette[CAP_COLOUR, 1] * k, palette[CAP_COLOUR, 2] * k
                shade, wrap = rib, 0.35
            elif material == MASK:
                r, g, b = palette[MASK_COLOUR, 0], palette[MASK_COLOUR, 1], palette[MASK_COLOUR, 2]
                shade, wrap = 1 - 0.16 * smooth(0.7, 1.0, math.sin(extra * 26.0)), 0.35
            elif material == HAND:
                r, g, b = palette[SKIN, 0], palette[SKIN, 1] * 0.94, palette[SKIN, 2] * 0.92
                nail = bump(u, v, 0.93, 0.0, 0.05, 0.5) * (extra > 0.5)
                r, g, b = r + 0.10 * nail, g + 0.06 * nail, b + 0.06 * nail
                shade = 1 - 0.25 * bump(u, 0.0, 0.52, 0.0, 0.02, 1.0) * (extra > 0.5)
                gloss = 0.03
            else:
                r, g, b = palette[RIM_COLOUR, 0], palette[RIM_COLOUR, 1], palette[RIM_COLOUR, 2]
                gloss, sharp = 0.25, 30.0
            facing = nx * lx + ny * ly + nz * lz
            direct = max(0.0, (facing + wrap) / (1 + wrap))
            sky = 0.5 - 0.5 * ny
            half = max(0.0, nx * hx + ny * hy + nz * hz)
            h2 = half * half
            h8 = h2 * h2 * h2 * h2
            h32 = h8 * h8 * h8 * h8
            spark = gloss * (h8 if sharp < 10 else h8 * h8 if sharp < 20 else h32) * smooth(-0.15, 0.1, facing)
            spark += 0.25 * wet * h32 * h32
            edge = look.rim * (1 - max(0.0, nz)) ** 3 * (1.0 if nx * lx < 0 else 0.0)
            k = shade * hollow
            soft = 0.55 + 0.45 * hollow
            for c in range(3):
                ambient = lamp[2, c] * sky + lamp[3, c] * (1 - sky)
                albedo = r if c == 0 else g if c == 1 else b
                # Light that scatters in skin comes back reddish where the lamp just grazes it.
                bleed = 1.0
                if material in (FACE, EAR, NECK, HAND) and wet < 0.5:
                    graze = 1 / (1 + 14 * facing * facing)
                    bleed = 1 + graze * (0.12 if c == 0 else -0.03 if c == 1 else -0.06)
                value = albedo * (lamp[1, c] * direct * k * bleed + ambient * (shade * soft))
                value += lamp[1, c] * (spark * hollow + 0.55 * glint) + 0.5 * edge * albedo + 0.06 * edge
                out[row, column, c] = value
