"""Whether a picture stands in a run's training split, as far as the hashes that the run keeps can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from app.services.runs import stamp
from fer_core.data.duplicates import FLAT
from fer_core.data.files import Stored
from fer_core.data.store import difference_hash
from fer_core.pictures import open_picture
from fer_core.preprocessing import luminance
from fer_core.runs import find_run

NEAR = 2
"""Bits of 64 in which the perceptual hash of a near twin differs at most. Beside FER2013's 28,709 training pictures
1.3 % of 150 pictures of public figures came so close and none of 150 of ORL; at 4 bits 9.3 % and 0.7 % did."""

Verdict = Literal["exact", "near", "not found"]


@dataclass(frozen=True)
class Seen:
    """What the hashes say of one picture."""

    verdict: Verdict
    bits: int
    """In which the nearest training picture's perceptual hash differs, of 64; the mirrored picture counts too."""
    near: int
    """Training pictures within `NEAR` bits."""
    of: int
    """Training pictures whose hashes are kept."""
    used: bool
    """Whether one of those found was learned from; else all of them were left out, e.g. as repeated."""
    blank: bool = False
    """So uniform that its perceptual hash is noise: only the same pixels are found."""


def seen(name: str, data: bytes) -> Seen | None:
    """Looks a picture up; None where the run keeps no hashes.

    Args:
        name: The run.
        data: The picture's file.

    Raises:
        FileNotFoundError: no such run.
        ValueError: no picture that can be opened (`UnreadablePicture`).
    """
    run = find_run(name)
    hashes, perceptual, used = _kept(str(run.path), stamp(run))
    if not len(hashes):
        return None
    picture = open_picture(data)
    exact = hashes == np.uint64(int(Stored().digest("", picture), 16))
    bits = np.minimum(*(np.bitwise_count(perceptual ^ difference_hash(one)) for one in (picture, picture[:, ::-1])))
    blank = bool(luminance(picture).std() < FLAT)
    close = (bits <= NEAR) & (not blank)
    found = exact if exact.any() else close
    verdict: Verdict = "exact" if exact.any() else "near" if close.any() else "not found"
    return Seen(verdict, int(bits.min()), int(close.sum()), len(hashes), bool(used[found].any()), blank)


@st.cache_resource(max_entries=8, show_spinner=False)
def _kept(path: str, changed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = find_run(path).training_pictures()
    kinds = (("hash", np.uint64), ("dhash", np.uint64), ("used", bool))
    hashes, perceptual, used = (table[column].to_numpy(dtype=kind) for column, kind in kinds)
    return hashes, perceptual, used
