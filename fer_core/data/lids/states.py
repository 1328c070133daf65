"""One face in three states: as it is, with lids half closed, and with lids closed.

All three pictures go one way: cut and shrunk, lids lowered (of the waking one too, by a few hundredths), shrunk again
and compressed alike, so that nothing but the lids tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from fer_core.data.lids.closing import close_lids
from fer_core.pictures import open_picture

SIZE = 192
"""Side in pixels of the pictures made."""

WIDEST, NARROWEST = 3.4, 2.6
"""Side of the square that is cut, in distances between the eyes: the widest that the picture holds."""

OPENINGS: Mapping[str, tuple[float, float]] = {"Awake": (0.88, 1.0), "Drowsy": (0.35, 0.65), "Asleep": (0.0, 0.0)}
"""Label -> between which shares of the waking opening its lids are drawn."""

QUALITIES = (80, 96)
"""JPEG qualities, drawn for a face and the same for its three pictures."""


@dataclass(frozen=True)
class State:
    """A face in one state."""

    label: str
    opening: float
    """Share of the waking opening."""
    packed: bytes = field(repr=False)
    """The picture as a JPEG file."""
    pixels: np.ndarray = field(repr=False)
    """``(SIZE, SIZE, 3)`` uint8 RGB: what the file shows."""
    landmarks: np.ndarray
    """``(5, 2)`` fractions of the picture."""


def three_states(picture: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator) -> tuple[State, ...]:
    """The face awake, drowsy and asleep, in the order of `OPENINGS`.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright; a face with open eyes.
        landmarks: ``(5, 2)`` as in the legend.
        rng: Draws openings, variation of the lids and quality.

    Raises:
        ValueError: eye points that are no numbers or the same.
    """
    crop, points = cut_square(picture, landmarks)
    quality = int(rng.integers(QUALITIES[0], QUALITIES[1] + 1))
    shares = (points + 0.5) / len(crop)
    states = []
    for label, (least, most) in OPENINGS.items():
        opening = float(rng.uniform(least, most))
        drawn = close_lids(crop, points, opening, rng)
        shrunk = cv2.resize(drawn, (SIZE, SIZE), interpolation=cv2.INTER_AREA if len(crop) > SIZE else cv2.INTER_CUBIC)
        bgr = cv2.cvtColor(shrunk, cv2.COLOR_RGB2BGR)
        packed = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        states.append(State(label, opening, packed.tobytes(), open_picture(packed.tobytes()), shares))
    return tuple(states)


def cut_square(picture: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A square about a face, not enlarged and of at most twice `SIZE` pixels a side.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright.
        landmarks: ``(5, 2)`` as in the legend.

    Returns:
        ``(P, P, 3)`` uint8, and the ``(5, 2)`` float32 landmarks in its pixels.
    """
    distance = float(np.hypot(*(landmarks[1] - landmarks[0])))
    height, width = picture.shape[:2]
    side = max(min(WIDEST * distance, height, width), NARROWEST * distance)
    # Moved into the picture where it fits there; what does not fit goes on with the edge's pixels.
    corner = landmarks.mean(axis=0).astype(np.float64) + 0.5 - side / 2
    room = np.array([width, height]) - side
    corner = np.where(room >= 0, np.clip(corner, 0, np.maximum(room, 0)), corner)
    pixels = max(1, min(2 * SIZE, round(side)))
    scale = pixels / side
    part, shrunk = picture, np.ones(2)
    if scale < 0.75:
        # Averaged down first: the warp below looks at a few pixels only.
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        part = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        shrunk = np.array(small) / np.array([width, height])
    factor = scale / shrunk
    place = np.column_stack([np.diag(factor), -scale * corner + 0.5 * factor - 0.5])
    crop = cv2.warpAffine(part, place, (pixels, pixels), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return crop, (scale * (landmarks + 0.5 - corner) - 0.5).astype(np.float32)
