"""When things happen in a recording: random streams, smooth movements, events drawn minute by minute."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fer_core.data.people.person import Identity
from fer_core.labels import DROWSINESS, EXPRESSIONS
from fer_core.seeds import stream

Spans = tuple[tuple[float, float], ...]
"""Begins and ends in seconds."""

MINUTE = 60.0
"""Events are drawn minute by minute, so that any moment is reached without those before it."""


@dataclass(frozen=True)
class Event:
    """Something that begins, lasts and ends."""

    start: float
    """Seconds."""
    length: float
    """Seconds at full strength; rise and fall come on top."""
    strength: float


@dataclass(frozen=True)
class Recording:
    """Who is recorded, in which session and state: with a time, everything that a frame depends on."""

    seed: int
    person: int
    session: int
    state: str

    def stream(self, name: str, *index: int) -> np.random.Generator:
        """A random stream of this recording."""
        place = (*DROWSINESS, *EXPRESSIONS).index(self.state)
        return stream(self.seed, f"people {name}", self.person, self.session, place, *index)


def blinks(who: Identity, recording: Recording, minute: int) -> tuple[Event, ...]:
    """When the eyes close and open again in one minute of an Awake or Drowsy recording.

    One in each interval of the person's rate, at a random place of it; two never touch. Lengths are at full closure.
    """
    drowsy = recording.state == "Drowsy"
    rate = 0.8 * who.blink_rate if drowsy else who.blink_rate
    return _blinks(rate, drowsy, recording, minute)


@lru_cache(maxsize=65536)
def _blinks(rate: float, drowsy: bool, recording: Recording, minute: int) -> tuple[Event, ...]:
    rng = recording.stream("blinks", minute)
    count = max(1, round(rate))
    gap = MINUTE / count
    found = []
    for number in range(count):
        # Drowsy, half the closures are blinks and half are clearly longer: between them nobody could count.
        slow = drowsy and rng.random() < 0.5
        low, high = (0.58, 0.80) if slow else (0.16, 0.32) if drowsy else (0.05, 0.16)
        length = float(rng.uniform(low, high))
        start = MINUTE * minute + gap * number + float(rng.uniform(0.3, gap - length - 0.7))
        found.append(Event(start, length, 1.0))
    return tuple(found)


@lru_cache(maxsize=65536)
def _events(name: str, recording: Recording, minute: int, rate: float, low: float, high: float) -> tuple[Event, ...]:
    """Events of a name in one minute: on average ``rate``, each lasting ``low`` to ``high`` seconds."""
    rng = recording.stream(name, minute)
    count = int(rate) + int(rng.random() < rate % 1)
    gap = MINUTE / max(1, count)
    return tuple(
        Event(MINUTE * minute + gap * (number + float(rng.uniform(0.05, 0.6))), float(rng.uniform(low, high)),
              float(rng.uniform(-1, 1)))
        for number in range(count)
    )  # fmt: skip


@lru_cache(maxsize=8192)
def _waves(name: str, recording: Recording, slowest: float, fastest: float) -> np.ndarray:
    """``(4, 3)`` amplitude, angular frequency, phase of a movement that never repeats soon."""
    rng = recording.stream(f"waves {name}")
    rates = 2 * np.pi * np.geomspace(slowest, fastest, 4) * rng.uniform(0.8, 1.25, 4)
    sizes = rng.uniform(0.5, 1, 4) * np.array([1, 0.7, 0.45, 0.3])
    return np.stack([sizes / np.linalg.norm(sizes) * math.sqrt(2) / 1.4, rates, rng.uniform(0, 2 * np.pi, 4)], 1)


def wave(name: str, recording: Recording, time: float, slowest: float = 0.05, fastest: float = 0.6) -> float:
    """A smooth value of about unit deviation."""
    waves = _waves(name, recording, slowest, fastest)
    return float(np.sum(waves[:, 0] * np.sin(waves[:, 1] * time + waves[:, 2])))


def eased(value: float) -> float:
    """0 below 0, 1 above 1, with no corner between."""
    value = min(1.0, max(0.0, value))
    return value * value * (3 - 2 * value)


def _pulse(event: Event, time: float, rise: float, fall: float) -> float:
    """0 outside an event, 1 while it lasts, smooth at both ends."""
    return eased((time - event.start + rise) / rise) * eased((event.start + event.length + fall - time) / fall)


def strongest(found: Iterable[Event], time: float, rise: float, fall: float) -> float:
    """The strongest pulse of some events at a time, with its event's sign.

    Args:
        found: The events.
        time: In seconds.
        rise: Seconds from nothing to full strength.
        fall: Seconds back.
    """
    best = 0.0
    for event in found:
        value = _pulse(event, time, rise, fall)
        if value > abs(best):
            best = math.copysign(value, event.strength)
    return best


def felt(
    name: str, recording: Recording, time: float, rate: float, length: tuple[float, float], ends: tuple[float, float]
) -> float:
    """How strongly an event of a name is felt at a time, -1 to 1.

    Args:
        name: What happens.
        recording: Where.
        time: In seconds.
        rate: Events per minute on average.
        length: Shortest and longest, in seconds at full strength.
        ends: Seconds of rise and fall.
    """
    around = (one for minute in minutes_near(time) for one in _events(name, recording, minute, rate, *length))
    return strongest(around, time, *ends)


def minutes_near(time: float, near: float = 5.0) -> range:
    """The minutes whose events are felt at a time: a nod begins 2.2 s before it is one."""
    return range(max(0, int((time - near) // MINUTE)), int((time + near) // MINUTE) + 1)


def touches(event: Event, spans: Spans) -> bool:
    """Whether a blink, with its closing and opening, lies at least partly in one of the spans."""
    return any(event.start - 0.07 < end and event.start + event.length + 0.13 > begin for begin, end in spans)
