"""The pictures of one cell of the confusion matrix, most confident first."""

from __future__ import annotations

import streamlit as st

from app import colours, markup
from app.charts.frame import percent
from app.components import choice
from app.services import cells
from app.services.results import Results

LIMIT = 24


def show(key: str, told: Results) -> None:
    """Draws the two lists that choose the cell, and its pictures.

    Args:
        key: Begins every session key used here.
        told: One run on one split.
    """
    labels = list(told.labels)
    left, right = st.columns(2, gap="medium")
    with left:
        true = choice.show("true", "True label", labels)
    with right:
        said = choice.show("said", "The model says", labels)
    cell = cells.cell(told.run, told.split, true, said, LIMIT)
    right_one = true == said
    verdict = "✓ right" if right_one else "✗ wrong"
    st.markdown(
        f"**{cell.n:,} picture{'' if cell.n == 1 else 's'}** of *{true}* that the model calls *{said}* ({verdict})"
    )
    if cell.why_not:
        st.info(markup.plain(f"These pictures cannot be shown: {cell.why_not}."), icon=":material/folder_off:")
        return
    if not cell.n:
        st.caption("Nobody was taken so.")
        return
    colour = colours.RIGHT if right_one else colours.WRONG
    st.html(
        markup.tiles(
            [
                (
                    picture.uri,
                    f"{picture.sample}: true {true}, the model says {said} with {percent(picture.confidence)}",
                    percent(picture.confidence) + (" ⧉" if picture.twin else ""),
                )
                for picture in cell.pictures
            ],
            colour,
        )
    )
    shown = f"{len(cell.pictures)} of {cell.n:,}, most confident first; numbers: confidence of the answer"
    if any(picture.twin for picture in cell.pictures):
        shown += "; ⧉: an exact twin stands in the training split"
    st.caption(shown)
