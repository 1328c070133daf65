"""The confusion matrix: in counts or shares; a click, or the two lists, choose a cell."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import charts, session
from app.charts.confusion import Mode
from app.charts.frame import CONFIG
from app.services.results import Results

MODES: dict[Mode, str] = {"rows": "by true label", "columns": "by answer", "counts": "counts"}


def show(key: str, told: Results) -> tuple[str, str]:
    """Draws the matrix; returns the chosen cell as (true, said).

    Args:
        key: Begins every session key used here.
        told: One run on one split.
    """
    labels = list(told.labels)
    true, said = _cell(told)
    mode = st.segmented_control(
        "Cells as", list(MODES), format_func=MODES.__getitem__, default="rows", required=True, key="cells",
        bind="query-params",
        help="By true label: each row sums to 100 % (recall on the diagonal). "
        "By answer: each column does (precision).",
    )  # fmt: skip
    ground = st.context.theme.type or "light"
    chart = f"{key}_matrix"

    def clicked() -> None:
        cell = charts.cell_of(st.session_state.get(chart), labels)
        if cell is not None:
            st.session_state["true"], st.session_state["said"] = cell

    st.plotly_chart(
        charts.confusion(
            told.confusion, mode=mode or "rows", ink=st.get_option(f"theme.{ground}.textColor"), chosen=(true, said)
        ),
        key=chart,
        on_select=clicked,
        selection_mode="points",
        config=dict(CONFIG),
        alt=f"Confusion matrix of {told.n:,} pictures, rows true, columns the model's answer. "
        "The two lists beside it choose a cell.",
    )
    return true, said


def _cell(told: Results) -> tuple[str, str]:
    """The chosen cell; at first the most frequent mistake, which is what people look for."""
    labels = list(told.labels)
    wrong = told.confusion.to_numpy().copy()
    np.fill_diagonal(wrong, 0)
    row, column = divmod(int(wrong.argmax()), len(labels))
    return session.settle("true", labels, labels[row]), session.settle("said", labels, labels[column])
