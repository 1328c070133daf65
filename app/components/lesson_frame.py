"""What stands around every step of the lesson: where one is, the way on, the type, the handout, and starting anew."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components import lesson_controls
from app.components.lesson_controls import LARGE, STEP

LARGE_TYPE = "<style>html { font-size: 21px !important; }</style>"
"""Streamlit measures in the type of the whole page, so all of it grows: read from the last row."""


def head(steps: Sequence[str]) -> str:
    """Draws the steps and the switch for large type; returns the step that is looked at.

    Args:
        steps: Names of all, in order.
    """
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="teach_head"
    ):
        st.toggle("Large type", key=LARGE, bind="query-params", help="For a room: words, controls and figures grow.")
        st.button(
            "Start anew",
            key="teach.reset",
            icon=":material/restart_alt:",
            on_click=_reset,
            args=(steps[0],),
            help="Back to the first step, every control as at first, no answers.",
        )
    if lesson_controls.large():
        st.html(LARGE_TYPE)
    return lesson_controls.switch(STEP, "Step", steps, bare=True)


def foot(steps: Sequence[str], step: str) -> None:
    """Draws how far one is, and the way to the step before and the next.

    Args:
        steps: Names of all, in order.
        step: The one looked at.
    """
    place, given = list(steps).index(step), lesson_controls.answers()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.button(
            "Step before",
            key="teach.back",
            icon=":material/arrow_back:",
            disabled=place == 0,
            on_click=_go,
            args=(steps[max(place - 1, 0)],),
        )
        st.markdown(f"Step {place + 1} of {len(steps)} · {len(given)} of {len(steps)} answered", width="content")
        last = place + 1 == len(steps)
        st.button(
            "Next step",
            key="teach.next",
            icon=":material/arrow_forward:",
            type="primary" if step in given and not last else "secondary",
            disabled=last,
            on_click=_go,
            args=(steps[place if last else place + 1],),
        )


def _go(step: str) -> None:
    st.session_state[STEP] = step


def _reset(first: str) -> None:
    lesson_controls.reset()
    _go(first)
