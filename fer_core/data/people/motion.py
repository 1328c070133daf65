"""What a face does in one moment: the factors of a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

OCCLUDERS = ("none", "hand", "mask", "sunglasses")


class Motion(NamedTuple):
    """One moment. Shares are 0 at rest and 1 when strong; angles in radians; left and right are the picture's."""

    lid_left: float = 0.8
    """Lid opening as a share of the fully open eye: 0 closed, above 1 torn open."""
    lid_right: float = 0.8
    gaze_x: float = 0.0
    """-1 to 1, to the picture's right."""
    gaze_y: float = 0.0
    """-1 to 1, down."""
    mouth: float = 0.0
    """Jaw open."""
    corner: float = 0.0
    """Mouth corners up; negative: down."""
    stretch: float = 0.0
    """Mouth wide; negative: lips drawn together."""
    press: float = 0.0
    """Lips pressed thin."""
    brow: float = 0.0
    """Brows up; negative: pressed down."""
    inner: float = 0.0
    """Inner ends of the brows up; negative: drawn down and together."""
    squint: float = 0.0
    """Cheeks lift the lower lids."""
    nose: float = 0.0
    """Nose wrinkled, upper lip raised."""
    yaw: float = 0.0
    """The face turns to the picture's right."""
    pitch: float = 0.0
    """The face turns down."""
    roll: float = 0.0
    """The head leans to the picture's right."""
    shift_x: float = 0.0
    """The head moves, in half heights of it."""
    shift_y: float = 0.0
    occluder: float = 0.0
    """Place in `OCCLUDERS`."""
    hand_x: float = 0.0
    """Where a hand covers the face, in half heights of the head."""
    hand_y: float = 0.5


RANGES: Mapping[str, tuple[float, float]] = {
    "lid_left": (0.0, 1.5),
    "lid_right": (0.0, 1.5),
    "gaze_x": (-1.3, 1.3),
    "gaze_y": (-1.3, 1.3),
    "mouth": (0.0, 1.0),
    "corner": (-1.0, 1.0),
    "stretch": (-1.0, 1.0),
    "press": (0.0, 1.0),
    "brow": (-1.5, 1.5),
    "inner": (-1.5, 1.5),
    "squint": (0.0, 1.0),
    "nose": (0.0, 1.4),
    "yaw": (-1.0, 1.0),
    "pitch": (-0.7, 0.7),
    "roll": (-0.5, 0.5),
    "shift_x": (-0.5, 0.5),
    "shift_y": (-0.5, 0.5),
    "occluder": (0.0, 3.0),
    "hand_x": (-0.6, 0.6),
    "hand_y": (-0.3, 0.8),
}
"""What each factor may be: ends of a slider. Beyond them the drawing stops looking like a face."""


def check(motion: Motion) -> None:
    """Refuses a moment that cannot be drawn.

    Raises:
        ValueError: factors outside their `RANGES`, or no numbers, all of them in one sentence.
    """
    wrong = [
        f"{name} must lie in [{RANGES[name][0]:g}, {RANGES[name][1]:g}], got {value:g}"
        for name, value in zip(motion._fields, motion, strict=True)
        if not RANGES[name][0] <= value <= RANGES[name][1]
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
