"""A masking network's masks: its maps before them, what they strengthen, and the maps after them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts
from app.charts.maps import Panel
from app.components import explain_controls, figure
from app.components.explain_face import Face
from app.services import explained_origin, explaining


def show(key: str, run: str, face: Face, faces: str) -> None:
    """Draws three maps for each mask.

    Args:
        key: Begins every session key used here.
        run: A run that masks.
        face: Whose.
        faces: How faces were found.
    """
    masks = explaining.masks(run, face.said.crop)
    st.markdown(
        "After each stage a small network weighs every place of its map (a mask): **before** is the stage's mean "
        "activation, **strengthened** by what share the mask raises a place, **after** what goes on to the next stage."
    )
    own = explain_controls.scale(explain_controls.OWN)
    panels = []
    for one in masks:
        rows, columns = one.before.shape
        panels += [
            Panel(f"map {one.number} before · {one.before.max():.3g}", one.before, face.said.crop, "mean activation"),
            Panel(f"strengthened · {one.weight.max():.3g}", one.weight, face.said.crop, "share added"),
            Panel(f"after · {one.after.max():.3g} · {rows} x {columns}", one.after, face.said.crop, "mean activation"),
        ]
    table = pd.DataFrame(
        {
            "mask": [one.number for one in masks],
            "before_peak": [float(one.before.max()) for one in masks],
            "weight_least": [float(one.weight.min()) for one in masks],
            "weight_most": [float(one.weight.max()) for one in masks],
            "after_peak": [float(one.after.max()) for one in masks],
        }
    )
    figure.show(
        f"{key}_grid",
        charts.maps(
            panels,
            "What does each mask strengthen?",
            "one face · numbers: peak of each map · the label does not matter here",
            own_scale=own,
            columns=3,
            side=230,
        ),
        "; ".join(f"mask {one.number} strengthens by at most {one.weight.max():.2g}" for one in masks),
        explained_origin.of_face(run, face.held, face.place + 1, faces, None, "--compare masks", ["masks"]),
        table,
    )
