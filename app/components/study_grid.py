"""Look at studies: an ablation as a heat map, one setting down, another across."""

from __future__ import annotations

import streamlit as st

from app import markup
from app.charts.studies import grid_map, place_of
from app.components import choice, empty, figure, study_table
from app.services import study_grid
from app.services.study_grid import Cells

_MAP = "study_grid_map"


def show(key: str) -> None:
    """Draws it.

    Args:
        key: Begins every session key used here.
    """
    studies = study_grid.names()
    if not studies:
        empty.show(
            f"{key}_grid",
            "No study yet",
            "Here the rows of a sweep would stand as a grid. *Train* starts one on synthetic people.",
        )
        return
    columns = st.columns([1.5, 1, 1, 1.2], gap="small")
    with columns[0]:
        name = choice.show("ablation", "Study", list(studies), "mixings" if "mixings" in studies else None)
    folder, study = studies[name]
    offered, (down_first, across_first) = study_grid.axes(folder, study)
    with columns[1]:
        down = choice.show("down", "Down", offered, down_first)
    rest = [one for one in offered if one != down]
    with columns[2]:
        across = choice.show("across", "Across", rest, across_first if across_first in rest else rest[0])
    figures = study_grid.figures(folder, study)
    with columns[3]:
        shown = choice.show("figure", "Figure", list(figures))
    found = study_grid.cells(folder, study, down, across, figures[shown])
    if found.table.empty:
        st.info("No cell of this grid has a finished training, or none with all its folds.", icon=":material/grid_off:")
        return
    _map(found)
    table = found.table.rename(columns={"down": found.down, "across": found.across})
    study_table.latex_of(f"{key}_grid", table, found.source)
    with st.expander("Every training of the study", icon=":material/list:"):
        study_table.show(f"{key}_trainings", study_grid.trainings(folder, study), found.source)


def _map(found: Cells) -> None:
    cells = found.table
    chosen = place_of(st.session_state.get(_MAP), cells)
    least = found.figure.startswith(study_grid.LOWER_IS_BETTER)
    best = cells.loc[cells["mean"].idxmin() if least else cells["mean"].idxmax()]
    chart = grid_map(
        cells,
        down=found.down,
        across=found.across,
        name=found.name,
        ink=st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor"),
        subtitle=f"{int(cells['runs'].sum()):,} trainings · {'lower' if least else 'higher'} is better · "
        "means over what a cell holds",
        chosen=chosen,
    )
    alt = (
        f"{found.name} by {found.down} and {found.across}: "
        f"from {cells['mean'].min():.3f} to {cells['mean'].max():.3f}; best {best['down']}, {best['across']}."
    )
    figure.show(
        _MAP, chart, alt, found.source, cells.rename(columns={"down": found.down, "across": found.across}),
        on_select=_keep,
    )  # fmt: skip
    told = cells[(cells["down"].astype(str) + "\n" + cells["across"].astype(str)) == "\n".join(chosen or ())]
    one = told.iloc[0] if len(told) else best
    word = "Chosen" if len(told) else "Best"
    ends = "" if one["low"] is None or one["low"] != one["low"] else f" [{one['low']:.4f}, {one['high']:.4f}]"
    st.markdown(
        f"{word}: {markup.plain(found.down)} **{markup.plain(str(one['down']))}**, {markup.plain(found.across)} "
        f"**{markup.plain(str(one['across']))}**: {found.name} **{one['mean']:.4f}**{ends}, trainings: "
        f"{int(one['runs'])}."
    )
    if not least and cells["low"].notna().any() and (cells["high"] >= best["mean"]).sum() > 1:
        st.caption("Other cells' intervals reach the best one: the differences between these may be chance.")


def _keep() -> None:
    """The click itself draws the page again; what was chosen is in the chart's own state."""
