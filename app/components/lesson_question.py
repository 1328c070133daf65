"""One question with its choices, answered from what was computed, and what the computation said."""

from __future__ import annotations

import hashlib

import streamlit as st

from app import markup
from app.components import lesson_controls
from app.services.lesson_questions import Question


def show(key: str, step: str, question: Question) -> bool:
    """Draws the question; says whether it was answered.

    An answer belongs to its question: where another face or table changes the numbers, it is asked anew.

    Args:
        key: Begins every session key used here.
        step: Of the lesson.
        question: From `services.lesson_questions`.
    """
    told = (question.words, question.options, sorted(question.right), question.why)
    name = hashlib.sha1(repr(told).encode(), usedforsecurity=False).hexdigest()[:12]
    given = lesson_controls.answers()
    asked, said = given.get(step, ("", ""))
    answered = asked == name
    if not answered:
        given.pop(step, None)
    with st.container(border=True, key=f"{key}_question"):
        st.markdown(f"#### {markup.plain(question.words)}")
        chosen = st.radio(
            "Your answer",
            question.options,
            index=question.options.index(said) if answered else None,
            key=f"{key}.answer.{name}",
            label_visibility="collapsed",
            format_func=markup.plain,
        )

        def check() -> None:
            picked = st.session_state.get(f"{key}.answer.{name}")
            if picked is not None:
                given[step] = (name, picked)

        st.button("Check", key=f"{key}.check", type="primary", disabled=chosen is None, on_click=check)
        if answered:
            _verdict(question, said)
    return answered


def right(question: Question, said: str) -> bool:
    """Whether an answer is right.

    Args:
        question: What was asked.
        said: One of its options.
    """
    return said in question.right


def _verdict(question: Question, said: str) -> None:
    why = markup.plain(question.why)
    if right(question, said):
        also = sorted(question.right - {said})
        more = f" So is {markup.plain(', '.join(also))}: the numbers are equal." if also else ""
        st.success(f"**Right.**{more} {why}", icon=":material/check_circle:")
        return
    wanted = " or ".join(markup.plain(one) for one in question.options if one in question.right)
    st.warning(f"**No: {wanted}.** {why}", icon=":material/cancel:")
