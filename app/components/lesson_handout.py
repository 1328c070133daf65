"""The lesson as a sheet to print: one file, made when somebody asks for it."""

from __future__ import annotations

from datetime import date

import streamlit as st

from app.components import lesson_controls, lesson_mixed, lesson_picture
from app.services import lesson_handout
from app.services.lesson_face import Chosen
from app.services.lesson_handout import Wanted
from app.services.runs import RunCard


def show(key: str, run: RunCard) -> None:
    """Draws the button.

    Args:
        key: Begins every session key used here.
        run: The chosen run.
    """
    there = lesson_picture.offered(run)
    state = st.session_state
    # Of steps that were not opened yet the sheet takes what they would begin with.
    first = there.get(state.get("lesson_face", ""), there[lesson_picture.first(there)])
    second = there.get(state.get("lesson_other", ""), there[lesson_mixed.second(there)])
    wanted = Wanted(
        run=run.name,
        labels=run.labels,
        chosen=Chosen(first),
        second=second,
        table=state.get("lesson_table"),
        space=state.get("lesson_columns"),
        large=lesson_controls.large(),
    )
    st.download_button(
        "Handout to print",
        lambda: lesson_handout.written(wanted, date.today().isoformat()),
        f"{run.name}-lesson.html",
        "text/html",
        key=f"{key}.file",
        icon=":material/print:",
        on_click="ignore",
        help="All five steps on this face and these tables, with boxes to tick and the answers on a last page. One "
        "file that asks no network for anything; pictures that you brought stay out of it.",
    )
