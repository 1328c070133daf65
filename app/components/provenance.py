"""The line under every figure: where it comes from, and a button that copies the command which makes it again."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.services.provenance import Provenance

_HERE = Path(__file__).parent
_strip = st.components.v2.component(
    "lab_provenance",
    css=(_HERE / "provenance.css").read_text(encoding="utf-8"),
    js=(_HERE / "provenance.js").read_text(encoding="utf-8"),
)


def show(key: str, told: Provenance) -> None:
    """One line.

    Args:
        key: Unique on the page.
        told: The line and its command.
    """
    _strip(key=key, data={"text": told.text, "command": told.command})
