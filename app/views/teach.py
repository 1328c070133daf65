"""Teach: a lesson in five steps on people who do not exist; every answer is computed on what is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from app import markup
from app.components import (
    empty,
    lesson_breaking,
    lesson_controls,
    lesson_flattery,
    lesson_frame,
    lesson_handout,
    lesson_mixed,
    lesson_people,
    lesson_sees,
    run_picker,
)
from app.services.lesson_script import BREAKS, LESSON, MIXES, PEOPLE, SEES, SPLITS
from app.services.runs import RunCard

DRAWN: Mapping[str, Callable[[str, RunCard], None]] = {
    SEES.name: lesson_sees.show,
    BREAKS.name: lesson_breaking.show,
    PEOPLE.name: lesson_people.show,
    MIXES.name: lesson_mixed.show,
    SPLITS.name: lesson_flattery.show,
}
"""What draws each step."""


def page() -> None:
    """Draws the page."""
    st.title("Teach", anchor=False)
    st.markdown(
        "A lesson in five steps, with no picture of yours: try, guess, and see what the computation on this very face "
        "says."
    )
    run = run_picker.chosen()
    if run is None:
        empty.show(
            "teach",
            "No run yet",
            "Here a trained model would be asked about faces of people who do not exist. Train one with "
            "`fer train expression --data people:`.",
        )
        return
    lesson_controls.keep()
    names = tuple(one.name for one in LESSON)
    step = lesson_frame.head(names)
    st.markdown(next(one.idea for one in LESSON if one.name == step))
    try:
        DRAWN[step]("teach", run)
    except (ValueError, FileNotFoundError) as error:
        # The way to the other steps stays open: another may not need what is missing here.
        st.info(markup.plain(f"This step cannot be shown: {error}."), icon=":material/model_training:")
    lesson_frame.foot(names, step)
    lesson_handout.show("teach_handout", run)


if __name__ == "__main__":
    page()
