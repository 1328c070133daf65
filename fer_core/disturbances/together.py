"""Several disturbances of one picture at once, in the order in which they come about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fer_core.disturbances import disturb, kind_of, strength_of

ORDER = (
    "sunglasses",
    "mask",
    "hand",
    "upper",
    "lower",
    "left",
    "right",
    "corner",
    "dark",
    "rotation",
    "blur",
    "low-resolution",
)
"""What lies on the face comes first, then the light, the camera's turn and its optics, the sensor last. Kinds placed by
landmarks must come before the turn, which would move the landmarks."""


def together(
    pictures: np.ndarray,
    strengths: Mapping[str, int],
    landmarks: np.ndarray,
    samples: Sequence[int] | np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Pictures under several disturbances; the given ones are left as they are.

    Args:
        pictures: As in `disturb`.
        strengths: Kind -> 1 to 5; those that are not named are left out. Applied by `ORDER`, however they are named.
        landmarks: As in `disturb`.
        samples: As in `disturb`.
        seed: As in `disturb`.

    Returns:
        As ``pictures``.

    Raises:
        ValueError: see `disturb`.
    """
    for kind, strength in strengths.items():
        kind_of(kind)
        strength_of(strength)
    found = pictures.copy()
    for kind in ORDER:
        if kind in strengths:
            found = disturb(found, kind, strengths[kind], landmarks, samples, seed)
    return found


def read_strengths(text: str) -> dict[str, int]:
    """``blur=3,dark=2`` as kinds and strengths, by `ORDER`; empty text as none.

    Raises:
        ValueError: all its mistakes in one sentence.
    """
    found: dict[str, int] = {}
    mistakes: list[str] = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        kind, _, written = (one.strip() for one in part.partition("="))
        try:
            kind_of(kind)
            if written not in ("1", "2", "3", "4", "5"):
                raise ValueError(f"{kind} needs a strength of 1 to 5, as in {kind}=3, got '{written}'")
            if kind in found:
                raise ValueError(f"{kind} is given twice")
            found[kind] = int(written)
        except ValueError as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return {kind: found[kind] for kind in ORDER if kind in found}


def words_of(strengths: Mapping[str, int]) -> str:
    """What `read_strengths` reads."""
    return ",".join(f"{kind}={strengths[kind]}" for kind in ORDER if kind in strengths)
