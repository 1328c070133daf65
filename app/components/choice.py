"""A list to choose one of, bound to the address.

What is offered is what stands in the address: Streamlit writes to it the words that are shown, and restores a link by
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app import session


def show(key: str, title: str, options: Sequence[str], default: str | None = None, tip: str | None = None) -> str:
    """Draws the list; returns what is chosen.

    Args:
        key: Of the control, and its name in the address.
        title: Stands above it.
        options: What it offers; at least one.
        default: Taken where neither the session nor the address names one of them; the first where left out.
        tip: Shown while the pointer rests on the title.
    """
    session.settle(key, options, default or options[0])
    hint = f' title="{escape(tip, quote=True)}"' if tip else ""
    # The title stands above by itself: a control that must have a value would write "(required)" beside it.
    st.html(f'<div class="lab-label"{hint}>{escape(title)}</div>')
    chosen = st.selectbox(
        title, options, index=None, required=True, key=key, bind="query-params", label_visibility="collapsed"
    )
    if chosen is None:
        # "Back" to an address without it empties the list; the next drawing fills it.
        st.rerun()
    return chosen


def switch(key: str, title: str, options: Sequence[str], tip: str | None = None, *, bare: bool = False) -> str:
    """The same as a row of buttons, for few short words.

    Args:
        key: Of the control, and its name in the address.
        title: Stands above it.
        options: What it offers; the first is the default.
        tip: Behind the question mark.
        bare: As wide as the page, and without its title, which is then only read aloud.
    """
    session.settle(key, options, options[0])
    chosen = st.segmented_control(
        title,
        options,
        required=True,
        key=key,
        bind="query-params",
        help=tip,
        label_visibility="collapsed" if bare else "visible",
        width="stretch" if bare else "content",
    )
    return chosen or options[0]
