"""A clip that somebody brought: watched once, by a thread of its own, and judged as often as somebody moves a slider.

What a thread leaves is a few numbers a frame; every threshold is applied to those, never to the video again.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from app.services import clip_film
from app.services.predicting import loaded
from app.services.runs import stamp
from fer_core.clip import LONG_SIDE, RATE, Clip, document, watch
from fer_core.runs import SHIPPED, Run
from fer_core.timeline import NOBODY, UNKNOWN, Timeline, TimelineOptions, clock, judge
from fer_core.video import Frames, open_video

if TYPE_CHECKING:
    from fer_core.eyes import EyeReader

__all__ = ["NOBODY", "UNKNOWN", "Clip", "Held", "Judged", "Watching", "clock", "frame", "judged", "take", "worst"]

Origin = Literal["upload", "synthetic"]

LONGEST = 600.0
"""Seconds of the longest clip that a page watches: some minutes of work on two cores. The command has no limit."""
MAX_BYTES = 200 * 10**6
PATIENCE = 120.0
"""Seconds after which a clip is given up that no page asks for any more: its tab was closed."""

_WATCHING, _LOADING = threading.Lock(), threading.Lock()


@dataclass(frozen=True)
class Held:
    """A clip in memory, as it came."""

    key: str
    name: str
    origin: Origin
    data: bytes | None = field(repr=False)
    """None of the synthetic one, which is drawn by the thread that watches it."""


@dataclass(frozen=True)
class Judged:
    """What the samples say under some thresholds."""

    timeline: Timeline
    told: dict[str, Any] = field(repr=False)
    """The document of `fer clip --json`."""
    seconds: pd.DataFrame = field(repr=False)
    """One row a second: ``t state openness perclos score faces`` and ``p_<label>``."""
    samples: pd.DataFrame = field(repr=False)
    """``time openness``: the mean of both eyes at each frame looked at."""


class _Stopped(Exception):
    """Nobody waits for the clip any more."""


def take(name: str, data: bytes) -> Held:
    """A clip that was uploaded.

    Args:
        name: The file's name.
        data: Its bytes.

    Raises:
        ValueError: it is too large for a page.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"a clip of {len(data) / 1e6:.0f} MB is more than this page holds; use the command fer clip")
    digest = hashlib.sha1(name.encode() + b"\0" + data, usedforsecurity=False).hexdigest()
    return Held(digest, name, "upload", data)


def drawn() -> Held:
    """The clip of a synthetic person, to be drawn when it is watched."""
    return Held("synthetic", clip_film.NAME, "synthetic", None)


