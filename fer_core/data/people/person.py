"""Who a synthetic person is: head, features, colours, how the face rests. A pure function of a number and a seed."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fer_core.seeds import stream


class Identity(NamedTuple):
    """What stays of a person from session to session. Lengths in half heights of a head, angles in radians."""

    # head
    width: float
    height: float
    jaw: float
    """Width of the jaw as a share of the head's."""
    chin: float
    depth: float
    cheek: float
    temple: float
    neck: float
    ear: float
    ear_angle: float
    masculine: float
    """0 to 1: brow ridge, jaw, beard; what hair lengths are likely."""
    age: float
    """0 (twenty) to 1 (seventy)."""
    weight: float
    # eyes and brows
    eye_x: float
    eye_y: float
    eye_width: float
    """Half the distance between an eye's corners."""
    eye_aspect: float
    """Height of the fully open eye as a share of ``eye_width``."""
    eye_tilt: float
    fold: float
    """Strength of the upper lid's crease; near 0 without one."""
    iris_size: float
    brow_gap: float
    brow_thick: float
    brow_width: float
    brow_arch: float
    brow_tilt: float
    brow_dark: float
    # nose, mouth
    nose_width: float
    nose_y: float
    nose_length: float
    nose_bridge: float
    nose_hook: float
    mouth_y: float
    mouth_width: float
    lip_upper: float
    lip_lower: float
    lip_red: float
    # skin and hair
    skin: float
    """0 (light) to 1 (dark), along `SKINS`."""
    ruddy: float
    freckles: float
    moles: float
    texture: float
    """Where in the shared noise this person's skin lies."""
    hair_colour: float
    """Along `HAIRS`."""
    grey: float
    hair_kind: float
    """0 bald, 1 cropped, 2 short, 3 to the chin, 4 long, 5 curly and full."""
    hairline: float
    recession: float
    curl: float
    beard: float
    """0 none, 1 stubble, 2 moustache, 3 goatee, 4 full."""
    iris: float
    """Along `IRISES`."""
    glasses: float
    """1 where the person owns glasses."""
    glasses_round: float
    makeup: float
    # how the face rests: the person's own baseline
    lid: float
    """Lid opening when awake, as a share of the fully open eye."""
    lid_droop: float
    """How much of ``lid`` remains when drowsy."""
    lid_asleep: float
    """Lid opening when asleep: some people do not close their eyes fully."""
    brow: float
    mouth: float
    """Mouth opening at rest."""
    corner: float
    """Mouth corners at rest: up or down."""
    pitch: float
    """Posture: head bent forward, positive down."""
    roll: float
    yaw: float
    blink_rate: float
    """Per minute when awake."""
    sleep_pitch: float
    """How far the head sinks (negative: back) when asleep."""


SKINS = ((240, 208, 184), (229, 186, 156), (212, 163, 130), (184, 132, 99), (153, 105, 76), (122, 82, 59), (94, 62, 46),
         (72, 49, 39))  # fmt: skip
HAIRS = ((24, 22, 24), (38, 29, 25), (62, 43, 32), (92, 63, 42), (128, 88, 54), (122, 62, 36), (176, 136, 84),
         (208, 178, 128))  # fmt: skip
IRISES = ((44, 28, 18), (70, 44, 26), (98, 66, 36), (92, 92, 54), (84, 108, 92), (86, 112, 134), (112, 136, 156))
GREY = (176, 172, 168)

_MAIN = 14
"""Properties that are spread evenly over any range of numbers, so that nobody in a range is another's near twin."""


def _spread(number: int, seed: int) -> np.ndarray:
    """``(14,)`` in [0, 1): the number's point of an additive recurrence.

    Two points differ by the same vector as any two numbers with the same difference, and its multiples stay apart: a
    range of n people has no closer pair than about n ** (-1 / 14).

    Source: Roberts 2018, "The unreasonable effectiveness of quasirandom sequences" (the R_d sequence).
    """
    base = 1.5
    for _ in range(60):  # the root of x ** (d + 1) = x + 1
        base = (1 + base) ** (1 / (_MAIN + 1))
    steps = (1 / base) ** np.arange(1, _MAIN + 1)
    return (stream(seed, "people").random(_MAIN) + number * steps) % 1


