"""Which sections a report has: kept in the address."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

KEY = "sections"
"""Of the control, and its name in the address."""


def show(titles: Mapping[str, str]) -> tuple[str, ...]:
    """Draws the choice; returns the names of the chosen sections, in the order of reading.

    Args:
        titles: Name -> title of every section. Titles stand in the address: Streamlit writes what is shown.
    """
    offered = list(titles.values())
    asked = [one for one in st.query_params.get_all(KEY) if one in offered]
    held = st.session_state.get(KEY)
    if held is None:
        st.session_state[KEY] = asked or offered
    elif held and asked != held:
        # Said again: Streamlit writes to the address only what is set after a control's first drawing.
        st.session_state[KEY] = [one for one in held if one in offered]
    chosen = st.pills(
        "Sections",
        offered,
        selection_mode="multi",
        key=KEY,
        bind="query-params",
        help="Sections with nothing stored say so, with the command that would fill them.",
        width="stretch",
    )
    return tuple(name for name, title in titles.items() if title in chosen)
