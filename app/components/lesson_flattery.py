"""Step 5: how random splits flatter: the same classifier, judged on people it knows and on strangers."""

from __future__ import annotations

import streamlit as st

from app.charts.lessons import flattered, larger
from app.components import figure, lesson_controls, lesson_question, provenance, sides
from app.services import lesson_questions, lesson_tables
from app.services.lesson_script import SPLITS
from app.services.lesson_tables import LEARNERS, LEFT_OUT, Flattery
from app.services.runs import RunCard


def show(key: str, run: RunCard) -> None:
    """Draws the step.

    Args:
        key: Begins every session key used here.
        run: The chosen run.

    Raises:
        FileNotFoundError: there are no features anywhere.
        ValueError: the features name no states, or too few people.
    """
    there = lesson_tables.features(run.name)
    left, right = sides.show(f"{key}_features", [1.4, 1], gap="medium")
    with left:
        chosen = there[lesson_controls.choose("lesson_table", "Features of", list(there))]
    with right:
        space = lesson_controls.choose("lesson_columns", "Which", chosen.spaces)
    with st.spinner("Trying classifiers: some seconds the first time"):
        told = lesson_tables.flattery(chosen, space)
    _random(key, told)
    provenance.show(f"{key}_random_origin", told.source)
    if lesson_question.show(key, SPLITS.name, lesson_questions.of_flattery(told)):
        _shown(key, told)


def _random(key: str, told: Flattery) -> None:
    """What a report would boast of: at most three numbers, with what they are compared with."""
    state = told.accuracy("knn", "random_folds") or 0.0
    numbers = [
        (
            "state",
            "The state, pictures at random (accuracy)",
            state,
            "Five folds dealt at random: of every person some pictures are learned from, others judged. Higher looks "
            "better, and that is the trap.",
            f"always the commonest: {told.chance:.3f}",
        )
    ]
    if told.named is not None:
        numbers.append(
            (
                "person",
                "The person, by the same features (accuracy)",
                told.named,
                "How often the same neighbours name the person. The higher, the more can be known of the state by "
                "knowing who it is.",
                f"{told.people} people, guessing about {1 / told.people:.3f}",
            )
        )
    for column, (name, title, value, tip, compared) in zip(
        sides.show(f"{key}_numbers", [1] * len(numbers), gap="medium"), numbers, strict=True
    ):
        with column, st.container(border=True, key=f"{key}_{name}", gap="xsmall"):
            st.metric(title, f"{value:.3f}", help=tip)
            st.caption(f"{compared} · n = {told.n:,} · 5 nearest neighbours")


def _shown(key: str, told: Flattery) -> None:
    order = [way for way in LEFT_OUT if way in set(told.rows["left_out"])]
    rows = told.rows.assign(
        learner=told.rows["learner"].map(LEARNERS),
        place=[order.index(way) for way in told.rows["left_out"]],
        left_out=told.rows["left_out"].map(LEFT_OUT),
    ).sort_values(["learner", "place"], kind="stable")
    subtitle = f"{told.people} people, {told.states} states, n = {told.n:,}"
    chart = flattered(rows, chance=told.chance, subtitle=subtitle)
    alt = "; ".join(f"{row.learner}, {row.left_out} left out: {row.accuracy:.3f}" for row in rows.itertuples())
    figure.show(f"{key}_flattery", larger(chart) if lesson_controls.large() else chart, alt, told.source, told.rows)