@lru_cache(maxsize=4096)
def identity(number: int, seed: int = 0) -> Identity:
    """The person of a number.

    Args:
        number: 0 or more; ``p0000`` is 0.
        seed: Another seed gives other people.

    Raises:
        ValueError: a negative number or seed.
    """
    if number < 0 or seed < 0:
        raise ValueError(f"a person's number and seed must be 0 or more, got {number} and {seed}")
    rng = stream(seed, "person", number)
    u = _spread(number, seed).tolist()

    def uniform(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def along(place: int, low: float, high: float) -> float:
        return low + (high - low) * u[place]

    masculine = float(np.clip(0.5 + 0.75 * (u[0] - 0.5) + 0.35 * np.sign(u[0] - 0.5), 0, 1))
    age = float(u[1] ** 1.3)
    skin = float(u[2])
    weight = uniform(0, 1)
    # Dark skin with dark hair mostly; light hair gets rarer towards dark skin and grey comes with age.
    hair_colour = float(u[3] * (1 - 0.8 * min(1, skin * 1.3)))
    length = u[4]
    if masculine > 0.5:
        kind = 0 if length < 0.03 + 0.22 * age else 1 if length < 0.35 else 2 if length < 0.80 else 3 if length < 0.88 else 4 if length < 0.93 else 5  # fmt: skip # noqa: E501
    else:
        kind = 1 if length < 0.04 else 2 if length < 0.22 else 3 if length < 0.48 else 4 if length < 0.84 else 5
    bearded = uniform(0, 1)
    beard = 0.0
    if masculine > 0.55:
        beard = float(np.searchsorted([0.42, 0.62, 0.70, 0.80], bearded))
    curl = uniform(0, 1)
    # The opening of the waking eye is spread over its logarithm: drowsy, it shrinks by a factor.
    lid = 0.28 * (1.06 / 0.28) ** u[12]
    return Identity(
        width=along(5, 0.610, 0.705) + 0.02 * weight + 0.012 * masculine,
        height=along(6, 0.93, 1.07),
        jaw=along(7, 0.70, 0.93) + 0.07 * masculine + 0.06 * weight,
        chin=uniform(0.6, 1.3) + 0.3 * masculine,
        depth=uniform(0.76, 0.86),
        cheek=uniform(0.02, 0.075) + 0.03 * weight,
        temple=uniform(0.0, 0.05),
        neck=uniform(0.34, 0.40) + 0.06 * masculine + 0.05 * weight,
        ear=uniform(0.8, 1.2),
        ear_angle=uniform(0.35, 0.85),
        masculine=masculine,
        age=age,
        weight=weight,
        eye_x=along(8, 0.258, 0.322),
        eye_y=uniform(-0.15, -0.07),
        eye_width=along(9, 0.124, 0.158),
        eye_aspect=uniform(0.78, 0.98),
        eye_tilt=uniform(-0.10, 0.22),
        fold=uniform(0, 1) ** 0.7,
        iris_size=uniform(0.92, 1.08),
        brow_gap=uniform(0.160, 0.215) - 0.02 * masculine,
        brow_thick=uniform(0.018, 0.034) + 0.012 * masculine,
        brow_width=uniform(0.165, 0.205),
        brow_arch=uniform(0.0, 0.05) + 0.02 * (1 - masculine),
        brow_tilt=uniform(-0.12, 0.14),
        brow_dark=uniform(0.55, 0.95),
        nose_width=along(10, 0.105, 0.160),
        nose_y=along(11, 0.225, 0.315),
        nose_length=uniform(0.75, 1.25),
        nose_bridge=uniform(0.5, 1.4) - 0.3 * skin,
        nose_hook=uniform(-0.5, 0.8),
        mouth_y=uniform(0.485, 0.555),
        mouth_width=along(13, 0.175, 0.260),
        lip_upper=uniform(0.022, 0.046) + 0.012 * skin - 0.008 * masculine,
        lip_lower=uniform(0.040, 0.066) + 0.012 * skin,
        lip_red=uniform(0.35, 0.85) - 0.2 * masculine,
        skin=skin,
        ruddy=uniform(0, 1),
        freckles=max(0.0, uniform(-1.2, 1)) * (1 - skin),
        moles=uniform(0, 1),
        texture=uniform(0, 1),
        hair_colour=hair_colour,
        grey=float(np.clip((age - 0.45) * 1.9 + uniform(-0.35, 0.35), 0, 0.95)) if age > 0.4 else 0.0,
        hair_kind=float(kind),
        hairline=uniform(-0.66, -0.50) - 0.06 * age * masculine,
        recession=uniform(0, 0.18) * (0.3 + masculine) * (0.4 + age),
        curl=curl,
        beard=beard,
        iris=float(np.clip(uniform(0, 1) * (1 - 0.9 * skin) + 0.15 * uniform(0, 1), 0, 1)),
        glasses=float(uniform(0, 1) < 0.22 + 0.2 * age),
        glasses_round=uniform(0, 1),
        makeup=max(0.0, uniform(-0.8, 1)) * (1 - masculine),
        lid=lid,
        lid_droop=uniform(0.77, 0.85),
        lid_asleep=min(max(0.0, uniform(-0.05, 0.05)), 0.08 * lid),
        brow=uniform(-0.5, 0.7),
        mouth=uniform(0.0, 0.19),
        corner=uniform(-0.40, 0.28),
        pitch=uniform(-0.25, 0.21),
        roll=uniform(-0.08, 0.08),
        yaw=uniform(-0.08, 0.08),
        blink_rate=uniform(7, 20),
        sleep_pitch=uniform(0.08, 0.30) if uniform(0, 1) < 0.75 else uniform(-0.20, -0.05),
    )  # fmt: skip


def tone(colours: tuple[tuple[int, int, int], ...], place: float) -> np.ndarray:
    """``(3,)`` float64 RGB in [0, 255] at a share of the way along a row of colours."""
    rows = np.array(colours, dtype=np.float64)
    at = float(np.clip(place, 0, 1)) * (len(rows) - 1)
    low = min(int(at), len(rows) - 2)
    return rows[low] + (rows[low + 1] - rows[low]) * (at - low)
