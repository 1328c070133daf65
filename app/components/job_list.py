"""The queue: every job with how it stands, looked at again every other second while one of them works."""

from __future__ import annotations

import streamlit as st

from app import colours, markup
from app.components import empty, job_closely, job_start, mishap, sides
from app.services import job_progress, trainings
from app.services.job_progress import Progress, clock
from app.services.trainings import Job, State

EVERY = 2.0
"""Seconds."""
SHOWN = 6
COLOURS = {"finished": colours.RIGHT, "failed": colours.WRONG, "killed": colours.WRONG, "running": colours.ACCENT}
SYMBOLS = {
    "waiting": ":material/schedule:", "running": ":material/directions_run:", "stopping": ":material/pan_tool:",
    "finished": ":material/check_circle:", "failed": ":material/error:", "stopped": ":material/pause_circle:",
    "killed": ":material/dangerous:",
}  # fmt: skip
_BEFORE = "job_list.before"


def show(key: str, may: bool) -> None:
    """Draws the queue, and one job closely.

    Args:
        key: Begins every session key used here.
        may: Whether this visitor may start and stop something.
    """
    found = trainings.listed()
    st.session_state[_BEFORE] = _standings(found)
    job_start.mistake()
    if not found:
        empty.show(
            f"{key}_jobs",
            "Nothing was started yet",
            "Here trainings would stand with their progress, loss and log. They go on when this tab is closed and when "
            "the dashboard is restarted.",
            "Train a small model on synthetic people" if may else None,
            job_start.start_small if may else None,
        )
        return
    every = EVERY if any(state.live for _, state in found) else None
    # Only what changes by itself is drawn again: an open list would close, a half-written note would stumble.
    st.fragment(_rows, run_every=every)(key, may)
    job_closely.show(key, found, may, every)


def _rows(key: str, may: bool) -> None:
    with mishap.shown():
        found = trainings.listed()
        if _standings(found) != st.session_state.get(_BEFORE):
            # One began or ended: the frame's list of runs changes with it, and so does how often is looked.
            st.rerun()
        st.caption(_sentence(found))
        for job, state in found[: max(SHOWN, sum(state.live for _, state in found))]:
            _row(key, job, state, may)


def _standings(found: list[tuple[Job, State]]) -> list[tuple[str, str]]:
    return [(job.id, state.standing) for job, state in found]


def _sentence(found: list[tuple[Job, State]]) -> str:
    counts = {word: sum(state.standing == word for _, state in found) for word in SYMBOLS}
    told = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    more = " Some older ones stand only in the list below." if len(found) > SHOWN else ""
    return f"{told}. One works at a time, in a process of its own: it goes on without this page.{more}"


def _row(key: str, job: Job, state: State, may: bool) -> None:
    with st.container(border=True, key=f"{key}_{job.id}"):
        what, how, doors = sides.show(f"{key}_{job.id}", [1.3, 1.7, 0.9], gap="medium", vertical="center")
        with what:
            st.markdown(f"##### {SYMBOLS[state.standing]} {markup.plain(job.title)}")
            pieces = [markup.chip(state.standing, COLOURS.get(state.standing)), markup.chip(_kind(job))]
            st.html(markup.row(pieces))
            if job.note:
                st.caption(markup.plain(job.note.splitlines()[0][:120]))
        with how:
            _standing(job, state, may)
        with doors:
            job_closely.doors(key, job, state, may)


def _standing(job: Job, state: State, may: bool) -> None:
    if state.standing == "waiting":
        before = trainings.waits_behind(job)
        st.caption("Its turn comes next." if before == 0 else f"{before} before it.")
        return
    told = job_progress.progress(job, state)
    if state.live:
        st.progress(told.share, _words(told))
        if len(told.history):
            last = told.history.iloc[-1]
            st.caption(
                f"loss {last['loss']:.4f} · validation accuracy {last['validation_accuracy']:.4f} · "
                f"validation macro-F1 {last['validation_macro_f1']:.4f}"
            )
    else:
        took = "" if state.started is None or state.ended is None else f" · {clock(state.ended - state.started)}"
        st.caption(f"{told.words}{took}")
        if state.sentence and may:
            st.caption(markup.plain(state.sentence))


def _words(told: Progress) -> str:
    return told.words if told.left is None else f"{told.words}, about {clock(told.left)} left"


def _kind(job: Job) -> str:
    count = int(job.about.get("trainings") or 1)
    name = next((title for title, kind in trainings.KINDS.items() if kind == job.kind), job.kind)
    return name.lower() if count == 1 else f"{name.lower()}, {count:,} trainings"
