"""One job closely: its curves and log as they grow, a note, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from app import charts, markup
from app.components import choice, figure, mishap, sides, tour_stops
from app.services import folds, job_progress, study_grid, trainings
from app.services import provenance as origin
from app.services.trainings import Job, State

LINES = 14
_ALSO = "job_also_made"


def show(key: str, found: list[tuple[Job, State]], may: bool, every: float | None) -> None:
    """Draws the chosen job.

    Args:
        key: Begins every session key used here.
        found: Every job.
        may: Whether this visitor may change something.
        every: Seconds between two looks at it; None: one look.
    """
    by_id = {job.id: f"{job.title} · {_when(job)} · {job.id[-4:]}" for job, _ in found}
    asked = st.session_state.pop("job", None)
    if asked in by_id:
        st.session_state["job_look"] = by_id[asked]
    with st.columns([1.4, 1])[0]:
        title = choice.show("job_look", "One job closely", list(by_id.values()))
    job, state = next((job, state) for job, state in found if by_id[job.id] == title)
    with st.columns([1.4, 1])[0]:
        kind = choice.switch("job_curve", "Curves", ["Loss", "Scores"]) if job.kind == trainings.TRAIN else ""
    st.fragment(_watched, run_every=every if state.live else None)(key, job, kind, may)
    if not may:
        return
    st.code(str(job.about.get("command") or ""), language="bash", wrap_lines=True)
    _note(key, job, state)


def _watched(key: str, job: Job, kind: str, may: bool) -> None:
    with mishap.shown():
        told = job_progress.progress(job, trainings.state(job))
        left, right = sides.show(f"{key}_closely", [1.1, 1], gap="medium")
        with left:
            if len(told.history):
                _curves(key, job, told, kind)
            elif len(told.rows):
                shown = told.rows if may else told.rows.drop(columns="error", errors="ignore")
                st.dataframe(shown, hide_index=True, key=f"{key}.rows", column_config=_COLUMNS)
            else:
                st.caption(f"{told.words[:1].upper()}{told.words[1:]}.")
        if not may:
            return  # logs and mistakes name folders of this machine
        with right:
            st.markdown("**Log**")
            lines = trainings.log(job, LINES)
            tall = {"height": 270} if len(lines) > 5 else {}
            st.code("\n".join(lines) or "nothing was said yet", language=None, wrap_lines=True, **tall)


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


def _curves(key: str, job: Job, told: job_progress.Progress, kind: str) -> None:
    last = told.history.iloc[-1]
    chart = charts.learning(told.history, "loss" if kind == "Loss" else "scores")
    alt = f"{kind} by epoch; at the last one loss {last['loss']:.3f}, accuracy {last['validation_accuracy']:.3f}."
    figure.show(f"{key}_job_curves", chart, alt, origin.of_training(job.out), told.history)


def _note(key: str, job: Job, state: State) -> None:
    mine = f"{key}.note.{job.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_note"):
        st.text_input("Note", job.note, key=mine, max_chars=500, placeholder="What it is for")
        st.button("Keep note", key=f"{key}.keep.{job.id}", on_click=_keep, args=(job.id, mine))
        st.button("Delete job", key=f"{key}.delete.{job.id}", on_click=_delete, args=(job.id,), disabled=state.live)
        st.checkbox("and what it made", key=f"{_ALSO}.{job.id}", disabled=state.live)
    told = st.session_state.pop(f"{_ALSO}.mistake", None)
    if told:
        st.error(markup.plain(told), icon=":material/error:")


def _tried(what: Callable[..., None], name: str, *words: object) -> None:
    """Does something with a job; a mistake, or that somebody else deleted it meanwhile, is told below."""
    try:
        what(trainings.find(name), *words)
    except (ValueError, OSError) as error:
        st.session_state[f"{_ALSO}.mistake"] = str(error)


def _stop(name: str) -> None:
    _tried(trainings.stop, name)


def _resume(name: str) -> None:
    _tried(trainings.resume, name)
    st.session_state["job"] = name


def _keep(name: str, key: str) -> None:
    _tried(trainings.annotate, name, st.session_state[key])


def _delete(name: str) -> None:
    _tried(trainings.delete, name, bool(st.session_state.get(f"{_ALSO}.{name}")))


def _choose(job: Job) -> None:
    if job.kind == trainings.SWEEP:
        made = [name for name, (folder, _) in study_grid.names().items() if folder == job.out]
        st.session_state["study_look"] = "Ablation grid"
        st.session_state["ablation"] = made[0] if made else ""
    elif job.kind == trainings.FOLDS:
        made = [name for name in folds.names() if name.partition(" / ")[0] == job.title]
        st.session_state["section"] = "Cross-validation"
        st.session_state["folds"] = made[0] if made else ""
    else:
        st.session_state["run"] = job.title


def _when(job: Job) -> str:
    return time.strftime("%d %b %H:%M", time.localtime(job.created))
