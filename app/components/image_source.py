"""Where pictures come from: files, a zip, the camera, or a synthetic sample; and how their faces are found."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import session
from app.components import choice, sides
from app.services import labelled, people, uploads
from app.services.predicting import FacesMode

MODES: dict[str, FacesMode] = {"Auto": "auto", "Find": "detect", "Whole picture": "whole"}
"""By the words that are shown, and stand in the address."""
MEANING: dict[FacesMode, str] = {
    "auto": "Pictures up to 64 pixels a side are one face each; in larger ones faces are searched.",
    "detect": "Faces are searched in every picture.",
    "whole": "Every picture is one face, cut out before: nothing is searched.",
}
_HELP = "How faces are found. Small pictures that are cut close around a face defeat every detector: take them whole."


def show(key: str) -> FacesMode:
    """Draws the sources and takes what comes; returns how faces are to be found.

    Args:
        key: Begins every session key used here.
    """
    files, beside, faces = sides.show(f"{key}_source", [1.5, 0.95, 1.25], gap="medium")
    with files:
        name = f"{key}.files.{session.upload_round()}"
        st.file_uploader(
            "Photos, or a zip of photos", accept_multiple_files=True, key=name, on_change=_take_files, args=(key, name)
        )
    with beside:
        st.markdown('<div class="lab-label">Or instead</div>', unsafe_allow_html=True)
        st.button(
            "Draw a sample",
            key=f"{key}.sample",
            icon=":material/draw:",
            on_click=take_sample,
            width="stretch",
            help="A synthetic sample: three people who do not exist, drawn now. Each click draws others.",
        )
        camera = st.toggle("Camera", key=f"{key}.camera", help="Works on this machine itself, or through HTTPS.")
    with faces:
        mode = MODES[choice.switch("faces", "Faces", list(MODES), _HELP)]
        st.caption(MEANING[mode])
    if camera:
        name = f"{key}.shot.{session.upload_round()}"
        st.camera_input("Take a picture", key=name, on_change=_take_shot, args=(key, name), width=420)
    notice = st.session_state.get(f"{key}.notice")
    if notice:
        st.info(notice, icon=":material/info:")
    return mode


def _take_files(key: str, name: str) -> None:
    taken: list[uploads.Held] = []
    more = 0
    for file in st.session_state.get(name) or []:
        found, left = uploads.take(file.name, file.getvalue(), "upload", [*session.held(), *taken])
        taken += found
        more += left
        _take_labels(file)
        drop(file)
    session.add(taken)
    st.session_state[f"{key}.notice"] = (
        f"This page holds {uploads.MAX_PICTURES} pictures or {uploads.MAX_HELD // 10**6} MB at a time; "
        f"{more:,} more were left out. For whole folders use the command fer predict."
        if more
        else None
    )
    session.next_round()


def _take_labels(file: UploadedFile) -> None:
    brought = labelled.take(file.name, file.getvalue())
    if brought is not None and sum(session.bytes_held()) + brought.size <= uploads.MAX_HELD:
        session.hold_labelled(brought)


def _take_shot(key: str, name: str) -> None:
    shot: UploadedFile | None = st.session_state.get(name)
    if shot is not None:
        number = 1 + sum(picture.origin == "camera" for picture in session.held())
        taken, _ = uploads.take(f"camera {number}.jpg", shot.getvalue(), "camera", session.held())
        session.add(taken)
        drop(shot)
        session.next_round()


def take_sample() -> None:
    """Draws three people who do not exist and holds them like an upload."""
    number = sum(picture.origin == "synthetic" for picture in session.held())
    with st.spinner("Drawing people"):
        picture = people.sample(number)
    taken, _ = uploads.take(f"synthetic sample {number + 1}.png", picture, "synthetic")
    session.add(taken)


def drop(file: UploadedFile) -> None:
    """Drops Streamlit's own copy of an upload.

    It would be kept until the tab closes, also when the widget is gone; "forget" must mean it.
    """
    context = get_script_run_ctx()
    remove = getattr(context.uploaded_file_mgr, "remove_file", None) if context else None
    if remove is not None and context is not None:
        remove(session_id=context.session_id, file_id=file.file_id)
