"""A clip of one synthetic person: states one after another, every frame drawn, every closure of the eyes known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fer_core.data.people.behaviour import CLOSED, moment
from fer_core.data.people.motion import Motion
from fer_core.data.people.person import Identity, identity
from fer_core.data.people.render import render
from fer_core.data.people.rhythm import Recording, Spans
from fer_core.data.people.session import Session, session
from fer_core.labels import DROWSINESS, EXPRESSIONS, canonical, suggestion

CHANGE = 1.0
"""Seconds from one state to the next."""
FINE = 200
"""Samples a second from which closures are told."""
LONGEST = 4 * 3600.0
"""Seconds of a clip at most."""


@dataclass(frozen=True)
class Closure:
    """Both eyes closed: at least 80 % of the person's waking opening gone."""

    start: float
    """Seconds."""
    end: float


@dataclass(frozen=True)
class Film:
    """A script for one person. Frames are drawn when asked for."""

    script: tuple[tuple[str, float], ...]
    """States and their seconds, one after another."""
    person: int = 0
    session: int = 0
    seed: int = 0
    fps: float = 25.0
    size: int = 320

    def __post_init__(self) -> None:
        if not self.script or any(not seconds > 0 for _, seconds in self.script) or self.duration > LONGEST:
            raise ValueError(f"a clip needs states of more than 0 s each and at most {LONGEST:g} s together")
        if not 1 <= self.fps <= 120:
            raise ValueError(f"fps must lie in [1, 120], got {self.fps}")

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(sum(seconds for _, seconds in self.script))

    @property
    def frames(self) -> int:
        """How many there are."""
        return max(1, round(self.duration * self.fps))

    @cached_property
    def who(self) -> Identity:
        """The person."""
        return identity(self.person, self.seed)

    @cached_property
    def look(self) -> Session:
        """The session."""
        return session(self.person, self.session, self.seed, self.who)

    def state(self, time: float) -> str:
        """The state at a time in seconds."""
        ends = np.cumsum([seconds for _, seconds in self.script])
        return self.script[min(int(np.searchsorted(ends, time, side="right")), len(self.script) - 1)][0]

    def motion(self, time: float) -> Motion:
        """What the face does at a time; states fade into each other."""
        begun = 0.0
        found = Motion()
        for place, (state, seconds) in enumerate(self.script):
            if place == 0 or time > begun - CHANGE / 2:
                here = moment(self.who, Recording(self.seed, self.person, self.session, state), time, self._changes)
                share = 1.0 if place == 0 else float(np.clip((time - begun) / CHANGE + 0.5, 0, 1))
                found = Motion(*(old + (new - old) * share for old, new in zip(found, here, strict=True)))
            begun += seconds
        return found

    @cached_property
    def _changes(self) -> Spans:
        """When one state turns into the next: a blink then would be half of either, and no one closure or two."""
        ends = np.cumsum([seconds for _, seconds in self.script])[:-1].tolist()
        return tuple((end - CHANGE, end + CHANGE) for end in ends)

    def pictures(self) -> Iterator[np.ndarray]:
        """``(S, S, 3)`` uint8, frame by frame."""
        for frame in range(self.frames):
            yield render(self.who, self.look, self.motion(frame / self.fps), self.size, frame)[0]

    @cached_property
    def closures(self) -> tuple[Closure, ...]:
        """When the eyes are closed, to 1 / `FINE` of a second."""
        times = np.arange(int(self.duration * FINE) + 1) / FINE
        shut = np.array([self.shut(self.motion(float(time))) for time in times])
        edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(np.int8), [0]])))
        return tuple(
            Closure(float(times[begin]), float(min(end / FINE, self.duration)))
            for begin, end in edges.reshape(-1, 2).tolist()
        )

    def shut(self, motion: Motion) -> bool:
        """Whether the eyes count as closed."""
        return (motion.lid_left + motion.lid_right) / 2 < CLOSED * self.who.lid

    def truth(self, longest_blink: float = 0.5) -> dict[str, Any]:
        """What is true of the clip.

        Args:
            longest_blink: Seconds; a longer closure is no blink.
        """
        spans = [one.end - one.start for one in self.closures]
        return {
            "person": self.person,
            "session": self.session,
            "seed": self.seed,
            "fps": self.fps,
            "duration": self.duration,
            "synthetic": True,
            "closures": [{"start": one.start, "end": one.end} for one in self.closures],
            "blinks": sum(span <= longest_blink for span in spans),
            "longest_blink": longest_blink,
            "perclos": float(sum(spans) / self.duration),
            "seconds": [{"t": t, "label": self.state(t + 0.5)} for t in range(int(np.ceil(self.duration)))],
        }


def read_script(text: str) -> tuple[tuple[str, float], ...]:
    """``Awake:20,Drowsy:20,Asleep:10`` as states and seconds.

    Raises:
        ValueError: all its mistakes in one sentence.
    """
    states = (*DROWSINESS, *EXPRESSIONS)
    found, mistakes = [], []
    for part in filter(None, (one.strip() for one in text.split(","))):
        word, _, seconds = part.partition(":")
        state = canonical(word)
        if state not in states:
            mistakes.append(f"unknown state '{word.strip()}'{suggestion(word, states)}")
        try:
            found.append((state, float(seconds)))
        except ValueError:
            mistakes.append(f"'{part}' needs seconds, as in {state}:20")
    if mistakes or not found:
        raise ValueError("; ".join(mistakes) or "a script names states and seconds, as in Awake:20,Drowsy:20,Asleep:10")
    return tuple(found)
