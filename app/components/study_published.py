"""Look at studies: a table of a paper as printed, and ours beside it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import markup
from app.charts.studies import beside as drawn_beside
from app.components import choice, figure, sides, study_table
from app.services import studying
from app.services.studying import Beside, Printed

NUMBERS, GAINS = READINGS = ("Numbers", "Gains over the baseline")
UNITS = {"percent": "percent", "fraction": "share", "count": "count", "millions": "millions"}
NOTHING = "nothing"


def show(key: str) -> None:
    """Draws it.

    Args:
        key: Begins every session key used here.
    """
    offered = studying.tables()
    first = next(title for title, one in offered.items() if one == studying.FIRST)
    left, right = sides.show(f"{key}_which", [1.7, 1], gap="medium")
    with left:
        table = offered[choice.show("published", "Table of a paper", list(offered), first)]
    printed = studying.printed(table)
    places = studying.fitting(table)
    with right:
        tip = "Sweeps and cross-validations on this machine, and shipped studies, that have rows of this table."
        name = choice.show("laid", "Beside it", [*places, NOTHING], tip=tip)
    if name in places:
        _beside(key, printed, studying.beside(table, places[name]))
    else:
        word = "No study on this machine has rows of it" if not places else "Nothing lies beside it"
        trained = printed.rows["here"].eq("can be trained").any()
        more = " `fer sweep full --list` names the trainings that fill it; *Train* starts them." if trained else ""
        st.info(f"{word}.{more}", icon=":material/table_view:")
    _printed(key, printed)


def _beside(key: str, printed: Printed, found: Beside) -> None:
    cells = found.cells
    names = list(dict.fromkeys(cells["column"]))
    left, right = sides.show(f"{key}_how", [1.7, 1], gap="medium")
    with left:
        column = choice.show("study_column", "Column", names)
    mine = cells[cells["column"] == column]
    readings = [GAINS, NUMBERS] if mine["gain"].notna().any() and not mine["same_pictures"].all() else list(READINGS)
    if not mine["gain"].notna().any():
        readings = [NUMBERS]
    with right:
        tip = "On other pictures only gains over the baseline compare; the numbers themselves do not."
        gains = choice.switch("study_reading", "Compare", readings, tip) == GAINS
    first = mine.iloc[0]
    unit = UNITS.get(str(first["unit"]), str(first["unit"]))
    n = "n unknown" if pd.isna(first["n"]) else f"n = {int(first['n']):,}"
    chart = drawn_beside(
        mine,
        gains=gains,
        unit=f"gain over '{found.baseline}' ({unit})" if gains else f"{first['metric'].replace('_', ' ')} ({unit})",
        title=f"{column}: ours and published",
        subtitle=f"ours on {first['data']}, {n}",
    )
    spoken = "; ".join(f"{row.row}: ours {row.ours:.4g}, published {row.published:.4g}" for row in mine.itertuples())
    figure.show(f"{key}_beside", chart, spoken, found.source)
    for sentence in found.remarks:
        st.caption(markup.plain(sentence))
    st.subheader("Every cell", anchor=False)
    study_table.show(f"{key}_cells", _table(cells), found.source, _columns())
    rest = [("Not in the study", found.missing), ("Not in the printed table", found.ours_only)]
    for words, some in rest:
        if some:
            st.caption(markup.plain(f"{words}: {', '.join(some)}."))


def _table(cells: pd.DataFrame) -> pd.DataFrame:
    wanted = ["row", "column", "unit", "ours", "low", "high", "published", "difference", "gain", "gain_low",
              "gain_high", "published_gain", "n", "data", "published_data", "interval", "misprint"]  # fmt: skip
    return cells[[name for name in wanted if cells[name].notna().any()]]


def _columns() -> dict[str, object]:
    titles = {"ours": "Ours", "low": "95 % low", "high": "95 % high", "published": "Published",
              "difference": "Difference", "gain": "Our gain", "gain_low": "Gain low", "gain_high": "Gain high",
              "published_gain": "Published gain"}  # fmt: skip
    return {
        **{name: st.column_config.NumberColumn(title, format="%.4g") for name, title in titles.items()},
        "row": "Row", "column": "Column", "unit": "Unit", "n": "n", "data": "Our data",
        "published_data": "Published data", "interval": "Interval", "misprint": "Misprinted",
    }  # fmt: skip


def _printed(key: str, printed: Printed) -> None:
    st.subheader("As printed", anchor=False)
    st.markdown(f"{markup.plain(printed.title)}. {markup.plain(printed.paper)}.")
    titles = {"row": "Row", "here": "With this software"}
    study_table.show(f"{key}_printed", printed.rows, printed.source, titles)
    for sentence in printed.misprints:
        st.caption(f":material/error: {markup.plain(sentence)}")
    for sentence in printed.notes:
        st.caption(markup.plain(sentence))
    with st.expander("What each column counts", icon=":material/help:"):
        st.dataframe(
            printed.columns,
            hide_index=True,
            column_config={"column": "Column", "metric": "Metric", "unit": "Unit", "judged": "Judged on",
                           "n": "n", "means": "What it is"},
        )  # fmt: skip
