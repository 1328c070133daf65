"""A clip that somebody brought: watched once (`clip_watching`), and judged as often as somebody moves a slider.

What watching leaves is a few numbers a frame; every threshold is applied to those, never to the video again.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from app.services import clip_film
from fer_core.clip import LONG_SIDE, RATE, Clip, document
from fer_core.runs import SHIPPED, Run
from fer_core.timeline import NOBODY, UNKNOWN, Samples, Timeline, TimelineOptions, clock, judge
from fer_core.video import Frames, open_video

__all__ = [
    "NOBODY", "UNKNOWN", "Clip", "Held", "Judged", "Samples", "Timeline", "clock", "frame", "judged", "take", "worst",
]  # fmt: skip

Origin = Literal["upload", "synthetic", "snapshots", "live"]
Tell = Callable[[float, float], None]
"""Told how many seconds are done, and of how many."""

MAX_BYTES = 200 * 10**6


@dataclass(frozen=True)
class Held:
    """A clip in memory, as it came."""

    key: str
    name: str
    origin: Origin
    data: bytes | None = field(repr=False)
    """None of one that is made by the thread that watches it."""
    make: Callable[[Tell], bytes] | None = field(default=None, repr=False)
    """Who makes it ..."""
    making: str = ""
    """... and what is said meanwhile."""


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
    return Held(key_of(name, data), name, "upload", data)


def key_of(name: str, *parts: bytes) -> str:
    """A key that differs where a name or what it stands for differs.

    Args:
        name: Of a clip.
        parts: Its bytes, or those of what it is made of.
    """
    digest = hashlib.sha1(name.encode(), usedforsecurity=False)
    for part in parts:
        digest.update(hashlib.sha1(part, usedforsecurity=False).digest())
    return digest.hexdigest()


def drawn() -> Held:
    """The clip of a synthetic person, to be drawn when it is watched."""
    words = "Drawing a person who does not exist"
    return Held("synthetic", clip_film.NAME, "synthetic", None, lambda tell: clip_film.film(tell), words)


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
    timeline, samples = timed(clip.samples, baseline, alarm_on, alarm_off)
    return Judged(timeline, document(clip, timeline), timeline.seconds, samples)


def timed(samples: Samples, baseline: float, alarm_on: float, alarm_off: float) -> tuple[Timeline, pd.DataFrame]:
    """The timeline of samples under some thresholds, as of `judged`, and ``time openness`` of each sample.

    Raises:
        ValueError: thresholds that cannot be.
    """
    timeline = judge(samples, TimelineOptions(baseline=baseline, alarm_on=alarm_on, alarm_off=alarm_off))
    return timeline, pd.DataFrame({"time": samples.time, "openness": samples.eyes})


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
    with on_disk(data) as path:
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
def on_disk(data: bytes) -> Iterator[Path]:
    """The clip as a file, which decoders need; gone afterwards."""
    with tempfile.TemporaryDirectory() as place:
        # The name stands in sentences about it, and a visitor's own might be anything.
        path = Path(place) / "the clip"
        path.write_bytes(data)
        yield path
