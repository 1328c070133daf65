"""The empty state: what this page would show."""

from __future__ import annotations

import streamlit as st


def show(key: str, title: str, sentence: str) -> None:
    """A quiet box; the caller puts the one button that fills the page below or beside it.

    Args:
        key: Unique on the page.
        title: A few words.
        sentence: What would be here, and what to do.
    """
    with st.container(border=True, key=f"{key}_empty", horizontal_alignment="center"):
        st.markdown(f"#### {title}", text_alignment="center")
        st.markdown(sentence, text_alignment="center")
