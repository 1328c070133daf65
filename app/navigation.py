"""The frame around every page and the menu; nothing else."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.components import mishap, run_picker

HERE = Path(__file__).parent

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 188 40" role="img" aria-label="Facial state lab">
<g fill="none" stroke="#6672D8" stroke-width="3" stroke-linecap="round"><path d="M3 12V6a3 3 0 0 1 3-3h6M28 3h6a3 3 0 0 1 3 3v6M37 28v6a3
3 0 0 1-3 3h-6M12 37H6a3 3 0 0 1-3-3v-6"/><path d="M12 25c2.2 3.4 13.800 3.400 16 0"/></g><circle cx="14" cy="16" r="2.4" fill="#6672D8"/>
<circle cx="26" cy="16" r="2.4" fill="#6672D8"/><text x="48" y="27" font-family="Source Serif, Georgia, serif" font-size="20"
font-weight="600" fill="#6672D8">Facial state lab</text></svg>"""

MENU = {
    "": [("overview", "Overview", ":material/home:")],
    "Look at faces": [("predict", "Predict", ":material/face:")],
    "Evidence": [("results", "Results", ":material/monitoring:")],
}
"""Group -> (file below views/, title, symbol). A page that does not exist yet is not listed."""


def show() -> None:
    """Draws the frame, then the page that the address names."""
    st.set_page_config(
        page_title="Facial state lab", page_icon=":material/face:", layout="wide", initial_sidebar_state=232
    )
    st.html(HERE / "frame.css")
    st.logo(LOGO, size="large")
    pages = {
        group: [
            st.Page(HERE / "views" / f"{name}.py", title=title, icon=symbol, default=name == "overview")
            for name, title, symbol in entries
        ]
        for group, entries in MENU.items()
    }
    page = st.navigation(pages)
    with mishap.shown():
        run_picker.show("run")
        page.run()
