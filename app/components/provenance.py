"""The line under every figure: where it comes from, what can be taken along, and the command that makes it again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app.services.provenance import Provenance

MOST_ROWS = 5000
"""Rows of a table that travel with the page itself; a longer one is sent when somebody asks for it."""

_HERE = Path(__file__).parent
_strip = st.components.v2.component(
    "lab_provenance",
    css=(_HERE / "provenance.css").read_text(encoding="utf-8"),
    js=(_HERE / "provenance.js").read_text(encoding="utf-8"),
)


def show(key: str, told: Provenance, table: pd.DataFrame | None = None, figure: str | None = None) -> None:
    """One line with its buttons.

    Args:
        key: Unique on the page; begins the names of downloaded files.
        told: The line and its command.
        table: The numbers behind the figure, offered as CSV.
        figure: Key of the chart above (or of a container with several), offered as PNG and SVG; the browser makes them.
    """
    name = key.removesuffix("_origin")
    short = table is not None and len(table) <= MOST_ROWS
    _strip(
        key=key,
        data={
            "text": told.text,
            "command": told.command,
            "name": name,
            "figure": figure,
            "csv": table.to_csv(index=False) if short else None,
        },
    )
    if table is not None and not short:
        st.download_button(
            f"CSV, {len(table):,} rows",
            lambda: table.to_csv(index=False),
            f"{name}.csv",
            "text/csv",
            key=f"{name}.csv",
            on_click="ignore",
            type="tertiary",
        )
