"""Where the parts of the training faces lie: by the data's own columns, else by the framing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fer_core.framing import FRAMINGS
from fer_core.sections import Preprocessing

COLUMNS = tuple(f"landmark_{point}_{axis}" for point in range(5) for axis in "xy")
"""``landmark_0_x landmark_0_y ... landmark_4_y``: fractions of the centre square of the picture, in the order of
`fer_core.contracts`."""


def landmarks_of(table: pd.DataFrame, preprocessing: Preprocessing) -> tuple[np.ndarray, Mapping[str, int]]:
    """The landmarks of N crops, and how many are known how.

    A row's own columns count where the whole picture is the crop. Otherwise a face was cut to the framing, which puts
    its landmarks at the framing's; a picture declared to be a face of that kind has them there on average.

    Args:
        table: N samples; `COLUMNS` or none of them.
        preprocessing: Framing, and how faces are cropped.

    Returns:
        ``(N, 5, 2)`` fractions of the crop, NaN where unknown; counts ``own``, ``framing``, ``unknown``.

    Raises:
        ValueError: some of the columns are there and others are not.
    """
    missing = [column for column in COLUMNS if column not in table]
    if 0 < len(missing) < len(COLUMNS):
        raise ValueError(f"landmarks need all of {COLUMNS[0]} ... {COLUMNS[-1]}; there is no {', '.join(missing)}")
    places = np.full((len(table), 5, 2), np.nan)
    if not missing and preprocessing.faces == "whole":
        given = table[list(COLUMNS)].apply(pd.to_numeric, errors="coerce")
        places = np.array(given, dtype=np.float64).reshape(-1, 5, 2)
        places[~np.isfinite(places).all(axis=(1, 2))] = np.nan
    own = np.isfinite(places).all(axis=(1, 2))
    framing = FRAMINGS.get(preprocessing.framing)
    usual = None if framing is None else framing.landmarks
    if usual is not None:
        places[~own] = usual
    left = int((~own).sum())
    counts = {
        "own": int(own.sum()),
        "framing": left if usual is not None else 0,
        "unknown": 0 if usual is not None else left,
    }
    return places, counts
