"""Synthetic sample pictures: people who do not exist, drawn from a seed when somebody asks for one.

A small stand-in until `fer_core` renders people itself: one frontal head as a height field lit by one lamp, with a few
muscles. Nothing is stored and nothing is downloaded; the same seed and expression give the same pixels.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image, ImageFilter

SKINS = ((226, 184, 158), (201, 152, 122), (163, 115, 88), (118, 79, 58), (238, 203, 180))
HAIRS = ((38, 30, 26), (74, 48, 34), (126, 90, 52), (24, 24, 28), (150, 142, 134))
IRISES = ((70, 46, 28), (82, 104, 118), (74, 94, 62))
SHIRTS = ((60, 88, 130), (122, 70, 92), (70, 112, 98), (96, 92, 128), (150, 112, 70))


@dataclass(frozen=True)
class Muscles:
    """What moves; every value 0 at rest, about 1 when strong."""

    smile: float = 0.0
    """Mouth corners up; negative: down."""
    mouth: float = 0.0
    """Jaw open."""
    brow: float = 0.0
    """Brows up; negative: pressed down."""
    inner: float = 0.0
    """Inner ends of the brows up; negative: drawn down and together."""
    lids: float = 0.0
    """Eyes wide; negative: narrowed."""
    nose: float = 0.0
    """Nose wrinkled, upper lip raised."""


EXPRESSIONS: Mapping[str, Muscles] = {
    "anger": Muscles(smile=-0.55, brow=-0.9, inner=-1.1, lids=0.1, nose=0.25),
    "disgust": Muscles(smile=-0.6, brow=-0.5, inner=-0.5, lids=-0.5, nose=1.0, mouth=0.1),
    "fear": Muscles(smile=-0.35, mouth=0.45, brow=0.7, inner=0.8, lids=0.75),
    "happiness": Muscles(smile=1.0, mouth=0.35, lids=-0.25),
    "sadness": Muscles(smile=-0.85, brow=0.1, inner=1.0, lids=-0.4),
    "surprise": Muscles(mouth=1.0, brow=1.1, lids=0.9),
    "neutral": Muscles(),
}


@st.cache_data(max_entries=64, show_spinner=False)
def portrait(seed: int, expression: str, size: int = 320) -> np.ndarray:
    """One synthetic person.

    Args:
        seed: Which person.
        expression: A name in `EXPRESSIONS`.
        size: Pixels a side.

    Returns:
        ``(size, size, 3)`` uint8.

    Raises:
        ValueError: an unknown expression.
    """
    if expression not in EXPRESSIONS:
        raise ValueError(f"no drawing for '{expression}'; choose one of {', '.join(EXPRESSIONS)}")
    return _draw(np.random.default_rng([seed, 7]), EXPRESSIONS[expression], size)


@st.cache_data(max_entries=8, show_spinner=False)
def sample(seed: int) -> bytes:
    """A PNG of three synthetic people side by side, each with another expression.

    Args:
        seed: Which three; another seed gives other people and other expressions.
    """
    rng = np.random.default_rng([seed, 3])
    shown = rng.choice(list(EXPRESSIONS), size=3, replace=False)
    people = [
        _draw(np.random.default_rng([seed, place, 7]), EXPRESSIONS[name], 320) for place, name in enumerate(shown)
    ]
    buffer = io.BytesIO()
    Image.fromarray(np.hstack(people)).save(buffer, format="PNG")
    return buffer.getvalue()


def _bump(x: np.ndarray, y: np.ndarray, at: tuple[float, float], wide: float, high: float) -> np.ndarray:
    return np.exp(-(((x - at[0]) / wide) ** 2) - ((y - at[1]) / high) ** 2)


def _step(low: float, high: float, value: np.ndarray) -> np.ndarray:
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def _blur(noise: np.ndarray, radius: float) -> np.ndarray:
    """Gaussian blur of values around 0."""
    spread = float(np.abs(noise).max()) or 1.0
    image = Image.fromarray(np.uint8(np.clip(noise / spread * 127 + 128, 0, 255)))
    return (np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), float) - 128) / 127 * spread


def _strands(rng: np.random.Generator, size: int) -> np.ndarray:
    """Values around 0 that run downwards like hair."""
    coarse = np.uint8(np.clip(rng.normal(128, 50, (max(2, size // 40), size // 2)), 0, 255))
    return (np.asarray(Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC), float) - 128) / 50


@dataclass(frozen=True)
class _Sheet:
    """What is painted on, with the face's own coordinates: the head is about 2 units high, its middle at 0, 0."""

    canvas: np.ndarray
    x: np.ndarray
    y: np.ndarray
    pixel: float

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """1 where a distance to an edge is positive, 0 where negative, soft over two pixels."""
        return _step(-self.pixel, self.pixel, distance)

    def paint(self, mask: np.ndarray, colour: np.ndarray) -> None:
        """Lays a colour over the canvas."""
        self.canvas[:] = self.canvas * (1 - mask[..., None]) + colour * mask[..., None]


