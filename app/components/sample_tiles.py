"""Judged pictures as tiles of one size, or one sentence why they cannot be shown."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import colours, markup
from app.charts.frame import percent
from app.services import cells


def show(run: str, split: str, shown: Sequence[tuple[str, str, str]], colour: str, below: str) -> None:
    """Draws the pictures.

    Args:
        run: The run that judged them.
        split: The split they are of.
        shown: Sample's name, alternative text, caption.
        colour: Of the thin frame.
        below: What they are, said under them.
    """
    uris, why_not = cells.pictures(run, split, [sample for sample, _, _ in shown])
    if why_not:
        st.info(markup.plain(f"These pictures cannot be shown: {why_not}."), icon=":material/folder_off:")
        return
    tiles = [(uri, alternative, caption) for uri, (_, alternative, caption) in zip(uris, shown, strict=True)]
    st.html(markup.tiles(tiles, colour))
    st.caption(below)


def mistakes(run: str, split: str, rows: pd.DataFrame, below: str) -> None:
    """Draws wrong answers, each with what it should have been.

    Args:
        run: The run that gave them.
        split: The split they are of.
        rows: ``sample label predicted confidence``.
        below: Which of them these are.
    """
    shown = [
        (
            str(row.sample),
            f"{row.sample}: true {row.label}, the model says {row.predicted} with {percent(row.confidence)}",
            f"{row.label} → {row.predicted} {percent(row.confidence)}".replace(" %", "\u00a0%"),
        )
        for row in rows.itertuples()
    ]
    show(run, split, shown, colours.WRONG, f"{below}: true → answer, its confidence")
