"""Columns that stand beside each other where there is room, and below each other on a tablet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def show(
    key: str,
    widths: Sequence[float],
    gap: Literal["small", "medium", "large"] = "large",
    vertical: Literal["top", "center", "bottom"] = "top",
) -> Sequence[DeltaGenerator]:
    """The columns; app/frame.css knows them by the key's beginning.

    Args:
        key: Unique on the page.
        widths: Relative widths.
        gap: Between them.
        vertical: How their contents are aligned.
    """
    with st.container(key=f"sides_{key}"):
        return st.columns(list(widths), gap=gap, vertical_alignment=vertical)
