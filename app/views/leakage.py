"""Identity leakage: whether features that should say how somebody is tell who it is."""

from __future__ import annotations

import streamlit as st

from app import session
from app.components import choice, empty, leakage_curves, leakage_figures, leakage_table, leakage_trials, run_picker
from app.services import leaking
from app.services.leaking import Asked

SHIPPED = "drowsiness"
"""A run that comes with the features of synthetic strangers."""


def page() -> None:
    """Draws the page."""
    st.title("Identity leakage", anchor=False)
    st.markdown(
        "Can a person be recognised by features that should only say how somebody is? A picture of everybody is looked "
        "for among pictures of everybody from another session."
    )
    asked = _asked()
    if asked is not None:
        _measured(asked)
    leakage_table.source("leakage")


def _asked() -> Asked | None:
    """The table that is measured: the visitor's own where one is held, else the run's."""
    held = session.table()
    if held is not None:
        return leakage_table.asked("leakage_own", held)
    run = run_picker.chosen()
    if run is None:
        empty.show(
            "leakage",
            "No run yet",
            "Here the features of a trained model would be searched for people. Train one with "
            "`fer train deviation-compact`, or measure a table of your own below.",
        )
        return None
    there = leaking.splits(run.name)
    if not there:
        offered = run.name != SHIPPED and leaking.has_features(SHIPPED)
        empty.show(
            "leakage",
            "No stored features",
            f"Run {run.name} keeps no features. `fer embed {run.name} --data DATA --store` makes them, with data that "
            "names people, best `people:` or a data set with sessions.",
            "Show the shipped run with synthetic people" if offered else None,
            _take_shipped if offered else None,
        )
        return None
    split = choice.switch("split", "Split", there) if len(there) > 1 else there[0]
    return leaking.of_run(run.name, split)


def _take_shipped() -> None:
    st.session_state["run"] = SHIPPED


def _measured(asked: Asked) -> None:
    space_at, state_at, trials_at = st.columns([1.2, 1, 1], gap="medium")
    with space_at:
        default = "v_state" if "v_state" in asked.spaces else asked.spaces[0]
        space = choice.show(
            "space", "Feature space", asked.spaces, default, "Looked at closely below; all are measured."
        )
    with state_at:
        state = choice.show("state", "Pictures in state", asked.states, asked.state, "Probe and gallery both show it.")
    with trials_at:
        trials = int(
            choice.show("trials", "Trials", leaking.TRIAL_CHOICES, leaking.DEFAULT_TRIALS, "Paper A takes 100.")
        )
    with st.spinner("Looking for everybody"):
        found = {one: leaking.examined(asked, one, state, trials) for one in asked.spaces}
    documents = {one: examination.document for one, examination in found.items()}
    leakage_figures.overview("leakage_spaces", asked, documents, space)
    leakage_figures.numbers("leakage", documents[space])
    st.subheader("Who is taken for whom?", anchor=False)
    faces = st.container()
    st.subheader("More evidence", anchor=False)
    leakage_curves.show("leakage", asked, documents, space)
    leakage_figures.met("leakage_met", asked, documents)
    # Last: the first drawing of people on a machine takes some seconds, and the rest of the page need not wait for it.
    with faces:
        leakage_trials.show("leakage_trial", asked, space, found[space])


if __name__ == "__main__":
    page()
