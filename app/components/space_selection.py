"""Who is selected: in words, as faces, as a table, and to take along."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import streamlit as st

from app import colours, markup
from app.components import card_strip, space_maps
from app.components.card_strip import Card
from app.components.space_controls import Choice
from app.services import space_colouring, space_faces, space_points
from app.services.space import Laid, Table

FACES = 16
"""Faces that are shown of a selection."""
AT_ONCE = 0.2
"""Seconds of drawing after which the faces that are done are shown, and the others follow."""


def show(key: str, told: Table, choice: Choice, left: Laid, right: Laid, rows: np.ndarray) -> None:
    """Draws the panel.

    Args:
        key: Begins every session key used here.
        told: The table.
        choice: What is shown.
        left: The left map.
        right: The right one.
        rows: The selected ones.
    """
    _fields(key, told, choice)
    if not len(rows):
        st.caption("Nothing is selected: drag a box or a lasso over either map, click points, or use the fields above.")
        return
    samples = told.samples.iloc[rows]
    st.markdown(f"**Selected: {_summary(samples)}**")
    _faces(key, told, rows)
    _take(key, told, left, right, rows)


def _fields(key: str, told: Table, choice: Choice) -> None:
    rows, group, clear = st.columns([2, 1.4, 0.7], vertical_alignment="bottom", gap="small")
    rows.text_input(
        "Selected rows", key="rows", bind="query-params", placeholder="for instance 12-40.77", max_chars=20_000,
        help="Rows of the table, counted from 0. What is selected in a map stands here, and typing selects.",
    )  # fmt: skip
    by = choice.colour if choice.colour not in ("", "confidence") else None
    values = space_colouring.values(told, by) if by else pd.Series(dtype=object)

    def all_of() -> None:
        picked = st.session_state.get(f"{key}.group")
        if picked is not None:
            space_maps.choose(told, np.flatnonzero((values == picked).to_numpy()))
            st.session_state[f"{key}.group"] = None

    word = space_colouring.NAMES.get(choice.colour, "")
    group.selectbox(
        f"All of one {word}" if by and by != "right" else "All who are", sorted(values.unique()), index=None,
        key=f"{key}.group", placeholder="choose", on_change=all_of, disabled=by is None,
    )  # fmt: skip
    clear.button(
        "Clear", key=f"{key}.none", width="stretch", disabled=not st.session_state.get("rows"),
        on_click=space_maps.choose, args=(told, np.empty(0, dtype=np.int64)),
    )  # fmt: skip


def _summary(samples: pd.DataFrame) -> str:
    """``41 points, 7 people, 88 % Awake, 76 % answered right``."""
    count = len(samples)
    parts = [f"{count:,} point{'' if count == 1 else 's'}"]
    people = samples["subject"].dropna().nunique() if "subject" in samples else 0
    if people:
        name = f" ({markup.plain(str(samples['subject'].dropna().iloc[0]))})" if people == 1 else ""
        parts.append(f"{people:,} {'person' if people == 1 else 'people'}{name}")
    if "label" in samples and samples["label"].notna().any():
        most = samples["label"].value_counts()
        parts.append(f"{most.iloc[0] / count:.0%} {markup.plain(str(most.index[0]))}".replace("%", " %", 1))
        if "predicted" in samples:
            right = (samples["label"] == samples["predicted"]).mean()
            parts.append(f"{right:.0%} answered right".replace("%", " %", 1))
    return ", ".join(parts)


def _faces(key: str, told: Table, rows: np.ndarray) -> None:
    shown = space_faces.spread(rows, FACES)
    place = st.empty()
    began, found = time.perf_counter(), []
    try:
        for src in space_faces.tiles(told, shown):
            found.append(src)
            if time.perf_counter() - began > AT_ONCE:
                done = [(src, f"row {one}", "") for one, src in zip(shown, found, strict=False)]
                place.html(markup.tiles(done, colours.QUIET))
                began = time.perf_counter()
    except (ValueError, OSError) as error:
        st.info(markup.plain(f"These faces cannot be shown: {error}."), icon=":material/folder_off:")
        return
    cards = [_card(told, row, src) for row, src in zip(shown, found, strict=True)]
    with place.container():
        alone = 0 if len(shown) == 1 else -1
        card_strip.show(
            f"{key}_faces", cards, alone, "selected faces",
            lambda number: space_maps.choose(told, shown[number : number + 1]),
        )  # fmt: skip
    of = f"{len(shown)} of {len(rows):,}, evenly spread over the selection; " if len(shown) < len(rows) else ""
    synthetic = "synthetic people, drawn now" if told.made.get("synthetic") else "real faces of the data set"
    st.caption(f"{of}{synthetic}; the frame's colour is the true state. A click selects that face alone.")


def _card(told: Table, row: int, src: str | None) -> Card:
    sample = told.samples.iloc[row]
    label, said, who = (
        str(sample[name]) if name in sample and pd.notna(sample[name]) else ""
        for name in ("label", "predicted", "subject")
    )
    wrong = bool(label and said) and label != said
    sign = "" if not (label and said) else " ✕" if wrong else " ✓"
    alt = f"row {row}: {who or sample['sample']}, {label or 'no label'}" + (f", the model says {said}" if said else "")
    note = f"{who or f'row {row}'}{f' ✕ {said}' if wrong else ''}"
    return Card(src, alt, f"{label or 'no label'}{sign}", note, colours.of_label(label, told.labels))


def _take(key: str, told: Table, left: Laid, right: Laid, rows: np.ndarray) -> None:
    table = space_points.coordinates(told, left, right).iloc[rows]
    with st.expander(f"Table of the {len(rows):,} selected", icon=":material/table:"):
        st.dataframe(table, key=f"{key}.table", hide_index=True, height="auto" if len(rows) <= 10 else 380)
    first, second = st.columns(2)
    first.download_button(
        "Table as CSV", lambda: table.to_csv(index=False), "selection.csv", "text/csv", key=f"{key}.csv",
        icon=":material/download:", on_click="ignore", width="stretch",
        help="Row, sample, what is known of it, and its place on both maps.",
    )  # fmt: skip
    capped = f", the first {space_faces.MOST_TAKEN}" if len(rows) > space_faces.MOST_TAKEN else ""
    second.download_button(
        f"Faces with manifest as zip{capped}", lambda: space_faces.archive(told, rows), "selection.zip",
        "application/zip", key=f"{key}.zip", icon=":material/folder_zip:", on_click="ignore", width="stretch",
        help="Pictures and manifest.csv (path, label, subject, session). Every command takes the zip as DATA: "
        "fer data describe selection.zip",
    )  # fmt: skip
