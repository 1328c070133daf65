"""How good the model is on the zip that the visitor brought, where its folders or its manifest name labels."""

from __future__ import annotations

import streamlit as st

from app import markup, session
from app.components import confusion, headline, sides
from app.services import labelled
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
    store, name = session.lab(), ("judged", run, brought.key, how)
    if name not in store:
        count = labelled.count(brought)
        if labelled.AT_ONCE < count <= labelled.MOST_JUDGED and not st.button(
            f"Judge it on {count:,} labelled pictures", key=f"{key}.judge", icon=":material/rule:"
        ):
            return None
        with st.spinner(f"Judging {count:,} labelled pictures"):
            found = labelled.judge(run, brought, how)
        store[name] = found, 10_000
    return store[name][0]


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
