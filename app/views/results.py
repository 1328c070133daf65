"""Results: how good a run is, where it fails, for whom, and whether its confidence can be believed."""

from __future__ import annotations

import streamlit as st

from app import session
from app.components import (
    empty,
    headline,
    provenance,
    results_belief,
    results_comparison,
    results_folds,
    results_groups,
    results_mistakes,
    results_robustness,
    results_training,
    run_picker,
)
from app.services import provenance as origin
from app.services import results
from app.services.results import Results
from app.services.runs import RunCard

SECTIONS = {
    "mistakes": "Mistakes",
    "groups": "People and parts",
    "confidence": "Confidence",
    "compare": "Compare",
    "robustness": "Robustness",
    "folds": "Cross-validation",
    "training": "Training and data",
}
"""Only the chosen one is computed."""


def page() -> None:
    """Draws the page."""
    st.title("Results", anchor=False)
    st.markdown(
        "How often the model is right, which labels it takes for which, for whom it is worse, and whether its "
        "confidence can be believed."
    )
    run = run_picker.chosen()
    if run is None:
        empty.show(
            "results",
            "No run yet",
            "Here the scores of a trained model would stand. Train one with `fer train expression --data fer2013.zip`.",
        )
        return
    if not run.splits:
        reason = f": {run.why_not}" if run.why_not else ""
        empty.show(
            "results",
            "Not evaluated yet",
            f"Run {run.name} has no stored predictions{reason}. `fer evaluate {run.name} --data DATA` fills this page.",
        )
        results_training.show("results", run, None, None)
        return
    told = results.results(run.name, _split(run))
    _word_of_care(told)
    headline.show("results", told)
    provenance.show("results_origin", origin.of_split(run.name, told.split))
    _section(_chosen(), run, told)


def _split(run: RunCard) -> str:
    session.settle("split", run.splits, run.splits[0])
    chosen = st.segmented_control(
        "Split",
        run.splits,
        required=True,
        key="split",
        bind="query-params",
        help="Which pictures the run is judged on. Only splits that were evaluated are offered.",
    )
    return chosen or run.splits[0]


def _chosen() -> str:
    session.settle("section", list(SECTIONS), "mistakes")
    chosen = st.segmented_control(
        "Section",
        list(SECTIONS),
        format_func=SECTIONS.__getitem__,
        required=True,
        key="section",
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    return chosen or "mistakes"


def _section(name: str, run: RunCard, told: Results) -> None:
    source = origin.of_split(run.name, told.split)
    match name:
        case "groups":
            results_groups.show("results", told, source)
        case "confidence":
            results_belief.show("results", told, source)
        case "compare":
            results_comparison.show("results", told)
        case "robustness":
            results_robustness.show("results", run)
        case "folds":
            results_folds.show("results")
        case "training":
            results_training.show("results", run, told, source)
        case _:
            results_mistakes.show("results", told, source)


def _word_of_care(told: Results) -> None:
    if told.in_sample:
        st.warning("The run learned from these very pictures: the numbers say what it remembers, not what it can do.")
    empty_labels = told.summary["classes_without_support"]
    if empty_labels:
        st.caption(f"No picture of {', '.join(empty_labels)} in this split: left out of every average.")


if __name__ == "__main__":
    page()
