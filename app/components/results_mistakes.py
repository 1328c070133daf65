"""Section of the results: which labels are taken for which, with the faces, and the mistakes it was surest of."""

from __future__ import annotations

import streamlit as st

from app import charts
from app.components import cell_gallery, choice, confusion, figure, sample_tiles, sides
from app.services import results
from app.services.provenance import Provenance
from app.services.results import Results

SHOWN = 24
ORDERS = ("surest first", "least sure first")


def show(key: str, told: Results, source: Provenance) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        told: One run on one split.
        source: Where its numbers come from.
    """
    st.subheader("Which labels are taken for which? (confusion matrix)", anchor=False)
    matrix, gallery = sides.show(f"{key}_confusion", [1.22, 1])
    with matrix:
        confusion.show(f"{key}_confusion_matrix", told.confusion, source)
    with gallery:
        cell_gallery.show(f"{key}_cell", told)
    _labels(key, told, source)
    _surest(key, told, source)


def _labels(key: str, told: Results, source: Provenance) -> None:
    st.subheader("How well is each label found?", anchor=False)
    chart, table = sides.show(f"{key}_labels", [1.22, 1])
    with chart:
        figure.show(
            f"{key}_labels",
            charts.per_class(told.per_class, labels=told.labels),
            "Precision, recall and F1 of each label.",
            source,
            told.per_class,
        )
    table.dataframe(
        told.per_class.sort_values("f1", ascending=False),
        key=f"{key}_labels_table",
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


def _surest(key: str, told: Results, source: Provenance) -> None:
    st.subheader("How sure is it where it is wrong?", anchor=False)
    wrong = results.mistakes(told.run, told.split)
    left, right = sides.show(f"{key}_surest", [1, 1])
    with left:
        figure.show(
            f"{key}_confidence",
            charts.confidence(told.answers),
            "Confidence of right and of wrong answers.",
            source,
            told.answers,
        )
    with right:
        if wrong.empty:
            st.caption("Every answer is right: there is no mistake to show.")
            return
        tip = "Mistakes it was sure of are the ones that no threshold catches."
        order = choice.switch("mistakes", "Mistakes", list(ORDERS), tip)
        rows = (wrong if order == ORDERS[0] else wrong.iloc[::-1]).head(SHOWN)
        sample_tiles.mistakes(told.run, told.split, rows, f"{len(rows)} of {len(wrong):,} mistakes, {order}")
