"""A visitor's own feature table: taken, its columns named, forgotten."""

from __future__ import annotations

import shlex

import streamlit as st

from app import markup, session
from app.components.image_source import drop
from app.services import leaking, own_tables
from app.services.leaking import Asked
from app.services.own_tables import OwnTable

_NONE = "(none)"
MOST_JOINED = 64
"""Columns that are proposed as a space."""
_ROLES = (
    ("subject", "Who (subject)", "Names a person; needed."),
    ("session", "When (session)", "Gallery and probe come from different ones; without it each row is one."),
    ("label", "State (label)", "Whose samples are compared, e.g. Awake."),
)


def source(key: str) -> None:
    """Draws the upload field, or what is held and the button that forgets it.

    Args:
        key: Begins every session key used here.
    """
    held = session.table()
    with st.expander("Measure a table of your own", icon=":material/upload_file:", expanded=held is not None):
        if held is None:
            name = f"{key}.file.{session.upload_round()}"
            st.file_uploader(
                f"Features as csv or parquet, at most {own_tables.MOST_MEGABYTES} MB",
                type=["csv", "parquet"],
                key=name,
                on_change=_take,
                args=(key, name),
                max_upload_size=own_tables.MOST_MEGABYTES,
                help="A row per sample with a column that names the person. A space is a column of lists in parquet, "
                "columns name_0, name_1 ... in csv, or any columns of numbers that you choose. The table stays in this "
                "machine's memory and is gone with this tab.",
            )
            refused = st.session_state.get(f"{key}.refused")
            if refused:
                st.error(markup.plain(refused), icon=":material/error:")
        else:
            words, button = st.columns([3.6, 1], vertical_alignment="center")
            words.markdown(
                f":material/lock: **{markup.plain(held.name)}** is held in memory ({held.size / 1e6:.1f} MB), "
                "never written to the disk."
            )
            button.button(
                "Back to the run",
                key=f"{key}.forget",
                icon=":material/delete:",
                width="stretch",
                on_click=session.hold_table,
                args=(None,),
                help="Forgets the table.",
            )


def asked(key: str, held: OwnTable) -> Asked | None:
    """Draws the controls that say what the columns mean; None while somebody must still choose.

    Args:
        key: Begins every session key used here.
        held: The table.

    Raises:
        ValueError: the table cannot be read so.
    """
    plain = own_tables.read(held, {})
    names = [str(one) for one in plain.samples.columns]
    columns: dict[str, str] = {}
    for place, (ours, title, tip) in zip(st.columns(3, gap="medium"), _ROLES, strict=True):
        options = [*names, _NONE]
        with place:
            chosen = st.selectbox(
                title, options, index=options.index(ours if ours in names else _NONE), key=f"{key}.{ours}", help=tip
            )
        if chosen not in (_NONE, ours):
            columns[ours] = chosen
    if "subject" not in names and "subject" not in columns:
        st.info("Choose the column that names the person.", icon=":material/person:")
        return None
    numbers = [one for one in own_tables.numeric(plain) if one not in columns.values()]
    joined: tuple[str, ...] = ()
    if numbers:
        # What else the columns mean decides what is left: another choice begins anew.
        joined = tuple(
            st.multiselect(
                "Columns of numbers that make a space together",
                numbers,
                default=[] if plain.spaces else numbers[:MOST_JOINED],
                key=f"{key}.joined.{'.'.join(columns.values())}",
            )
        )
    if not plain.spaces and not joined:
        st.info("Choose the columns of numbers that make a space.", icon=":material/data_array:")
        return None
    table = own_tables.read(held, columns, joined)
    where = shlex.quote(held.name)
    if columns:
        where += " --columns " + shlex.quote(",".join(f"{ours}={theirs}" for ours, theirs in columns.items()))
    return leaking.of_table(table, where, held.answers)


def _take(key: str, name: str) -> None:
    file = st.session_state.get(name)
    if file is None:
        return
    try:
        session.hold_table(own_tables.take(file.name, file.getvalue()))
        st.session_state.pop(f"{key}.refused", None)
    except ValueError as error:
        sentence = str(error)
        st.session_state[f"{key}.refused"] = sentence[:1].upper() + sentence[1:]
        session.next_round()
    drop(file)
