"""The visitor's own faces, and mixtures of two selected ones, in the maps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from app import markup, session
from app.components import answering, image_source
from app.services import runs, space_placing
from app.services.space import Laid, Table

MODE = "auto"
"""How faces are found in pictures, as on the other pages until somebody chooses otherwise."""


def asked() -> bool:
    """Whether the visitor's pictures are wanted in the maps; draws the switch."""
    return st.toggle(
        "My pictures in the maps", key="mine", bind="query-params",
        help="Faces of the pictures that this tab holds, placed by their nearest neighbours in the space.",
    )  # fmt: skip


def held(key: str) -> bool:
    """Whether there are pictures; where there are none, offers to draw some.

    Args:
        key: Begins every session key used here.
    """
    if session.held():
        return True
    st.caption("This tab holds no pictures yet: bring some on the page Predict, or draw some.")
    st.button("Draw a synthetic sample", key=f"{key}.sample", icon=":material/draw:", on_click=image_source.take_sample)
    return False


def points(key: str, told: Table, left: Laid, right: Laid, rows: np.ndarray, mine: bool) -> pd.DataFrame:
    """What is to be drawn over the maps.

    Args:
        key: Begins every session key used here.
        told: The table.
        left: The left map.
        right: The right one.
        rows: The selected rows; of exactly two the way between them is drawn.
        mine: Whether the visitor's pictures are wanted.
    """
    found = [_mine(key, told, left, right)] if mine else []
    if len(rows) == 2:
        found.append(space_placing.between(told, left, right, int(rows[0]), int(rows[1])))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(space_placing.COLUMNS))


def show(key: str, told: Table, left: Laid, right: Laid, placed: pd.DataFrame) -> None:
    """Says what was placed, and how far that can be believed.

    Args:
        key: Begins every session key used here.
        told: The table.
        left: The left map.
        right: The right one.
        placed: Of `points`.
    """
    if (placed["kind"] == "mixed").any():
        st.caption(
            "Diamonds: where mixtures of the two selected faces' vectors lie (their vectors are mixed, not their "
            "pixels), from 90 % of the first to 10 %. A way that leaves the straight line passes through other faces."
        )
    mine = placed[placed["kind"] == "picture"]
    if mine.empty:
        return
    nowhere = [laid.space for side, laid in (("left", left), ("right", right)) if mine[f"x_{side}"].isna().all()]
    if nowhere:
        names = markup.plain(" and ".join(dict.fromkeys(nowhere)))
        st.caption(f"No places in {names}: the run gives faces no such vectors, and the table does not say how to.")
    table = pd.DataFrame({"face": mine["name"]})
    for side, laid in (("left", left), ("right", right)):
        near = mine[f"near_{side}"].astype(int)
        table[f"nearest in {laid.space}"] = [_who(told, row) for row in near]
        table[f"like its kind in {laid.space}"] = mine[f"trust_{side}"]
    st.dataframe(
        table,
        key=f"{key}.mine",
        placeholder="–",
        hide_index=True,
        column_config={
            name: st.column_config.ProgressColumn(
                name, min_value=0, max_value=1, format="percent",
                help="Share of the stored faces that lie at least as far from their neighbours. "
                "Near 0 the face is unlike all of them, and its place on the map says nothing.",
            )
            for name in table if name.startswith("like")
        },
    )  # fmt: skip
    st.caption("Stars: your faces. They stay in this machine's memory and are forgotten with your pictures.")


def _mine(key: str, told: Table, left: Laid, right: Laid) -> pd.DataFrame:
    found = answering.show(key, told.run, MODE)
    names: list[str] = []
    vectors: list[dict[str, np.ndarray]] = []
    for place, held in enumerate(session.held(), start=1):
        crops = [face.crop for face in found[held.key].faces if face.crop is not None] if held.key in found else []
        if not crops:
            continue
        name, store = ("space", told.run, runs.stamped(told.run), held.key), session.lab()
        if name not in store:
            spaces = space_placing.seen(told.run, crops)
            store[name] = spaces, sum(one.nbytes for one in spaces.values())
        spaces = store[name][0]
        count = len(next(iter(spaces.values())))
        short = held.name.rpartition("/")[2][:24] if len(session.held()) > 1 else "face"
        names += [f"{short} {place}.{number}" for number in range(1, count + 1)]
        vectors.append(spaces)
    if not vectors:
        st.caption("No face was found in your pictures.")
    both = {space: np.concatenate([one[space] for one in vectors]) for space in (vectors[0] if vectors else ())}
    return space_placing.guests(told, left, right, names, both)


def _who(told: Table, row: int) -> str:
    if row < 0:
        return ""
    sample = told.samples.iloc[row]
    known = [str(sample[name]) for name in ("subject", "label") if name in sample and pd.notna(sample[name])]
    return ", ".join([*known, f"row {row}"])
