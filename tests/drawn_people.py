"""Some synthetic people for tests, and what another process says of them."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np

from fer_core.data.people import Identity, Motion, Session, Truth, identity, render, session
from fer_core.data.people.source import Drawings

SIZE = 64

NAMES = (
    "p0000/s0/Awake/00003.png",
    "p0003/s0/Drowsy/00000.png",  # a cap
    "p0007/s0/Asleep/00007.png",  # glasses
    "p0011/s1/surprise/00002.png",
    "p0042/s0/happiness/00011.png",
)
"""Several people, sessions, states and moments."""
COVERED = (1.0, 2.0, 3.0)
"""Occluders, which no state brings of itself."""


def pictures(names: tuple[str, ...] = NAMES, size: int = SIZE) -> list[np.ndarray]:
    """Every picture of `NAMES` and of everything that may cover a face."""
    files = Drawings(0, size)
    who, look = identity(5), session(5, 0, 0, identity(5))
    covered = [render(who, look, Motion(occluder=one, yaw=0.2), size, 3)[0] for one in COVERED]
    return [*(files.picture(name) for name in names), *covered]


def hashes(found: list[np.ndarray]) -> list[str]:
    """Each picture's content in 16 letters."""
    return [hashlib.blake2b(picture.tobytes(), digest_size=8).hexdigest() for picture in found]


@lru_cache(maxsize=32)
def plain(number: int = 0) -> tuple[Identity, Session]:
    """A person with nothing before the face, in even light, before a camera without noise."""
    who = identity(number)._replace(hair_kind=1.0, glasses=0.0, beard=0.0, lid=0.9)
    look = session(number, 0, 0, who)._replace(
        hat=0.0, glasses=0.0, fringe=0.0, tied=0.0, noise=0.0, blur=0.25, tilt=0.0, light_x=0.0, light_y=-0.3,
        light_z=0.95, ambient=0.3, left=0.5, top=0.49, distance=8.0,
    )  # fmt: skip
    return who, look


def shown(number: int = 0, size: int = 160, grain: int = 0, **moved: float) -> tuple[np.ndarray, Truth]:
    """A plain person who looks at the camera, but for what is moved."""
    who, look = plain(number)
    # Fractions throughout: for whole numbers everything would be compiled once more.
    return render(who, look, Motion(**{name: float(value) for name, value in moved.items()}), size, grain)


def eye_box(truth: Truth, side: int, half: float = 0.19) -> tuple[slice, slice]:
    """Rows and columns around an eye: 0 the picture's left one, 1 the right one."""
    x, y = truth.landmarks[side]
    reach = half * truth.face_width
    return (
        slice(round(y - 0.6 * reach), round(y + 0.6 * reach) + 1),
        slice(round(x - reach), round(x + reach) + 1),
    )
