"""The confusion matrix: in counts or shares, true labels down or across; a click, or two lists, choose a cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app import charts, session
from app.charts.confusion import Mode
from app.components import choice, figure
from app.services.provenance import Provenance

MODES: dict[str, Mode] = {"by true label": "rows", "by answer": "columns", "counts": "counts"}
READING = (
    "By true label: each true label's cells sum to 100 % (recall on the diagonal). By answer: each answer's cells do "
    "(precision)."
)
LYING = "Papers differ: true labels down the rows, or across the columns."


def show(
    key: str, cells: pd.DataFrame, source: Provenance, parts: np.ndarray | None = None, *, choose: bool = True
) -> None:
    """Draws the matrix with the controls that say how it is read.

    Args:
        key: Of the chart; begins every other key used here.
        cells: ``(K, K)`` counts; index = true, columns = answers.
        source: Where the counts come from.
        parts: ``(F, K, K)`` whose sum they are: their mean is shown.
        choose: Whether a cell can be chosen.
    """
    labels = list(cells.index)
    reading, lying = st.columns([2, 1.2])
    with reading:
        mode = MODES[choice.switch("cells", "Cells as", list(MODES), READING)]
    with lying:
        across = choice.switch("true_labels", "True labels", ["down", "across"], LYING) == "across"
    chosen = chosen_cell(cells) if choose else None

    def clicked() -> None:
        cell = charts.cell_of(st.session_state.get(key), labels)
        if cell is not None:
            st.session_state["true"], st.session_state["said"] = cell

    ground = st.context.theme.type or "light"
    chart = charts.confusion(
        cells, mode=mode, ink=st.get_option(f"theme.{ground}.textColor"), chosen=chosen, across=across, parts=parts
    )
    n = int(cells.to_numpy().sum())
    figure.show(
        key,
        chart,
        f"Confusion matrix of {n:,} pictures, {'columns' if across else 'rows'} true, the other way the model's answer."
        + ("" if chosen is None else " The two lists beside it choose a cell."),
        source,
        cells.rename_axis("true").reset_index(),
        on_select=clicked if choose else None,
    )


def chosen_cell(cells: pd.DataFrame) -> tuple[str, str]:
    """The chosen cell as (true, said); at first the most frequent mistake, which is what people look for.

    Args:
        cells: ``(K, K)`` counts.
    """
    labels: Sequence[str] = list(cells.index)
    wrong = cells.to_numpy().copy()
    np.fill_diagonal(wrong, 0)
    row, column = divmod(int(wrong.argmax()), len(labels))
    return session.settle("true", labels, labels[row]), session.settle("said", labels, labels[column])
