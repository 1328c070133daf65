"""Faces found in pictures, and what they are cut to.

`FaceFinder` stands at the door of MTCNN and lets nothing through that made it fail: pictures are upright RGB arrays,
the pixel count is capped, small pictures are enlarged, sizes never need to match, one bad picture is one bad answer,
and the results are value objects in the picture's own pixels.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from fer_core.contracts import FaceBox
from fer_core.framing import FRAMINGS, Framing, crop_face, measure_framing
from fer_core.labels import suggestion

if TYPE_CHECKING:
    from fer_core.cascade import Cascade

__all__ = ["FRAMINGS", "MODES", "FaceFinder", "Framing", "crop_face", "locate", "measure_framing"]

MODES = ("auto", "detect", "whole")
"""How faces are looked for: by size of the picture, always with the detector, or the picture is the face."""

WHOLE_UP_TO = 64
"""``auto`` takes pictures of at most this long side as a face each: a 48-pixel crop defeats every detector."""

LEAST_SCORE = 0.85
"""Least confidence, which is the mean score over slightly different windows. Over the sample photos every face has at
least 0.96, every mistake at most 0.78 (of a single window: 0.992 and 0.971). Of FER2013's small faces 5 % have less
than 0.87, as have 5 % of faces of which nearly half lies beyond the picture's edge."""

LEAST_FOLLOWED = 0.6
"""Least mean score of a face that is followed. In the sample clips 95 % of the faces have at least 0.9, windows that a
face has left at most 0.5; a look with the whole detector once a second is stricter."""

SMALLEST = 20
"""Side in pixels of the smallest face looked for, in the picture as the detector sees it (the package's default)."""

MOST_PIXELS = 2_500_000
"""Larger pictures are shrunk to so many pixels before detection: about 0.4 s on two cores. In a photo of 12 megapixels
the smallest face is then 44 pixels wide, which is less than a model of 48 pixels needs."""

BORDER = 0.05
"""Grey border around the picture as the detector sees it, as a fraction of its short side."""

REACH = 0.25
"""How far beyond the border the later networks see grey, likewise. Of 48 cut faces each, 0, 15, 30 and 45 % of them
beyond the picture's edge, 48, 48, 48 and 45 were found with border and reach, their landmarks off by 0.01 to 0.04
of the face's width; the package's way finds 48, 48, 47 and 11, off by 0.03 to 0.18."""

SECOND_LOOK = 320
"""Long side in pixels, enlarged at most fourfold, of the look at a picture in which no face was found: for one that
fills it, hence of at least `FILLING` of the short side, inside a border of `WIDE_BORDER` of it. Of 74 such pictures
among 400 of FER2013 it finds 29."""
FILLING = 0.3
WIDE_BORDER = 0.4


