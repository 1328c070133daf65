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
        ``picture face label probability detection left top right bottom`` and one ``p_<label>`` per label.
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
                    "left": left,
                    "top": top,
                    "right": right,
                    "bottom": bottom,
                    **{f"p_{label}": float(face.probabilities[label]) for label in labels},
                }
            )
    columns = ["picture", "face", "label", "probability", "detection", "left", "top", "right", "bottom"]
    return pd.DataFrame(rows, columns=[*columns, *(f"p_{label}" for label in labels)])


def show(key: str, found: Sequence[Answer], labels: Sequence[str]) -> None:
    """Draws the table and its download.

    Args:
        key: Begins every session key used here.
        found: What the run said about each picture.
        labels: The run's labels.
    """
    faces = table(found, labels)
    st.dataframe(
        faces,
        key=f"{key}.table",
        hide_index=True,
        height="auto" if len(faces) <= 10 else 400,
        column_order=["picture", "face", "label", "probability", "detection", *(f"p_{label}" for label in labels)],
        column_config={
            "picture": st.column_config.TextColumn("Picture", width="medium"),
            "face": st.column_config.NumberColumn("Face", width="small"),
            "label": st.column_config.TextColumn("The model says"),
            "probability": st.column_config.ProgressColumn("Probability", min_value=0, max_value=1, format="percent"),
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