def _draw(rng: np.random.Generator, move: Muscles, size: int) -> np.ndarray:
    """Paints from back to front: wall, hair, neck, shirt, skin, features, fringe."""
    skin, hair, iris, shirt = (
        np.array(tones[rng.integers(len(tones))], float) * rng.uniform(0.94, 1.04)
        for tones in (SKINS, HAIRS, IRISES, SHIRTS)
    )
    width, jaw = rng.uniform(0.70, 0.78), rng.uniform(0.24, 0.38)
    eye_x, eye_y, eye_w, eye_h = rng.uniform(0.29, 0.33), -0.12, rng.uniform(0.135, 0.155), rng.uniform(0.056, 0.066)
    brow_y, brow_t = rng.uniform(0.14, 0.18), rng.uniform(0.026, 0.042)
    nose_w, nose_y, mouth_y, mouth_w = rng.uniform(0.10, 0.13), 0.25, 0.53, rng.uniform(0.22, 0.26)
    length, fringe = rng.choice([0.0, 0.85, 1.1]), rng.uniform(-0.70, -0.55)
    tilt = rng.uniform(-0.22, 0.22)
    rows, columns = np.mgrid[0:size, 0:size]
    x, y = (columns / size - 0.5) * 2.9, (rows / size - 0.47) * 2.9
    pixel = 2.9 / size
    canvas = np.ones((size, size, 3)) * rng.uniform(150, 205, 3) * (1.05 - 0.16 * (y[..., None] + 1.4) / 2.8)

    sheet = _Sheet(canvas, x, y, pixel)
    paint, inside = sheet.paint, sheet.inside
    strands = _strands(rng, size)[..., None] * 17
    crown = (x / (width * 1.17)) ** 2 + ((y + 0.10) / 1.12) ** 2
    back = inside(1 - crown) * (1 - inside(y - 0.05))
    if length:
        back = np.maximum(back, inside(1 - np.abs(x / (width * 1.19)) ** 4 - np.abs((y + 0.05) / length) ** 3.2))
    paint(back, (hair + strands) * 0.72)
    paint(inside(0.40 - np.abs(x)) * inside(y - 0.5), skin * 0.66)
    paint(inside(y - 1.12 - 0.5 * np.abs(x) ** 2.2), shirt * (1 - 0.15 * np.abs(x))[..., None])

    drop = 1 + 0.10 * max(0.0, move.mouth)
    outline = np.abs(x / (width * (1 - jaw * _step(0.05, 1.05, y / drop)))) ** 2.15 + np.abs(y / drop) ** 2.5
    depth = np.sqrt(np.clip(1 - outline, 0, None)) * 0.72
    depth += 0.17 * _bump(x, y, (0, nose_y - 0.05), nose_w * 0.9, 0.11) + 0.10 * _bump(x, y, (0, 0.02), 0.075, 0.22)
    depth += 0.05 * _bump(x, y, (0, 0.86), 0.2, 0.12) - 0.03 * _bump(x, y, (0, mouth_y + 0.16), 0.2, 0.05)
    for side in (-1, 1):
        depth -= 0.075 * _bump(x, y, (side * eye_x, eye_y), 0.17, 0.10)
        depth += 0.045 * _bump(x, y, (side * eye_x, eye_y), 0.12, 0.075)
        depth += 0.05 * _bump(x, y, (side * eye_x, eye_y - 0.17), 0.22, 0.07)
        depth += (0.03 + 0.07 * max(0.0, move.smile)) * _bump(x, y, (side * 0.42, 0.24), 0.19, 0.16)
        depth += 0.045 * _bump(x, y, (side * nose_w * 0.85, nose_y), 0.045, 0.05)
        depth -= 0.02 * move.nose * _bump(x, y, (side * 0.07, 0.04), 0.03, 0.06)
        fold = 0.016 + 0.035 * max(0.0, move.smile) + 0.03 * move.nose
        depth -= (
            fold
            * np.exp(-(((np.abs(x) - 0.17 - 0.34 * (y - 0.22)) / 0.035) ** 2))
            * _bump(x, y, (side * 0.25, 0.38), 0.2, 0.14)
        )
    down, across = np.gradient(depth, pixel)
    normal = np.stack([-across, -down, np.ones_like(depth)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    lamp = np.array([rng.uniform(-0.5, 0.5), -0.45, 1.0])
    lit = np.clip(normal @ (lamp / np.linalg.norm(lamp)), 0, 1)
    tone = np.ones((size, size, 3)) * skin + _blur(rng.normal(0, 1, (size, size)), 1.0)[..., None] * 5
    for side in (-1, 1):
        tone += _bump(x, y, (side * 0.42, 0.24), 0.2, 0.16)[..., None] * np.array([10, -8, -7])
        tone -= _bump(x, y, (side * eye_x, eye_y + 0.10), 0.13, 0.04)[..., None] * np.array([16, 17, 13])
    shade = (0.34 + 0.80 * lit)[..., None]
    paint(inside(1 - outline), tone * shade + 22 * (lit**28)[..., None])

    for side in (-1, 1):
        paint(0.75 * _bump(x, y, (side * nose_w * 0.55, nose_y + 0.065 - 0.02 * move.nose), 0.035, 0.020), skin * 0.28)
    _mouth(sheet, move, skin, mouth_y - 0.02 * move.nose, mouth_w)
    for side in (-1, 1):
        _eye(sheet, move, (side * eye_x, eye_y), eye_w, eye_h, iris, skin)
        along = (x - side * eye_x) * side / (eye_w * 1.32)
        middle = eye_y - brow_y - 0.085 * move.brow + 0.045 * along**2 - 0.075 * move.inner * np.clip(-along, -0.35, 1)
        thick = brow_t * np.sqrt(np.clip(1.05 - np.abs(along) ** 3, 0, None)) * (1.1 - 0.35 * along)
        paint(
            _step(-0.012, 0.018, thick - np.abs(y - middle)) * (np.abs(along) < 1.01) * 0.86, hair * 0.9 + strands * 0.5
        )
    parting = fringe + tilt * x + 0.22 * np.clip(np.abs(x) / width, 0, 1) ** 2.4
    lock = inside(1 - crown) * np.maximum(inside(parting - y), inside(np.abs(x) - width * 0.93) * inside(0.0 - y))
    paint(
        lock,
        (hair + strands) * (0.78 + 0.3 * _step(-0.2, -1.0, y))[..., None]
        + 14 * _bump(x, y, (0.25, -0.85), 0.3, 0.1)[..., None],
    )
    image = Image.fromarray(np.uint8(np.clip(canvas + rng.normal(0, 2.2, canvas.shape), 0, 255)))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(size / 640)))


