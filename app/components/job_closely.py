"""One job closely: its curves and log as they grow, a note, and what can be done with it."""

from __future__ import annotations

import time

import streamlit as st

from app import charts, markup
from app.components import choice, figure, sides, tour_stops
from app.services import job_progress, trainings
from app.services.provenance import Provenance
from app.services.trainings import Job, State

LINES = 14
_ALSO = "job_also_made"


def show(key: str, found: list[tuple[Job, State]], may: bool) -> None:
    """Draws the chosen job.

    Args:
        key: Begins every session key used here.
        found: Every job.
        may: Whether this visitor may change something.
    """
    known = {job.id: (job, state) for job, state in found}
    titles = {f"{job.title} · {_when(job)} · {job.id[-4:]}": job.id for job, _ in found}
    by_id = {one: title for title, one in titles.items()}
    asked = st.session_state.pop("job", None)
    if asked in by_id:
        st.session_state["job_look"] = by_id[asked]
    with st.columns([1.4, 1])[0]:
        job, state = known[titles[choice.show("job_look", "One job closely", list(titles))]]
    told = job_progress.progress(job, state)
    left, right = sides.show(f"{key}_closely", [1.1, 1], gap="medium")
    with left:
        if len(told.history):
            _curves(key, job, told)
        elif len(told.rows):
            st.dataframe(told.rows, hide_index=True, key=f"{key}.rows", column_config=_COLUMNS)
        else:
            st.caption(f"{told.words[:1].upper()}{told.words[1:]}.")
    with right:
        st.markdown("**Log**")
        lines = trainings.log(job, LINES)
        st.code("\n".join(lines) or "nothing was said yet", language=None, height=270, wrap_lines=True)
    st.code(str(job.about.get("command") or ""), language="bash", wrap_lines=True)
    _note(key, job, state, may)


def doors(key: str, job: Job, state: State, may: bool) -> None:
    """The buttons of a job: stop or resume it, or look at what it made.

    Args:
        key: Begins every session key used here.
        job: The job.
        state: How it stands.
        may: Whether this visitor may change something.
    """
    if state.live:
        st.button(
            "Stop", key=f"{key}.stop.{job.id}", icon=":material/stop:", width="stretch",
            disabled=not may or state.standing == "stopping", on_click=_stop, args=(job.id,),
        )  # fmt: skip
    elif state.standing != "finished":
        st.button(
            "Resume", key=f"{key}.resume.{job.id}", icon=":material/replay:", width="stretch", type="primary",
            disabled=not may, on_click=_resume, args=(job.id,),
        )  # fmt: skip
    elif job.kind == trainings.SWEEP:
        if st.button("Ablation grid", key=f"{key}.open.{job.id}", width="stretch", on_click=_choose, args=(job,)):
            st.rerun()
    elif st.button("Results", key=f"{key}.open.{job.id}", width="stretch", on_click=_choose, args=(job,)):
        tour_stops.turn("results")


_COLUMNS = {
    "study": "Study", "row": "Row", "seed": "Seed", "fold": "Fold", "status": "Status", "n": "n", "split": "Split",
    "error": "Why not", "accuracy": st.column_config.NumberColumn("Accuracy", format="%.4f"),
    "macro_f1": st.column_config.NumberColumn("Macro-F1", format="%.4f"),
}  # fmt: skip


def _curves(key: str, job: Job, told: job_progress.Progress) -> None:
    last = told.history.iloc[-1]
    text = f"run {job.title} · epochs so far: {len(told.history)} · its own validation split, which chose the epoch"
    source = Provenance(text, str(job.about.get("command") or ""))
    kind = choice.switch("job_curve", "Curves", ["Loss", "Scores"])
    chart = charts.learning(told.history, "loss" if kind == "Loss" else "scores")
    alt = f"{kind} by epoch; at the last one loss {last['loss']:.3f}, accuracy {last['validation_accuracy']:.3f}."
    figure.show(f"{key}_job_curves", chart, alt, source, told.history)


def _note(key: str, job: Job, state: State, may: bool) -> None:
    mine = f"{key}.note.{job.id}"
    note, button, also, forget = st.columns([3, 0.8, 1.3, 0.9], vertical_alignment="bottom", gap="small")
    note.text_input("Note", job.note, key=mine, max_chars=500, placeholder="What it is for", disabled=not may)
    button.button(
        "Keep note", key=f"{key}.keep.{job.id}", on_click=_keep, args=(job.id, mine), disabled=not may, width="stretch"
    )
    also.checkbox("also what it made", key=f"{_ALSO}.{job.id}", disabled=not may or state.live)
    forget.button(
        "Delete job", key=f"{key}.delete.{job.id}", on_click=_delete, args=(job.id,), disabled=not may or state.live,
        width="stretch",
    )  # fmt: skip
    told = st.session_state.pop(f"{_ALSO}.mistake", None)
    if told:
        st.error(markup.plain(told), icon=":material/error:")


def _tried(what: str, name: str, *words: object) -> None:
    """Does something with a job; a mistake, or that somebody else deleted it meanwhile, is told below."""
    try:
        getattr(trainings, what)(trainings.find(name), *words)
    except (ValueError, FileNotFoundError) as error:
        st.session_state[f"{_ALSO}.mistake"] = str(error)


def _stop(name: str) -> None:
    _tried("stop", name)


def _resume(name: str) -> None:
    _tried("resume", name)
    st.session_state["job"] = name


def _keep(name: str, key: str) -> None:
    _tried("annotate", name, st.session_state[key])


def _delete(name: str) -> None:
    _tried("delete", name, bool(st.session_state.get(f"{_ALSO}.{name}")))


def _choose(job: Job) -> None:
    if job.kind == trainings.SWEEP:
        st.session_state["study_look"] = "Ablation grid"
        st.session_state["ablation"] = job.title
    elif job.kind == trainings.FOLDS:
        st.session_state["section"] = "Cross-validation"
    else:
        st.session_state["run"] = job.title


def _when(job: Job) -> str:
    return time.strftime("%d %b %H:%M", time.localtime(job.created))
