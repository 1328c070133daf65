"""Videos written for browsers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np


def write_video(path: Path, frames: Iterable[np.ndarray], fps: float) -> Path:
    """A video that browsers play (H.264, yuv420p, index first), whole or not at all.

    Args:
        path: Ends in ``.mp4``.
        frames: ``(H, W, 3)`` uint8 RGB, all of one size; an odd last row or column is doubled, which H.264 needs.
        fps: Frames per second.

    Raises:
        ValueError: no frames, frames of different sizes, another kind of array, or a rate out of range.
    """
    import av

    if not 0.1 <= fps <= 1000:
        raise ValueError(f"fps must lie in [0.1, 1000], got {fps}")
    part = path.with_name(path.name + ".part")
    size: tuple[int, ...] = ()
    try:
        with av.open(os.fspath(part), "w", format="mp4", options={"movflags": "faststart"}) as container:
            # CRF 18 is close to invisible: eyelids are a few pixels high.
            stream = container.add_stream("libx264", Fraction(fps).limit_denominator(1001), options={"crf": "18"})
            stream.pix_fmt = "yuv420p"
            for frame in frames:
                if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
                    raise ValueError(f"a frame must be (H, W, 3) uint8, got {frame.shape} {frame.dtype}")
                if size and frame.shape != size:
                    raise ValueError(f"frames must share one size, got {size} and {frame.shape}")
                even = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
                if not size:
                    size = frame.shape
                    stream.height, stream.width = even.shape[:2]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")))
            if not size:
                raise ValueError("a video needs at least one frame, got none")
            container.mux(stream.encode())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
