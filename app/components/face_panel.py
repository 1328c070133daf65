"""One face closely: how sure the model is of each label, whether the face is usual for it, which pixels counted."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, markup, session
from app import colours as palette
from app.charts.frame import CONFIG, percent
from app.components import predict_usual, provenance
from app.services import predicting, runs
from app.services import provenance as origin
from app.services.predicting import FacesMode, HeatMap
from app.services.uploads import Held


def show(
    key: str, run: str, held: Held, place: int, answer: predicting.Answer, faces: FacesMode, labels: tuple[str, ...]
) -> None:
    """Draws the panel.

    Args:
        key: Begins every session key used here.
        run: The run that answered.
        held: The picture.
        place: Which of its faces.
        answer: What the run said.
        faces: How faces were found.
        labels: The run's labels.
    """
    face = answer.faces[place]
    sure = percent(face.probabilities[face.label])
    chip = markup.chip(f"{face.label} {sure}", palette.of_label(face.label, labels))
    st.html(markup.row([f"<b>Face {place + 1} of {len(answer.faces)}</b>", "<span>the model says</span>", chip]))
    st.plotly_chart(
        charts.probability_bars(
            pd.DataFrame(face.probabilities.items(), columns=["label", "probability"]), labels=labels
        ),
        key=f"{key}.bars",
        config={**CONFIG, "staticPlot": True},
        alt="Probabilities: " + ", ".join(f"{name} {percent(value)}" for name, value in face.probabilities.items()),
    )
    predict_usual.show(f"{key}.usual", run, face)
    if face.crop is None:
        return
    st.html('<b>Where did it look?</b> <span class="lab-quiet">(Grad-CAM: evidence for one label)</span>')
    names = sorted(labels, key=lambda name: -face.probabilities.get(name, 0.0))
    left, right = st.columns(2, gap="medium")
    target = left.selectbox("Evidence for", names, key=f"{key}.target.{held.key}.{place}")
    opacity = right.slider(
        "Opacity of the map", 0, 100, 55, 5, format="%d %%", key=f"{key}.opacity", persist_state="session"
    )
    found = mapped(run, held, place, face, target)
    st.plotly_chart(
        charts.heat_map(face.crop, found.magnitude, opacity=opacity / 100),
        key=f"{key}.map",
        config=dict(CONFIG),
        width="content",
        alt=f"The crop that the network saw, with the evidence for {target}; peak {found.peak:.2g} logit units.",
    )
    if found.peak == 0:
        st.caption(f"No pixel speaks for '{target}': the map is empty.")
    provenance.show(f"{key}.map_origin", origin.of_map(run, found, held.name, place + 1, faces))


def mapped(run: str, held: Held, place: int, face: predicting.Prediction, target: str) -> HeatMap:
    """The map of a face, made once.

    Args:
        run: A usable run.
        held: The picture.
        place: Which of its faces.
        face: What the run said of it; with a crop.
        target: The label.
    """
    store = session.maps()
    name = (run, runs.stamped(run), held.key, place, face.face.box, target)
    if name not in store:
        with st.spinner("Looking inside"):
            store[name] = predicting.heat_map(run, face.crop, target)
    return store[name]
