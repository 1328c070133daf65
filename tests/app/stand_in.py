"""A run's answers from a stand-in: no model and no detector, but all that a visitor of Predict sees and presses."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.services import uploads
from app.services.predicting import Answer, HeatMap
from app.services.uploads import Held
from fer_core.contracts import FaceBox, Prediction
from fer_core.labels import EXPRESSIONS
from fer_core.pictures import UnreadablePicture


def prediction(label: str, sure: float, box: tuple[float, float, float, float]) -> Prediction:
    """One face of a uniform grey."""
    rest = (1 - sure) / (len(EXPRESSIONS) - 1)
    shares = {name: sure if name == label else rest for name in EXPRESSIONS}
    return Prediction(FaceBox(box, 0.99), label, shares, np.full((48, 48, 3), 90, np.uint8))


FACES = (prediction("happiness", 0.82, (2, 2, 20, 20)), prediction("fear", 0.41, (22, 4, 36, 18)))


@dataclass
class StandIn:
    """Answers for a predictor; pictures wider than 60 pixels show nobody, but for the drawn samples of 960."""

    faces: dict[str, tuple[Prediction, ...]] = field(default_factory=dict)
    """By run, where it does not say `FACES`."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Every (picture, mode) that it was asked about."""
    runs: list[str] = field(default_factory=list)
    """By whom it was asked each time."""

    def answers(self, run: str, pictures: Sequence[Held], faces: str) -> Iterator[tuple[Held, Answer]]:
        """As `predicting.answers`."""
        for held in pictures:
            self.asked.append((held.name, faces))
            self.runs.append(run)
            try:
                shown = uploads.show(held)
            except UnreadablePicture as fault:
                yield held, Answer(held.name, error=str(fault))
            else:
                found = self.faces.get(run, FACES) if shown.width <= 60 or shown.width == 960 else ()
                yield held, Answer(held.name, found, shown)

    def heat_map(self, run: str, crop: np.ndarray, label: str) -> HeatMap:
        """As `predicting.heat_map`; nothing speaks for anger."""
        magnitude = np.zeros((48, 48), np.float32) if label == "anger" else np.ones((48, 48), np.float32)
        return HeatMap(magnitude, label, "stage3", "Grad-CAM", float(magnitude.max()))


def png(width: int = 40) -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, 40), (200, 180, 160)).save(buffer, format="PNG")
    return buffer.getvalue()


def upload(page: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    """Gives files to the page's field."""
    page.file_uploader[0].set_value(list(files))
    return page.run()


def texts(page: AppTest) -> str:
    """Every word of the page but those in tables and charts."""
    return "\n".join(str(element.value) for element in [*page.markdown, *page.caption, *page.html, *page.info])
