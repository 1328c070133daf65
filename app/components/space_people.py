"""For runs without stored features: what this page would show, and synthetic people who can be drawn at once."""

from __future__ import annotations

import time

import streamlit as st

from app import markup
from app.components import empty
from app.services import device, space_people


def nothing(key: str, run: str) -> None:
    """The empty state of a run whose labels no synthetic people show.

    Args:
        key: Unique on the page.
        run: The run.
    """
    empty.show(key, "No features stored", _words(run))


def show(key: str, run: str) -> None:
    """The empty state with the button that draws people, and what it does with progress.

    Args:
        key: Begins every session key used here.
        run: A run whose labels synthetic people can show.
    """
    place = st.empty()
    with place.container():
        empty.show(
            key,
            "Nobody drawn yet",
            f"{_words(run)} Or look at {space_people.PEOPLE} synthetic people now: they are drawn, and the model is "
            "asked about them. That takes a minute.",
            f"Draw {space_people.PEOPLE} people",
            lambda: st.session_state.update({f"{key}.asked": run}),
        )
    if st.session_state.get(f"{key}.asked") != run:
        return
    with place.container(key=f"{key}_progress"):
        bar = st.progress(0.0, text="Drawing" if device.torch_is_loaded() else "Waking the model")
    began, first = time.monotonic(), None
    for done, of in space_people.draw(run):
        first = done if first is None else first
        left = (time.monotonic() - began) / max(done - first, 1) * (of - done)
        soon = f" · about {left:.0f} s left" if done > first else ""
        bar.progress(done / of, text=f"{done} of {of} people drawn and looked at{soon}")
    del st.session_state[f"{key}.asked"]
    st.rerun()


def _words(run: str) -> str:
    name = markup.plain(run)
    return (
        f"Run {name} keeps no feature table, so there are no maps of its spaces. `fer embed {run} --data DATA --store` "
        f"writes one, `fer project {run} --space SPACE --method tsne --store` lays it out (of a run that comes with "
        "the software: copy it first, it is not changed)."
    )
