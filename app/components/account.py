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
    st.title("Log in")
    if accounts.logged_in():
        accounts.welcome()
        who = markup.plain(accounts.name())
        st.markdown(f"{who} is not among those who may use this dashboard; whoever runs it can change that.")
        st.button("Log out", key=f"{key}.out", on_click=accounts.log_out)
        return
    st.markdown("Whoever runs this dashboard lets in those whom an identity provider knows.")
    for provider in accounts.providers():
        words = "Log in" if provider == "default" else f"Log in with {markup.plain(provider)}"
        if st.button(words, key=f"{key}.{provider}", type="primary"):
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
        st.caption(f"Logged in as {markup.plain(accounts.name())}")
        st.button("Log out", key=f"{key}.out", icon=":material/logout:", on_click=accounts.log_out)
