"""Overview: what this is for, and what lies on this machine."""

from __future__ import annotations

import base64
import io

import streamlit as st
from PIL import Image

from app import colours
from app.components import empty, places, run_list, sides, tour_stops
from app.components.tour_stops import Way
from app.services import device, people, runs

DOORS = (
    (
        "Researchers",
        ":material/science:",
        "Look inside a model's mistakes, its feature spaces and what it leaks about persons; every figure names its "
        "run, data, split and seed, and every number is had with `--json`.",
        (
            Way("results", "Where a model is wrong", {"section": "Mistakes"}),
            Way("space", "Two feature spaces", {"run": "drowsiness"}),
            Way("mixing", "What a training mixes"),
            Way("studies", "Studies and trainings"),
        ),
    ),
    (
        "Educators",
        ":material/school:",
        "Bring a photo, watch the probabilities, ask where the model looked. Synthetic people are drawn on the spot, "
        "so nobody's face is needed to begin.",
        (
            Way("teach", "A guided lesson"),
            Way("predict", "Try a face", {"run": "expression"}),
            Way("explain", "Where it looked", {"run": "expression", "topic": "One face"}),
            Way("drowsiness", "A face over time", {"run": "drowsiness"}),
        ),
    ),
    (
        "Reviewers",
        ":material/fact_check:",
        "Check a claim: intervals beside scores, held-out or in-sample in words, repeated pictures counted, "
        "the reproducing command under each figure.",
        (
            Way("results", "How sure, how often right", {"section": "Confidence"}),
            Way("leakage", "Can a person be found again?", {"run": "drowsiness"}),
            Way("data", "What is wrong with the data", {"data_section": "What is wrong with it"}),
            Way("report", "A report to take along"),
        ),
    ),
)
"""Who comes, and what they do first."""

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
    cards = runs.cards()
    known = [card.name for card in cards]
    for column, (who, symbol, what, ways) in zip(sides.show("overview", [1, 1, 1], gap="medium"), DOORS, strict=True):
        with column.container(border=True, height="stretch", key=f"overview_{who}"):
            st.markdown(f"#### {symbol} {who}")
            st.markdown(what)
            st.space("stretch")
            for way in ways:
                if way.open_with(known):
                    tour_stops.link(f"overview.{who}.{way.page}", way)
    st.subheader("Five minutes", anchor=False)
    st.markdown("A tour of what this can show. Each stop opens the very view it speaks of.")
    tour_stops.show("overview_tour", known)
    st.subheader("Runs on this machine", anchor=False)
    if not cards:
        empty.show(
            "overview",
            "No run yet",
            "Models that you train appear here. `fer train expression --data fer2013.zip` makes one.",
        )
    else:
        wanted = run_list.show("overview_runs", cards)
        if wanted:
            tour_stops.turn(wanted)
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
    loaded = "a model was used since the start" if device.torch_is_loaded() else "no model is loaded yet"
    st.caption(
        f":material/memory: This machine: {found.cores} processor cores{memory}; {accelerator}; {loaded}. Nothing "
        "leaves it."
    )
    places.show("overview_places")


if __name__ == "__main__":
    page()
