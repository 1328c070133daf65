"""``people:`` as a data set: synthetic people by a line of text, each picture drawn when it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

import cv2
import numpy as np
import pandas as pd

from fer_core.data.dataset import Dataset, sample_table, without_nan
from fer_core.data.people.behaviour import moment
from fer_core.data.people.motion import OCCLUDERS, Motion
from fer_core.data.people.person import identity
from fer_core.data.people.render import VERSION, Truth, openness, render
from fer_core.data.people.rhythm import Recording
from fer_core.data.people.session import session
from fer_core.labels import DROWSINESS, EXPRESSIONS, suggestion

SCHEME = "people:"
INTERVAL = 0.5
"""Seconds between the frames of a recording: neighbours differ, and a blink is in one of them only."""
MOST = 500_000
"""Pictures in one data set: the table of so many takes a minute and 1.5 GB."""

STATES: Mapping[str, tuple[str, ...]] = {"drowsiness": DROWSINESS, "expressions": EXPRESSIONS}
_SPLITS = ("train", "validation", "test", "all")


@dataclass(frozen=True)
class People:
    """What a ``people:`` line says."""

    subjects: int = 27
    sessions: int = 2
    states: str = "drowsiness"
    """``drowsiness`` or ``expressions``."""
    frames: int = 20
    """Per subject, session and state."""
    size: int = 160
    """Pixels a side."""
    seed: int = 0
    first: int = 0
    """Number of the first person: ranges that do not overlap share nobody."""
    groups: int = 9
    """Subjects are dealt into so many groups; the last one tests, the one before it validates."""
    split: str = "all"

    @property
    def name(self) -> str:
        """What the data set is called."""
        return f"people-{subject_name(self.first)}-{subject_name(self.first + self.subjects - 1)}-{self.states}"

    def line(self) -> str:
        """The line that gives the same data set, every key named."""
        return SCHEME + ",".join(f"{one.name}={getattr(self, one.name)}" for one in fields(self))


_LIMITS: Mapping[str, tuple[int, int]] = {
    "subjects": (1, 100_000),
    "sessions": (1, 1000),
    "frames": (1, 100_000),
    "size": (32, 512),
    "seed": (0, 2**31 - 1),
    "first": (0, 10_000_000),
    "groups": (1, 1000),
}


def read_line(line: str) -> People:
    """A ``people:`` line.

    Args:
        line: ``people:subjects=27,sessions=2,...``; what is not named has its default.

    Raises:
        ValueError: all its mistakes in one sentence.
    """
    known = {one.name for one in fields(People)}
    values: dict[str, int | str] = {}
    mistakes: list[str] = []
    for pair in filter(None, (part.strip() for part in line.removeprefix(SCHEME).split(","))):
        key, equals, value = (part.strip() for part in pair.partition("="))
        if key not in known:
            mistakes.append(f"unknown key '{key}'{suggestion(key, known)}")
        elif key in values:
            mistakes.append(f"{key} is given twice")
        elif not equals or not value:
            mistakes.append(f"{key} needs a value")
        elif key in ("states", "split"):
            choices = STATES if key == "states" else _SPLITS
            values[key] = value
            if value not in choices:
                mistakes.append(f"unknown {key} '{value}'{suggestion(value, choices)}")
        else:
            low, high = _LIMITS[key]
            number = int(value) if value.isascii() and value.isdigit() else -1
            values[key] = number
            if not low <= number <= high:
                mistakes.append(f"{key} must be a whole number from {low:,} to {high:,}, got {value}")
    if mistakes:
        raise ValueError(f"{line}: " + "; ".join(mistakes))
    wanted = People(**values)  # type: ignore[arg-type]
    total = wanted.subjects * wanted.sessions * len(STATES[wanted.states]) * wanted.frames
    if total > MOST:
        raise ValueError(f"{line} asks for {total:,} pictures; at most {MOST:,} can be drawn in one data set")
    return wanted


def subject_name(number: int) -> str:
    """``p0000`` ..."""
    return f"p{number:04d}"


def open_people(line: str) -> Dataset:
    """A ``people:`` line as a data set. Nothing is drawn yet.

    Besides `dataset.COLUMNS` the table holds what is true of each picture: ``group``, ``lid_left lid_right`` (shares of
    the fully open eye), ``openness_left openness_right`` (as an eye looks, 0 to 1), ``gaze_x gaze_y mouth yaw pitch
    roll occluder``; and of each person ``base_lid base_mouth base_pitch``, the own baseline. Sides are the picture's.

    Raises:
        ValueError: the line has mistakes, or its groups leave the split empty.
    """
    wanted = read_line(line)
    table = _table(wanted).copy()
    if wanted.split != "all":
        table = table[table["split"] == wanted.split].reset_index(drop=True)
        if table.empty:
            raise ValueError(
                f"{line}: split={wanted.split} is empty, because {wanted.subjects} subjects fall into "
                f"{min(wanted.subjects, wanted.groups)} groups and three are needed for all splits"
            )
    files = Drawings(wanted.seed, wanted.size)
    return Dataset(wanted.name, line, table, files, _stamp(wanted), synthetic=True, format="people")


@lru_cache(maxsize=4)
def _table(wanted: People) -> pd.DataFrame:
    groups = min(wanted.groups, wanted.subjects)
    rows = []
    for place in range(wanted.subjects):
        number = wanted.first + place
        who = identity(number, wanted.seed)
        group = place % groups
        base = {"base_lid": who.lid, "base_mouth": who.mouth, "base_pitch": who.pitch}
        for sitting in range(wanted.sessions):
            look = session(number, sitting, wanted.seed, who)
            for state in STATES[wanted.states]:
                recording = Recording(wanted.seed, number, sitting, state)
                for frame in range(wanted.frames):
                    motion = moment(who, recording, frame * INTERVAL)
                    rows.append(
                        {
                            "path": f"{subject_name(number)}/s{sitting}/{state}/{frame:05d}.png",
                            "label": state,
                            "subject": subject_name(number),
                            "session": f"s{sitting}",
                            "split": _split(group, groups),
                            "time": frame * INTERVAL,
                            "group": group,
                            **truth_columns(motion, look.tilt),
                            **base,
                        }
                    )
    return without_nan(sample_table({str(name): column for name, column in pd.DataFrame(rows).items()}))


def truth_columns(motion: Motion, tilt: float = 0.0) -> dict[str, float | str]:
    """What a table says of a moment.

    Args:
        motion: The moment.
        tilt: Of the camera.
    """
    return {
        "lid_left": motion.lid_left,
        "lid_right": motion.lid_right,
        "openness_left": openness(motion.lid_left),
        "openness_right": openness(motion.lid_right),
        "gaze_x": motion.gaze_x,
        "gaze_y": motion.gaze_y,
        "mouth": motion.mouth,
        "yaw": motion.yaw,
        "pitch": motion.pitch,
        "roll": motion.roll + tilt,
        "occluder": OCCLUDERS[int(motion.occluder)],
    }


def _split(group: int, groups: int) -> str | None:
    """Two groups: train and test; one: no split at all."""
    if groups == 1:
        return None
    if group == groups - 1:
        return "test"
    return "validation" if groups > 2 and group == groups - 2 else "train"


def _stamp(wanted: People) -> str:
    return hashlib.blake2b(f"people {VERSION} {wanted.line()}".encode(), digest_size=12).hexdigest()


class Drawings:
    """The `Files` of people who do not exist: a picture is drawn when it is read. Threads may share one.

    Args:
        seed: The people's seed.
        size: Pixels a side.
    """

    names: tuple[str, ...] = ()
    """Empty: there are no files, and nobody needs to list them."""
    slow = True

    def __init__(self, seed: int, size: int) -> None:
        self._seed = seed
        self._size = size

    def draw(self, name: str) -> tuple[np.ndarray, Truth]:
        """One picture and what is true of it.

        Raises:
            FileNotFoundError: no such person, session, state or frame.
        """
        person, sitting, state, frame = _parse(name)
        who = identity(person, self._seed)
        look = session(person, sitting, self._seed, who)
        recording = Recording(self._seed, person, sitting, state)
        return render(who, look, moment(who, recording, frame * INTERVAL), self._size, grain_of(state, frame))

    def picture(self, name: str) -> np.ndarray:
        """``(S, S, 3)`` uint8."""
        return self.draw(name)[0]

    def digest(self, name: str, picture: np.ndarray) -> str:
        """By what was asked for, not by pixels: another processor may round one of them differently."""
        text = f"people {VERSION} {self._seed} {self._size} {name}"
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def read(self, name: str) -> bytes:
        """The picture as a PNG."""
        return bytes(cv2.imencode(".png", cv2.cvtColor(self.picture(name), cv2.COLOR_RGB2BGR))[1])

    def head(self, name: str) -> bytes:
        """The first bytes of the PNG."""
        return self.read(name)[:1024]

    def stamp(self) -> str:
        """Differs between sizes, seeds and versions of the drawing."""
        return f"people {VERSION} {self._seed} {self._size}"


def grain_of(state: str, frame: int) -> int:
    """The seed of the sensor's noise: no two frames of a session share it."""
    return frame * 16 + (*DROWSINESS, *EXPRESSIONS).index(state)


def _parse(name: str) -> tuple[int, int, str, int]:
    try:
        person, sitting, state, frame = name.split("/")
        found = int(person.removeprefix("p")), int(sitting.removeprefix("s")), state, int(frame.removesuffix(".png"))
    except ValueError:
        found = (-1, -1, "", -1)
    if min(found[0], found[1], found[3]) < 0 or found[2] not in (*DROWSINESS, *EXPRESSIONS):
        raise FileNotFoundError(f"{name} is no picture of a synthetic person; one is p0000/s0/Awake/00000.png")
    return found
