"""Step 1: what the model sees of a picture, and what it says."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app import charts, colours, markup
from app.charts.lessons import larger
from app.components import figure, lesson_controls, lesson_picture, lesson_question, sides
from app.services import lesson_face, lesson_pictures, lesson_questions
from app.services.lesson_face import Chosen
from app.services.lesson_script import SEES
from app.services.provenance import Provenance
from app.services.runs import RunCard


def show(key: str, run: RunCard) -> None:
    """Draws the step.

    Args:
        key: Begins every session key used here.
        run: The chosen run.
    """
    chosen = Chosen(lesson_picture.show(run))
    looked = lesson_picture.looked(run, chosen)
    colour = colours.of_label(looked.label, run.labels)
    sight, kind = looked.sight, "grey values" if looked.grey else "coloured pixels"
    shown = lesson_picture.kept(run, ("marked", looked.held.key), lambda: lesson_pictures.marked(looked), len)
    left, right = sides.show(f"{key}_sees", [1.5, 1], vertical="center")
    with left:
        cards = [
            (
                shown,
                f"the picture, {sight.width} x {sight.height} pixels, with a frame around the face",
                "What you see",
                "a picture, and the face found in it",
                colours.QUIET,
            ),
            (
                lesson_pictures.enlarged(sight.pixels),
                f"the same face as {looked.size} x {looked.size} {kind}",
                "What the model sees",
                f"{kind}, each a small square here",
                colour,
            ),
        ]
        st.html(markup.mixture(cards, ["→"]))
    with right:
        answer(f"{key}_said", run, looked.said, "The model says", lesson_face.of_look(run.name, chosen))
    lesson_question.show(key, SEES.name, lesson_questions.of_look(looked))


def answer(key: str, run: RunCard, said: Mapping[str, float], words: str, source: Provenance | None) -> None:
    """Draws what a run says as bars, surest first.

    Args:
        key: Of the chart.
        run: The run.
        said: Label -> probability.
        words: Before the label.
        source: Where it comes from; None where another figure beside it says so.
    """
    best = max(said, key=said.__getitem__)
    chip = markup.chip(f"{best} {said[best]:.3f}", colours.of_label(best, run.labels))
    st.html(markup.row([f"<span>{words}</span>", chip]))
    table = pd.DataFrame(said.items(), columns=["label", "probability"])
    bars = charts.probability_bars(table, labels=run.labels)
    alt = "Probabilities: " + ", ".join(f"{label} {value:.3f}" for label, value in said.items())
    drawn = larger(bars) if lesson_controls.large() else bars
    if source is None:
        st.plotly_chart(drawn, key=key, config={"staticPlot": True}, alt=alt)
    else:
        figure.show(key, drawn, alt, source, table)
