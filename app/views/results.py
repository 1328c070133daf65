"""Results: how good a run is, where it fails, for whom, and whether its confidence can be believed."""

from __future__ import annotations

import streamlit as st

from app.components import (
    choice,
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

MISTAKES, GROUPS, CONFIDENCE, COMPARE, ROBUSTNESS, FOLDS, TRAINING = SECTIONS = (
    "Mistakes",
    "People and parts",
    "Confidence",
    "Compare",
    "Robustness",
    "Cross-validation",
    "Training and data",
)
"""Only the chosen one is computed."""
SPLITS = "Which pictures the run is judged on. Only splits that were evaluated are offered."


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
    told = results.results(run.name, choice.switch("split", "Split", run.splits, SPLITS))
    _word_of_care(told)
    headline.show("results", told)
    provenance.show("results_origin", origin.of_split(run.name, told.split))
    _section(choice.switch("section", "Section", SECTIONS, bare=True), run, told)


def _section(name: str, run: RunCard, told: Results) -> None:
    source = origin.of_split(run.name, told.split)
    if name == GROUPS:
        results_groups.show("results", told, source)
    elif name == CONFIDENCE:
        results_belief.show("results", told, source)
    elif name == COMPARE:
        results_comparison.show("results", told)
    elif name == ROBUSTNESS:
        results_robustness.show("results", run)
    elif name == FOLDS:
        results_folds.show("results")
    elif name == TRAINING:
        results_training.show("results", run, told, source)
    else:
        results_mistakes.show("results", told, source)


def _word_of_care(told: Results) -> None:
    if told.in_sample:
        st.warning("The run learned from these very pictures: the numbers say what it remembers, not what it can do.")
    empty_labels = told.summary["classes_without_support"]
    if empty_labels:
        st.caption(f"No picture of {', '.join(empty_labels)} in this split: left out of every average.")


if __name__ == "__main__":
    page()
