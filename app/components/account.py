"""The login in front of all pages, and who is logged in, below the menu. Nothing where no login is wanted."""

from __future__ import annotations

import streamlit as st

from app import markup
from app.components import mishap
from app.services import accounts


def admitted() -> bool:
    """Whether this visitor may see a page. Not where that cannot be found out."""
    try:
        return not accounts.wanted() or (accounts.logged_in() and accounts.welcome())
    except ValueError:
        return False  # `ask` says why


def ask(key: str) -> None:
    """What a visitor sees who is not admitted.

    Args:
        key: Begins every session key used here.

    Raises:
        ValueError: nobody can log in; says why.
    """
    accounts.wanted()
    st.space("medium")
    with (
        st.container(horizontal_alignment="center", key=f"{key}_middle"),
        st.container(border=True, width=460, key=f"{key}_box"),
    ):
        st.title("Log in")
        if accounts.logged_in():
            accounts.welcome()
            # As text: Markdown would make a link to write to.
            st.text(accounts.name())
            st.markdown("This account is not among those that may use the dashboard; whoever runs it can change that.")
            st.button("Log out", key=f"{key}.out", icon=":material/logout:", on_click=accounts.log_out)
            return
        st.markdown("This dashboard is open to those whom an identity provider knows.")
        for provider in accounts.providers():
            words = "Log in" if provider == "default" else f"Log in with {markup.plain(provider)}"
            if st.button(words, key=f"{key}.{provider}", type="primary", width="stretch"):
                with mishap.shown():
                    accounts.log_in(provider)


def show(key: str) -> None:
    """Who is logged in, and the way out.

    Args:
        key: Begins every session key used here.
    """
    if not accounts.wanted():
        return
    with st.sidebar.container(key=f"{key}_who"):
        st.caption("Logged in as")
        st.text(accounts.name())
        st.button("Log out", key=f"{key}.out", icon=":material/logout:", on_click=accounts.log_out)
