"""Face crops disturbed on purpose: covered, blurred, darkened, turned, coarsened, each in five strengths.

Torch-free, pure and on uint8 crops of any size from `SMALLEST` up, grey or colour. What is drawn at random depends on
the seed, the kind and the sample's own number, so a picture is disturbed alike in any order and batch, and stronger
disturbances of one kind lie at the same place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_core.disturbances.kinds import KINDS, Kind
from fer_core.labels import suggestion
from fer_core.seeds import stream

__all__ = ["KINDS", "SMALLEST", "STRENGTHS", "Kind", "disturb", "kind_of", "strength_of"]

STRENGTHS = (1, 2, 3, 4, 5)
"""Five, as Hendrycks and Dietterich, Benchmarking neural network robustness to common corruptions and perturbations
(ICLR 2019), https://arxiv.org/abs/1903.12261."""
SMALLEST = 16
"""Rows and columns below which strengths would fall together."""


def disturb(
    pictures: np.ndarray,
    kind: str,
    strength: int,
    landmarks: np.ndarray,
    samples: Sequence[int] | np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Pictures under one disturbance; the given ones are left as they are.

    Args:
        pictures: ``(N, H, W)`` grey or ``(N, H, W, 3)`` RGB uint8.
        kind: A name in `KINDS`.
        strength: 1 to 5.
        landmarks: ``(5, 2)`` of all pictures (a framing's) or ``(N, 5, 2)``: eyes, nose, mouth's corners as fractions
            of the crop. Kinds that are not `Kind.of_face` do not look at them.
        samples: ``(N,)`` whole numbers, 0 or more, that name each picture for what is drawn at random, for instance
            its hash; None takes 0 to N - 1.
        seed: 0 or more.

    Returns:
        As ``pictures``.

    Raises:
        ValueError: an unknown kind or strength, pictures of another type or smaller than `SMALLEST`, or landmarks or
            samples that do not fit them.
    """
    row = kind_of(kind)
    quantity = row.values[strength_of(strength) - 1]
    if pictures.dtype != np.uint8 or not (pictures.ndim == 3 or (pictures.ndim == 4 and pictures.shape[3] == 3)):
        raise ValueError(
            f"pictures must be (N, H, W) or (N, H, W, 3) uint8, got {pictures.shape} {pictures.dtype}; "
            "disturb them before they are normalised"
        )
    if min(pictures.shape[1:3]) < SMALLEST:
        raise ValueError(
            f"pictures must have at least {SMALLEST} rows and columns, got {' x '.join(map(str, pictures.shape[1:3]))}"
        )
    count = len(pictures)
    points = np.asarray(landmarks, dtype=np.float32)
    if points.shape not in ((5, 2), (count, 5, 2)):
        raise ValueError(f"landmarks must be (5, 2) or ({count}, 5, 2) fractions of the crop, got {points.shape}")
    names = range(count) if samples is None else [int(one) for one in samples]
    if len(names) != count:
        raise ValueError(f"samples must name each of {count} pictures, got {len(names)} names")
    if not count:
        return pictures.copy()
    draws = (
        np.stack([stream(seed, kind, one).random(row.draws) for one in names]) if row.draws else np.empty((count, 0))
    )
    channels = pictures.reshape(*pictures.shape[:3], -1)
    return row.apply(channels, quantity, draws, points.reshape(-1, 5, 2)).reshape(pictures.shape)


def kind_of(name: str) -> Kind:
    """The kind of a name.

    Raises:
        ValueError: there is none; the sentence names those there are.
    """
    if name not in KINDS:
        raise ValueError(f"unknown kind of disturbance '{name}'{suggestion(name, KINDS)}")
    return KINDS[name]


def strength_of(value: int) -> int:
    """The value itself, where it is a strength.

    Raises:
        ValueError: it is none; pictures without a disturbance are the clean ones.
    """
    if value not in STRENGTHS:
        raise ValueError(f"strength must be 1, 2, 3, 4 or 5, got {value}")
    return int(value)
