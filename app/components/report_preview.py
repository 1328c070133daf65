"""A written report, looked at before it is taken along."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.services.reporting import Written

_HERE = Path(__file__).parent
_frame = st.components.v2.component(
    "lab_report_preview",
    css=(_HERE / "report_preview.css").read_text(encoding="utf-8"),
    js=(_HERE / "report_preview.js").read_text(encoding="utf-8"),
)


def show(key: str, told: Written) -> None:
    """The button that saves the file, and the file in a sandboxed frame.

    Args:
        key: Begins every session key used here.
        told: The report.
    """
    size = len(told.html.encode("utf-8"))
    words = f"{len(told.sections)} section{'' if len(told.sections) == 1 else 's'}, {size / 1000:,.0f} kB"
    button, said = st.columns([1, 2.4], vertical_alignment="center")
    button.download_button(
        "Download report",
        told.html,
        told.name,
        "text/html",
        key=f"{key}.file",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        width="stretch",
    )
    absent = f" Not stored with this run, and said so there: {', '.join(told.absent)}." if told.absent else ""
    said.caption(f"One file, {words}: opens anywhere without a network, prints on A4, holds no pictures.{absent}")
    _frame(key=f"{key}_frame", data={"html": told.html, "title": f"Preview of {told.name}"})
