"""A clip of somebody who does not exist, drawn once on a machine and held in memory."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import streamlit as st

from fer_core.data.people.film import Film, read_script
from fer_core.video import write_video

PERSON, SEED = 1, 0
"""Of the people 0 to 4 under this script, the run drowsiness raises its alarm in the seconds 14, 15, 15, 4 and 13: the
fourth one it calls Drowsy while awake."""
SCRIPT = "Awake:10,Drowsy:4,Asleep:6"
FPS, SIDE = 15.0, 240
"""As many frames a second as are looked at, and pixels a side: 300 frames, drawn in well under a minute."""
NAME = f"person-{PERSON}.mp4"

_DRAWING = threading.Lock()


def film(tell: Callable[[float, float], None]) -> bytes:
    """An mp4 of one synthetic person who tires and falls asleep.

    Args:
        tell: Told how many seconds are drawn, and of how many.
    """
    # Whoever asks while it is being drawn waits for that one.
    with _DRAWING:
        return _drawn(PERSON, SCRIPT, tell)


def command() -> str:
    """The command that draws the same clip."""
    return f"fer data people people: --clip {NAME} --person {PERSON} --script {SCRIPT} --fps {FPS:g} --clip-size {SIDE}"


@st.cache_data(max_entries=2, show_spinner=False)
def _drawn(person: int, script: str, _tell: Callable[[float, float], None]) -> bytes:
    wanted = Film(read_script(script), person, 0, SEED, FPS, SIDE)

    def pictures() -> Iterator[np.ndarray]:
        for place, picture in enumerate(wanted.pictures(), start=1):
            _tell(place / wanted.fps, wanted.duration)
            yield picture

    with tempfile.TemporaryDirectory() as place:
        return write_video(Path(place) / NAME, pictures(), wanted.fps).read_bytes()
