"""Report: what is stored with a run as one file to hand on, and the reviewer's fixed protocol."""

from __future__ import annotations

import streamlit as st

from app.components import choice, empty, provenance, report_choice, report_preview, report_protocol, run_picker, sides
from app.services import reporting
from app.services.runs import RunCard

FILE, PROTOCOL = "Report", "Reviewer's protocol"
ALONE = "no other run"


def page() -> None:
    """Draws the page."""
    st.title("Report", anchor=False)
    st.markdown(
        "Everything that is stored with a run in one file to hand on: numbers with intervals, where they come from, "
        "and the command that makes each again."
    )
    run = run_picker.chosen()
    if run is None:
        empty.show(
            "report",
            "No run yet",
            "Here a report of a trained model could be put together and saved. Train one with "
            "`fer train expression --data fer2013.zip`.",
        )
        return
    view, split, other = _controls(run)
    if view == PROTOCOL:
        told = reporting.written(run.name, ("protocol",), split, None, False)
        source = reporting.of_report(run.name, split, told.command)
        report_protocol.show("report_protocol", reporting.protocol(run.name, split), told, source)
        return
    titles = reporting.sections()
    wanted = report_choice.show(titles)
    if not wanted:
        st.info("Pick at least one section, and the report is written here.", icon=":material/checklist:")
        return
    with st.spinner("Writing the report"):
        told = reporting.written(run.name, wanted, split, other, _names())
    report_preview.show("report_preview", told)
    provenance.show("report_origin", reporting.of_report(run.name, split, told.command))


def _controls(run: RunCard) -> tuple[str, str | None, str | None]:
    """What is looked at, of which split, beside which run."""
    left, middle, right = sides.show("report_controls", [1.2, 1, 1.2], gap="medium")
    with left:
        view = choice.switch("show", "Show", (FILE, PROTOCOL))
    split = None
    if run.splits:
        with middle:
            split = choice.switch("split", "Split", run.splits, "Which stored predictions of the run are reported.")
    offered = reporting.beside(run.name, split) if view == FILE else ()
    if not offered:
        return view, split, None
    with right:
        other = choice.show("beside", "Beside", [ALONE, *offered], tip="Another run, on the pictures that both judged.")
    return view, split, None if other == ALONE else other


def _names() -> bool:
    """Whether people are named. Never in the address: a link must not name people by itself."""
    return st.toggle(
        "Name people and samples",
        key="report.names",
        help="Off: people who may exist are numbered, their pictures told by row. On: the file holds the names that "
        "the data give them, so keep it to yourself.",
    )


if __name__ == "__main__":
    page()
