"""One trial of finding people again, face by face: who was asked about, who was nearest."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import markup
from app.charts.matching import matching
from app.components import figure
from app.services import leakage_told, trials
from app.services.leaking import Asked, Examination

AT_ONCE = 25
"""Faces beside each other: as many as paper A has people; of more the visitor leafs."""


# Only this part is drawn again when somebody steps.
@st.fragment
def show(key: str, asked: Asked, space: str, found: Examination) -> None:
    """Draws the stepper and its faces.

    Args:
        key: Begins every session key used here.
        asked: The table.
        space: The space that was measured.
        found: What was measured.
    """
    count, people = found.found.right.shape
    number = _settled(count)
    widths = [1, 4, 1, 2] if people > AT_ONCE else [1, 5, 1]
    back, slider, on, *leaf = st.columns(widths, vertical_alignment="bottom", gap="small")
    back.button("Back", key=f"{key}.back", width="stretch", on_click=_step, args=(-1, count))
    on.button("Next", key=f"{key}.next", width="stretch", on_click=_step, args=(1, count))
    if count > 1:
        number = slider.slider(
            f"Trial, of {count}", 1, count, key="trial", bind="query-params",
            help="Of everybody one picture is asked about, and one from another session is compared with. Each trial "
            "draws others; the share found again is the mean over all of them.",
        )  # fmt: skip
    first = _leafed(leaf[0], people, f"{key}.people") if leaf else 0
    one = trials.trial(asked, found, number)
    rows = range(first, min(first + AT_ONCE, people))
    with st.spinner("Drawing the faces"):
        upper, lower, why_not = trials.faces(asked, one.table.iloc[rows.start : rows.stop])
    shown = one.table.iloc[rows.start : rows.stop].assign(
        column=[int(taken) - first if taken in rows else -1 for taken in one.taken[rows.start : rows.stop]]
    )
    right = f"{one.right.sum():g} of {people} people found again"
    figure.show(
        f"{key}_faces",
        matching(
            shown,
            upper,
            lower,
            title=f"Trial {number}: {right} by {escape(space)}",
            subtitle=f"mean of all {count} trials: {found.document['accuracy']:.3f} of {people} people",
        ),
        f"Trial {number} of {count}: {right}. Each face above has a line to the face below that it was taken for.",
        leakage_told.of_figures(asked, {space: found.document}),
        one.table,
    )
    st.caption(
        "Above: the picture asked about (probe). Below: the same people in another session (gallery). A line leads to "
        "the face that was nearest: ✓ the same person, ✗ somebody else."
        + (" Lines that end half way lead to people who are not shown." if people > AT_ONCE else "")
    )
    if why_not:
        st.caption(markup.plain(f"Names instead of faces: {why_not}."))


def _settled(count: int) -> int:
    """The trial in the session or the address, else the first."""
    asked = st.session_state.get("trial", st.query_params.get("trial", 1))
    number = min(max(int(asked), 1), count) if str(asked).isdecimal() else 1
    st.session_state["trial"] = number
    return number


def _step(by: int, count: int) -> None:
    st.session_state["trial"] = (int(st.session_state["trial"]) - 1 + by) % count + 1


def _leafed(place: DeltaGenerator, people: int, key: str) -> int:
    """The first person shown."""
    starts = list(range(0, people, AT_ONCE))

    def written(one: int) -> str:
        return f"{one + 1} to {min(one + AT_ONCE, people)} of {people}"

    return int(place.selectbox("People", starts, format_func=written, key=key) or 0)
