"""Lids pulled over the eyes of a real face: the skin above an eye is drawn down, its lashes come to lie lower."""

from __future__ import annotations

import cv2
import numpy as np

from fer_core.data.lids.contour import Contour, eye_frame, find_contour

LASH = 0.020
"""Thickness of a closed eye's line of lashes, in distances between the eyes: 1.3 mm."""

LID = 0.13
"""Least height of the skin that is drawn down, likewise; the brow begins above it."""

DARKEST, BRIGHTEST = 0.85, 1.15
"""Between which multiples of the tone below the eye a lid drawn down is held."""

_REACH = (-0.36, -0.42, 0.36, 0.24)
"""Left, top, right, bottom of what may change about an eye, in its frame."""


def close_lids(picture: np.ndarray, landmarks: np.ndarray, opening: float, rng: np.random.Generator) -> np.ndarray:
    """The same face with its lids lower.

    Pixel rows between brow and lashes are stretched smoothly until the lashes reach their new place; over them lies a
    line of the lashes' own colour. Line, thickness and shade vary a little with ``rng``, between the two eyes too.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright; a face with open eyes.
        landmarks: ``(5, 2)`` as in the legend, or its first two rows.
        opening: What remains of the waking opening: 0 closes, 1 leaves the lids where they are.
        rng: Draws the variation; the same number of draws whatever the opening.

    Returns:
        ``(H, W, 3)`` uint8, the caller's own.

    Raises:
        ValueError: an opening outside [0, 1], or eye points that are no numbers or the same.
    """
    if not 0 <= opening <= 1:
        raise ValueError(f"opening must lie in [0, 1], got {opening}")
    closed = picture.copy()
    for which in (0, 1):
        frame = eye_frame(landmarks, which)
        _lower(picture, closed, frame, find_contour(picture, frame), opening, rng.normal(size=4).clip(-2, 2))
    return closed


def _lower(
    picture: np.ndarray, closed: np.ndarray, frame: np.ndarray, eye: Contour, opening: float, chance: np.ndarray
) -> None:
    """Draws one eye into ``closed``."""
    height, width = picture.shape[:2]
    left, top, right, bottom = _REACH
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]).T
    place = np.linalg.solve(frame[:, :2], corners - frame[:, 2:])
    low = np.clip(np.floor(place.min(axis=1)), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(place.max(axis=1)) + 1, 0, (width, height)).astype(int)
    if (high <= low).any():
        return
    x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    u = frame[0, 0] * x + frame[0, 1] * y + frame[0, 2]
    v = frame[1, 0] * x + frame[1, 1] * y + frame[1, 2]
    pixel = float(np.hypot(*frame[0, :2]))

    upper, lower, within = eye.arcs(u, wider=1.06)
    bump = np.sqrt(np.clip(1 - within**2, 0, 1))
    shut = 1 - opening
    edge = upper - (0.010 + 0.006 * shut) * bump
    goal = lower - opening * (lower - upper) - 0.010 * opening * bump + (0.004 + 0.004 * chance[0]) * shut * bump
    goal = np.maximum(goal, edge)
    lid = np.maximum(LID, 0.85 * (goal - edge))
    start = edge - lid
    # Cubic with slopes 1 at the brow and `soft` at the lashes, so that neither end tears.
    soft = 0.8
    span = goal - start
    q = np.clip((v - start) / span, 0, 1)
    source = start + span * (q**3 - 2 * q**2 + q) + lid * (3 * q**2 - 2 * q**3) + span * soft * (q**3 - q**2)
    source = np.where(v < start, v, source)
    drop = (v - source) * np.clip((1.02 - within) / 0.02, 0, 1)
    down = np.linalg.inv(frame[:, :2])[:, 1]
    maps = [(grid - axis * drop).astype(np.float32) for grid, axis in zip((x, y), down, strict=True)]
    skin = cv2.remap(picture, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    here = picture[low[1] : high[1], low[0] : high[0]].astype(np.float32)

    # A lid is of the skin below the eye: neither as dark as a brow pulled along, nor as bright as a glint on glasses.
    below = (v > lower + 0.03) & (v < lower + 0.07) & (within < 0.7)
    tone = np.median(here[below], axis=0) if below.any() else np.median(skin.reshape(-1, 3), axis=0)
    pulled = (np.clip((v - source) / 0.05, 0, 1) * bump)[..., None]
    skin += pulled * (0.75 * np.maximum(DARKEST * tone - skin, 0) + 0.85 * np.minimum(BRIGHTEST * tone - skin, 0))

    # Which side of the new edge a pixel lies on, over about a pixel and a half.
    over = np.clip(0.5 + (goal - v) / (1.5 * pixel), 0, 1)[..., None]
    drawn = skin * over + here * (1 - over)
    band = (np.abs(v - upper) < 0.035) & (within < 0.85)
    if band.any():
        tones = here[band]
        light = tones.mean(axis=1)
        lash = tones[light <= np.quantile(light, 0.15)].mean(axis=0)
        thick = LASH * (1 + 0.15 * chance[1]) * (0.45 + 0.55 * bump)
        thick = np.maximum(thick, 0.9 * pixel)
        strength = (0.75 + 0.08 * chance[2]) * min(1.0, shut / 0.25) * np.clip((1.03 - within) / 0.15, 0, 1)
        line = np.exp(-(((v - goal - 0.1 * thick) / (0.6 * thick)) ** 2)) * strength
        drawn += line[..., None] * np.minimum(lash - drawn, 0)
        # The lid's shadow on an eye that is still open.
        shade = np.exp(-np.clip(v - goal, 0, None) / 0.02) * (1 - over[..., 0]) * (v < lower) * 0.25 * shut
        drawn *= 1 - shade[..., None]
    changed = (within < 1.03)[..., None]
    closed[low[1] : high[1], low[0] : high[0]] = np.where(
        changed, np.clip(np.rint(drawn), 0, 255), closed[low[1] : high[1], low[0] : high[0]]
    ).astype(np.uint8)
