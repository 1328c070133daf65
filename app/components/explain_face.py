"""Which face of which held picture is explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from app import colours, session
from app.charts.frame import percent
from app.components import card_strip
from app.components.card_strip import Card
from app.services import uploads
from app.services.predicting import Answer, Prediction
from app.services.uploads import Held


@dataclass(frozen=True)
class Face:
    """One face of a held picture, and what the run says about it."""

    held: Held
    place: int
    """0 is the largest."""
    said: Prediction

    @property
    def words(self) -> str:
        """What it is called in a list."""
        return f"{self.held.name} · face {self.place + 1}: {self.said.label}"


def faces(found: Mapping[str, Answer]) -> list[Face]:
    """Every face of every held picture that was read, in the order the pictures came.

    Args:
        found: What the run says, by the pictures' keys.
    """
    return [
        Face(held, place, said)
        for held in session.held()
        if held.key in found
        for place, said in enumerate(found[held.key].faces)
        if said.crop is not None
    ]


def show(key: str, there: list[Face], labels: tuple[str, ...]) -> Face:
    """Draws the faces as cards; returns the chosen one, at first the largest of the picture that is looked at.

    Args:
        key: Begins every session key used here.
        there: From `faces`, one or more.
        labels: The run's labels, for their colours.
    """
    keys = list(dict.fromkeys(face.held.key for face in there))
    looked_at = keys[session.chosen(keys)]
    known = [(face.held.key, face.place) for face in there]
    wanted = st.session_state.get(f"{key}.face")
    if wanted not in known or wanted[0] != looked_at:
        wanted = (looked_at, min(face.place for face in there if face.held.key == looked_at))

    def choose(number: int) -> None:
        session.choose(there[number].held.key)
        st.session_state[f"{key}.face"] = known[number]

    if len(there) > 1:
        cards = [_card(face, labels) for face in there]
        card_strip.show(f"{key}_faces", cards, known.index(wanted), "faces", choose)
    return there[known.index(wanted)]


def _card(face: Face, labels: tuple[str, ...]) -> Card:
    sure = percent(face.said.probabilities[face.said.label])
    return Card(
        uploads.address(face.said.crop, 192, "PNG", framed=True),
        f"{face.held.name}, face {face.place + 1}: {face.said.label} {sure}",
        face.said.label,
        f"face {face.place + 1} · {sure}",
        colours.of_label(face.said.label, labels),
    )
