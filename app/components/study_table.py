"""A table of a study, with its origin, as CSV (in the line under it) and as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.components import provenance
from app.services.latex import latex
from app.services.provenance import Provenance


def show(
    key: str, table: pd.DataFrame, source: Provenance, columns: Mapping[str, Any] | None = None, digits: int = 4
) -> None:
    """Draws it.

    Args:
        key: Unique on the page; begins the names of downloaded files.
        table: Its columns are the header.
        source: Where its numbers come from.
        columns: Streamlit's settings of columns.
        digits: Of numbers in LaTeX.
    """
    st.dataframe(table, key=f"{key}.table", hide_index=True, column_config=dict(columns or {}))
    export(key, table, source, digits)


def export(key: str, table: pd.DataFrame, source: Provenance, digits: int = 4) -> None:
    """The line under a table, or under a chart made from it, and the button for LaTeX.

    Args:
        key: Unique on the page.
        table: What is taken along.
        source: Where its numbers come from.
        digits: Of numbers in LaTeX.
    """
    provenance.show(f"{key}_origin", source, table)
    latex_of(key, table, source, digits)


def latex_of(key: str, table: pd.DataFrame, source: Provenance, digits: int = 4) -> None:
    """The button for LaTeX alone, where the line stands already.

    Args:
        key: Unique on the page.
        table: What is taken along.
        source: Where its numbers come from.
        digits: Of numbers.
    """
    st.download_button(
        "LaTeX",
        lambda: latex(table, f"{source.text}. {source.command}", key, digits),
        f"{key}.tex",
        "text/x-tex",
        key=f"{key}.latex",
        on_click="ignore",
        type="tertiary",
        icon=":material/functions:",
        help="The table for a paper; needs the package booktabs. Its caption says where the numbers come from.",
    )
