"""The reviewer's fixed protocol: the same checks for every run."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.components import provenance
from app.services.provenance import Provenance


def show(key: str, found: pd.DataFrame, source: Provenance) -> None:
    """Draws the checks, the unmeasured ones told apart by a word, and each with its command.

    Args:
        key: Begins every session key used here.
        found: Of `reporting.protocol`.
        source: Where the numbers come from.
    """
    count = int(found["measured"].sum())
    st.markdown(
        f"**{count} of {len(found)}** checks have a stored result for this run. The list is the same for every run; "
        "the command beside a check measures it, or measures it again."
    )
    shown = found.drop(columns="measured")
    st.dataframe(
        shown,
        hide_index=True,
        key=f"{key}.table",
        height="content",
        row_height=58,
        column_config={
            "check": st.column_config.TextColumn(width="medium"),
            "stored result": st.column_config.TextColumn(width="medium"),
            "what to look for": st.column_config.TextColumn(width="medium"),
            "command": st.column_config.TextColumn(width="large"),
        },
    )
    provenance.show(f"{key}_origin", source, shown)
