"""The timeline of a clip, and the second that is looked at: its frame, what the run says of it, and where it looked."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from PIL import Image

from app import charts, markup, session
from app.charts.timeline import second_of
from app.components import boxed_picture, face_panel, figure, sides
from app.services import clip_origin, clips, predicting, uploads
from app.services.clip_watching import Watching
from app.services.clips import Judged, Timeline, clock
from app.services.predicting import Answer
from app.services.runs import RunCard

KEY = "second"
"""Of the second that is looked at, and its name in the address."""
ORIGINS: dict[clips.Origin, uploads.Origin] = {
    "upload": "upload",
    "synthetic": "synthetic",
    "snapshots": "camera",
    "live": "camera",
}
"""Of a frame by that of its clip."""
LEGEND = "red: alarm · dashed: this person's open eyes, from the green seconds · ticks: blinks"


def show(key: str, watching: Watching, found: Judged) -> int:
    """Draws the timeline; returns the second that is looked at.

    Args:
        key: Begins every session key used here.
        watching: The clip.
        found: What was seen, under the chosen thresholds.
    """
    seconds, timeline = found.seconds, found.timeline
    options = [str(place) for place in range(len(seconds))]
    chosen = int(session.settle(KEY, options, str(_first(watching, found))))
    chart = f"{key}_timeline"

    def clicked() -> None:
        place = second_of(st.session_state.get(chart), len(seconds))
        if place is not None:
            st.session_state[KEY] = str(place)

    told = found.told
    subtitle = f"n = {len(seconds):,} seconds, {told['frames']['looked_at']:,} frames looked at · {LEGEND}"
    drawing, rows = drawn(timeline, found.samples, told["labels"], chosen, subtitle)
    figure.show(
        chart,
        drawing,
        f"Timeline of {clock(told['duration'])}: {timeline.sentence}",
        clip_origin.of_clip(watching.run, watching.held, told),
        rows,
        on_select=clicked,
    )
    if len(options) > 1:
        st.select_slider("Second", options, key=KEY, bind="query-params", help="Or click anywhere in the timeline.")
    return chosen


def drawn(
    timeline: Timeline, samples: pd.DataFrame, labels: Sequence[str], chosen: int, subtitle: str
) -> tuple[go.Figure, pd.DataFrame]:
    """The chart of a timeline, and the table behind it.

    Args:
        timeline: Under the chosen thresholds.
        samples: ``time openness``.
        labels: Of the run.
        chosen: The second that is looked at.
        subtitle: n and what else is needed to read it.
    """
    shares = [f"p_{label}" for label in labels]
    rows = timeline.seconds[["t", "faces", "state", "openness", "perclos", "score", *shares]]
    options = timeline.options
    drawing = charts.timeline(
        rows,
        samples,
        closures=[vars(one) for one in timeline.closures],
        alarms=timeline.alarms,
        level=timeline.level,
        baseline=options.baseline if timeline.level_from == "first seconds" else 0.0,
        on=options.alarm_on,
        off=options.alarm_off,
        chosen=chosen,
        subtitle=subtitle,
    )
    return drawing, rows


def look(key: str, run: RunCard, watching: Watching, found: Judged, second: int) -> None:
    """Draws the frame of a second, the clip from there on, and the face closely.

    Args:
        key: Begins every session key used here.
        run: The run that answers.
        watching: The clip.
        found: What was seen.
        second: Which one.
    """
    row = found.seconds.iloc[second]
    said = [f"state by the eyes: {row['state']}"]
    said += [f"openness {row['openness']:.3f}", f"alarm score {row['score']:.3f}"] if row["openness"] >= 0 else []
    st.subheader(f"At {clock(second)}", anchor=False)
    st.caption(" · ".join(said))
    told = framed(run.name, watching, second)
    if told is None:
        st.info("The clip has no frame here.")
        return
    held, answer = told
    picture, panel = sides.show(f"{key}_second", [1.2, 1])
    with picture:
        name = f"{key}_{held.key}"
        place = boxed_picture.show(name, answer, run.labels)
        kind = "synthetic: a person who does not exist" if watching.held.origin == "synthetic" else "yours"
        st.caption(f"{markup.plain(held.name)} · {kind}")
        with st.expander("Play the clip from here"):
            st.video(watching.data or b"", start_time=second)
        frame, film = st.columns(2)
        film.download_button(
            "The whole clip", watching.data or b"", watching.held.name, key=f"{key}.film", on_click="ignore",
            icon=":material/movie:", help="For the command under the timeline.", width="stretch",
        )  # fmt: skip
        frame.download_button(
            "This frame", held.data or b"", held.name, "image/png", key=f"{key}.frame", on_click="ignore",
            icon=":material/download:", width="stretch",
        )  # fmt: skip
    with panel:
        if place is None:
            st.info("No face was found in this frame.")
        else:
            face_panel.show(f"{key}_face", run.name, held, place, answer, "detect", run.labels)


def framed(run: str, watching: Watching, second: int) -> tuple[uploads.Held, Answer] | None:
    """The frame in the middle of a second, and what the run says of its faces; None where the clip has ended.

    Args:
        run: A usable run.
        watching: The clip.
        second: Which one.
    """
    store, name = session.frames(), (run, watching.changed, watching.held.key, second)
    if name not in store:
        pixels = clips.frame(watching.data or b"", second + 0.5)
        pixels = clips.frame(watching.data or b"", float(second)) if pixels is None else pixels
        if pixels is None:
            return None
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="PNG")
        stem = watching.held.name.rpartition(".")[0] or watching.held.name
        origin = ORIGINS[watching.held.origin]
        held = uploads.Held(f"{watching.held.key[:12]}_{second}", f"{stem}-{second:04d}.png", origin, buffer.getvalue())
        with st.spinner("Looking at the frame"):
            store[name] = next(iter(predicting.answers(run, [held], "detect")))
    return store[name]


def _first(watching: Watching, found: Judged) -> int:
    """The worst second; where nothing raised the score the first one, or the picture that was taken last."""
    last = len(found.seconds) - 1 if watching.held.origin == "snapshots" else 0
    return next(iter(clips.worst(found.seconds, 1)), last)
