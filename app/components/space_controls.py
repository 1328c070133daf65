"""What is shown: which table, which two spaces, which kind of map, and by what points are coloured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from app import session
from app.components import choice
from app.services import space, space_colouring
from app.services.space import METHOD_NAMES, Table


@dataclass(frozen=True)
class Choice:
    """The choice, every part of it in the address."""

    left: str
    right: str
    method: str
    colour: str


def table(splits: Sequence[str]) -> str:
    """Which table is shown; asked only where there are several.

    Args:
        splits: Names of the tables.
    """
    session.settle("table", splits, splits[0])
    return splits[0] if len(splits) == 1 else choice.switch("table", "Samples", splits, "Whose faces the points are.")


def show(told: Table) -> Choice:
    """Draws the lists.

    Args:
        told: The table.
    """
    spaces = told.spaces
    columns = st.columns(4, gap="small")
    with columns[0]:
        left = choice.show("left", "Left", spaces)
    with columns[1]:
        right = choice.show("right", "Right", spaces, "v_state" if "v_state" in spaces else spaces[-1])
    methods = [one for one in METHOD_NAMES if all(one in told.methods[name] for name in (left, right))]
    with columns[2]:
        method = _named("map", "Map", methods, METHOD_NAMES, methods[0])
    colourings = space_colouring.offered(told)
    if not colourings:
        return Choice(left, right, method, "")
    # People first: whether they stand in islands of their own is what this page is about.
    first = "subject" if "subject" in colourings else colourings[0]
    with columns[3]:
        return Choice(left, right, method, _named("colour", "Colour", colourings, space_colouring.NAMES, first))


def _named(key: str, title: str, options: Sequence[str], names: Mapping[str, str], default: str) -> str:
    """One of the options, chosen by its name."""
    words = {names[one]: one for one in options}
    return words[choice.show(key, title, list(words), names[default])]


def settle_rows(told: Table) -> None:
    """The selection that the address names, at first. Later rows of another table mean other faces, and are forgotten.

    Args:
        told: The table that is shown.
    """
    name = (told.run, told.split, space.version(told))
    if "rows" not in st.session_state:
        # Before its field is drawn: the maps stand above it.
        st.session_state["rows"] = st.query_params.get("rows", "")
    elif st.session_state.get("space.of", name) != name:
        st.session_state["rows"] = ""
    st.session_state["space.of"] = name
