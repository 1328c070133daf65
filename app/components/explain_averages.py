"""The mean map of each label: where a run looks in many faces of a kind."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, markup
from app.charts.maps import Panel
from app.components import explain_controls, figure
from app.services import explained_classes, explained_origin
from app.services.explained_classes import Averaged
from app.services.explaining import Offer

EACH = ("5", "10", "20", "50")
"""At most so many pictures of each label."""


def show(key: str, run: str, offer: Offer) -> None:
    """Draws the controls and a map for each label.

    Args:
        key: Begins every session key used here.
        run: A usable run.
        offer: What the run has.
    """
    there = explained_classes.sources(run)
    if not there:
        st.info(
            f"No pictures that run {markup.plain(run)} was judged on lie on this machine, and nobody can be drawn "
            "with its labels. "
            "`fer explain --average DATA` takes any data set.",
            icon=":material/folder_off:",
        )
        return
    source, each, own = _controls(key, there)
    _, choice = explain_controls.method_and_layer(offer, "")
    asked = (run, source, choice, each)
    # Minutes on a data set that was never decoded: asked for once, then kept for everybody.
    if st.session_state.get(f"{key}.asked") != asked:
        st.button(
            "Average the maps",
            key=f"{key}.go",
            type="primary",
            icon=":material/stacks:",
            on_click=lambda: st.session_state.update({f"{key}.asked": asked}),
        )
        st.caption("Every picture is explained for its own label; the first time takes some seconds.")
        return
    with st.spinner("Explaining every picture"):
        told = explained_classes.averages(run, source, choice, int(each))
    figure.show(
        f"{key}_grid",
        charts.maps(
            [
                Panel(f"{one.label} · n = {one.n} · {one.peak:.3g}", one.values, one.picture, told.unit)
                for one in told.classes
            ],
            "Where does it look in all faces of a label?",
            f"n = {told.facts['n']:,} · mean map over the mean face, each picture for its own label · numbers: peaks",
            signed=choice.signed,
            own_scale=own,
        ),
        "Mean maps: " + "; ".join(f"{one.label}, n {one.n}, peak {one.peak:.2g}" for one in told.classes),
        explained_origin.of_average(run, told, choice, int(each)),
        _table(told),
    )
    missing = [label for label in offer.labels if label not in [one.label for one in told.classes]]
    if missing:
        st.caption(markup.plain(f"No picture of {', '.join(missing)} in this data."))
    if told.facts["in_sample"]:
        st.warning("The run learned from these very pictures.")


def _controls(key: str, there: tuple[str, ...]) -> tuple[str, str, bool]:
    first, second, third = explain_controls.row(f"{key}_controls", [330, 200, 220])
    with first:
        tip = "A split that the run was judged on, or people who do not exist."
        source = explain_controls.buttons("Pictures", there, "average_of", there[0], tip)
    with second:
        each = explain_controls.buttons("Of each label, at most", EACH, "each", "20")
    with third:
        own = explain_controls.scale()
    return source, each, own


def _table(told: Averaged) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [one.label for one in told.classes],
            "n": [one.n for one in told.classes],
            "of": [one.of for one in told.classes],
            "peak": [one.peak for one in told.classes],
            "mean": [float(one.values.mean()) for one in told.classes],
        }
    )
