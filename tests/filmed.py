"""Videos for tests: written with stamps of one's own, a rotation flag, with damage."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from fer_core.video import Frames
from tests.drawn_face import face, scene


def counted(number: int, width: int = 96, height: int = 64) -> np.ndarray:
    """``(height, width, 3)`` uint8: a picture that says its number in eight black or white fields; see `number_of`."""
    picture = np.full((height, width, 3), 128, np.uint8)
    for bit in range(8):
        picture[8:40, 8 + 10 * bit : 18 + 10 * bit] = 255 * (number >> bit & 1)
    return picture


def number_of(picture: np.ndarray) -> int:
    """What `counted` drew, after compression."""
    return sum(1 << bit for bit in range(8) if picture[24, 13 + 10 * bit].mean() > 128)


def film(
    path: Path, pictures: Iterable[np.ndarray], times: Sequence[float] | float, rotation: int = 0, key_every: int = 12
) -> Path:
    """A video without sound.

    Args:
        path: Its ending chooses the container.
        pictures: ``(H, W, 3)`` uint8.
        times: Stamps in seconds, or frames per second.
        rotation: The flag: degrees counter-clockwise.
        key_every: Frames from one key frame to the next.
    """
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 1000, options={"preset": "ultrafast", "crf": "12", "bf": "0"})
        stream.pix_fmt, stream.time_base, stream.gop_size = "yuv420p", Fraction(1, 1000), key_every
        if rotation:
            stream.set_display_rotation(rotation)
        for place, picture in enumerate(pictures):
            if place == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = round(1000 * (place / times if isinstance(times, int | float) else times[place]))
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def damage(path: Path, begin: float, end: float) -> Path:
    """The file with noise in place of a part of its pictures, begin and end as fractions of its bytes."""
    data = bytearray(path.read_bytes())
    start, stop = (int(len(data) * part) for part in (begin, end))
    data[start:stop] = np.random.default_rng(0).integers(0, 256, stop - start, np.uint8).tobytes()
    path.write_bytes(data)
    return path


def person(left: float, top: float, side: int = 160, size: tuple[int, int] = (320, 240), **drawn: Any) -> np.ndarray:
    """``(height, width, 3)`` uint8: a drawn person who stands anywhere in the picture.

    Args:
        left: Of the drawn square, in pixels.
        top: Likewise.
        side: Of the drawn square.
        size: Width and height of the picture.
        drawn: What `tests.drawn_face.face` takes: another person where the skin differs.
    """
    picture = scene([], *size)
    move = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
    return cv2.warpAffine(face(side, **drawn), move, size, picture, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)


def most_alive(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """From now on counts the pictures of videos that are alive at one time; gives how many at most."""
    alive: list[weakref.ref[np.ndarray]] = []
    most = 0
    whole = Frames._picture

    def watched(self: Frames, frame: Any) -> np.ndarray:
        nonlocal most
        picture = whole(self, frame)
        alive[:] = [one for one in alive if one() is not None]
        alive.append(weakref.ref(picture))
        most = max(most, len(alive))
        return picture

    monkeypatch.setattr(Frames, "_picture", watched)
    return lambda: most
