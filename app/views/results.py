"""Results: how good a run is, where it fails, and whether its confidence can be believed."""

from __future__ import annotations

import streamlit as st

from app import charts, session
from app.components import cell_gallery, confusion, empty, figure, headline, provenance, run_picker, sides
from app.services import provenance as origin
from app.services import results, runs
from app.services.provenance import Provenance
from app.services.results import Results
from app.services.runs import RunCard


def page() -> None:
    """Draws the page."""
    st.title("Results", anchor=False)
    st.markdown(
        "How often the model is right, which labels it takes for which, and whether its confidence can be believed."
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
        _learning(run)
        return
    told = results.results(run.name, _split(run))
    source = origin.of_split(run.name, told.split)
    _word_of_care(told)
    headline.show("results", told)
    provenance.show("results_origin", source)
    _mistakes(told, source)
    _labels(told, source)
    _belief(told, source)
    _learning(run)
    _repeats(told, source)
    _card(run)


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


def _word_of_care(told: Results) -> None:
    if told.in_sample:
        st.warning("The run learned from these very pictures: the numbers say what it remembers, not what it can do.")
    empty_labels = told.summary["classes_without_support"]
    if empty_labels:
        st.caption(f"No picture of {', '.join(empty_labels)} in this split: left out of every average.")


def _mistakes(told: Results, source: Provenance) -> None:
    st.subheader("Which labels are taken for which? (confusion matrix)", anchor=False)
    matrix, gallery = sides.show("results_confusion", [1.22, 1])
    with matrix:
        confusion.show("results_confusion", told)
        provenance.show("results_confusion_origin", source, told.confusion.reset_index(), "results_confusion_matrix")
    with gallery:
        cell_gallery.show("results_cell", told)


def _labels(told: Results, source: Provenance) -> None:
    st.subheader("How well is each label found?", anchor=False)
    chart, table = sides.show("results_labels", [1.22, 1])
    with chart:
        figure.show(
            "results_labels",
            charts.per_class(told.per_class, labels=told.labels),
            "Precision, recall and F1 of each label.",
            source,
            told.per_class,
        )
    table.dataframe(
        told.per_class.sort_values("f1", ascending=False),
        key="results_labels_table",
        hide_index=True,
        column_config={
            "label": "Label",
            "precision": st.column_config.NumberColumn(
                "Precision", format="%.3f", help="Of those called so, how many are. Higher is better."
            ),
            "recall": st.column_config.NumberColumn(
                "Recall", format="%.3f", help="Of those who are, how many were called so. Higher is better."
            ),
            "f1": st.column_config.ProgressColumn(
                "F1", format="%.3f", min_value=0, max_value=1, help="Low as soon as precision or recall is."
            ),
            "support": st.column_config.NumberColumn("n", help="Pictures with this true label."),
        },
    )
    average = told.summary["average_accuracy"]
    low, high = told.summary["ci95_average_accuracy"]
    table.caption(
        f"Average recall (average accuracy): {average:.3f}, 95 % interval {low:.3f} to {high:.3f}; "
        f"chance {1 / len(told.labels):.3f}"
    )


def _belief(told: Results, source: Provenance) -> None:
    st.subheader("Can its confidence be believed?", anchor=False)
    left, right = sides.show("results_belief", [1, 1])
    with left:
        figure.show(
            "results_confidence",
            charts.confidence(told.answers),
            "Confidence of right and of wrong answers.",
            source,
            told.answers,
        )
    with right:
        figure.show(
            "results_reliability",
            charts.reliability(told.reliability),
            "Share right by confidence: the reliability diagram.",
            source,
            told.reliability,
        )


def _learning(run: RunCard) -> None:
    epochs, best = results.history(run.name)
    if epochs.empty:
        return
    st.subheader("How did it learn?", anchor=False)
    left, right = sides.show("results_learning", [1, 1])
    source = origin.of_training(run.name)
    with left:
        figure.show("results_loss", charts.learning(epochs, "loss", best_epoch=best), "Loss by epoch.", source, epochs)
    with right:
        scores = charts.learning(epochs, "scores", best_epoch=best)
        figure.show("results_scores", scores, "Scores on validation by epoch.", source, epochs)


def _repeats(told: Results, source: Provenance) -> None:
    if len(told.twins) < 2:
        return
    st.subheader("Do repeated pictures flatter it?", anchor=False)
    chart, words = sides.show("results_repeats", [1.22, 1], vertical="center")
    with chart:
        figure.show(
            "results_twins",
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


def _card(run: RunCard) -> None:
    written = runs.model_card(run.name)
    if written:
        with st.expander("Model card: data, training, limits", icon=":material/description:"):
            st.markdown(written)


if __name__ == "__main__":
    page()
