"""Mixing lab: two faces and every mixing, what a model makes of them, and the batch that a training would see."""

from __future__ import annotations

import streamlit as st

from app.components import choice, mixing_batch, mixing_controls, mixing_course, mixing_faces, run_picker
from app.services import mixing_lab

LOOKS = ("Two faces", "The next batch")


def page() -> None:
    """Draws the page."""
    st.title("Mixing lab", anchor=False)
    st.markdown(
        "Trainings that mix faces see people who are neither A nor B. What does such a face look like, what is it "
        "taught as, and what does the model say of it?"
    )
    run = run_picker.chosen()
    known = mixing_lab.labels_of(run)
    wish = mixing_controls.show("mixing", run)
    if choice.switch("look", "Look at", LOOKS, bare=True) == LOOKS[1]:
        mixing_batch.show("mixing", wish)
        return
    with st.spinner("Drawing and mixing faces"):
        told = mixing_faces.read(wish)
    answer = mixing_faces.show(told, wish, known)
    mixing_course.show("mixing", wish, told, known, answer)


if __name__ == "__main__":
    page()
