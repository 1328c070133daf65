"""Section of the results: cross-validations, each group of people left out once."""

from __future__ import annotations

import streamlit as st

from app.components import choice, confusion, empty, provenance, results_groups, sides
from app.services import folds
from app.services.folds import Validated
from app.services.groups import Slices

SUM, MEAN = "all folds, summed", "all folds, mean"


def show(key: str) -> None:
    """Draws the section, which is not about the chosen run but about every cross-validation on this machine.

    Args:
        key: Begins every session key used here.
    """
    st.subheader("How is it on people left out? (cross-validation)", anchor=False)
    names = list(folds.names())
    if not names:
        empty.show(
            f"{key}_folds",
            "No cross-validation yet",
            "Here the folds of a recipe would stand, each group of people left out once. With synthetic people: "
            "`fer crossvalidate deviation-compact`.",
        )
        return
    which, seeded, matrix = st.columns([2.2, 0.8, 1.4])
    with which:
        name = choice.show("folds", "Cross-validation", names)
    with seeded:
        seed = int(choice.show("folds_seed", "Seed", [str(one) for one in folds.seeds(name)]))
    found = folds.validated(name, seed)
    numbers = [f"fold {one}" for one in found.rows["fold"]]
    with matrix:
        tip = "Summed: all pictures in one matrix. Mean: the shares of each fold, averaged, each counting the same."
        shown = choice.show("fold", "Matrix of", [SUM, MEAN, *numbers], tip=tip)
    st.markdown(_sentence(found))
    left, right = sides.show(f"{key}_folds", [1.22, 1])
    with left:
        place = numbers.index(shown) if shown in numbers else None
        parts = found.matrices if shown == MEAN else None
        confusion.show(f"{key}_folds_matrix", found.matrix(place), found.source, parts, choose=False)
    with right:
        _spread(key, name, seed, found)
    st.dataframe(
        found.rows.drop(columns=["low", "high"]),
        key=f"{key}.folds_table",
        hide_index=True,
        column_config={
            "fold": "Fold",
            "n": "n",
            **{
                column: st.column_config.NumberColumn(title, format="%.4f")
                for column, title in (
                    ("accuracy", "Accuracy"),
                    ("average_accuracy", "Average recall"),
                    ("macro_f1", "Macro-F1"),
                )
            },
        },
    )
    provenance.show(f"{key}_folds_table_origin", found.source, found.rows)


def _sentence(found: Validated) -> str:
    std = found.std["macro_f1"]
    words = (
        f"Macro-F1 **{found.mean['macro_f1']:.4f}** as the mean over {len(found.rows)} folds"
        + ("" if std is None else f" (standard deviation {std:.4f})")
        + f", **{found.summed['macro_f1']:.4f}** of the summed predictions; accuracy {found.mean['accuracy']:.4f} and "
        f"{found.summed['accuracy']:.4f}. The two differ: papers print either."
    )
    if len(found.rows) < found.groups:
        words += f" Only {len(found.rows)} of {found.groups} folds have finished: not everybody was tested."
    return words


def _spread(key: str, name: str, seed: int, found: Validated) -> None:
    which = choice.switch("spread", "Spread over", ["folds", "people"])
    slices: Slices | None
    if which == "people":
        slices, title = folds.people(name, seed), "Accuracy by person, the worst first"
    else:
        slices, title = folds.as_slices(found), "Accuracy by fold, the worst first"
    if slices is None:
        st.caption("The stored predictions do not say who is who.")
        return
    results_groups.spread(f"{key}_folds_spread", slices, title, found.source)
