"""The numbers of both maps beside each other."""

from __future__ import annotations

import streamlit as st

from app import colours, markup
from app.services import space_quality
from app.services.space import METHOD_NAMES, Laid

MAP = "Measured on the map: what the eye sees."
SPACE = "Measured in the space itself, in all its dimensions: what is so."
CHANCE = "What neighbours drawn by lot would share."


def show(key: str, left: Laid, right: Laid) -> None:
    """Draws the table.

    Args:
        key: Begins every session key used here.
        left: The left map.
        right: The right one.
    """
    st.subheader("How far can the maps be trusted?", anchor=False)
    shown = {"left": left} if left.space == right.space else {"left": left, "right": right}
    chips = [markup.chip(laid.space, colours.of_space(laid.space)) + _words(laid) for laid in shown.values()]
    st.html(markup.row(chips))
    st.dataframe(
        space_quality.figures(left, right),
        key=f"{key}.figures",
        placeholder="–",
        hide_index=True,
        column_config={
            "question": st.column_config.TextColumn("", width="large"),
            **{
                f"{where}_{side}": st.column_config.NumberColumn(f"{laid.space}, {where}", format="%.3f", help=tip)
                for side, laid in shown.items()
                for where, tip in (("map", MAP), ("space", SPACE))
            },
            "chance": st.column_config.NumberColumn("chance", format="%.3f", help=CHANCE),
        },
    )
    st.caption(
        "Higher is nearer together: for states that is wanted, for people it is identity that leaks. "
        "Distances between far groups of a t-SNE or UMAP map mean nothing; neighbours do."
    )


def _words(laid: Laid) -> str:
    told = laid.figures
    judged = f", judged on {told['judged']:,}" if told.get("judged", 0) < told.get("n", 0) else ""
    words = f"{METHOD_NAMES[laid.method]} of {told.get('dimension', '?')} dimensions, n = {told.get('n', 0):,}{judged}"
    return f'<span class="lab-quiet">{words}</span>'
