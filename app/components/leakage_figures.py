"""The share of people found again by each space, and three numbers about the chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.charts import leakage as drawn
from app.components import figure, provenance, sides
from app.services import leakage_told
from app.services import provenance as origin
from app.services.leaking import Asked

FOUND = (
    "Of each person one picture is compared with one of everybody's from another session; this is the share whose own "
    "was nearest. Lower is better where features should not tell who somebody is."
)
TOLD = (
    "How well likeness tells pairs of one person from pairs of two: the area under the ROC curve. 0.5 is guessing, and "
    "lower is better here."
)
HARD = (
    "The same for the hardest pairs: one person in two states against two people in one state. Below 0.5 the state "
    "makes faces more alike than the person does, which is what features of states should do."
)


def overview(key: str, asked: Asked, documents: Mapping[str, Mapping[str, Any]], chosen: str) -> None:
    """Draws every space on its interval; a click chooses one.

    Args:
        key: Begins every session key used here.
        asked: The table.
        documents: Space -> what was measured.
        chosen: The space that is looked at.
    """
    table = leakage_told.figures(documents)
    first = documents[chosen]
    spaces = list(documents)

    def clicked() -> None:
        points = ((st.session_state.get(key) or {}).get("selection") or {}).get("points") or []
        for point in points:
            place = (point.get("customdata") or [-1])[0]
            if 0 <= int(place) < len(spaces):
                st.session_state["space"] = spaces[int(place)]

    told = ", ".join(f"{row.space} {row.accuracy:.3f}" for row in table.itertuples())
    figure.show(
        key,
        drawn.found_again(
            table,
            leakage_told.published(),
            subtitle=f"{first['subjects']} people, state {first['state']}, {first['trials']} trials, "
            f"n = {first['n']:,} · bars: 95 % interval over people",
            chosen=chosen,
        ),
        f"Share of people found again: {told}; chance {first['chance']:.3f}. The list above chooses a space.",
        leakage_told.of_figures(asked, documents, beside=True),
        table,
        on_select=clicked,
    )
    if not first["sessions"]:
        st.caption(
            "The table names no sessions, so each row counts as one: pictures taken moments apart meet, which makes "
            "people easier to find."
        )
    zeros = [f"{row.zero_rows:,} rows of {row.space}" for row in table.itertuples() if row.zero_rows]
    if zeros:
        st.warning(f"All zero, so without a direction and never counted as right: {', '.join(zeros)}.")


def numbers(key: str, document: Mapping[str, Any]) -> None:
    """Draws three numbers of one space.

    Args:
        key: Begins every session key used here.
        document: What was measured, as `fer leakage --json` prints it.
    """
    pairs = document["verification"]
    rank = f"{document['dimension']:,} numbers, effective rank {document['effective_rank']:.1f}"
    shown = [
        ("found", "Recognised? (rank-1 identification)", document["accuracy"], document["ci95"],
         FOUND, f"chance {document['chance']:.3f} · {rank}"),
        ("pairs", "One person or two? (AUC)", pairs["auc"], pairs["ci95"],
         TOLD, f"guessing 0.5 · equal error rate {pairs['eer']:.3f} · {rank}"),
    ]  # fmt: skip
    if pairs["hard"]:
        hard = pairs["hard"]
        shown.append(
            ("hard", "Where the state misleads (hard pairs)", hard["auc"], hard["ci95"],
             HARD, f"guessing 0.5 · equal error rate {hard['eer']:.3f} · {rank}")
        )  # fmt: skip
    columns = sides.show(f"{key}_numbers", [1] * len(shown), gap="medium")
    for column, (name, title, value, (low, high), tip, compared) in zip(columns, shown, strict=True):
        with column, st.container(border=True, key=f"{key}_{name}", gap="xsmall", height="stretch"):
            st.metric(title, f"{value:.3f}", help=tip)
            st.caption(f"95 % interval {low:.3f} to {high:.3f}  \n{compared}")


def met(key: str, asked: Asked, documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Draws people whom the run has learned from beside strangers, where both are known.

    Args:
        key: Begins every session key used here.
        asked: The table.
        documents: Space -> what was measured.
    """
    rows, told = leakage_told.acquainted(asked, documents)
    if rows.empty:
        return
    st.subheader("Does it know its own people better than strangers?", anchor=False)
    st.markdown(
        f"Found again among strangers, and among people the run has learned from, {told}. The more people there are, "
        "the harder it is to be found: compare each share with its own chance."
    )
    inside = all(one["seen"] for one in documents.values())
    source = leakage_told.of_figures(asked, documents) if inside else origin.of_training(asked.name)
    st.dataframe(
        _beside(rows),
        key=f"{key}.table",
        hide_index=True,
        column_config={
            "times": st.column_config.NumberColumn("times chance", format="%.1f", help="Of strangers."),
            "times_own": st.column_config.NumberColumn("times chance ", format="%.1f", help="Of its own people."),
        },
    )
    provenance.show(f"{key}_origin", source, rows)


def _beside(rows: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for space, some in rows.groupby("space", sort=False):
        line: dict[str, Any] = {"space": space}
        for part, name, times in (("unseen", "strangers", "times"), ("seen", "own people", "times_own")):
            one = some[some["part"] == part]
            if len(one):
                row = one.iloc[0]
                line[name] = (
                    f"{row['accuracy']:.3f} [{row['low']:.3f}, {row['high']:.3f}] of {row['subjects']}, "
                    f"chance {row['chance']:.3f}"
                )
                line[times] = row["accuracy"] / row["chance"]
        lines.append(line)
    return pd.DataFrame(lines)
