"""Where the lids of an open eye run, read from the picture around MTCNN's eye point.

An eye lies in a frame of its own: origin at the eye point, u along the line between the eyes, v down the face, both in
units of the distance between the eyes. Of adults that distance is 63 mm, an open eye is 30 mm wide and 10 mm high, its
iris 12 mm: the usual sizes below are those figures, and the picture decides within what people differ by.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

UNIT = 100
"""Pixels that the distance between the eyes takes where lids are looked for."""

HALF_WIDTH = 0.245
"""From the middle of an eye to its corners."""

IRIS = 0.09
"""Radius of the iris."""

USUAL = (0.0, 0.0, 0.075, 0.070)
"""Usual middle (u, v of the line between the corners) and usual heights of the upper and the lower lid above and below
it."""

SPREAD = (0.025, 0.025, 0.022, 0.018)
"""How much people, and MTCNN's points, differ from `USUAL`: standard deviations of the prior."""

KEPT = 0.12
"""Weight of `USUAL` against the picture's evidence, which is brightness in standard deviations of the patch."""

FLAT = 4.0
"""Least such standard deviation, in steps of brightness: below it a patch tells nothing."""

DARKER = 0.3
"""Weight of a brightness that falls at the upper lid, against `UNLIKE` for what becomes unlike skin there."""
UNLIKE = 0.8

SIDES = 0.35
"""Weight of what lies beside the iris."""

AROUND = 0.10
"""Weight of the distances between the iris and the lids."""

_LEFT, _RIGHT, _TOP, _BOTTOM = -0.40, 0.40, -0.36, 0.30


