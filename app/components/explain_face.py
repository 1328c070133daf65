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


def show(key: str, found: Mapping[str, Answer], there: list[Face], labels: tuple[str, ...]) -> Face:
    """Draws the pictures and the faces of one of them as cards; returns the chosen face, at first the largest.

    Args:
        key: Begins every session key used here.
        found: What the run says, by the pictures' keys.
        there: From `faces`, one or more.
        labels: The run's labels, for their colours.
    """
    pictures = list({face.held.key: face.held for face in there}.values())
    keys = [held.key for held in pictures]
    place = session.chosen(keys)
    if len(pictures) > 1:
        cards = [_picture(held, found[held.key]) for held in pictures]
        card_strip.show(f"{key}_pictures", cards, place, "pictures", lambda number: session.choose(keys[number]))
    own = [face for face in there if face.held.key == keys[place]]
    name = f"{key}.face.{keys[place]}"
    wanted = min(st.session_state.get(name, 0), len(own) - 1)

    def choose(number: int) -> None:
        st.session_state[name] = number

    if len(own) > 1:
        card_strip.show(f"{key}_faces", [_card(face, labels) for face in own], wanted, "faces", choose)
    return own[wanted]


def _picture(held: Held, answer: Answer) -> Card:
    count = len(answer.faces)
    title = answer.faces[0].label if count == 1 else f"{count} faces"
    return Card(answer.shown.thumbnail if answer.shown else None, held.name, title, held.name.rpartition("/")[2])


def _card(face: Face, labels: tuple[str, ...]) -> Card:
    sure = percent(face.said.probabilities[face.said.label])
    return Card(
        uploads.address(face.said.crop, 192, "PNG", framed=True),
        f"{face.held.name}, face {face.place + 1}: {face.said.label} {sure}",
        face.said.label,
        f"face {face.place + 1} · {sure}",
        colours.of_label(face.said.label, labels),
    )
