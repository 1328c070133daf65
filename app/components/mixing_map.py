"""The mixture between its parents in a stored map of the run, where it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import charts, markup
from app.charts.frame import percent
from app.components import choice, figure, sides
from app.components.mixing_controls import Wish
from app.services import mixing_map

if TYPE_CHECKING:
    from app.services.mixing_map import Course

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}


def show(key: str, wish: Wish, known: tuple[str, ...], along: Course | None, own: Course) -> None:
    """Draws the map; nothing where the run has no stored features.

    Args:
        key: Begins every session key used here.
        wish: What the controls say.
        known: The run's labels.
        along: Mixtures along lambda; None where the share is a region's.
        own: Ends with the mixture.
    """
    run = wish.setting.run
    try:
        maps = mixing_map.offered(run or "", own)
        if not maps:
            st.caption(
                "A map of stored faces would stand here; `fer embed` and `fer project`, with `--store`, make one "
                "for a run."
            )
            return
        left, right, _ = sides.show(f"{key}_map_controls", [1, 1, 2], gap="medium")
        with left:
            space = choice.show("lies_in", "Space of the map", list(maps), "v_state" if "v_state" in maps else None)
        with right:
            words = [METHODS.get(one, one) for one in maps[space]]
            said = choice.show("laid_by", "Map", words, "PCA" if "PCA" in words else None)
        method = maps[space][words.index(said)]
        told = mixing_map.way(run or "", space, method, along, own)
    except (ValueError, FileNotFoundError) as error:
        st.info(markup.plain(f"The map cannot be shown: {error}."), icon=":material/scatter_plot:")
        return
    title = f"Between A and B in {said} of {space}"
    chart = charts.mixing_way(told.points, told.way, labels=known, total=told.total, title=title)
    alt = f"{title}: the way from B to A over {told.total:,} stored samples."
    figure.show(f"{key}_map", chart, alt, told.source, told.way)
    st.caption(
        f"{percent(told.trust)} of the stored faces lie at least as far from their own neighbours as this mixture does "
        "from its nearest; near 0 %, its place in the map says nothing."
    )
