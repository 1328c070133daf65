"""Which data set is looked at: one that lies on this machine, a drawn one, or a line of one's own."""

from __future__ import annotations

import streamlit as st

from app.components import choice, sides
from app.services import datasets

OTHER = "another one ..."
EXPRESSIONS = "people:subjects=7,sessions=1,states=expressions,frames=2,size=96"


def show() -> str:
    """Draws the choice; returns DATA as a command takes it."""
    offered = [datasets.DRAWN, EXPRESSIONS, *datasets.known(), OTHER]
    left, right = sides.show("data_choice", [1, 1], gap="medium")
    with left:
        chosen = choice.show(
            "data", "Data set", offered, tip="Drawn people, and what lies in the folders of $FER_DATA."
        )
    if chosen != OTHER:
        return chosen
    with right:
        return st.text_input(
            "Path, or people: line",
            key="data_at",
            bind="query-params",
            placeholder="/home/me/faces.zip or people:subjects=27,frames=5",
            max_chars=1000,
            help="Everything that `fer data describe` takes: a manifest, a folder or zip of class folders, FER2013, "
            "FERPlus, RAF-DB, AffectNet, drawn people. It is read, never changed.",
        )


def away() -> bool:
    """Whether the visitor sits at another machine than this one."""
    return st.context.ip_address is not None
