"""Leafing through the faces of a data set, by label, person and split."""

from __future__ import annotations

import math

import streamlit as st

from app import colours, session
from app.components import choice, data_tiles, provenance, sides
from app.services import datasets
from app.services.datasets import Dataset
from app.services.provenance import Provenance

TILES = 24
ALL = "all"
MOST_NAMED = 2000
"""People in a list; a longer one no browser scrolls through."""


def show(key: str, data: Dataset, source: Provenance) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        data: The data set.
        source: Where its pictures come from.
    """
    subjects = sorted(map(str, data.table["subject"].dropna().unique()))[:MOST_NAMED]
    asked = []
    offers = (
        ("face_label", "Label", data.labels),
        ("face_of", "Person", subjects),
        ("face_split", "Split", data.splits),
    )
    for column, (name, title, offered) in zip(
        sides.show(f"{key}_choice", [1, 1, 1], gap="medium"), offers, strict=True
    ):
        with column:
            chosen = choice.show(name, title, [ALL, *(one for one in offered if one != ALL)])
            asked.append(None if chosen == ALL else chosen)
    rows = datasets.faces(data, *asked)
    if rows.empty:
        st.caption("No picture is all of that; choose 'all' in one of the lists.")
        return
    pages = math.ceil(len(rows) / TILES)
    page = _page(pages)
    shown = rows.iloc[(page - 1) * TILES : page * TILES]
    tiles = [
        (
            row.path,
            f"{row.path}: {row.label or 'no label'}, {row.subject or 'nobody named'}",
            _caption(row.label, row.subject),
        )
        for row in shown.itertuples()
    ]
    label = asked[0]
    data_tiles.show(data.source, tiles, colours.of_label(label, data.labels) if label else colours.QUIET)
    first = (page - 1) * TILES + 1
    st.caption(f"{first:,} to {first + len(shown) - 1:,} of {len(rows):,}, in the order of the data")
    provenance.show(f"{key}_origin", source, shown)


def _caption(label: str | None, subject: str | None) -> str:
    return " · ".join(one for one in (label or "no label", subject) if one)


def _page(pages: int) -> int:
    """The page that is looked at; counts from 1."""
    if pages == 1:
        return 1
    numbers = [str(one) for one in range(1, pages + 1)]
    if pages <= 400:
        session.settle("face_page", numbers, "1")
        return int(st.select_slider("Page", numbers, key="face_page", bind="query-params"))
    held = st.session_state.get("face_leaf")
    if held is not None and not 1 <= held <= pages:
        st.session_state["face_leaf"] = 1
    return int(st.number_input("Page", 1, pages, key="face_leaf", bind="query-params") or 1)
