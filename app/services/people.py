"""Synthetic people for pages: samples and portraits, drawn when somebody asks. Nothing is stored or downloaded."""

from __future__ import annotations

import io
import threading

import numpy as np
import streamlit as st
from PIL import Image

from fer_core.data.people import Recording, identity, moment, render, session
from fer_core.labels import DROWSINESS, EXPRESSIONS, suggestion

SEED = 0
"""Of the people that pages show; ``people:seed=0`` are the same ones."""
MOMENT = 1.4
"""Seconds into a recording: no blink has begun, and an expression is there."""

DRAWING = threading.Lock()
"""The first drawing on a machine compiles for some seconds: once, however many visitors wait for it."""


@st.cache_data(max_entries=64, show_spinner=False)
def portrait(person: int, state: str, size: int = 320, sitting: int = 0) -> np.ndarray:
    """One synthetic person.

    Args:
        person: Number of the person.
        state: An expression or a state of drowsiness.
        size: Pixels a side.
        sitting: Number of the session.

    Returns:
        ``(size, size, 3)`` uint8.

    Raises:
        ValueError: an unknown state.
    """
    states = (*EXPRESSIONS, *DROWSINESS)
    if state not in states:
        raise ValueError(f"no drawing for '{state}'{suggestion(state, states)}")
    who = identity(person, SEED)
    motion = moment(who, Recording(SEED, person, sitting, state), MOMENT)
    with DRAWING:
        return render(who, session(person, sitting, SEED, who), motion, size)[0]


@st.cache_data(max_entries=8, show_spinner=False)
def sample(number: int) -> bytes:
    """A PNG of three synthetic people side by side, each with another expression.

    Args:
        number: Which three; another number gives other people and other expressions.
    """
    rng = np.random.default_rng([SEED, number])
    shown = rng.choice(EXPRESSIONS, size=3, replace=False)
    people = [portrait(3 * number + place, str(state)) for place, state in enumerate(shown)]
    buffer = io.BytesIO()
    Image.fromarray(np.hstack(people)).save(buffer, format="PNG")
    return buffer.getvalue()
