"""Whose face the lesson is about, read once per session, and everything else that is computed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from app import session
from app.components import lesson_controls
from app.services import lesson_face, mixing_lab, runs
from app.services.lesson_face import Chosen, Looked, Portrait
from app.services.runs import RunCard

Made = TypeVar("Made")
FIRST = ("happiness", "Awake")
"""Labels whose first person the lesson begins with."""


def offered(run: RunCard) -> dict[str, Portrait]:
    """Synthetic people for the run's labels, and the pictures that the visitor holds, by name."""
    return mixing_lab.portraits(run, session.held())


def first(there: Mapping[str, Portrait]) -> str:
    """Whom the lesson begins with.

    Args:
        there: From `offered`.
    """
    return next((name for name, one in there.items() if one.label in FIRST), next(iter(there)))


def show(run: RunCard) -> Portrait:
    """Draws the choice of the face.

    Args:
        run: The chosen run.
    """
    there = offered(run)
    tip = "People who do not exist, drawn now; and the pictures that you brought to another page."
    return there[lesson_controls.choose("lesson_face", "Face", list(there), first(there), tip)]


def looked(run: RunCard, chosen: Chosen) -> Looked:
    """The face as the run sees it.

    Args:
        run: The chosen run.
        chosen: Whose face.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot be asked about faces, or there is no face in the picture.
    """
    held = lesson_face.picture(chosen)
    with st.spinner("Looking at the face"):
        return kept(run, ("look", held.key), lambda: lesson_face.look(run.name, held), lambda one: one.bytes)


def kept(run: RunCard, name: tuple[Any, ...], make: Callable[[], Made], size: Callable[[Made], int]) -> Made:
    """Something made once per session, and made anew when the run is written again.

    Args:
        run: What it depends on.
        name: What else it depends on.
        make: Makes it.
        size: Bytes of it.

    Raises:
        FileNotFoundError: what ``make`` raises.
        ValueError: likewise.
    """
    store, key = session.lab(), ("lesson", run.name, runs.stamped(run.name), *name)
    if key not in store:
        made = make()
        store[key] = (made, size(made))
    found: Made = store[key][0]
    return found
