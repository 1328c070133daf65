"""The chosen run, at the top of the frame: one for all pages, kept in the address."""

from __future__ import annotations

import streamlit as st

from app import colours, markup, session
from app.services import runs


def chosen(key: str = "run") -> runs.RunCard | None:
    """The card of the chosen run; None where this machine has none."""
    name = st.session_state.get(key)
    return runs.card(name) if name else None


def show(key: str) -> None:
    """The choice, and beside it what the run knows, from which data, and whether its faces are real.

    Args:
        key: Of the session state, and the name in the address.
    """
    cards = {card.name: card for card in runs.cards()}
    if not cards:
        return
    asked = st.query_params.get(key)
    session.settle(key, list(cards), runs.default(tuple(cards.values())) or "")
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_row"):
        name = st.selectbox(
            "Run",
            list(cards),
            index=None,
            required=True,
            key=key,
            bind="query-params",
            label_visibility="collapsed",
            width=260,
        )
        if name is None:
            # "Back" to an address without a run empties the control; the next drawing fills it.
            st.rerun()
        card = cards[name]
        pieces = [
            markup.origin(card.synthetic or card.partly_synthetic, card.partly_synthetic),
            markup.chip(card.label_set, title=", ".join(card.labels)),
            markup.chip(card.data),
            markup.chip("shipped" if card.shipped else "own run"),
        ]
        if not card.usable:
            pieces.append(markup.chip(card.status, colours.WRONG, card.why_not or ""))
        st.html(markup.row(pieces))
    if asked and asked not in cards:
        sentence = f"There is no run '{asked}' on this machine; this is '{card.name}'."
        st.warning(markup.plain(sentence), icon=":material/link_off:")
