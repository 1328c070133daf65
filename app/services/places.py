"""Where runs, data and the cache lie on this machine, and how much is there."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from fer_core.caching import cache_home
from fer_core.data import homes
from fer_core.runs import SHIPPED, runs_home

PATIENCE = 0.3
"""Seconds of counting a folder: data sets may lie there by the million."""


@dataclass(frozen=True)
class Place:
    """A folder."""

    what: str
    setting: str
    """What moves it elsewhere; empty where nothing does."""
    path: Path
    there: bool
    size: int
    """Bytes of the files that were counted."""
    whole: bool
    """Whether all were counted."""


def places() -> tuple[Place, ...]:
    """Own runs, shipped runs, the folders of data, and the cache."""
    wanted = [("Your runs", "$FER_RUNS", runs_home()), ("Shipped runs", "", SHIPPED)]
    wanted += [("Data", "$FER_DATA", home) for home in homes()]
    wanted += [("Cache: may be deleted", "$FER_CACHE", cache_home())]
    return tuple(
        Place(what, setting, path.absolute(), path.is_dir(), *_counted(str(path.absolute())))
        for what, setting, path in wanted
    )


# For a minute: a training adds files all the time.
@st.cache_data(max_entries=32, ttl=60, show_spinner=False)
def _counted(path: str) -> tuple[int, bool]:
    ends, total = time.monotonic() + PATIENCE, 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue
            if time.monotonic() > ends:
                return total, False
    return total, True
