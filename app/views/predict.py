"""Predict: pictures in, faces with labels out, and the pixels that counted."""

from __future__ import annotations

import streamlit as st

from app import colours, markup, session
from app.charts.frame import percent
from app.components import (
    answering,
    boxed_picture,
    card_strip,
    empty,
    face_panel,
    face_table,
    image_source,
    predict_beside,
    predict_neighbours,
    predict_score,
    predict_seen,
    privacy,
    provenance,
    run_picker,
    sides,
)
from app.components.card_strip import Card
from app.services import provenance as origin
from app.services import uploads
from app.services.predicting import Answer, FacesMode
from app.services.runs import RunCard
from app.services.uploads import Held

NAMED = 5
"""Unusable files that are named at once; more of them would push the good ones off the page."""


def page() -> None:
    """Draws the page."""
    st.title("Predict", anchor=False)
    st.markdown("Bring photos: the model says what each face shows, how sure it is, and which pixels it looked at.")
    run = run_picker.chosen()
    if run is None:
        empty.show(
            "predict",
            "No run yet",
            "There is no trained model on this machine. Train one with `fer train expression --data fer2013.zip`.",
        )
        return
    if not run.usable:
        raise ValueError(f"run {run.name} cannot predict: {run.why_not}; choose another run above")
    mode = image_source.show("predict")
    if not session.held():
        empty.show(
            "predict",
            "No pictures yet",
            "Drop photos above, or draw a synthetic sample: this page then shows every face with its label, "
            "the probabilities of all labels, and where the model looked.",
            "Draw a synthetic sample",
            image_source.take_sample,
        )
        privacy.show("predict")
        return
    found = answering.show("predict", run.name, mode)
    pictures = [picture for picture in session.held() if picture.key in found]
    _mishaps([found[picture.key] for picture in pictures])
    readable = [picture for picture in pictures if found[picture.key].shown is not None]
    if readable:
        _looked_at(run, mode, readable, found)
    privacy.show("predict")


def _mishaps(found: list[Answer]) -> None:
    lines = [f"- **{markup.plain(one.name)}**: {markup.plain(one.error)}" for one in found if one.error]
    if not lines:
        return
    count = "One file" if len(lines) == 1 else f"{len(lines)} files"
    st.warning(f"{count} could not be used:\n" + "\n".join(lines[:NAMED]), icon=":material/broken_image:")
    if len(lines) > NAMED:
        with st.expander(f"The other {len(lines) - NAMED} files"):
            st.markdown("\n".join(lines[NAMED:]))


def _looked_at(run: RunCard, mode: FacesMode, readable: list[Held], found: dict[str, Answer]) -> None:
    """The chosen picture with its faces, the chosen face beside it, the table below."""
    keys = [picture.key for picture in readable]
    chosen = session.chosen(keys)
    if len(readable) > 1:
        cards = [_picture_card(picture, found[picture.key], run.labels) for picture in readable]
        card_strip.show(
            "predict_pictures",
            cards,
            chosen,
            "pictures",
            lambda place: session.choose(keys[place]),
        )
    held = readable[chosen]
    answer = found[held.key]
    picture, panel = sides.show("predict", [1.45, 1])
    key = f"predict_{held.key[:12]}_{mode}"
    with picture:
        place = boxed_picture.show(key, answer, run.labels)
        kind = "synthetic: people who do not exist" if held.origin == "synthetic" else "yours"
        size = f"{answer.shown.width} x {answer.shown.height} pixels" if answer.shown else ""
        st.caption(f"{markup.plain(held.name)} · picture {chosen + 1} of {len(readable)} · {size} · {kind}")
        if answer.faces:
            crops = [_face_card(number, face, run.labels) for number, face in enumerate(answer.faces, start=1)]
            card_strip.show(
                f"{key}_faces",
                crops,
                place or 0,
                "faces",
                lambda number: boxed_picture.choose(key, number),
            )
        predict_seen.show(run.name, held)
        everything = [found[one.key] for one in readable]
        synthetic = all(one.origin == "synthetic" for one in readable)
        count = sum(len(one.faces) for one in everything)
        provenance.show(
            "predict_origin", origin.of_uploads(run.name, mode, [one.name for one in readable], count, synthetic)
        )
    with panel:
        if place is None:
            st.info(
                "No face was found in this picture. If it is one face, cut out close, choose 'Whole picture' above."
            )
        else:
            face_panel.show("predict_panel", run.name, held, place, answer, mode, run.labels)
    rival = predict_beside.asked(run)
    if rival is not None:
        predict_beside.show("predict_beside", run, rival, readable, everything, chosen, place, mode)
    score = st.container()
    if place is not None:
        predict_neighbours.show("predict_neighbours", run.name, held, place, answer.faces[place], mode)
    st.subheader("All faces", anchor=False)
    face_table.show("predict_faces", everything, run.labels)
    # Drawn last, for it may take long, but above.
    with score:
        predict_score.show("predict_score", run, mode)


def _picture_card(held: Held, answer: Answer, labels: tuple[str, ...]) -> Card:
    count = len(answer.faces)
    colour = colours.of_label(answer.faces[0].label, labels) if count == 1 else colours.QUIET
    title = "no face" if not count else answer.faces[0].label if count == 1 else f"{count} faces"
    return Card(
        answer.shown.thumbnail if answer.shown else None, held.name, title, held.name.rpartition("/")[2], colour
    )


def _face_card(number: int, face: object, labels: tuple[str, ...]) -> Card:
    sure = percent(face.probabilities[face.label])
    src = uploads.address(face.crop, 192, "PNG", framed=True) if face.crop is not None else None
    return Card(
        src,
        f"face {number}: {face.label} {sure}",
        face.label,
        f"face {number} · {sure}",
        colours.of_label(face.label, labels),
    )


if __name__ == "__main__":
    page()
