"""Look at studies: learning curves laid over each other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.charts.studies import overlaid
from app.components import choice, empty, figure, study_table
from app.services import study_curves

_CHOSEN = "curves"
"""Key of the choice, and its name in the address."""


def show(key: str) -> None:
    """Draws it.

    Args:
        key: Begins every session key used here.
    """
    offered = study_curves.offered()
    if not offered:
        empty.show(
            f"{key}_curves",
            "No learning curve yet",
            "Here trainings would be laid over each other, epoch by epoch. *Train* starts one on synthetic people.",
        )
        return
    _settle(list(offered))
    names = st.multiselect(
        "Trainings",
        list(offered),
        key=_CHOSEN,
        bind="query-params",
        max_selections=study_curves.MOST,
        help="Runs, and rows of studies with all their seeds. On different data only the shapes compare.",
        placeholder="Choose some trainings",
    )
    left, right = st.columns(2, gap="medium")
    measures = {title: name for name, title in study_curves.MEASURES.items()}
    with left:
        measure = measures[choice.show("measure", "What", list(measures))]
    along = {title: name for name, title in study_curves.ALONG.items()}
    with right:
        unit = choice.show("along", "Along", list(along))
    if not names:
        st.info("Choose one training or more.", icon=":material/show_chart:")
        return
    chosen = {name: offered[name] for name in names}
    points = study_curves.curves(chosen, measure, along[unit])
    if points.empty:
        st.info("None of these recorded that; choose another figure, or other trainings.", icon=":material/show_chart:")
        return
    source = study_curves.origin(chosen)
    title = study_curves.MEASURES[measure]
    ends = study_curves.ends(points, measure)
    alt = f"{title} along {unit}; at the end " + "; ".join(f"{one.name}: {one.last:.3f}" for one in ends.itertuples())
    lacking = [name for name in names if name not in set(points["name"])]
    figure.show(f"{key}_curves", overlaid(points, names, measure=title, along=unit), alt, source, points)
    number = {
        name: st.column_config.NumberColumn(words, format="%.4f")
        for name, words in (("last", "At the end"), ("best", "At its best epoch"))
    }
    study_table.show(f"{key}_ends", ends, source, {"name": "Training", "trainings": "Trainings", **number})
    if lacking:
        st.caption(f"Not recorded by {', '.join(lacking)}.")


def _settle(offered: Sequence[str]) -> None:
    """A list cannot be settled as one value: the address names several."""
    asked = [one for one in st.query_params.get_all(_CHOSEN) if one in offered][: study_curves.MOST]
    held = st.session_state.get(_CHOSEN)
    if held is None:
        st.session_state[_CHOSEN] = asked or study_curves.first(offered)
        return
    kept = [one for one in held if one in offered]
    if kept != held or kept != asked:
        # Said again: Streamlit writes to the address only what is set after a control's first drawing.
        st.session_state[_CHOSEN] = kept
