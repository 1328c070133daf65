"""Section of the results: how it learned, from how much, what was left out, and its card."""

from __future__ import annotations

import streamlit as st

from app import charts
from app.components import figure, provenance, sides
from app.services import provenance as origin
from app.services import results, runs, training_record
from app.services.provenance import Provenance
from app.services.results import Results
from app.services.runs import RunCard


def show(key: str, run: RunCard, told: Results | None, source: Provenance | None) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        run: The chosen run.
        told: It on one split; None where nothing was evaluated.
        source: Where the numbers of that split come from.
    """
    _learning(key, run)
    _exclusions(key, run)
    if told is not None and source is not None:
        _repeats(key, told, source)
    written = runs.model_card(run.name)
    if written:
        with st.expander("Model card: data, training, limits", icon=":material/description:"):
            st.markdown(written)


def _learning(key: str, run: RunCard) -> None:
    epochs, best = results.history(run.name)
    if epochs.empty:
        return
    st.subheader("How did it learn?", anchor=False)
    st.caption(
        f"Training loss: {training_record.objective(run.name)}. Validation loss: plain cross-entropy, without "
        "smoothing, mixing or penalty; so the two curves may lie apart for that reason alone."
    )
    left, right = sides.show(f"{key}_learning", [1, 1])
    source = origin.of_training(run.name)
    with left:
        figure.show(f"{key}_loss", charts.learning(epochs, "loss", best_epoch=best), "Loss by epoch.", source, epochs)
    with right:
        scores = charts.learning(epochs, "scores", best_epoch=best)
        figure.show(f"{key}_scores", scores, "Scores on validation by epoch.", source, epochs)


def _exclusions(key: str, run: RunCard) -> None:
    rows, used = training_record.exclusions(run.name), training_record.used(run.name)
    if rows.empty and not used:
        return
    st.subheader("Which pictures were left out?", anchor=False)
    if "samples" in used:
        splits = ", ".join(f"{used[name]:,} {name}" for name in ("train", "validation", "test") if name in used)
        st.markdown(f"Of **{used['samples']:,}** pictures that the data names: {splits}.")
    st.dataframe(
        rows[["n", "stage", "reason"]],
        key=f"{key}.exclusions",
        hide_index=True,
        column_config={"stage": "When", "reason": "Why", "n": st.column_config.NumberColumn("Pictures", format="%d")},
    )
    provenance.show(f"{key}_exclusions_origin", origin.of_training(run.name), rows)
    st.caption(
        "0 says that it was looked for and nothing was found. What was left out in judging a split is among those left "
        "out in opening the pictures, where the split is of the data that the run learned from."
    )


def _repeats(key: str, told: Results, source: Provenance) -> None:
    if len(told.twins) < 2:
        return
    st.subheader("Do repeated pictures flatter it?", anchor=False)
    chart, words = sides.show(f"{key}_repeats", [1.22, 1], vertical="center")
    with chart:
        figure.show(
            f"{key}_twins",
            charts.twins(told.twins),
            "Accuracy with and without repeated pictures.",
            source,
            told.twins,
        )
    repeated = int(told.twins["n"].iloc[0] - told.twins["n"].iloc[1])
    words.markdown(
        f"**{repeated:,} of {told.n:,}** pictures of this split stand in the training split as exact copies (twins). "
        "A model that saw them may simply remember. Training here leaves such copies out; the score without them is "
        "the fair one when other models are compared."
    )
