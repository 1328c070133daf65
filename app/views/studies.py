"""Studies: what the papers printed and ours beside it, ablations, learning curves, and trainings of one's own."""

from __future__ import annotations

import streamlit as st

from app.components import choice, data_choice, job_list, job_start, study_curves, study_grid, study_published

PUBLISHED, GRID, CURVES, TRAIN = LOOKS = ("Published tables", "Ablation grid", "Learning curves", "Train")
"""Only the chosen one is computed."""
JOBS, START = TRAIN_LOOKS = ("Jobs", "Start something")
"""Apart: what is looked at again every other second would close the lists of a form below it."""


def page() -> None:
    """Draws the page."""
    st.title("Studies", anchor=False)
    st.markdown(
        "What the papers printed and what came of it here, what each setting changes, and a place to train on your own."
    )
    look = choice.switch("study_look", "Look at", LOOKS, bare=True)
    if look == TRAIN:
        _train()
    elif look == GRID:
        study_grid.show("study")
    elif look == CURVES:
        study_curves.show("study")
    else:
        study_published.show("study")


def _train() -> None:
    may = not data_choice.away()
    if not may:
        st.info(
            "You look from another machine: trainings are started and stopped, and their logs read, at the machine "
            "itself, or through an SSH tunnel to it.",
            icon=":material/lan:",
        )
    begin = may and choice.switch("train_look", "Look at", TRAIN_LOOKS) == START
    if begin:
        job_start.show("job_start")
    else:
        job_list.show("job", may)


if __name__ == "__main__":
    page()
