"""One synthetic person set up by hand, and sheets of them: drawn for the page, nothing is stored."""

from __future__ import annotations

import io
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image, ImageDraw

from app.services.people import DRAWING
from app.services.provenance import Provenance
from app.services.uploads import address
from fer_core.data import open_data
from fer_core.data.people.portrait import FACTORS, WHOLE, Portrait, read_changes
from fer_core.data.people.sheet import contact_sheet
from fer_core.labels import DROWSINESS, EXPRESSIONS

__all__ = ["FACTORS", "STATES", "WHOLE", "Portrait", "read_changes"]

STATES = (*DROWSINESS, *EXPRESSIONS)
SIZE = 384
"""Pixels a side: what the page shows."""
PEOPLE, COLUMNS, SIDE = 8, 9, 96
"""Of a sheet."""


@dataclass(frozen=True)
class Drawn:
    """A drawn person."""

    png: bytes
    shown: str
    """Address of the picture, with its landmarks marked where that was asked for."""
    truth: pd.DataFrame
    """``what value``, as ``fer data person`` tells them."""
    openness: tuple[float, float]
    factors: Mapping[str, float]


@st.cache_data(max_entries=64, show_spinner=False)
def drawn(wanted: Portrait, marked: bool) -> Drawn:
    """Draws it.

    Args:
        wanted: Whom, when, and what is changed.
        marked: Whether eyes, nose tip and mouth corners are marked.

    Raises:
        ValueError: it cannot be drawn.
    """
    with DRAWING:
        picture, truth = wanted.draw()
    told = truth.document()
    rows = [(name, value if isinstance(value, str) else _written(value)) for name, value in told.items()]
    shown = _marked(picture, truth.landmarks) if marked else picture
    return Drawn(
        png=_png(picture),
        shown=address(shown, SIZE * 2, "PNG"),
        truth=pd.DataFrame(rows, columns=["what", "value"]),
        openness=(float(str(told["openness_left"])), float(str(told["openness_right"]))),
        factors=wanted.factors(),
    )


@st.cache_data(max_entries=8, show_spinner=False)
def sheet(first: int, states: str, seed: int) -> tuple[bytes, str]:
    """Several people, one a row, in several states and sessions.

    Args:
        first: Number of the first person.
        states: ``drowsiness`` or ``expressions``.
        seed: Of the people.

    Returns:
        A PNG, and its address.
    """
    data = open_data(line(first, states, seed))
    with DRAWING:
        pixels = contact_sheet(data, COLUMNS, PEOPLE)
    return _png(pixels), address(pixels, 2000, "JPEG")


def line(first: int, states: str, seed: int) -> str:
    """The people of a sheet as DATA."""
    return f"people:subjects={PEOPLE},states={states},frames=3,size={SIDE},seed={seed},first={first}"


def of_person(wanted: Portrait) -> Provenance:
    """Of one drawn person."""
    changes = ",".join(f"{name}={value:g}" for name, value in wanted.changes)
    command = (
        f"fer data person --number {wanted.person} --session {wanted.session} --state {shlex.quote(wanted.state)} "
        f"--at {wanted.time:g} --seed {wanted.seed} --size {wanted.size}"
    )
    command += f" --set {shlex.quote(changes)}" if changes else ""
    text = f"synthetic: drawn now, nobody · person p{wanted.person:04d}, session s{wanted.session} · seed {wanted.seed}"
    return Provenance(f"{text} · n = 1 · truth of the renderer, no model", f"{command} --out person.png --json")


def of_sheet(first: int, states: str, seed: int) -> Provenance:
    """Of a sheet."""
    text = f"synthetic: drawn now, nobody · {PEOPLE} people from p{first:04d} on · seed {seed} · one person a row"
    data = shlex.quote(line(first, states, seed))
    return Provenance(text, f"fer data people {data} --sheet people.png --rows {PEOPLE} --columns {COLUMNS} --json")


def _written(value: float | list[float]) -> str:
    return ", ".join(f"{one:.3f}" for one in (value if isinstance(value, list) else [value]))


def _marked(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    reach = max(2, len(picture) // 90)
    for x, y in landmarks.tolist():
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=(240, 228, 66), width=2)
    return np.asarray(image)


def _png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()
