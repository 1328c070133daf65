"""How a model's faces are framed: where the five landmarks lie inside its crops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Framing:
    """Where a data set's crops show the five landmarks."""

    name: str
    landmarks: tuple[tuple[float, float], ...]
    """Five (x, y) as fractions of the crop's side, in the legend's order."""
    measured_on: str
    """Data, how many faces, how."""


FRAMINGS: Mapping[str, Framing] = {
    "fer2013": Framing("fer2013", ((0.31, 0.37), (0.69, 0.37), (0.5, 0.58), (0.34, 0.76), (0.66, 0.76)), "not yet measured"),
    "facenet": Framing("facenet", ((0.31, 0.46), (0.69, 0.46), (0.5, 0.64), (0.34, 0.82), (0.66, 0.82)), "not yet measured"),
}
