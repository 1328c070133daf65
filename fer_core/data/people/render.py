"""One picture of a synthetic person with everything that is true of it. A pure function of its arguments."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fer_core.data.people.camera import backdrop, expose, textures
from fer_core.data.people.motion import OCCLUDERS, Motion, check
from fer_core.data.people.person import GREY, HAIRS, IRISES, SKINS, Identity, tone
from fer_core.data.people.session import Session
from fer_core.seeds import stream

POINTS = ("eye_left", "eye_right", "nose", "mouth_left", "mouth_right")
"""Names of the landmarks, in their order; sides are the picture's."""
VERSION = 4
"""Raised when the same seeds would give other pixels: what was drawn before is then drawn again."""


@dataclass(frozen=True)
class Truth:
    """What is true of a rendered picture, in its pixels."""

    landmarks: np.ndarray
    """``(5, 2)`` float32: eyes, nose tip, mouth corners, in the order of `contracts`."""
    lids: tuple[float, float]
    """Lid openings of the picture's left and right eye, as shares of the fully open eye."""
    gaze: tuple[float, float]
    mouth: float
    yaw: float
    pitch: float
    roll: float
    """Of the face against the camera, in radians."""
    face_width: float
    """From cheek to cheek as seen from the front, in pixels: turning the head does not change it."""
    occluder: str
    light: tuple[float, float, float]
    """Direction to the lamp: right, down, towards the camera."""

    def document(self) -> dict[str, float | str | list[float]]:
        """As plain values: each landmark by its name, each lid also as it looks (see `openness`)."""
        points = {name: [float(one) for one in point] for name, point in zip(POINTS, self.landmarks, strict=True)}
        left, right = self.lids
        return {
            "lid_left": left,
            "lid_right": right,
            "openness_left": openness(left),
            "openness_right": openness(right),
            "gaze": list(self.gaze),
            "mouth": self.mouth,
            "yaw": self.yaw,
            "pitch": self.pitch,
            "roll": self.roll,
            "occluder": self.occluder,
            "light": list(self.light),
            "face_width": float(self.face_width),
            **points,
        }


def openness(lid: float, largest: float = 0.4) -> float:
    """How open an eye looks, from 0 (closed) to 1, for a lid opening as a share of the fully open eye.

    From 0.4 on everybody would call it open; below, it falls in proportion, so that ratios of one person's openings
    stay ratios.
    """
    return min(1.0, max(0.0, lid / largest))


def render(who: Identity, look: Session, motion: Motion, size: int = 160, grain: int = 0) -> tuple[np.ndarray, Truth]:
    """Draws one picture.

    Args:
        who: The person.
        look: The session.
        motion: The moment.
        size: S, pixels a side.
        grain: Seed of the sensor's noise in this frame.

    Returns:
        ``(S, S, 3)`` uint8 RGB, and what is true of it.

    Raises:
        ValueError: a size below 32 or above 1024, or factors that cannot be drawn.
    """
    if not 32 <= size <= 1024:
        raise ValueError(f"size must lie in [32, 1024] pixels, got {size}")
    check(motion)
    from fer_core.data.people import stage

    fine = size * 3 // 2 if size <= 480 else size
    mottle, spots, strands = textures()
    scene, landmarks, width = stage.draw(
        who, look, motion, fine, _palette(who, look), _lamp(look), backdrop(look, fine), mottle, spots, strands
    )
    # The camera meters the face, as cameras do, but not all the way.
    metered = (0.62 / float(_palette(who, look)[0].mean() + 0.10)) ** 0.40
    picture = expose(scene * np.float32(metered), look, size, stream(look.key, "sensor", grain))
    shrink = size / fine
    truth = Truth(
        landmarks=(landmarks * shrink - 0.5).astype(np.float32),
        lids=(motion.lid_left, motion.lid_right),
        gaze=(motion.gaze_x, motion.gaze_y),
        mouth=motion.mouth,
        yaw=motion.yaw,
        pitch=motion.pitch,
        roll=motion.roll + look.tilt,
        face_width=width * shrink,
        occluder=OCCLUDERS[int(motion.occluder)],
        light=(look.light_x, look.light_y, look.light_z),
    )
    return picture, truth


@lru_cache(maxsize=1024)
def _palette(who: Identity, look: Session) -> np.ndarray:
    """``(11, 3)`` linear RGB in the order of `features`."""
    skin = tone(SKINS, who.skin)
    hair = tone(HAIRS, who.hair_colour)
    hair = hair + (np.array(GREY) - hair) * who.grey
    red = np.array([176, 74, 78]) * (1 - 0.45 * who.skin)
    share = 0.22 + 0.5 * who.lip_red + 0.2 * who.makeup
    lips = skin * np.array([0.80, 0.60, 0.60]) * (1 - share) + red * share
    first = np.array(colorsys.hsv_to_rgb(look.cloth_hue, look.cloth_saturation, look.cloth_value)) * 255
    second = np.clip(255 - first * 0.8, 20, 240) if look.pattern == 1 else first * 0.62 + 50
    rim = np.array([22, 20, 20]) if who.glasses_round < 0.6 else np.array([92, 62, 38])
    cap = np.array(colorsys.hsv_to_rgb((look.cloth_hue + 0.4) % 1, 0.5, 0.25 + 0.5 * look.cloth_value)) * 255
    rows = [skin, lips, hair, hair * 0.8 + 4, tone(IRISES, who.iris), (226, 220, 214), first, second, rim, cap,
            (150, 190, 205)]  # fmt: skip
    return (np.array(rows, dtype=np.float64) / 255) ** 2


@lru_cache(maxsize=1024)
def _lamp(look: Session) -> np.ndarray:
    """``(4, 3)`` direction to the lamp, its colour, light from above, light from below."""
    tint = np.array([1 + 0.13 * look.warmth, 1.0, 1 - 0.17 * look.warmth])
    cool = np.array([1 - 0.04 * look.warmth, 1.0, 1 + 0.06 * look.warmth])
    direction = np.array([look.light_x, look.light_y, look.light_z])
    return np.stack([direction, look.strength * tint, look.ambient * cool, 0.72 * look.ambient * tint])
