"""The two maps with their colours' names, and the one selection in both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from app import markup
from app.charts.space import Drag, Side, maps, named, of_groups
from app.components import choice as choose_one
from app.components import figure, picking
from app.components.space_controls import Choice
from app.services import space, space_colouring, space_points, space_rows
from app.services.space import METHOD_NAMES, Laid, Table

DRAGS: dict[str, Drag] = {"Box": "select", "Lasso": "lasso", "Click": "zoom"}
TIP = (
    "Box and lasso: drag over either map. Click: one point; dragging then zooms, until the next selection. "
    "'Clear' below selects none."
)
PICKED = "space_picked"
"""Key of what hears selections."""
NAMED = 10
"""Groups whose colour is named above the maps."""


def chosen(told: Table) -> np.ndarray:
    """``(m,)`` selected rows; none where the address names rows that are not there, which the page then says.

    Args:
        told: The table.
    """
    try:
        return space_rows.from_text(st.session_state.get("rows") or "", len(told.samples))
    except ValueError as error:
        st.warning(markup.plain(f"{str(error)[:1].upper()}{str(error)[1:]}."), icon=":material/link_off:")
        return np.empty(0, dtype=np.int64)


def choose(told: Table, rows: np.ndarray) -> None:
    """Selects rows, from wherever on the page.

    Args:
        told: The table.
        rows: Positions in it.
    """
    there = rows[(rows >= 0) & (rows < len(told.samples))]
    st.session_state["rows"] = space_rows.to_text(there, len(told.samples))


def dragging() -> Drag:
    """What the pointer does on a map; draws the switch."""
    return DRAGS[choose_one.switch("drag", "Select by", list(DRAGS), TIP)]


def show(
    key: str, told: Table, choice: Choice, left: Laid, right: Laid, rows: np.ndarray, placed: pd.DataFrame, drag: Drag
) -> None:
    """Draws the maps.

    Args:
        key: Begins every session key used here.
        told: The table.
        choice: What is shown.
        left: The left map.
        right: The right one.
        rows: The selected ones.
        placed: Points from elsewhere, see `charts.space.maps`.
        drag: Of `dragging`.
    """
    values = space_colouring.values(told, choice.colour) if choice.colour else pd.Series(["all"] * len(told.samples))
    groups = None
    if choice.colour != "confidence":
        groups = of_groups(sorted(values.unique()), choice.colour, told.labels)
    st.html(markup.row(_legend(groups, values) if groups else [_words("brighter: surer of its answer")]))
    points = space_points.drawn(left, right, values, rows)

    # The same map twice would say nothing.
    sides = [Side(laid.space, _axes(laid.method)) for laid in ([left] if left.space == right.space else [left, right])]
    shown = f"{told.run} {told.split} {named(sides)}"
    chart = maps(
        points, sides, groups=groups, chosen=rows, of=len(told.samples), drag=drag, placed=placed,
        view=picking.view(PICKED, shown, (choice, drag, rows.tobytes(), placed.to_json())),
    )  # fmt: skip
    figure.show(
        key,
        chart,
        f"Two maps ({METHOD_NAMES[left.method]}) of the same {len(told.samples):,} faces: {left.space} left, "
        f"{right.space} right, {len(rows):,} selected. The fields below select without a mouse.",
        space.of_maps(told, left, right, len(points)),
        space_points.coordinates(told, left, right),
    )
    picking.show(PICKED, key, shown, lambda rows: choose(told, np.asarray(rows, dtype=np.int64)))


def _legend(groups: dict[str, str], values: pd.Series) -> list[str]:
    counts = values.value_counts()
    named = list(groups)[:NAMED]
    sign = {"right": "● ", "wrong": "✕ "}
    chips = [markup.chip(f"{sign.get(name, '')}{name}", groups[name], f"{counts[name]:,} points") for name in named]
    if len(groups) > NAMED:
        chips.append(_words(f"and {len(groups) - NAMED:,} more: hovering names them"))
    return chips


def _words(text: str) -> str:
    return f'<span class="lab-quiet">{text}</span>'


def _axes(method: str) -> tuple[str, str]:
    name = METHOD_NAMES[method]
    if method == "pca":
        return f"{name}: first component", "second component"
    return f"{name} (no unit: only who is near whom counts)", ""