@dataclass(frozen=True)
class Contour:
    """The opening of an eye in its own frame: two arcs between two corners."""

    u: float
    """Middle between the corners."""
    v: float
    """Of the line between the corners."""
    above: float
    """Height of the upper lid's arc over that line, at least 0.02."""
    below: float
    """Depth of the lower lid's arc, at least 0.02."""
    iris: float
    """Middle of the iris, u."""

    def arcs(self, u: np.ndarray, wider: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The lids over places along the eye.

        Args:
            u: Places in the eye's frame, of any shape.
            wider: Factor on the width, 1 for the eye itself.

        Returns:
            v of the upper lid, v of the lower lid, and the place within the eye: 0 in the middle, 1 at the corners. The
            lids meet at and beyond the corners. Shaped as ``u``.
        """
        place = np.abs(u - self.u) / (HALF_WIDTH * wider)
        within = np.clip(place, 0, 1)
        # Powers of a circle's arc: the upper lid is the fuller one towards the corners.
        upper = self.v - self.above * (1 - within**2) ** 0.75
        lower = self.v + self.below * (1 - within**2) ** 0.9
        return upper, lower, place


def eye_frame(landmarks: np.ndarray, which: int) -> np.ndarray:
    """The ``(2, 3)`` float64 map from the picture's pixels to an eye's own frame.

    Args:
        landmarks: ``(5, 2)`` as in the legend, or its first two rows.
        which: 0 for the eye at the picture's left, 1 for the other.

    Raises:
        ValueError: eye points that are no numbers, or the same.
    """
    eyes = landmarks[:2].astype(np.float64)
    across = eyes[1] - eyes[0]
    distance = float(np.hypot(*across))
    if not np.isfinite(eyes).all() or distance < 1:
        raise ValueError(f"eye points must be numbers and at least a pixel apart, got {eyes.tolist()}")
    cosine, sine = across / distance**2
    turn = np.array([[cosine, sine], [-sine, cosine]])
    return np.column_stack([turn, -turn @ eyes[which]])


def find_contour(picture: np.ndarray, frame: np.ndarray) -> Contour:
    """The contour inside which the picture is most unlike skin, and just outside of which it is most like it.

    Skin is what lies below the eye. An iris is darker, a white may be brighter or as bright; lashes make brightness
    fall at the upper lid. What the picture does not tell stays `USUAL`.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB.
        frame: Of `eye_frame`.
    """
    to_patch = UNIT * frame
    to_patch[:, 2] -= UNIT * np.array([_LEFT, _TOP])
    size = (round(UNIT * (_RIGHT - _LEFT)), round(UNIT * (_BOTTOM - _TOP)))
    patch = cv2.warpAffine(picture, to_patch, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.GaussianBlur(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.2)
    iris, iris_v = _iris(grey)
    among = _candidates()
    near = np.exp(-0.5 * ((among.places - iris) / IRIS) ** 2).astype(np.float32)
    contrast = max(float(grey.std()), FLAT)
    seen = grey[among.rows, among.columns]
    # Under the upper lid and over the lower one lies what is unlike skin: an iris that is darker, or a white that is
    # brighter; and lashes make the upper one dark.
    skin = float(np.median(grey[round(UNIT * (0.13 - _TOP)) : round(UNIT * (0.24 - _TOP))]))
    unlike = np.minimum(np.abs(seen - skin), 2 * contrast)
    falls = DARKER * (seen[:, 0] - seen[:, 1]) + UNLIKE * (unlike[:, 1] - unlike[:, 0])
    rises = unlike[:, 2] - unlike[:, 3]
    weights = among.weights * (SIDES + near)
    evidence = ((falls + rises) * weights).sum(1) / weights.sum(1)
    # The lids lie on either side of the iris, the upper one over its rim.
    at = int(np.argmin(np.abs(among.places - iris)))
    apart = ((among.upper[:, at] - iris_v + 0.055) / 0.03) ** 2 + ((among.lower[:, at] - iris_v - 0.06) / 0.03) ** 2
    worth = evidence / contrast - KEPT * among.unusual - AROUND * apart
    best = among.contours[int(np.argmax(worth))]
    u, v, above, below = (float(value) for value in best)
    return Contour(u, v, above, below, iris)


def _iris(grey: np.ndarray) -> tuple[float, float]:
    """Where, u and v, the darkest disc near the eye point lies."""
    radius = round(UNIT * IRIS)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius - 1, 2 * radius - 5)).astype(np.float32)
    mean = cv2.filter2D(grey, -1, disc / disc.sum(), borderType=cv2.BORDER_REPLICATE)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]].astype(np.float32)
    u, v = x / UNIT + _LEFT, y / UNIT + _TOP
    far = (u / 0.09) ** 2 + (v / 0.05) ** 2
    cost = mean / max(float(grey.std()), FLAT) + 0.35 * far
    darkest = int(np.argmin(cost))
    return float(u.flat[darkest]), float(v.flat[darkest])


class _Candidates(NamedTuple):
    """M contours to choose from, looked at in P columns of the patch."""

    contours: np.ndarray
    """``(M, 4)`` u, v, above, below."""
    unusual: np.ndarray
    """``(M,)`` squared distance from `USUAL` in units of `SPREAD`."""
    rows: np.ndarray
    """``(M, 4, P)`` rows to compare: above and under the upper lid, over and below the lower one."""
    columns: np.ndarray
    """``(P,)``."""
    places: np.ndarray
    """``(P,)`` their u."""
    weights: np.ndarray
    """``(M, P)``: 1 in the middle of the eye, 0 at its corners."""
    upper: np.ndarray
    """``(M, P)`` v of the upper lid."""
    lower: np.ndarray
    """``(M, P)`` v of the lower lid."""


@lru_cache(maxsize=1)
def _candidates() -> _Candidates:
    us = np.arange(-0.03, 0.031, 0.03)
    vs = np.arange(-0.04, 0.041, 0.02)
    aboves = np.arange(0.025, 0.131, 0.015)
    belows = np.arange(0.025, 0.116, 0.015)
    contours = np.stack(np.meshgrid(us, vs, aboves, belows, indexing="ij"), axis=-1).reshape(-1, 4)
    unusual = (((contours - np.array(USUAL)) / np.array(SPREAD)) ** 2).sum(axis=1)
    columns = np.arange(round(UNIT * (-0.20 - _LEFT)), round(UNIT * (0.20 - _LEFT)) + 1, 2)
    places = columns / UNIT + _LEFT
    arcs = np.array([Contour(u, v, above, below, 0.0).arcs(places) for u, v, above, below in contours], np.float32)
    upper, lower, within = arcs.transpose(1, 0, 2)
    lines = np.stack([upper - 0.030, upper + 0.015, lower - 0.015, lower + 0.030], axis=1)
    rows = np.clip(np.rint(UNIT * (lines - _TOP)), 0, round(UNIT * (_BOTTOM - _TOP)) - 1).astype(np.int64)
    return _Candidates(contours, unusual, rows, columns, places, np.clip(1 - within, 0, 1), upper, lower)
