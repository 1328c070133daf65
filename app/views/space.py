"""Feature space: what the network keeps of who somebody is and of how somebody is, two spaces beside each other."""

from __future__ import annotations

import streamlit as st

from app.components import (
    empty,
    mishap,
    run_picker,
    space_controls,
    space_maps,
    space_people,
    space_placed,
    space_quality,
    space_selection,
)
from app.services import space
from app.services import space_people as drawing
from app.services import space_quality as quality
from app.services.runs import RunCard
from app.services.space import Table


def page() -> None:
    """Draws the page."""
    st.title("Feature space", anchor=False)
    st.markdown(
        "Every face is a point, near the faces that the network takes for alike. Do people stand in islands of their "
        "own, or do states?"
    )
    run = run_picker.chosen()
    if run is None:
        empty.show(
            "space",
            "No run yet",
            "Here the faces of a data set would lie as a trained model sees them. Train one with "
            "`fer train expression --data fer2013.zip`.",
        )
        return
    told = _table(run)
    if told is not None:
        space_controls.settle_rows(told)
        _looked_at(run, told)


def _table(run: RunCard) -> Table | None:
    splits = [*space.splits(run.name), *([space.DRAWN] if drawing.possible(run.name) else [])]
    if not splits:
        space_people.nothing("space", run.name)
        return None
    chosen = space_controls.table(splits)
    told = space.table(run.name, chosen)
    if told is None:
        space_people.show("space_people", run.name)
    return told


# What is selected, and how points are coloured, redraws only this part.
@st.fragment
def _looked_at(run: RunCard, told: Table) -> None:
    # The frame's own catches nothing when only this part is drawn again.
    with mishap.shown():
        _maps(run, told)


def _maps(run: RunCard, told: Table) -> None:
    choice = space_controls.show(told)
    left = space.lay(told.run, told.split, choice.left, choice.method)
    right = space.lay(told.run, told.split, choice.right, choice.method)
    st.markdown(quality.sentence(left, right))
    rows = space_maps.chosen(told)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        drag = space_maps.dragging()
        mine = run.usable and space_placed.asked()
    mine = mine and space_placed.held("space_placed")
    placed = space_placed.points("space_placed", told, left, right, rows, mine)
    above, below = st.container(), st.container()
    with below:
        # First, though it stands below: whoever selects waits for the faces, and the maps show the selection already.
        space_selection.show("space_selection", told, choice, left, right, rows)
    with above:
        space_maps.show("space_maps", told, choice, left, right, rows, placed, drag)
        space_placed.show("space_placed", told, left, right, placed)
    space_quality.show("space_quality", left, right)


if __name__ == "__main__":
    page()
