"""The frame around every page and the menu; nothing else."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.components import account, mishap, run_picker
from app.menu import FIRST, MENU

HERE = Path(__file__).parent


def show() -> None:
    """Draws the frame, then the page that the address names."""
    # A file rather than a symbol: Streamlit would fetch a symbol for the tab from the network.
    st.set_page_config(page_icon=str(HERE / "icon.svg"), layout="wide", initial_sidebar_state=232)
    st.html(HERE / "frame.css")
    st.logo(str(HERE / "logo.svg"), size="large")
    pages = {
        group: [
            st.Page(HERE / "views" / f"{name}.py", title=title, icon=symbol, default=name == FIRST)
            for name, title, symbol in entries
        ]
        for group, entries in MENU.items()
    }
    admitted = account.admitted()
    page = st.navigation(pages, position="sidebar" if admitted else "hidden")
    st.set_page_config(page_title=f"{page.title} · Facial state lab")
    with mishap.shown():
        if not admitted:
            account.ask("account")
            return
        account.show("account")
        run_picker.show("run")
        page.run()
