"""Videos written for browsers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_TICKS = 1000
"""Stamps a second of frames that come with times of their own."""


class Recorder:
    """A video that grows frame by frame, used in a ``with``: whole when that ends, not there where it ends by an error.

    Args:
        path: Ends in ``.mp4``.
        fps: Frames per second; None where each frame comes with its time.

    Raises:
        ValueError: a rate out of range, or, when the ``with`` ends, no frames.
    """

    def __init__(self, path: Path, fps: float | None = None) -> None:
        if fps is not None and not 0.1 <= fps <= 1000:
            raise ValueError(f"fps must lie in [0.1, 1000], got {fps}")
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._fps = fps
        self._size: tuple[int, ...] = ()
        self._container: OutputContainer
        self._stream: VideoStream

    def __enter__(self) -> Recorder:
        import av

        self._container = av.open(os.fspath(self._part), "w", format="mp4", options={"movflags": "faststart"})
        # CRF 18 is close to invisible: eyelids are a few pixels high.
        rate = Fraction(self._fps or _TICKS).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate, options={"crf": "18"})
        self._stream.pix_fmt = "yuv420p"
        return self

    def add(self, frame: np.ndarray, time: float | None = None) -> None:
        """One more frame.

        Args:
            frame: ``(H, W, 3)`` uint8 RGB, of the first one's size; an odd last row or column is doubled, which H.264
                needs.
            time: Seconds, later than the frame before by a thousandth at least; of a recorder without a rate.

        Raises:
            ValueError: another size or kind of array.
        """
        import av

        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise ValueError(f"a frame must be (H, W, 3) uint8, got {frame.shape} {frame.dtype}")
        if self._size and frame.shape != self._size:
            raise ValueError(f"frames must share one size, got {self._size} and {frame.shape}")
        even = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
        if not self._size:
            self._size = frame.shape
            self._stream.height, self._stream.width = even.shape[:2]
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
        if time is not None:
            picture.pts, picture.time_base = round(time * _TICKS), Fraction(1, _TICKS)
        self._container.mux(self._stream.encode(picture))

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self._container:
                if kind is None and not self._size:
                    raise ValueError("a video needs at least one frame, got none")
                if kind is None:
                    self._container.mux(self._stream.encode())
            if kind is None:
                os.replace(self._part, self.path)
        finally:
            self._part.unlink(missing_ok=True)


def write_video(path: Path, frames: Iterable[np.ndarray], fps: float) -> Path:
    """A video that browsers play (H.264, yuv420p, index first), whole or not at all.

    Args:
        path: Ends in ``.mp4``.
        frames: ``(H, W, 3)`` uint8 RGB, all of one size; an odd last row or column is doubled, which H.264 needs.
        fps: Frames per second.

    Raises:
        ValueError: no frames, frames of different sizes, another kind of array, or a rate out of range.
    """
    with Recorder(path, fps) as recorder:
        for frame in frames:
            recorder.add(frame)
    return path
