"""How good the model is on the zip that the visitor brought, where its folders or its manifest name labels."""

from __future__ import annotations

import threading
import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from app import markup, session
from app.components import confusion, headline, sides
from app.services import labelled, runs
from app.services.labelled import Judged, LabelledZip
from app.services.predicting import FacesMode
from app.services.runs import RunCard

_NAMED = 20
"""Samples named among those that could not be judged."""


def show(key: str, run: RunCard, how: FacesMode) -> None:
    """Draws the section; nothing where no labelled zip is held.

    Args:
        key: Begins every session key used here.
        run: A usable run.
        how: How faces are found.
    """
    brought = session.labelled()
    if brought is None or not (brought.why_not or labelled.labels_known(brought, run.labels)):
        return
    name = markup.plain(brought.name)
    st.subheader(f"How good is it on {name}?", anchor=False)
    try:
        found = _found(key, run.name, brought, how)
    except (FileNotFoundError, ValueError) as fault:
        st.info(markup.plain(f"The zip cannot be judged: {fault}."), icon=":material/rule:")
        return
    if found is None:
        return
    numbers, matrix = sides.show(f"{key}_sides", [1, 1.3])
    with numbers:
        _numbers(key, found)
    with matrix:
        confusion.show(f"{key}_confusion", found.cells, labelled.of_judged(run.name, brought, found), choose=False)
    if found.excluded:
        with st.expander(f"{len(found.excluded):,} samples that could not be judged"):
            lines = [f"- {markup.plain(one['path'])}: {markup.plain(one['reason'])}" for one in found.excluded]
            st.markdown("\n".join(lines[:_NAMED]) + (f"\n- and {len(lines) - _NAMED:,} more" * (len(lines) > _NAMED)))


def _found(key: str, run: str, brought: LabelledZip, how: FacesMode) -> Judged | None:
    store, name = session.lab(), ("judged", run, runs.stamped(run), brought.key, how)
    if name not in store:
        count = labelled.count(brought)
        if labelled.AT_ONCE < count <= labelled.MOST_JUDGED and not st.button(
            f"Judge it on {count:,} labelled pictures", key=f"{key}.judge", icon=":material/rule:"
        ):
            return None
        place = st.empty()
        try:
            with place.container(), st.spinner(f"Judging {count:,} labelled pictures"):
                found = labelled.judge(run, brought, how, _progress(st.progress(0.0)))
        finally:
            place.empty()
        store[name] = found, 10_000
    return store[name][0]


def _progress(bar: DeltaGenerator) -> labelled.Told:
    """Moves a bar from whatever thread reads the pictures."""
    visitor, began, shown = get_script_run_ctx(), time.monotonic(), [0.0]

    def told(done: int, of: int) -> None:
        now = time.monotonic()
        if now - shown[0] < 0.2 and done < of:
            return
        shown[0] = now
        # Pictures are read by threads of their own, which Streamlit does not know until they say whose they are.
        add_script_run_ctx(threading.current_thread(), visitor)
        left = (now - began) / done * (of - done)
        reading = f"{done:,} of {of:,} pictures read · about {left:.0f} s left"
        bar.progress(done / of, text=reading if done < of else "All pictures are read; the model answers")

    return told


def _numbers(key: str, found: Judged) -> None:
    report, always = found.report, found.baseline
    columns = st.columns(2, gap="small")
    for column, name, title, ends, tip in (
        (columns[0], "accuracy", "Accuracy", "ci95", headline.ACCURACY),
        (columns[1], "macro_f1", "Macro-F1", "ci95_macro_f1", headline.MACRO_F1),
    ):
        with column:
            compared = f"always answering '{markup.plain(always['label'])}': {always[name]:.3f}"
            headline.number(key, name, title, report[name], report[ends], tip, compared)
    if report["classes_without_support"]:
        st.caption(f"No picture of {', '.join(report['classes_without_support'])}: left out of the average.")
    if report["twins"]:
        without = report["accuracy_without_twins"]
        rest = "" if without is None else f"; without them accuracy is {without:.3f}"
        st.caption(f"{report['twins']:,} of them stand in the model's training, pixel for pixel{rest}.")
