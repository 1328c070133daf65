"""The numbers beside each map."""

from __future__ import annotations

import streamlit as st

from app import colours, markup
from app.components import sides
from app.services import space_quality
from app.services.space import METHOD_NAMES, Laid

MAP = "Measured on the map: what the eye sees."
SPACE = "Measured in the space itself, in all its dimensions: what is so."
CHANCE = "What neighbours drawn by lot would share."


def show(key: str, left: Laid, right: Laid) -> None:
    """Draws both tables.

    Args:
        key: Begins every session key used here.
        left: The left map.
        right: The right one.
    """
    st.subheader("How far can the maps be trusted?", anchor=False)
    for column, laid, side in zip(sides.show(f"{key}_sides", [1, 1]), (left, right), ("left", "right"), strict=True):
        with column:
            name = markup.chip(laid.space, colours.of_space(laid.space))
            st.html(markup.row([name, f'<span class="lab-quiet">{_words(laid)}</span>']))
            st.dataframe(
                space_quality.figures(laid),
                key=f"{key}.{side}",
                hide_index=True,
                column_config={
                    "question": st.column_config.TextColumn("", width="large"),
                    "map": st.column_config.NumberColumn("map", format="%.3f", help=MAP),
                    "space": st.column_config.NumberColumn("space", format="%.3f", help=SPACE),
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
    return f"{METHOD_NAMES[laid.method]} of {told.get('dimension', '?')} dimensions, n = {told.get('n', 0):,}{judged}"
