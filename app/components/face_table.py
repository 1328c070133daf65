"""All faces of all pictures as a table, and as CSV."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.services.predicting import Answer


def table(found: Sequence[Answer], labels: Sequence[str]) -> pd.DataFrame:
    """One row per face.

    Args:
        found: What the run said about each picture.
        labels: The run's labels, in its order.

    Returns:
        ``picture face label probability detection usual distance left top right bottom`` and one ``p_<label>`` per
        label; ``usual`` and ``distance`` only where the run keeps something to compare with.
    """
    rows = []
    for answer in found:
        for number, face in enumerate(answer.faces, start=1):
            left, top, right, bottom = (round(float(edge), 1) for edge in face.face.box)
            rows.append(
                {
                    "picture": answer.name,
                    "face": number,
                    "label": face.label,
                    "probability": float(face.probabilities[face.label]),
                    "detection": face.face.detection,
                    "usual": None if face.usual is None else face.usual.inside,
                    "distance": None if face.usual is None else face.usual.distance,
                    "left": left,
                    "top": top,
                    "right": right,
                    "bottom": bottom,
                    **{f"p_{label}": float(face.probabilities[label]) for label in labels},
                }
            )
    columns = ["picture", "face", "label", "probability", "detection", "usual", "distance"]
    columns += ["left", "top", "right", "bottom", *(f"p_{label}" for label in labels)]
    found = pd.DataFrame(rows, columns=columns)
    # Of a run that keeps nothing to compare with nobody is usual or unusual.
    return found.drop(columns=["usual", "distance"]) if found["usual"].isna().all() else found


def show(key: str, found: Sequence[Answer], labels: Sequence[str]) -> None:
    """Draws the table and its download.

    Args:
        key: Begins every session key used here.
        found: What the run said about each picture.
        labels: The run's labels.
    """
    faces = table(found, labels)
    first = ("picture", "face", "label", "probability", "usual", "detection")
    st.dataframe(
        faces,
        key=f"{key}.table",
        hide_index=True,
        height="auto" if len(faces) <= 10 else 400,
        column_order=[*first, *(f"p_{label}" for label in labels)],
        column_config={
            "picture": st.column_config.TextColumn("Picture", width="medium"),
            "face": st.column_config.NumberColumn("Face", width="small"),
            "label": st.column_config.TextColumn("The model says"),
            "probability": st.column_config.ProgressColumn("Probability", min_value=0, max_value=1, format="percent"),
            "usual": st.column_config.CheckboxColumn(
                "Usual for it", help="Whether the face is of the kind that the model was judged on (inside 95 %)."
            ),
            "detection": st.column_config.NumberColumn(
                "Found with",
                format="percent",
                help="How sure the detector was that this is a face; empty where it was not asked.",
            ),
            **{f"p_{label}": st.column_config.NumberColumn(label, format="percent") for label in labels},
        },
    )
    st.download_button(
        "All faces as CSV",
        faces.to_csv(index=False),
        "faces.csv",
        "text/csv",
        key=f"{key}.csv",
        icon=":material/download:",
        on_click="ignore",
        help="With boxes in pixels of the upright picture and one column p_<label> per label.",
    )
