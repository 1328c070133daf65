"""How the pictures of a labelled data set become face crops: as they are, or by the detector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fer_core.framing import FRAMINGS

if TYPE_CHECKING:
    from fer_core.data.store import Crop

MODES = ("auto", "detect", "whole")
SMALL = 64
"""A picture whose long side has at most this many pixels is a face already: no detector finds faces in 48 x 48."""


def cropper(mode: str, framing: str, size: int) -> tuple[Crop | None, str]:
    """The function that cuts a sample's face out, and the name its results are cached under.

    Args:
        mode: ``whole``: the centre square. ``detect``: the largest face found; samples without one are excluded.
            ``auto``: small pictures whole, larger ones by the detector, and whole where it finds nothing, because a
            label says that there is a face.
        framing: Name in `FRAMINGS`.
        size: Rows and columns of the crop.

    Raises:
        ValueError: an unknown mode.
    """
    if mode not in MODES:
        raise ValueError(f"faces must be one of {', '.join(MODES)}, got '{mode}'")
    if mode == "whole":
        return None, "whole"
    from fer_core.faces import FaceFinder, crop_face

    finder = FaceFinder()

    def crop(picture: np.ndarray) -> tuple[np.ndarray | None, bool]:
        small = max(picture.shape[:2]) <= SMALL
        found = () if mode == "auto" and small else finder.find(picture)
        if found:
            return crop_face(picture, found[0], FRAMINGS[framing], size), True
        return (picture, False) if mode == "auto" else (None, False)

    return crop, f"{mode} {FRAMINGS[framing]}"
