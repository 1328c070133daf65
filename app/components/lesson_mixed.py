"""Step 4: what mixing does: one face in two, one label in two, and what the model makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from app import charts, colours, markup
from app.charts.lessons import larger
from app.components import figure, lesson_controls, lesson_picture, lesson_question, mixing_faces, provenance, sides
from app.components.mixing_controls import Wish
from app.services import lesson_face, lesson_mixing, lesson_questions, mixing_lab
from app.services.lesson_face import Chosen, Portrait
from app.services.lesson_mixing import LAMBDAS
from app.services.lesson_script import MIXES
from app.services.runs import RunCard

OTHERS = ("surprise", "Asleep")
"""Labels whose second person is mixed in at first."""


def show(key: str, run: RunCard) -> None:
    """Draws the step.

    Args:
        key: Begins every session key used here.
        run: The chosen run.
    """
    one, two = sides.show(f"{key}_faces", [1, 1], gap="medium")
    with one:
        chosen = Chosen(lesson_picture.show(run))
    with two:
        there = lesson_picture.offered(run)
        b = there[lesson_controls.choose("lesson_other", "Mixed with", list(there), second(there))]
    first = lesson_mixing.first(chosen, lesson_face.picture(chosen))
    tip = "Of every pixel, and of the label, this share is the first face's; the rest is the second's."
    lam = float(lesson_controls.lever("lesson_lam", "Lambda: the share of A", LAMBDAS, "0.50", tip))
    labels = lesson_mixing.labels(first, b, run.labels)
    wish = Wish(lesson_mixing.setting(run.name, lam), first, b, labels)
    source = lesson_mixing.of_mixture(wish.setting, chosen, first, b, labels)
    with st.spinner("Mixing"):
        told = mixing_faces.read(wish)
    # Under the picture stands who it is, not what the command calls the file.
    named = replace(wish, first=replace(first, name=chosen.portrait.name))
    place = mixing_faces.show(told, named, run.labels)
    said = _said(run, wish, told)
    best = max(said, key=said.__getitem__)
    chip = markup.chip(f"{best} {said[best]:.3f}", colours.of_label(best, run.labels))
    place.html(markup.row(["<span>The model says</span>", chip]))
    provenance.show(f"{key}_mixture_origin", source, pd.DataFrame(said.items(), columns=["label", "probability"]))
    with st.spinner("Asking the model along lambda"):
        table = lesson_picture.kept(
            run,
            ("along", first.key, b.key),
            lambda: lesson_mixing.table(lesson_mixing.along(wish.setting, told, labels), run.labels),
            lambda one: int(one.memory_usage().sum()),
        )
    if lesson_question.show(key, MIXES.name, lesson_questions.change_of_mind(table)):
        soft = dict(told.soft) if labels else None
        chart = charts.along_lambda(table, soft=soft, share=lam, said=said)
        figure.show(
            f"{key}_course",
            larger(chart) if lesson_controls.large() else chart,
            f"What the model says along lambda; at {lam:.2f} it says {best} {said[best]:.3f}.",
            source,
            table,
        )


def second(there: Mapping[str, Portrait]) -> str:
    """Whom the face is mixed with at first.

    Args:
        there: From `lesson_picture.offered`.
    """
    wanted = [name for name, one in there.items() if one.label in OTHERS]
    return (wanted[1:2] or list(there)[-1:])[0]


def _said(run: RunCard, wish: Wish, told: mixing_lab.Mixed) -> dict[str, float]:
    """What the run says of the mixture."""
    name = ("mixture", wish.first.key, wish.second.key, wish.setting.lam)
    row = lesson_picture.kept(
        run, name, lambda: mixing_lab.course(wish.setting, told, 2).probabilities[-1], lambda one: one.nbytes
    )
    return dict(zip(run.labels, map(float, row), strict=True))
