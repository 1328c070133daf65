"""Frames in order of time, whatever stamps, rotation and damage a file has."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer_core.video.decoding import Decoder

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

LONGEST = 24 * 3600.0
"""Seconds after which reading stops: a day. Stamps of a damaged file may claim centuries."""

LEAP = 600.0
"""A stamp that goes back, or ahead by more seconds than this, is taken for damaged: the frame follows its predecessor.
Ten minutes leave room for recordings of a screen on which nothing moved."""


@dataclass(frozen=True)
class Frame:
    """One picture of a video."""

    index: int
    """With a rate: the number of its slot of ``1 / rate`` seconds; else how many frames came before it."""
    time: float
    """Seconds since the first frame."""
    picture: np.ndarray
    """``(H, W, 3)`` uint8 RGB, upright."""


@dataclass(frozen=True)
class Video:
    """What the beginning of a file says; `Frames` reads it."""

    path: Path
    width: int
    """Of the upright, undistorted picture in pixels."""
    height: int
    rotation: int
    """Degrees by which frames are turned counter-clockwise to be upright: 0, 90, 180 or 270."""
    origin: float
    """The first frame's stamp in seconds."""
    declared_duration: float | None
    """In seconds, as the header says; good for a progress bar only."""
    declared_fps: float
    """Likewise; 25 where it says nothing that can be true."""


def open_video(path: Path) -> Video:
    """The facts of a video, after its first frame was decoded.

    Raises:
        FileNotFoundError: nothing is there.
        ValueError: one sentence: a folder, empty, a picture, no video, too large, or not one frame can be decoded.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path.name} was not found; check the path")
    if not path.is_file():
        raise ValueError(f"{path.name} is a {'folder' if path.is_dir() else 'device'}, not a video file")
    if not path.stat().st_size:
        raise ValueError(f"{path.name} is empty (0 bytes); save or download it again")
    decoder = Decoder(path)
    with contextlib.closing(decoder):
        stamp, frame = next(decoder.frames(), (None, None))
        if frame is None:
            raise ValueError(f"{path.name} holds no frame that can be decoded; it is damaged, cut off or encrypted")
        rotation = round(frame.rotation / 90) * 90 % 360
        width, height = _square_pixels(frame, decoder.stream)
        if rotation % 180:
            width, height = height, width
        fps = float(decoder.stream.average_rate or decoder.stream.guessed_rate or 0)
        length = decoder.container.duration
        return Video(
            path=path,
            width=width,
            height=height,
            rotation=rotation,
            origin=stamp or 0.0,
            declared_duration=length / 1_000_000 if length and length > 0 else None,
            declared_fps=fps if 0.01 <= fps <= 1000 else 25.0,
        )


@dataclass
class Frames:
    """An iterable over a video's frames in order of time; what it met stands in its fields and grows with reading.

    Raises:
        ValueError: rate, start or long side are out of range.
    """

    video: Video
    rate: float | None = None
    """At most so many frames a second are handed out: the first of each slot of ``1 / rate`` seconds, without drift.
    The others are decoded, because their followers need them, and nothing more."""
    start: float = 0.0
    """Seconds; earlier frames are passed over, by a jump where the file allows it. With a rate, the first slot that
    begins here or later."""
    long_side: int | None = None
    """Larger frames are shrunk to this many pixels."""
    decoded: int = field(default=0, init=False)
    """Frames decoded so far, also those not handed out."""
    unreadable: int = field(default=0, init=False)
    """Packets and frames that were damaged."""
    leaps: int = field(default=0, init=False)
    """Stamps that could not be true and were replaced."""
    _first: float | None = field(default=None, init=False)
    _last: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if self.rate is not None and not 0 < self.rate <= 1000:
            raise ValueError(f"the rate must lie above 0 and be at most 1000 frames per second, got {self.rate}")
        if not 0 <= self.start < LONGEST:
            raise ValueError(f"start must lie in [0, {LONGEST:g}) seconds, got {self.start}")
        if self.long_side is not None and self.long_side < 16:
            raise ValueError(f"long_side must be at least 16 pixels, got {self.long_side}")

    @property
    def fps(self) -> float:
        """Mean frames per second by the stamps so far; the header's where there was only one frame."""
        span = self._last - (self._first or 0.0)
        return (self.decoded - 1) / span if self.decoded > 1 and span > 0 else self.video.declared_fps

    @property
    def last(self) -> float:
        """Seconds: the latest frame so far, also of those not handed out."""
        return self._last

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last one so far."""
        return self._last + 1 / self.fps if self.decoded else 0.0

    def __iter__(self) -> Iterator[Frame]:
        first_slot = 0 if self.rate is None else int(np.ceil(self.start * self.rate - 1e-6))
        last_slot = first_slot - 1
        for time, frame in self._stamped():
            index = self.decoded - 1
            if self.rate is not None:
                # A stamp a rounding error before its slot belongs to it.
                index = int(np.floor(time * self.rate + 1e-3))
                if index <= last_slot:
                    continue
                last_slot = index
            elif time < self.start - 1e-6:
                continue
            yield Frame(index, time, self._picture(frame))

    def _stamped(self) -> Iterator[tuple[float, VideoFrame]]:
        """Frames with seconds since the first; from a jump shortly before the start where that lands well."""
        for jump in (True, False) if self.start > 0 else (False,):
            with contextlib.closing(Decoder(self.video.path)) as decoder:
                if jump and not decoder.jump(self.video.origin + self.start):
                    continue
                frames = self._timed(decoder)
                if jump:
                    landed = next(frames, None)
                    if landed is None or landed[0] > self.start:
                        self._forget()
                        continue
                    yield landed
                yield from frames
                return

    def _timed(self, decoder: Decoder) -> Iterator[tuple[float, VideoFrame]]:
        step = 1 / self.video.declared_fps
        shift, last = -self.video.origin, None
        for stamp, frame in decoder.frames():
            time = (last or 0.0) + step if stamp is None else stamp + shift
            if last is not None and not last < time <= last + LEAP:
                self.leaps += 1
                time = last + step
                shift = time - stamp if stamp is not None else shift
            elif last is not None:
                step = time - last
            else:
                time = max(0.0, time)
            if time > LONGEST:
                return
            self.decoded += 1
            self.unreadable = decoder.unreadable
            self._first, self._last = time if self._first is None else self._first, time
            last = time
            yield time, frame
        self.unreadable = decoder.unreadable

    def _forget(self) -> None:
        self.decoded = self.unreadable = self.leaps = 0
        self._first, self._last = None, 0.0

    def _picture(self, frame: VideoFrame) -> np.ndarray:
        width, height = (frame.width, frame.height)
        if self.video.width * self.video.height != width * height:
            turned = self.video.rotation % 180
            width, height = (self.video.height, self.video.width) if turned else (self.video.width, self.video.height)
        scale = min(1.0, (self.long_side or np.inf) / max(width, height))
        rgb = frame.reformat(
            max(1, round(width * scale)), max(1, round(height * scale)), "rgb24", interpolation="AREA"
        ).to_ndarray()
        return np.ascontiguousarray(np.rot90(rgb, self.video.rotation // 90))


def _square_pixels(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Width and height where a pixel is as wide as high; ratios that no camera has are ignored."""
    ratio = float(stream.sample_aspect_ratio or 1)
    wide = frame.width * ratio if 0.4 <= ratio <= 2.5 else frame.width
    return max(1, round(wide)), frame.height
