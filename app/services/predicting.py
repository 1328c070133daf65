"""What a run says about pictures. Torch is imported when the first picture asks for it, not when the page opens.

One predictor per run serves all sessions: it only reads the model, and explanations hold the model's own lock.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from app.services.runs import stamp
from app.services.uploads import Held, Shown, show
from fer_core.contracts import Prediction
from fer_core.pictures import PictureSource, UnreadablePicture
from fer_core.runs import find_run

if TYPE_CHECKING:
    from fer_core.predictor import Predictor

FacesMode = Literal["auto", "detect", "whole"]

_LOADING = threading.Lock()


@dataclass(frozen=True)
class Answer:
    """What a run says about one picture, with what the page needs to show it."""

    name: str
    faces: tuple[Prediction, ...] = ()
    shown: Shown | None = None
    error: str | None = None

    @property
    def size(self) -> int:
        """Bytes held."""
        crops = sum(face.crop.nbytes for face in self.faces if face.crop is not None)
        return crops + (self.shown.size if self.shown else 0)


@dataclass(frozen=True)
class HeatMap:
    """Where in a crop the evidence for one label lies."""

    magnitude: np.ndarray = field(repr=False)
    """``(H, W)`` float32 >= 0, in units of the logit."""
    label: str
    layer: str
    method: str
    peak: float


def answers(name: str, pictures: Sequence[Held], faces: FacesMode) -> Iterator[tuple[Held, Answer]]:
    """What a run says about pictures, one after the other, so that a page can show progress and keep what is done.

    Args:
        name: A usable run.
        pictures: What to look at; one that cannot be read gets a sentence instead of faces.
        faces: How faces are found.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot predict.
    """
    predictor = loaded(name)
    for held in pictures:
        try:
            shown = show(held)
        except UnreadablePicture as fault:
            yield held, Answer(held.name, error=str(fault))
            continue
        source = PictureSource(held.name, lambda held=held: held.data or b"")
        for said in predictor.predict([source], faces=faces):
            yield held, Answer(held.name, said.faces, shown, said.error)


def heat_map(name: str, crop: np.ndarray, label: str) -> HeatMap:
    """Grad-CAM of one face for one label.

    Args:
        name: A usable run.
        crop: ``(S, n S, 3)`` uint8, the pixels that the network saw.
        label: One of the run's labels.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot predict, or does not know the label.
    """
    from fer_core.explain import explain_face

    predictor = loaded(name)
    labels = tuple(predictor.model.labels)
    if label not in labels:
        raise ValueError(f"run {name} does not know the label '{label}'; it knows {', '.join(labels)}")
    told = explain_face(predictor.model, predictor.images(crop), labels.index(label))
    return HeatMap(told.map, label, " + ".join(told.layers), "Grad-CAM", told.peak)


def loaded(name: str) -> Predictor:
    """The one predictor of a run that all sessions share; its weights are read when it is asked for first.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot predict.
    """
    run = find_run(name)
    if not run.usable:
        raise ValueError(f"run {run.name} cannot predict: {run.why_not}")
    # Two sessions that ask at the same time would both load the weights.
    with _LOADING:
        return _predictor(str(run.path), stamp(run))


@st.cache_resource(max_entries=6, show_spinner=False)
def _predictor(path: str, changed: int) -> Predictor:
    from fer_core.predictor import Predictor

    return Predictor(find_run(path))
