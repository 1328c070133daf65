"""How the pictures of a labelled data set become face crops: as they are, or by the detector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fer_core.faces import MODES, FaceFinder, locate
from fer_core.framing import FRAMINGS, crop_face
from fer_core.labels import suggestion

if TYPE_CHECKING:
    from fer_core.data.store import Crop


def cropper(mode: str, framing: str, size: int) -> tuple[Crop | None, str]:
    """The function that cuts a sample's face out, and the name its results are cached under.

    Args:
        mode: ``whole``: the centre square. ``detect``: the largest face found; samples without one are excluded.
            ``auto``: small pictures whole, larger ones by the detector, and whole where it finds nothing, because a
            label says that there is a face. Pictures under a framing of eyes are eyes, hence always whole.
        framing: Name in `FRAMINGS`.
        size: Rows and columns of the crop.

    Raises:
        ValueError: an unknown mode, or ``detect`` under a framing of eyes.
    """
    if mode not in MODES:
        raise ValueError(f"unknown way to look for faces '{mode}'{suggestion(mode, MODES)}")
    of_eyes = framing in FRAMINGS and FRAMINGS[framing].of_eyes
    if of_eyes and mode == "detect":
        raise ValueError(
            "a run that judges eyes takes each picture of a data set for one eye: --faces must be auto or whole, "
            "got 'detect' (fer data eyes cuts the eyes out of faces)"
        )
    if mode == "whole" or of_eyes:
        return None, "whole"
    finder = FaceFinder()

    def crop(picture: np.ndarray) -> tuple[np.ndarray | None, bool]:
        found = locate(picture, mode, finder)
        if found and found[0].detection is not None:
            return crop_face(picture, found[0], FRAMINGS[framing], size), True
        return (picture, False) if mode == "auto" else (None, False)

    return crop, f"{mode} {FRAMINGS[framing]}"
