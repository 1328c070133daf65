"""Step 3: why features of a state tell who somebody is: people looked for in another session."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.charts import leakage as drawn
from app.charts.lessons import larger
from app.components import figure, leakage_trials, lesson_controls, lesson_question
from app.services import leakage_told, lesson_questions, lesson_tables
from app.services.lesson_script import PEOPLE
from app.services.runs import RunCard

NO_PAPER = pd.DataFrame(columns=["name", "space", "accuracy"])


def show(key: str, run: RunCard) -> None:
    """Draws the step.

    Args:
        key: Begins every session key used here.
        run: The chosen run; where it keeps no features, the shipped one's are taken.

    Raises:
        FileNotFoundError: nobody keeps features.
        ValueError: the stored table is damaged, or names too few people.
    """
    asked = lesson_tables.needed(run.name)
    if asked.name != run.name:
        st.caption(f"Run {run.name} keeps no features; these are of run {asked.name}.")
    with st.spinner("Looking for everybody"):
        found = lesson_tables.found_again(asked)
    space = lesson_controls.switch("lesson_space", "Features", list(found))
    leakage_trials.show(f"{key}_trial", asked, space, found[space])
    documents = {name: one.document for name, one in found.items()}
    if lesson_question.show(key, PEOPLE.name, lesson_questions.most_found(documents)):
        table = leakage_told.figures(documents)
        first = documents[space]
        chart = drawn.found_again(
            table,
            NO_PAPER,
            subtitle=f"{first['subjects']} people, state {first['state']}, {first['trials']} trials, "
            f"n = {first['n']:,} · bars: 95 % interval over people",
            chosen=space,
        )
        told = ", ".join(f"{row.space} {row.accuracy:.3f}" for row in table.itertuples())
        figure.show(
            f"{key}_spaces",
            larger(chart) if lesson_controls.large() else chart,
            f"Share of people found again: {told}; chance {first['chance']:.3f}.",
            leakage_told.of_figures(asked, documents),
            table,
        )