def _mouth(sheet: _Sheet, move: Muscles, skin: np.ndarray, middle: float, half: float) -> None:
    """Lips, and what an open mouth shows."""
    half = half * (1 + 0.20 * max(0.0, move.smile) - 0.18 * max(0.0, move.mouth) * (move.smile <= 0))
    along = sheet.x / half
    arch = np.sqrt(np.clip(1 - along**2, 0, None))
    seam = middle + 0.035 * move.smile - 0.11 * move.smile * along**2 - 0.07 * max(0.0, move.mouth - 0.3) * arch
    gap = 0.27 * move.mouth * arch
    above = 0.050 * arch * (1 - 0.3 * np.exp(-((along / 0.2) ** 2))) * (1 - 0.35 * max(0.0, move.smile))
    below = 0.075 * arch
    lips = np.minimum(sheet.y - seam + above, seam + gap + below - sheet.y)
    sheet.paint(sheet.inside(lips) * (arch > 0) * 0.82, skin * np.array([0.80, 0.52, 0.52]))
    hollow = sheet.inside(np.minimum(sheet.y - seam, seam + gap - sheet.y)) * (arch > 0.12) * (move.mouth > 0.02)
    sheet.paint(hollow, np.array([58.0, 20, 22]))
    sheet.paint(
        hollow * sheet.inside(seam + 0.45 * gap - sheet.y) * 0.92 * (move.smile > 0.2), np.array([236.0, 230, 222])
    )
    sheet.paint(hollow * sheet.inside(sheet.y - seam - 0.66 * gap) * 0.8, np.array([150.0, 72, 74]))
    line = np.exp(-(((sheet.y - seam) / 0.014) ** 2)) * (arch > 0.02) * (0.75 if move.mouth < 0.05 else 0.35)
    sheet.paint(line, skin * 0.32)


