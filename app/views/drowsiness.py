"""Drowsiness: a clip in, second by second how far the eyes are open, what the model says, and when it would warn."""

from __future__ import annotations

import streamlit as st

from app import session
from app.components import clip_course, clip_source, clip_verdict, clip_worst, empty, mishap, run_picker
from app.services import clips
from app.services.clip_watching import Watching
from app.services.runs import RunCard


def page() -> None:
    """Draws the page."""
    st.title("Drowsiness", anchor=False)
    st.markdown(
        "Bring a clip of a face: how far are the eyes open, what does the model say of each second, and when would it "
        "have warned?"
    )
    run = run_picker.chosen()
    if run is None:
        empty.show(
            "drowsiness",
            "No run yet",
            "There is no trained model on this machine. Train one with `fer train drowsiness --data people:`.",
        )
        return
    if not run.usable:
        raise ValueError(f"run {run.name} cannot predict: {run.why_not}; choose another run above")
    watching = clip_source.show("drowsiness", run.name)
    camera = session.live()
    running = camera is not None and camera.busy
    if session.clip() is not None or running:
        # Below a running camera an earlier clip would look like what the camera shows.
        _watched(run, None if running else watching)
    else:
        empty.show(
            "drowsiness",
            "No clip yet",
            "Drop a clip above, or have a synthetic person drawn who tires and falls asleep: this page then shows "
            "every second, blinks and closed eyes, and the moment of the alarm.",
            "Draw a synthetic person",
            lambda: clip_source.take_drawn("drowsiness", run.name),
        )
    clip_source.privacy("drowsiness")


def _watched(run: RunCard, watching: Watching | None) -> None:
    """Verdict, thresholds, timeline, and the second that is looked at."""
    verdict = st.container()
    # Also while the clip is still being watched: what was set before stays set.
    baseline, on, off = clip_verdict.thresholds("drowsiness")
    if watching is None or watching.found is None:
        return
    with mishap.shown():
        found = clips.judged(watching.found, baseline, on, off)
        with verdict:
            clip_verdict.show("drowsiness", found, watching.held.origin == "snapshots")
        second = clip_course.show("drowsiness", watching, found)
        clip_course.look("drowsiness", run, watching, found, second)
        clip_worst.show("drowsiness", run, watching, found)


if __name__ == "__main__":
    page()
