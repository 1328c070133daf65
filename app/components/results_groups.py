"""Section of the results: how even it is over people, sessions and other parts of the data."""

from __future__ import annotations

import shlex

import streamlit as st

from app import charts, markup
from app.components import choice, figure, sample_tiles, sides
from app.services import groups, results
from app.services.groups import Slices
from app.services.provenance import Provenance
from app.services.results import Results

SHOWN = 18
TWIN = "twin"
"""Stored with predictions, no column of the data."""
WHERE = ("stored with the run", "also of the data")


def show(key: str, told: Results, source: Provenance) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        told: One run on one split.
        source: Where its numbers come from.
    """
    st.subheader("Is it as good for everybody?", anchor=False)
    where, by = sides.show(f"{key}_choice", [1, 1.4], gap="medium")
    with where:
        tip = "Columns of the data's own table need the data on this machine; opening them may take some seconds."
        asked = choice.switch("columns", "Columns", WHERE, tip)
    offered = list(groups.stored_columns(told.run, told.split))
    if asked == WHERE[1]:
        try:
            with st.spinner("Opening the data"):
                offered += groups.data_columns(told.run, told.split)
        except (ValueError, OSError) as error:
            st.info(markup.plain(f"The data's own columns are not to be had: {error}."), icon=":material/folder_off:")
    if not offered:
        st.caption("Neither people nor sessions nor anything else that makes parts is stored with these predictions.")
        return
    with by:
        column = choice.show("by", "Parts by", offered, tip="twin: an exact copy stands in the training split.")
    found = groups.slices(told.run, told.split, column)
    origin = _origin(source, found)
    st.markdown(_sentence(found))
    chart, faces = sides.show(f"{key}_parts", [1.22, 1])
    with faces:
        group = _faces(key, told, found)
    with chart:
        spread(f"{key}_by", found, f"Accuracy by {column}, the worst first", origin, group)


def spread(key: str, found: Slices, title: str, source: Provenance, chosen: str | None = None) -> None:
    """The chart of parts; where one is chosen, a click chooses another.

    Args:
        key: Of the chart.
        found: The parts.
        title: What they are.
        source: Where the numbers come from.
        chosen: The part that is looked at.
    """

    def clicked() -> None:
        group = charts.group_of(st.session_state.get(key), found.rows)
        if group is not None:
            st.session_state["part"] = group

    worst = found.rows.iloc[0]
    figure.show(
        key,
        charts.groups(found.rows, title=title, overall=found.overall, chosen=chosen),
        f"{title}: from {worst['accuracy']:.3f} ({worst['group']}) to {found.rows['accuracy'].iloc[-1]:.3f}; "
        f"all together {found.overall:.3f}.",
        source,
        found.rows,
        on_select=clicked if chosen is not None else None,
    )


def _sentence(found: Slices) -> str:
    rows = found.rows
    worst, best = rows.iloc[0], rows.iloc[-1]
    words = (
        f"**{len(rows):,} parts.** The worst, *{markup.plain(str(worst['group']))}*, has accuracy "
        f"**{worst['accuracy']:.3f}** (n = {worst['n']:,}), the middle one {rows['accuracy'].median():.3f}, the best, "
        f"*{markup.plain(str(best['group']))}*, {best['accuracy']:.3f} (n = {best['n']:,}); all together "
        f"{found.overall:.3f}."
    )
    if len(rows) > 1:
        words += f" Standard deviation between parts: {rows['accuracy'].std(ddof=1):.3f}."
    if rows["n"].median() < 30:
        words += " Parts are small: much of the spread is chance, as the bars show."
    if found.without:
        words += f" {found.without:,} pictures without a value are in no part."
    return words


def _faces(key: str, told: Results, found: Slices) -> str:
    group = choice.show("part", "Mistakes in", found.rows["group"].tolist())
    row = found.rows[found.rows["group"] == group].iloc[0]
    wrong = results.mistakes(told.run, told.split)
    rows = wrong[wrong["row"].isin(found.members.index[found.members == group])]
    st.markdown(
        f"**{len(rows):,} of {row['n']:,}** pictures are wrong; accuracy {row['accuracy']:.3f}, macro-F1 "
        f"{row['macro_f1']:.3f}"
    )
    shown = rows.head(SHOWN)
    if len(shown):
        below = f"{len(shown)} of {len(rows):,} mistakes, surest first"
        sample_tiles.mistakes(told.run, told.split, shown, below)
    return group


def _origin(source: Provenance, found: Slices) -> Provenance:
    if found.quarters:
        return Provenance(f"{source.text} · quarters of {found.column}, cut on this page", source.command)
    if found.column == TWIN:  # the command says the same of twins without being asked
        return Provenance(f"{source.text} · by {TWIN}", source.command)
    by = f" --by {shlex.quote(found.column)} --json"
    return Provenance(f"{source.text} · by {found.column}", source.command.removesuffix(" --json") + by)
