"""The reviewer's fixed protocol: the same checks for every run."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.components import provenance, report_preview
from app.services.provenance import Provenance
from app.services.reporting import Written


def show(key: str, found: pd.DataFrame, told: Written, source: Provenance) -> None:
    """Draws how much of the protocol is measured, and its sheet.

    Args:
        key: Begins every session key used here.
        found: Of `reporting.protocol`.
        told: A report of the protocol alone.
        source: Where the numbers come from.
    """
    count = int(found["measured"].sum())
    st.markdown(
        f"**{count} of {len(found)}** checks have a stored result for this run. The list is the same for every run; "
        "the command under a check measures it, or measures it again."
    )
    report_preview.show(key, told)
    provenance.show(f"{key}_origin", source, found.drop(columns="measured"))