class FaceFinder:
    """MTCNN behind a safe door. Threads may share one: nothing changes after the networks are loaded.

    Args:
        device: Where the networks run, e.g. ``cpu`` or ``cuda:0``. They are loaded at the first use.
        least_score: Faces with less confidence are dropped.
    """

    def __init__(self, device: str = "cpu", least_score: float = LEAST_SCORE) -> None:
        if not 0 <= least_score <= 1:
            raise ValueError(f"least_score must lie in [0, 1], got {least_score}")
        self.device = device
        self.least_score = least_score
        self._lock = threading.Lock()
        self._loaded: Cascade | None = None

    def find(self, picture: np.ndarray, smallest: float = SMALLEST) -> tuple[FaceBox, ...]:
        """The faces in one picture, largest first; none is an empty tuple.

        Where a first look finds nobody, a second one looks for a face that fills the picture.

        Args:
            picture: ``(H, W, 3)`` uint8 RGB, upright, as `fer_core.pictures.open_picture` returns it.
            smallest: Side in pixels of the smallest face looked for, at least 12; twice the side costs a quarter.

        Raises:
            ValueError: the array is not of that shape and type.
        """
        _check(picture)
        height, width = picture.shape[:2]
        scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
        faces = self._look(picture, scale, BORDER, smallest)
        if not faces:
            scale = min(4.0, SECOND_LOOK / max(height, width))
            faces = self._look(picture, scale, WIDE_BORDER, smallest, FILLING)
        return tuple(sorted(faces, key=lambda face: -face.area))

    def follow(self, picture: np.ndarray, faces: Sequence[FaceBox]) -> tuple[FaceBox | None, ...]:
        """Where faces of the frame before are in this one; None where one is lost, which is no proof that it is gone.

        Args:
            picture: ``(H, W, 3)`` uint8 RGB, upright; a frame of a video, already of a sensible size.
            faces: Where they were, in the same pixels.

        Raises:
            ValueError: the array is not of that shape and type.
        """
        _check(picture)
        if not faces:
            return ()
        height, width = picture.shape[:2]
        found = self._cascade().follow(picture, np.array([face.box for face in faces], dtype=np.float32))
        answers: list[FaceBox | None] = []
        for box, score, landmarks in zip(found.boxes, found.scores, found.landmarks, strict=True):
            left, top, right, bottom = np.clip(box.reshape(2, 2), 0, (width, height)).ravel().tolist()
            face = FaceBox((left, top, right, bottom), float(score), landmarks)
            answers.append(face if score >= LEAST_FOLLOWED and face.area > 0 else None)
        return tuple(answers)

    def _look(
        self, picture: np.ndarray, scale: float, border: float, smallest: float, filling: float = 0.0
    ) -> list[FaceBox]:
        height, width = picture.shape[:2]
        seen = picture
        if scale != 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            seen = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        stretch = np.array([width / seen.shape[1], height / seen.shape[0]], dtype=np.float32)
        short = min(seen.shape[:2])
        smallest = max(SMALLEST, smallest * min(scale, 1.0), filling * short)
        found = self._cascade().find(seen, smallest, border=round(border * short), reach=round(REACH * short))
        faces = []
        for box, score, landmarks in zip(found.boxes, found.agreement, found.landmarks, strict=True):
            corners = box.reshape(2, 2) * stretch
            (left, top), (right, bottom) = np.clip(corners, 0, (width, height)).tolist()
            face = FaceBox((left, top, right, bottom), float(score), (landmarks * stretch).astype(np.float32))
            sides = np.array([right - left, bottom - top]) / stretch
            # Mostly beyond the edge, or a sliver: the network saw its own border.
            inside = face.area >= 0.4 * float(np.prod(corners[1] - corners[0]))
            if score >= self.least_score and inside and sides.min() >= SMALLEST / 2:
                faces.append(face)
        return faces

    def _cascade(self) -> Cascade:
        with self._lock:
            if self._loaded is None:
                # Imported here: torch costs seconds, and a caller with whole pictures never needs it.
                from fer_core.cascade import Cascade

                self._loaded = Cascade(self.device)
            return self._loaded


def locate(picture: np.ndarray, mode: str = "auto", finder: FaceFinder | None = None) -> tuple[FaceBox, ...]:
    """The faces of a picture, largest first.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright.
        mode: ``detect`` asks the finder, ``whole`` declares the picture to be one face, ``auto`` does so for pictures
            of at most `WHOLE_UP_TO` pixels a side and detects in others.
        finder: Who detects; not needed for ``whole``.

    Raises:
        ValueError: unknown mode, no finder where one is needed, or not a picture.
    """
    if mode not in MODES:
        raise ValueError(f"unknown way to look for faces '{mode}'{suggestion(mode, MODES)}")
    _check(picture)
    height, width = picture.shape[:2]
    if mode == "whole" or (mode == "auto" and max(height, width) <= WHOLE_UP_TO):
        return (FaceBox((0.0, 0.0, float(width), float(height))),)
    if finder is None:
        raise ValueError(
            f"to look for faces in a picture of {width} x {height} pixels, a FaceFinder is needed; got None"
        )
    return finder.find(picture)


def _check(picture: np.ndarray) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise ValueError(
            f"a picture must be (H, W, 3) uint8 RGB, got {picture.shape} {picture.dtype}; open it with open_picture"
        )
