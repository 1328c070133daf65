"""The seconds with the highest alarm score: their faces, and where the run looked."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts
from app.charts.frame import percent
from app.charts.maps import Panel, panel_of
from app.components import clip_course, face_panel, figure
from app.services import clip_origin, clips
from app.services.clip_watching import Watching
from app.services.clips import Judged, clock
from app.services.runs import RunCard

COUNT = 4


def show(key: str, run: RunCard, watching: Watching, found: Judged) -> None:
    """Draws the faces of the worst seconds, each with its heat map; a click looks at one closely.

    Args:
        key: Begins every session key used here.
        run: The run that answers.
        watching: The clip.
        found: What was seen.
    """
    chart = f"{key}_worst"
    panels, rows = [], []
    with st.spinner("Looking at the worst seconds"):
        for second in clips.worst(found.seconds, COUNT):
            told = clip_course.framed(run.name, watching, second)
            if told is None or not told[1].faces or told[1].faces[0].crop is None:
                continue
            held, face = told[0], told[1].faces[0]
            mapped = face_panel.mapped(run.name, held, 0, face, face.label)
            sure = face.probabilities[face.label]
            score = float(found.seconds["score"].iloc[second])
            panels.append(Panel(f"{clock(second)} · {face.label} {percent(sure)}", mapped.magnitude, face.crop))
            rows.append((second, score, face.label, sure, mapped.peak))
    if not panels:
        return
    table = pd.DataFrame(rows, columns=["t", "score", "label", "probability", "peak"])

    def clicked() -> None:
        place = panel_of(st.session_state.get(chart), len(rows))
        if place is not None:
            st.session_state[clip_course.KEY] = str(rows[place][0])

    figure.show(
        chart,
        charts.maps(
            panels,
            "The worst seconds",
            "highest alarm scores, 2 s or more apart · evidence for what the model says · a click goes there",
        ),
        "Faces of the worst seconds: " + "; ".join(panel.title for panel in panels),
        clip_origin.of_clip(watching.run, watching.held, found.told),
        table,
        on_select=clicked,
    )
