"""Step 2: the face under the visitor's own hands, and what becomes of answer and heat map."""

from __future__ import annotations

from html import escape

import streamlit as st

from app import charts, colours, markup
from app.charts.lessons import larger, left_over
from app.components import figure, lesson_controls, lesson_picture, lesson_question, lesson_sees, mishap, sides
from app.services import lesson_face, lesson_pictures, lesson_questions
from app.services.lesson_face import BREAKING, STRENGTHS, WEAR, Chosen, Looked
from app.services.lesson_script import BREAKS
from app.services.runs import RunCard

POSITIONS = tuple(str(one) for one in (0, *STRENGTHS))


def show(key: str, run: RunCard) -> None:
    """Draws the step.

    Args:
        key: Begins every session key used here.
        run: The chosen run.
    """
    who, worn = st.columns([1.3, 1], gap="medium")
    with who:
        portrait = lesson_picture.show(run)
    if portrait.held is None:
        with worn:
            wear = lesson_controls.choose("lesson_wear", "Wears", list(WEAR), tip="Drawn onto the synthetic person.")
        chosen = Chosen(portrait, wear)
    else:
        chosen = Chosen(portrait)
    looked = lesson_picture.looked(run, chosen)
    _levers(key, run, chosen, looked)
    with st.spinner("Trying every change by itself"):
        left = lesson_picture.kept(
            run,
            ("alone", looked.held.key),
            lambda: lesson_face.alone(run.name, looked),
            lambda one: int(one.memory_usage().sum()),
        )
    if lesson_question.show(key, BREAKS.name, lesson_questions.worst_change(left, looked.label)):
        chart = left_over(left, label=looked.label)
        full = left[left["strength"] == 5].itertuples(index=False)
        told = ", ".join(f"{row.name} {row.probability:.3f}" for row in full)
        figure.show(
            f"{key}_alone",
            larger(chart) if lesson_controls.large() else chart,
            f"What is left of {looked.label} at strength 5: {told}.",
            lesson_face.of_look(run.name, chosen, each=True),
            left,
        )


# Only this part is drawn again while somebody moves a lever.
@st.fragment
@mishap.shown()
def _levers(key: str, run: RunCard, chosen: Chosen, looked: Looked) -> None:
    hands, seen = sides.show(f"{key}_broken", [1, 2.2], gap="medium")
    strengths = {}
    with hands:
        for kind, words in BREAKING.items():
            said = lesson_controls.lever(f"break_{kind}", words, POSITIONS, "0", lesson_face.meaning(kind))
            if said != "0":
                strengths[kind] = int(said)
        st.button("Undo all", key=f"{key}.undo", icon=":material/undo:", on_click=_undo)
    with seen:
        _shown(key, run, chosen, looked, strengths)


def _undo() -> None:
    for kind in BREAKING:
        st.session_state[f"break_{kind}"] = "0"


def _shown(key: str, run: RunCard, chosen: Chosen, looked: Looked, strengths: dict[str, int]) -> None:
    name = ("broken", looked.held.key, tuple(sorted(strengths.items())))
    told = lesson_picture.kept(
        run, name, lambda: lesson_face.broken(run.name, looked, strengths), lambda one: one.bytes
    )
    cards = [
        (
            lesson_pictures.enlarged(pixels),
            alt,
            f"{label} {said[label]:.3f}",
            note,
            colours.of_label(label, run.labels),
        )
        for pixels, alt, label, said, note in (
            (looked.sight.pixels, "the clean crop", looked.label, looked.said, "the clean crop"),
            (told.pixels, "the crop as you changed it", told.label, told.said, "as you changed it"),
        )
    ]
    st.html(markup.mixture(cards, ["→"]))
    source = lesson_face.of_look(run.name, chosen, strengths)
    left, right = st.columns(2, gap="medium")
    with left:
        lesson_sees.answer(f"{key}_answer", run, told.said, "Now it says", None)
        if told.label != looked.label:
            st.markdown(f"The answer has changed from **{markup.plain(looked.label)}**.")
    with right:
        st.html(
            '<b>Where does it look now?</b> <span class="lab-quiet">'
            f"(Grad-CAM: evidence for {escape(told.label)})</span>"
        )
        chart = charts.heat_map(told.pixels, told.map.magnitude, opacity=0.55)
        alt = f"The changed crop with the evidence for {told.label}; peak {told.map.peak:.3g} logit units."
        figure.show(f"{key}_map", chart, alt, source, width="content")
