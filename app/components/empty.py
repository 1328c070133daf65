"""The empty state: what this page would show."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def show(
    key: str, title: str, sentence: str, action: str | None = None, fill: Callable[[], None] | None = None
) -> None:
    """A quiet box with the one button that fills the page.

    Args:
        key: Unique on the page.
        title: A few words.
        sentence: What would be here, and what to do.
        action: The button's words; without them there is no button.
        fill: Called when it is pressed, before the page is drawn again.
    """
    with st.container(border=True, key=f"{key}_empty", horizontal_alignment="center"):
        st.markdown(f"#### {title}", text_alignment="center")
        st.markdown(sentence, text_alignment="center")
        if action:
            st.button(action, key=f"{key}.fill", type="primary", icon=":material/draw:", on_click=fill)
