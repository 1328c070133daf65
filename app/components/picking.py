"""What somebody selects in a chart, and which part of it stays in view.

Streamlit builds a chart anew whenever what it shows has changed, and its own selection tells nothing of the part that
was zoomed to. Heard from outside, the part is known when somebody selects, and the next chart begins with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_listener = st.components.v2.component("lab_picking", js=(_HERE / "picking.js").read_text(encoding="utf-8"))

View = dict[str, tuple[float, float]]
"""``xaxis``, ``yaxis``, ``xaxis2`` ... -> its ends; an axis that shows everything is not in it."""


def view(key: str, of: str, drawn: Hashable) -> View:
    """The part to draw; empty where that is everything.

    Args:
        key: As given to `show`.
        of: As given to `show`.
        drawn: All else that the chart shows. While it stays the same the part does, too: a chart with other ends is
            another chart, and would be built anew at every zoom. When it changes, the next one begins with what was in
            view.
    """
    before = st.session_state.get(f"{key}.drawn")
    if before is None or before[0] != (of, drawn):
        seen = st.session_state.get(f"{key}.seen")
        before = (of, drawn), seen[1] if seen and seen[0] == of else {}
        st.session_state[f"{key}.drawn"] = before
    return before[1]


def show(key: str, figure: str, of: str, choose: Callable[[list[int]], None]) -> None:
    """Listens; nothing is seen of it.

    Args:
        key: Unique on the page.
        figure: Key of the chart, whose points carry a number each as ``customdata``.
        of: Names what the axes are: a part of one map is no part of another.
        choose: Called with the numbers of the selected points, before the page is drawn again; with none where
            somebody selects nothing.
    """

    def picked() -> None:
        told = st.session_state[key].get("picked")
        if told:
            st.session_state[f"{key}.seen"] = of, ends(told.get("view"))
            choose([row for row in told.get("rows") or [] if isinstance(row, int)])

    def moved() -> None:
        st.session_state[f"{key}.seen"] = of, ends(st.session_state[key].get("moved"))

    _listener(key=key, data={"figure": figure}, on_picked_change=picked, on_moved_change=moved)


def ends(told: Any) -> View:
    """What a browser says of the axes, as far as it can be drawn.

    Args:
        told: Whatever came.
    """
    found: View = {}
    for axis, pair in told.items() if isinstance(told, Mapping) else ():
        if axis not in ("xaxis", "yaxis", "xaxis2", "yaxis2") or not isinstance(pair, list) or len(pair) != 2:
            continue
        if all(isinstance(one, int | float) and math.isfinite(one) for one in pair) and pair[0] < pair[1]:
            found[axis] = float(pair[0]), float(pair[1])
    return found
