"""Cards of one size that are chosen by click or keyboard: faces of a picture, pictures of a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app import colours

_HERE = Path(__file__).parent
_strip = st.components.v2.component(
    "lab_card_strip",
    css=(_HERE / "card_strip.css").read_text(encoding="utf-8"),
    js=(_HERE / "card_strip.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Card:
    """One card."""

    src: str | None
    """Address of a square picture; None where there is none."""
    alt: str
    title: str
    note: str
    colour: str = colours.QUIET


def show(key: str, cards: Sequence[Card], chosen: int, label: str, choose: Callable[[int], None]) -> None:
    """Draws the cards.

    Args:
        key: Unique on the page.
        cards: From first to last.
        chosen: Which one is marked.
        label: What the cards are, for screen readers.
        choose: Called with the number of a clicked card, before the page is drawn again.
    """

    def clicked() -> None:
        picked = st.session_state[key].get("chosen")
        if picked is not None and 0 <= int(picked) < len(cards):
            choose(int(picked))

    drawn = [
        {
            "src": card.src,
            "alt": card.alt,
            "title": card.title,
            "note": card.note,
            "colour": card.colour,
            "ink": colours.ink_on(card.colour),
        }
        for card in cards
    ]
    _strip(key=key, data={"cards": drawn, "chosen": chosen, "label": label}, on_chosen_change=clicked)
