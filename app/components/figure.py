"""A chart with all that belongs to it: its alternative text, where it comes from, and what can be taken along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.charts.frame import CONFIG
from app.components import provenance
from app.services.provenance import Provenance


def show(
    key: str,
    chart: go.Figure,
    alt: str,
    source: Provenance,
    table: pd.DataFrame | None = None,
    *,
    on_select: Callable[[], None] | None = None,
    selection_mode: tuple[Literal["points", "box", "lasso"], ...] = ("points",),
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Draws the chart and the line under it.

    Args:
        key: Unique on the page; of the chart itself, so that ``st.session_state[key]`` holds its selection.
        chart: Freshly made.
        alt: What it shows, in a sentence with its main numbers, for those who do not see it.
        source: Where its numbers come from and which command makes them again.
        table: The numbers themselves, offered as CSV.
        on_select: Called before the page is drawn again when somebody selects in the chart; without it the chart
            selects nothing.
        selection_mode: How is selected.
        width: As in `st.plotly_chart`.
    """
    chosen = {"on_select": on_select, "selection_mode": selection_mode} if on_select else {}
    st.plotly_chart(chart, key=key, config=dict(CONFIG), width=width, alt=alt, **chosen)
    provenance.show(f"{key}_origin", source, table, key)
