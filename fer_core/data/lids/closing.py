"""Lids pulled over the eyes of a real face: the skin above an eye is drawn down, its lashes come to lie lower."""

from __future__ import annotations

from dataclasses import dataclass

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

_WIDER = 1.06
"""What closes is a little wider than the eye, so that no white is left in its corners."""


@dataclass(frozen=True)
class _Window:
    """The part of a picture about one eye, and where its pixels lie in the eye's frame and between its lids."""

    rows: slice
    columns: slice
    x: np.ndarray
    y: np.ndarray
    v: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    within: np.ndarray
    """0 in the middle of the eye, 1 at its corners."""
    bump: np.ndarray
    """1 in the middle of the eye, 0 at its corners and beyond."""
    down: np.ndarray
    """``(2,)`` pixels right and down that make a step of 1 along v."""
    pixel: float
    """Size of a pixel in the eye's frame."""


def close_lids(picture: np.ndarray, landmarks: np.ndarray, opening: float, rng: np.random.Generator) -> np.ndarray:
    """The same face with its lids lower.

    Pixel rows between brow and lashes are stretched smoothly until the lashes reach their new place; over them lies a
    line of the lashes' own colour. Line, thickness and shade vary a little with ``rng``, between the two eyes too.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright; a face with open eyes.
        landmarks: ``(5, 2)`` as in the legend, or its first two rows.
        opening: What remains of the waking opening: 0 closes, 1 leaves the lids where they are.
        rng: Draws the variation; as many draws whatever the opening.

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
        chance = rng.normal(size=3).clip(-2, 2)
        window = _window(picture, frame, find_contour(picture, frame))
        if window is not None:
            _lower(picture, closed, window, opening, chance)
    return closed


def _window(picture: np.ndarray, frame: np.ndarray, eye: Contour) -> _Window | None:
    """None where the eye lies beyond the picture."""
    height, width = picture.shape[:2]
    left, top, right, bottom = _REACH
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]).T
    place = np.linalg.solve(frame[:, :2], corners - frame[:, 2:])
    low = np.clip(np.floor(place.min(axis=1)), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(place.max(axis=1)) + 1, 0, (width, height)).astype(int)
    if (high <= low).any():
        return None
    x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    u = frame[0, 0] * x + frame[0, 1] * y + frame[0, 2]
    v = frame[1, 0] * x + frame[1, 1] * y + frame[1, 2]
    upper, lower, within = eye.arcs(u, wider=_WIDER)
    bump = np.sqrt(np.clip(1 - within**2, 0, 1))
    down = np.linalg.inv(frame[:, :2])[:, 1]
    rows, columns = slice(low[1], high[1]), slice(low[0], high[0])
    return _Window(rows, columns, x, y, v, upper, lower, within, bump, down, float(np.hypot(*frame[0, :2])))


def _lower(picture: np.ndarray, closed: np.ndarray, eye: _Window, opening: float, chance: np.ndarray) -> None:
    """Draws one eye into ``closed``."""
    shut = 1 - opening
    # The lashes' middle, and where it comes to lie: on the lower lid's line when closed.
    edge = eye.upper - (0.010 + 0.006 * shut) * eye.bump
    closing = (0.004 + 0.004 * chance[0]) * eye.bump
    goal = np.maximum(opening * (eye.upper - 0.010 * eye.bump) + shut * (eye.lower + closing), edge)
    source = _sources(eye.v, edge, goal, shut)
    drop = (eye.v - source) * np.clip((1.02 - eye.within) / 0.02, 0, 1)
    from_x, from_y = ((at - step * drop).astype(np.float32) for at, step in zip((eye.x, eye.y), eye.down, strict=True))
    skin = cv2.remap(picture, from_x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    here = picture[eye.rows, eye.columns].astype(np.float32)
    _tone(skin, here, eye, drop)
    # On which side of the new edge a pixel lies, over about a pixel and a half.
    over = np.clip(0.5 + (goal - eye.v) / (1.5 * eye.pixel), 0, 1)[..., None]
    drawn = skin * over + here * (1 - over)
    _line(drawn, here, eye, goal, shut, chance)
    # A lid that hangs casts a shadow on the eye below it.
    shade = 0.25 * shut * np.exp(-np.clip(eye.v - goal, 0, None) / 0.02) * (1 - over[..., 0]) * (eye.v < eye.lower)
    drawn *= 1 - shade[..., None]
    changed = (eye.within < 1.03)[..., None]
    closed[eye.rows, eye.columns] = np.where(changed, np.clip(np.rint(drawn), 0, 255), here).astype(np.uint8)


def _sources(v: np.ndarray, edge: np.ndarray, goal: np.ndarray, shut: float) -> np.ndarray:
    """Which skin, by its v, comes to lie at v; the same where ``shut`` is 0.

    Between brow and lashes a cubic with slope 1 at the brow, nearly 1 at the lashes and little in between, where lids
    unfold.
    """
    lid = np.maximum(LID, 0.85 * (goal - edge))
    start = edge - lid
    span = goal - start
    share = np.clip((v - start) / span, 0, 1)
    square, cube = share**2, share**3
    slope = 1 - 0.2 * shut
    source = start + span * (cube - 2 * square + share + slope * (cube - square)) + lid * (3 * square - 2 * cube)
    return np.where(v < start, v, np.where(v > goal, edge + v - goal, source))


def _tone(skin: np.ndarray, here: np.ndarray, eye: _Window, drop: np.ndarray) -> None:
    """Holds a lid near the skin below the eye: a brow pulled along is too dark, a glint on glasses too bright."""
    below = (eye.v > eye.lower + 0.04) & (eye.v < eye.lower + 0.10) & (eye.within < 0.7)
    if below.any():
        tone = np.median(here[below], axis=0)
        pulled = (np.clip(drop / 0.05, 0, 1) * eye.bump)[..., None]
        lighter = np.maximum(DARKEST * tone - skin, 0)
        skin += pulled * (0.75 * lighter + 0.85 * np.minimum(BRIGHTEST * tone - skin, 0))


def _line(drawn: np.ndarray, here: np.ndarray, eye: _Window, goal: np.ndarray, shut: float, chance: np.ndarray) -> None:
    """Draws the lashes, as dark as the darkest sixth or so of what lies about the upper lid, never lighter."""
    band = (np.abs(eye.v - eye.upper) < 0.035) & (eye.within < 0.85)
    if not band.any():
        return
    tones = here[band]
    light = tones.mean(axis=1)
    lash = tones[light <= np.quantile(light, 0.15)].mean(axis=0)
    thick = np.maximum(LASH * (1 + 0.15 * chance[1]) * (0.45 + 0.55 * eye.bump), 0.9 * eye.pixel)
    # The line is drawn in full once a quarter of the way is done: before, the face's own lashes are there to be seen.
    strength = (0.75 + 0.08 * chance[2]) * min(1.0, shut / 0.25) * np.clip((1.03 - eye.within) / 0.15, 0, 1)
    line = strength * np.exp(-(((eye.v - goal - 0.1 * thick) / (0.6 * thick)) ** 2))
    drawn += line[..., None] * np.minimum(lash - drawn, 0)