def _eye(
    sheet: _Sheet,
    move: Muscles,
    at: tuple[float, float],
    wide: float,
    high: float,
    iris: np.ndarray,
    skin: np.ndarray,
) -> None:
    """One eye between its lids, with iris, pupil, glint, lash line and crease."""
    along, y = (sheet.x - at[0]) / wide, sheet.y - at[1]
    arch = np.clip(1 - along**2, 0, None) ** 0.62
    upper = -high * 1.15 * arch * (1 + 0.55 * move.lids)
    lower = high * 0.80 * arch * (1 + 0.25 * max(move.lids, 0) - 0.45 * max(move.smile, 0) * (move.smile > 0.5))
    ball = sheet.inside(np.minimum(y - upper, lower - y)) * (arch > 0)
    radius = np.hypot(sheet.x - at[0], y + 0.006)
    size = high * 1.06
    colour = np.ones(sheet.canvas.shape) * np.array([232.0, 228, 223])
    colour *= (1 - 0.30 * np.exp(-np.clip(y - upper, 0, None) / 0.02) - 0.12 * along**2)[..., None]
    ring = sheet.inside(size - radius)[..., None]
    colour = colour * (1 - ring) + iris * (0.65 + 0.55 * np.clip(radius / size, 0, 1))[..., None] * ring
    pupil = sheet.inside(size * 0.46 - radius)[..., None]
    colour = colour * (1 - pupil) + 14 * pupil
    colour = colour + 200 * _bump(sheet.x, sheet.y, (at[0] - 0.022, at[1] - 0.026), 0.016, 0.016)[..., None]
    sheet.paint(ball, colour)
    sheet.paint(np.exp(-(((y - upper) / 0.015) ** 2)) * (arch > 0.03) * 0.9, np.array([26.0, 20, 20]))
    sheet.paint(np.exp(-(((y - lower) / 0.010) ** 2)) * (arch > 0.03) * 0.35, skin * 0.5)
    sheet.paint(np.exp(-(((y - upper * 1.55 + 0.012) / 0.013) ** 2)) * (arch > 0.15) * 0.30, skin * 0.45)
