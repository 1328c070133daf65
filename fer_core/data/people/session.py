"""What changes of a person from one recording to the next: hair arrangement, clothes, light, camera, background."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fer_core.data.people.person import Identity
from fer_core.seeds import stream


class Session(NamedTuple):
    """One recording. Lengths in half heights of a head; directions in the camera's frame (x right, y down, z to it)."""

    key: int
    """Draws what has no name: background, noise."""
    # hair
    parting: float
    """-1 left to 1 right."""
    fringe: float
    """How far hair falls over the forehead."""
    volume: float
    tied: float
    """1 where long hair is tied back, 2 in a bun."""
    length: float
    hat: float
    """1 with a knitted cap."""
    stubble: float
    glasses: float
    # clothes
    cloth_hue: float
    cloth_value: float
    cloth_saturation: float
    pattern: float
    """0 plain, 1 stripes, 2 checks, 3 a mottled knit."""
    neckline: float
    """0 round, 1 deep, 2 shirt with a collar, 3 high."""
    # light
    light_x: float
    light_y: float
    light_z: float
    strength: float
    ambient: float
    warmth: float
    """-1 blue to 1 amber."""
    rim: float
    # camera
    distance: float
    zoom: float
    """Pixels of a half head as a share of the picture's side."""
    left: float
    """Where the head's middle lies in the picture."""
    top: float
    tilt: float
    blur: float
    """Standard deviation in pixels of a picture of 160."""
    noise: float
    """Standard deviation in grey levels."""
    exposure: float
    white: float
    vignette: float
    backdrop: float
    """0 gradient, 1 room, 2 outdoors out of focus, 3 car seat."""


@lru_cache(maxsize=8192)
def session(person: int, number: int, seed: int, who: Identity) -> Session:
    """The recording of a number.

    Args:
        person: Its number.
        number: 0 or more; ``s0`` is 0.
        seed: The people's seed.
        who: The person: what can be arranged depends on the hair.

    Raises:
        ValueError: a negative number.
    """
    if number < 0:
        raise ValueError(f"a session's number must be 0 or more, got {number}")
    rng = stream(seed, "session", person, number)

    def uniform(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def chance(share: float) -> bool:
        return uniform(0, 1) < share

    side = uniform(-1, 1)
    light = np.array([uniform(-0.85, 0.85), uniform(-0.9, 0.05), uniform(0.7, 1.2)])
    light /= np.linalg.norm(light)
    long_hair = who.hair_kind in (3, 4)
    return Session(
        key=int(rng.integers(2**31)),
        parting=float(np.clip(side * 1.3, -1, 1)),
        fringe=uniform(0, 1) if who.hair_kind >= 2 and chance(0.45) else 0.0,
        volume=uniform(0.75, 1.3),
        tied=(2.0 if chance(0.4) else 1.0) if long_hair and chance(0.38) else 0.0,
        length=uniform(0.9, 1.1),
        hat=float(chance(0.04)),
        stubble=max(0.0, uniform(-0.6, 1)) * float(who.masculine > 0.55),
        glasses=who.glasses * float(chance(0.8)),
        cloth_hue=uniform(0, 1),
        cloth_value=uniform(0.12, 0.92),
        cloth_saturation=uniform(0, 0.75),
        pattern=float(rng.integers(4)) if chance(0.6) else 0.0,
        neckline=float(rng.integers(4)),
        light_x=float(light[0]),
        light_y=float(light[1]),
        light_z=float(light[2]),
        strength=uniform(0.80, 1.30),
        ambient=uniform(0.15, 0.36),
        warmth=uniform(-0.7, 1.0),
        rim=max(0.0, uniform(-0.6, 0.5)),
        distance=uniform(6.0, 11.0),
        zoom=uniform(0.355, 0.415),
        left=0.5 + uniform(-0.035, 0.035),
        top=0.49 + uniform(-0.03, 0.03),
        tilt=uniform(-0.04, 0.04),
        blur=uniform(0.25, 0.75),
        noise=uniform(1.0, 6.0),
        exposure=uniform(0.86, 1.2),
        white=uniform(-0.6, 0.6),
        vignette=uniform(0, 0.25),
        backdrop=float(rng.integers(4)),
    )
