"""A picture with its faces boxed and numbered; a click or the keyboard chooses one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import colours
from app.charts.frame import percent
from app.services.predicting import Answer

_HERE = Path(__file__).parent
_picture = st.components.v2.component(
    "lab_boxed_picture",
    css=(_HERE / "boxed_picture.css").read_text(encoding="utf-8"),
    js=(_HERE / "boxed_picture.js").read_text(encoding="utf-8"),
)


def show(key: str, answer: Answer, labels: tuple[str, ...]) -> int | None:
    """Draws the picture and returns which face is chosen: the largest until somebody chooses; None without faces.

    Args:
        key: Unique to this picture.
        answer: With ``shown``.
        labels: The run's labels, for the colours of unnamed ones.
    """
    if answer.shown is None:
        return None
    chosen = min(st.session_state.get(f"{key}.face", 0), len(answer.faces) - 1)

    def clicked() -> None:
        picked = st.session_state[key].get("chosen")
        if picked is not None:
            choose(key, int(picked))

    _picture(key=key, data=_drawing(answer, chosen, labels), on_chosen_change=clicked)
    return chosen if answer.faces else None


def choose(key: str, place: int) -> None:
    """Chooses a face from elsewhere on the page.

    Args:
        key: As given to `show`.
        place: Which face, 0 is the largest.
    """
    st.session_state[f"{key}.face"] = place


def _drawing(answer: Answer, chosen: int, labels: tuple[str, ...]) -> dict[str, object]:
    shown = answer.shown
    faces = []
    for number, face in enumerate(answer.faces, start=1):
        left, top, right, bottom = face.face.box
        colour = colours.of_label(face.label, labels)
        faces.append(
            {
                "number": number,
                "said": f"{face.label} {percent(face.probabilities[face.label])}",
                "left": 100 * max(0.0, left) / shown.width,
                "top": 100 * max(0.0, top) / shown.height,
                "width": 100 * (min(right, shown.width) - max(0.0, left)) / shown.width,
                "height": 100 * (min(bottom, shown.height) - max(0.0, top)) / shown.height,
                "colour": colour,
                "ink": colours.ink_on(colour),
            }
        )
    listed = "; ".join(f"face {face['number']}: {face['said']}" for face in faces[:12]) or "no face found"
    return {
        "src": shown.uri,
        "alt": f"{answer.name}, {listed}",
        "width": shown.width,
        "height": shown.height,
        "faces": faces,
        "chosen": chosen,
    }
