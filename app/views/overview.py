"""Overview: what this is for, and what lies on this machine."""

from __future__ import annotations

import base64
import io

import streamlit as st
from PIL import Image

from app import colours
from app.components import empty, run_list, sides
from app.services import device, people, runs

DOORS = (
    (
        "Researchers",
        ":material/science:",
        "Train a recipe with one command, look inside its mistakes, and take every number away with `--json`. "
        "Every figure names its run, data, split and seed.",
        ("results", "See results"),
    ),
    (
        "Educators",
        ":material/school:",
        "Bring a photo, watch the probabilities, ask where the model looked. Synthetic people are drawn on the spot, "
        "so nobody's face is needed to begin.",
        ("predict", "Try a face"),
    ),
    (
        "Reviewers",
        ":material/fact_check:",
        "Check a claim: intervals beside scores, held-out or in-sample in words, repeated pictures counted, "
        "the reproducing command under each figure.",
        ("results", "Check the evidence"),
    ),
)

PEOPLE = {"anger": 41, "disgust": 49, "fear": 42, "happiness": 53, "sadness": 51, "surprise": 43, "neutral": 40}
"""Numbers of synthetic people who differ in skin, hair and face."""


def page() -> None:
    """Draws the page."""
    st.title("What does a model see in a face?", anchor=False)
    st.markdown(
        "Facial expressions and states of drowsiness, read by models that this software trains, explains and doubts. "
        "It says what the model says, never what a person feels."
    )
    faces = st.container()
    for column, (who, symbol, what, (view, words)) in zip(
        sides.show("overview", [1, 1, 1], gap="medium"), DOORS, strict=True
    ):
        with column.container(border=True, height="stretch", key=f"overview_{who}"):
            st.markdown(f"#### {symbol} {who}")
            st.markdown(what)
            st.space("stretch")
            st.page_link(f"views/{view}.py", label=words, icon=":material/arrow_forward:")
    st.subheader("Runs on this machine", anchor=False)
    cards = runs.cards()
    if not cards:
        empty.show(
            "overview",
            "No run yet",
            "Models that you train appear here. `fer train expression --data fer2013.zip` makes one.",
        )
    else:
        wanted = run_list.show("overview_runs", cards)
        if wanted:
            st.switch_page(f"views/{wanted}.py")
    _device()
    # Last: the first drawing on a machine takes some seconds, and the rest of the page need not wait for it.
    with faces, st.spinner("Drawing people who do not exist"):
        _faces()


def _faces() -> None:
    """Seven synthetic people with seven expressions, each over its label's colour."""
    figures = []
    for label in PEOPLE:
        image = f'<img src="{_address(label)}" alt="drawn synthetic face: {label}"'
        figures.append(
            f'<figure>{image} style="border-color:{colours.of_label(label)}"><figcaption>{label}</figcaption></figure>'
        )
    st.html(f'<div class="lab-faces">{"".join(figures)}</div>')
    st.caption("Drawn synthetic people: nobody you see on this page exists. Each label keeps its colour on every page.")


@st.cache_data(max_entries=16, show_spinner=False)
def _address(label: str) -> str:
    buffer = io.BytesIO()
    Image.fromarray(people.portrait(PEOPLE[label], label, 220)).save(buffer, format="WEBP", quality=88)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _device() -> None:
    found = device.device()
    memory = f", {found.memory:.0f} GB memory" if found.memory else ""
    accelerator = found.accelerator or "no accelerator found: everything here runs on the processor"
    st.caption(
        f":material/memory: This machine: {found.cores} processor cores{memory}; {accelerator}. Nothing leaves it."
    )


if __name__ == "__main__":
    page()
