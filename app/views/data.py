"""Data: what is in a data set, what is wrong with it, who is on its pictures; and people drawn by hand."""

from __future__ import annotations

import streamlit as st

from app.components import choice, data_choice, data_contents, data_faces, data_findings, data_person, data_sheet
from app.services import datasets
from app.services.datasets import Dataset

DATA, PERSON, SHEET = LOOKS = ("A data set", "Make a person", "A sheet of people")
CONTENTS, FINDINGS, FACES = SECTIONS = ("What is in it", "What is wrong with it", "Faces")
"""Only the chosen one is computed."""


def page() -> None:
    """Draws the page."""
    st.title("Data", anchor=False)
    st.markdown(
        "What a model can learn from a data set, and what it would wrongly be praised for: look before you trust."
    )
    look = choice.switch("data_look", "Look at", LOOKS, bare=True)
    if look == PERSON:
        data_person.show("data_person")
    elif look == SHEET:
        data_sheet.show("data_sheet")
    else:
        _data_set()


def _data_set() -> None:
    source = data_choice.show()
    if not source.strip():
        st.info("Type the path of a data set above, or a line of drawn people.", icon=":material/folder_open:")
        return
    with st.spinner("Opening the data"):
        data = datasets.opened(source, not data_choice.away())
    section = choice.switch("data_section", "Section", SECTIONS, bare=True)
    if section == FACES:
        data_faces.show("data_faces", data, datasets.origin(data, source, "describe"))
    elif _may_read(data):
        _read(section, data, source)


def _read(section: str, data: Dataset, source: str) -> None:
    with st.spinner("Drawing and counting" if data.synthetic else "Reading every picture; the next time it is quick"):
        found = datasets.described(data) if section == CONTENTS else datasets.audited(data)
    fingerprint = found["fingerprint"]
    if section == CONTENTS:
        data_contents.show("data_contents", found, datasets.origin(data, source, "describe", fingerprint))
    else:
        told = datasets.origin(data, source, "audit", fingerprint)
        data_findings.show("data_findings", found, data.source, told)


def _may_read(data: Dataset) -> bool:
    """Whether every picture is read: at once where that is little work, else when somebody says so."""
    if datasets.at_once(data) or st.session_state.get("data.read") == data.stamp:
        return True

    def agreed() -> None:
        st.session_state["data.read"] = data.stamp

    st.info(
        f"It has {len(data):,} pictures. To count and compare them each is {'drawn' if data.synthetic else 'read'} "
        "once, which takes minutes; the faces can be looked at without.",
        icon=":material/hourglass:",
    )
    st.button("Read them all", key="data.agree", on_click=agreed, type="primary")
    return False


if __name__ == "__main__":
    page()
