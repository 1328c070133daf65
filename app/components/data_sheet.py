"""A sheet of synthetic people: one a row, in several states and sessions."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.components import choice, provenance, sides
from app.services import person


def show(key: str) -> None:
    """Draws the sheet.

    Args:
        key: Begins every session key used here.
    """
    left, middle, right = sides.show(f"{key}_choice", [1.4, 1, 1], gap="medium")
    with left:
        states = choice.switch("sheet_states", "States", ("drowsiness", "expressions"))
    with middle:
        first = int(st.number_input("First person", 0, 10**6, step=1, key="sheet_first", bind="query-params") or 0)
    with right:
        seed = int(st.number_input("Seed", 0, 2**31 - 1, step=1, key="sheet_seed", bind="query-params") or 0)
    with st.spinner("Drawing people who do not exist"):
        png, address = person.sheet(first, states, seed)
    alt = f"{person.PEOPLE} drawn synthetic people from p{first:04d} on, one a row, {states}"
    st.html(f'<img src="{address}" alt="{escape(alt, quote=True)}" style="width:100%;border-radius:0.5rem">')
    st.download_button(
        "Sheet (PNG)", png, "people.png", "image/png", key=f"{key}.png", on_click="ignore", icon=":material/download:"
    )
    provenance.show(f"{key}_origin", person.of_sheet(first, states, seed))
