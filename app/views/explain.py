"""Explain: where a model looks in a face, and whether to believe the map that says so."""

from __future__ import annotations

import streamlit as st

from app import markup, session
from app.components import (
    answering,
    empty,
    explain_averages,
    explain_controls,
    explain_face,
    explain_maps,
    explain_masks,
    explain_mixed,
    explain_tests,
    image_source,
    privacy,
    run_picker,
)
from app.services import explaining
from app.services.runs import RunCard

FACE, MASKS, MIXED, CLASSES = TOPICS = ("One face", "Masks", "A mixed face", "Whole classes")


def page() -> None:
    """Draws the page."""
    st.title("Explain", anchor=False)
    st.markdown("Where does the model look, which part of it says so, and can the map be believed?")
    run = run_picker.chosen()
    if run is None:
        empty.show(
            "explain",
            "No run yet",
            "Here you would see where a trained model looks. Train one with `fer train expression --data fer2013.zip`.",
        )
        return
    if not run.usable:
        raise ValueError(f"run {run.name} cannot explain anything: {run.why_not}; choose another run above")
    topic = _topic(run)
    if topic == CLASSES:
        explain_averages.show("explain_average", run.name, explaining.offer(run.name))
        return
    mode = image_source.show("explain")
    if not session.held():
        empty.show(
            "explain",
            "No pictures yet",
            "Drop photos above, or draw a synthetic sample: this page then shows what speaks for each label in a face, "
            "by any method, layer and part of the network, and tests the maps.",
            "Draw a synthetic sample",
            image_source.take_sample,
        )
        privacy.show("explain")
        return
    found = answering.show("explain", run.name, mode)
    there = explain_face.faces(found)
    if there:
        _looked_at(run, topic, mode, explain_face.show("explain", found, there, run.labels), there)
    else:
        reasons = [answer.error for answer in found.values() if answer.error]
        st.info(
            markup.plain(f"No face to explain: {reasons[0]}.")
            if reasons
            else "No face was found in your pictures. If one is a face cut out close, choose 'Whole picture' above."
        )
    privacy.show("explain")


def _topic(run: RunCard) -> str:
    there = [topic for topic in TOPICS if topic != MASKS or explaining.may_mask(run.name)]
    session.settle("topic", there, there[0])
    topic = st.segmented_control(
        "What", there, required=True, key="topic", bind="query-params", label_visibility="collapsed"
    )
    return topic or there[0]


def _looked_at(run: RunCard, topic: str, mode: str, face: explain_face.Face, there: list[explain_face.Face]) -> None:
    offer = explaining.offer(run.name)
    if topic == MASKS:
        explain_masks.show("explain_masks", run.name, face, mode)
    elif topic == MIXED:
        explain_mixed.show("explain_mixed", run.name, face, there, mode, offer)
    else:
        wish = explain_controls.show("explain", offer, face.said.label)
        shown = explain_maps.show("explain_maps", run.name, face, mode, wish, offer)
        found = shown[explain_maps.looked_at(shown, wish)]
        explain_tests.show("explain_tests", run.name, face, mode, wish, offer, found)


if __name__ == "__main__":
    page()