class Watching:
    """A clip on its way: a thread watches it, pages look in.

    Args:
        held: The clip.
        run: Who says probabilities: the name of a usable run.
    """

    def __init__(self, held: Held, run: str) -> None:
        self.held, self.run = held, run
        self.stage = "Waiting for another clip to be watched"
        self.done, self.total = 0.0, 0.0
        self.data = held.data
        self.found: Clip | None = None
        self.error: str | None = None
        self._fault: Exception | None = None
        self._begun = self._asked = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name=f"clip {held.key[:8]}")
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether there is still something to wait for."""
        return self._thread.is_alive()

    @property
    def size(self) -> int:
        """Bytes held."""
        samples = self.found.samples if self.found else None
        arrays = [] if samples is None else [samples.time, samples.openness, samples.faces, samples.probabilities]
        return len(self.data or b"") + sum(one.nbytes for one in arrays if one is not None)

    def look_in(self) -> tuple[float, str]:
        """How much is done, in [0, 1], and a line about it; keeps the thread at work.

        Raises:
            Exception: whatever the thread stumbled over that no visitor can be blamed for.
        """
        self._asked = time.monotonic()
        if self._fault is not None:
            raise self._fault
        share = min(1.0, self.done / self.total) if self.total else 0.0
        left = (self._asked - self._begun) * (1 - share) / share if share > 0.02 else None
        seconds = f" · {clock(self.done)} of {clock(self.total)}" if self.total else ""
        return share, self.stage + seconds + (f" · about {left:.0f} s left" if left is not None else "")

    def stop(self) -> None:
        """Ends the work at the next frame."""
        self._stop.set()

    def _work(self) -> None:
        try:
            while not _WATCHING.acquire(timeout=0.5):
                self._check()
            try:
                self.found = self._watched()
            finally:
                _WATCHING.release()
        except _Stopped:
            self.error = "watching was stopped; begin again"
        except (ValueError, FileNotFoundError) as fault:
            self.error = str(fault)
        except Exception as fault:  # noqa: BLE001 a bug: the page that looks in raises it
            self._fault = fault

    def _watched(self) -> Clip:
        if self.data is None:
            self._begin("Drawing a person who does not exist")
            self.data = clip_film.film(self._tell)
        with _file(self.data) as path:
            length = open_video(path).declared_duration
            _bounded(length or 0.0)
            self._begin("Waking the models")
            predictor, reader = loaded(self.run), _reader()
            self._begin("Watching")

            def tell(now: float) -> None:
                _bounded(now)
                self._tell(now, max(now, length or 0.0))

            return watch(path, reader, predictor.finder, predictor, RATE, tell)

    def _begin(self, stage: str) -> None:
        self.stage, self.done, self.total, self._begun = stage, 0.0, 0.0, time.monotonic()

    def _tell(self, done: float, total: float) -> None:
        self._check()
        self.done, self.total = done, total

    def _check(self) -> None:
        if self._stop.is_set() or time.monotonic() - self._asked > PATIENCE:
            raise _Stopped


def judged(clip: Clip, baseline: float, alarm_on: float, alarm_off: float) -> Judged:
    """What was seen, under some thresholds: what `fer clip` says with the same ones.

    Args:
        clip: A watched one.
        baseline: Seconds at the beginning that show the person's own open eyes.
        alarm_on: Smoothed score at which an alarm goes on.
        alarm_off: And below which it goes off.

    Raises:
        ValueError: thresholds that cannot be.
    """
    timeline = judge(clip.samples, TimelineOptions(baseline=baseline, alarm_on=alarm_on, alarm_off=alarm_off))
    samples = pd.DataFrame({"time": clip.samples.time, "openness": clip.samples.eyes})
    return Judged(timeline, document(clip, timeline), timeline.seconds, samples)


def frame(data: bytes, second: float) -> np.ndarray | None:
    """The first frame at or after a time, as it was watched; None where the clip has ended.

    Args:
        data: Of the clip.
        second: Since its beginning.

    Returns:
        ``(H, W, 3)`` uint8.

    Raises:
        ValueError: the clip cannot be read.
    """
    with _file(data) as path:
        found = next(iter(Frames(open_video(path), RATE, start=max(0.0, second), long_side=LONG_SIDE)), None)
    return None if found is None else found.picture


def worst(seconds: pd.DataFrame, count: int, apart: int = 2) -> list[int]:
    """The seconds with the highest score above 0; of equals the ones with the eyes least open.

    Args:
        seconds: ``t score openness``.
        count: How many, at most.
        apart: Seconds between any two of them, at least.
    """
    order = seconds[seconds["score"] > 0].sort_values(["score", "openness"], ascending=[False, True], kind="stable")
    found: list[int] = []
    for second in order["t"].astype(int):
        if len(found) < count and all(abs(second - one) >= apart for one in found):
            found.append(int(second))
    return found


def eyes() -> str:
    """The name of the run that reads how far eyes are open."""
    return Run(SHIPPED / "eyes").name


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    """The clip as a file, which decoders need; gone afterwards."""
    with tempfile.TemporaryDirectory() as place:
        # The name stands in sentences about it, and a visitor's own might be anything.
        path = Path(place) / "the clip"
        path.write_bytes(data)
        yield path


def _bounded(seconds: float) -> None:
    if seconds > LONGEST:
        raise ValueError(f"the clip is longer than {clock(LONGEST)}; cut it, or use the command fer clip")


def _reader() -> EyeReader:
    run = Run(SHIPPED / "eyes")
    with _LOADING:
        return _eye_reader(str(run.path), stamp(run))


@st.cache_resource(max_entries=2, show_spinner=False)
def _eye_reader(path: str, changed: int) -> EyeReader:
    from fer_core.eyes import EyeReader

    return EyeReader(Run(Path(path)), "auto")
