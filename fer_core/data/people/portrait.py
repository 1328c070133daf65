"""One synthetic person set up by hand: a moment of a recording, any factor of it replaced."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_core.data.people.behaviour import moment
from fer_core.data.people.motion import RANGES, Motion
from fer_core.data.people.person import Identity, identity
from fer_core.data.people.render import Truth, render
from fer_core.data.people.rhythm import Recording
from fer_core.data.people.session import Session, session
from fer_core.labels import canonical, suggestion

LOOKS: Mapping[str, tuple[float, float]] = {
    "light_x": (-1.0, 1.0),
    "light_y": (-1.0, 1.0),
    "strength": (0.2, 2.0),
    "ambient": (0.0, 0.8),
    "warmth": (-1.0, 1.0),
    "rim": (0.0, 1.0),
    "glasses": (0.0, 1.0),
    "hat": (0.0, 1.0),
    "zoom": (0.25, 0.50),
    "blur": (0.0, 3.0),
    "noise": (0.0, 25.0),
    "exposure": (0.4, 1.8),
    "white": (-1.0, 1.0),
    "vignette": (0.0, 0.6),
    "backdrop": (0.0, 3.0),
}
"""What of a recording may be set, and its ends; see `session.Session` for units. Wider than any recording drawn."""
FACTORS: Mapping[str, tuple[float, float]] = {**RANGES, **LOOKS}
"""Everything that may be set by hand."""
WHOLE = ("occluder", "glasses", "hat", "backdrop")
"""Factors that count kinds: whole numbers only."""
_LEAST_FRONT = 0.15
"""Share of the light that still comes from the front, so that the face is seen."""


@dataclass(frozen=True)
class Portrait:
    """Whom to draw, when, and what is changed. Drawing it is a pure function of these."""

    person: int = 0
    session: int = 0
    state: str = "Awake"
    """A state of drowsiness or an expression."""
    time: float = 1.4
    """Seconds into the recording."""
    seed: int = 0
    size: int = 320
    """Pixels a side."""
    changes: tuple[tuple[str, float], ...] = ()
    """Factors of `FACTORS` and their new values."""

    def factors(self) -> dict[str, float]:
        """Every factor's value, changed or not.

        Raises:
            ValueError: what `draw` raises.
        """
        _, look, motion = self._set_up()
        return {**motion._asdict(), **{name: float(getattr(look, name)) for name in LOOKS}}

    def draw(self) -> tuple[np.ndarray, Truth]:
        """``(S, S, 3)`` uint8 RGB, and what is true of it.

        Raises:
            ValueError: an unknown state or factor, a value out of its range, a negative number, an impossible size.
        """
        who, look, motion = self._set_up()
        return render(who, look, motion, self.size)

    def _set_up(self) -> tuple[Identity, Session, Motion]:
        mistakes = [_mistake(name, value) for name, value in self.changes]
        if any(mistakes):
            raise ValueError("; ".join(filter(None, mistakes)))
        who = identity(self.person, self.seed)
        look = session(self.person, self.session, self.seed, who)
        motion = moment(who, Recording(self.seed, self.person, self.session, canonical(self.state)), self.time)
        # A moment and a recording share no name, so each takes what is its own.
        changed = dict(self.changes)
        motion = Motion._make(changed.get(name, value) for name, value in motion._asdict().items())
        look = Session._make(changed.get(name, value) for name, value in look._asdict().items())
        if {"light_x", "light_y"} & set(changed):
            look = _lit(look)
        return who, look, motion


def read_changes(text: str) -> tuple[tuple[str, float], ...]:
    """``lid_left=0.2,yaw=-0.3`` as factors and values, in the order of `FACTORS`.

    Raises:
        ValueError: all its mistakes in one sentence.
    """
    found: dict[str, float] = {}
    mistakes: list[str] = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, written = (one.strip() for one in part.partition("="))
        try:
            value = float(written)
        except ValueError:
            mistakes.append(f"'{part}' needs a number, as in lid_left=0.2")
            continue
        mistakes.append(f"{name} is given twice" if name in found else _mistake(name, value) or "")
        found[name] = value
    if any(mistakes):
        raise ValueError("; ".join(filter(None, mistakes)))
    return tuple((name, found[name]) for name in FACTORS if name in found)


def _mistake(name: str, value: float) -> str | None:
    if name not in FACTORS:
        return f"unknown factor '{name}'{suggestion(name, FACTORS)}"
    low, high = FACTORS[name]
    if not low <= value <= high:
        return f"{name} must lie in [{low:g}, {high:g}], got {value:g}"
    if name in WHOLE and value != int(value):
        return f"{name} must be a whole number, got {value:g}"
    return None


def _lit(look: Session) -> Session:
    """The lamp where x and y say, as far in front as a direction of length 1 leaves it."""
    front = math.sqrt(max(_LEAST_FRONT**2, 1 - look.light_x**2 - look.light_y**2))
    length = math.sqrt(look.light_x**2 + look.light_y**2 + front**2)
    return look._replace(light_x=look.light_x / length, light_y=look.light_y / length, light_z=front / length)
