"""A finished run at work on pictures: open, find, crop, ask the model; one bad picture is one bad answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from fer_core.assembly import load_model, normaliser, pick_device
from fer_core.contracts import FaceBox, PicturePrediction, Prediction
from fer_core.faces import MODES, FaceFinder, locate
from fer_core.framing import FRAMINGS, crop_face
from fer_core.inference import VIEWS, probabilities
from fer_core.labels import suggestion
from fer_core.pictures import PictureSource, UnreadablePicture, open_picture
from fer_core.runs import Run

WAITING = 64
"""Faces gathered from several pictures before the model is asked once; bounds what is held in memory."""


class Predictor:
    """One run's model, ready for pictures. Only reads the model, so several threads may share a predictor."""

    def __init__(self, run: Run, device: str = "auto") -> None:
        """Loads the model; the detector is loaded when the first picture needs it.

        Args:
            run: A usable run.
            device: ``auto``, ``cpu`` or ``cuda``.

        Raises:
            ValueError: the run cannot be used; says why.
        """
        where = pick_device(device)
        self.run = run
        self.device = where
        self.model = load_model(run, where)
        self.normalise = normaliser(run.preprocessing, where)
        self.size = int(run.preprocessing["size"])
        self.framing = FRAMINGS[run.preprocessing["framing"]]
        self.views = int(run.recipe.get("evaluation", {}).get("views", 1))
        self._finder = FaceFinder(str(where))

    def probabilities(self, crops: np.ndarray, views: int | None = None) -> np.ndarray:
        """``(N, K)`` float32 of ``(N, S, S, 3)`` uint8 crops.

        Args:
            crops: Faces at the run's size and framing.
            views: 1, or 2 for the mirrored crop too; None takes the run's own.
        """
        return probabilities(self.model, self.normalise, crops, views or self.views)

    def faces(self, picture: np.ndarray, mode: str = "auto") -> tuple[tuple[FaceBox, ...], np.ndarray]:
        """Where the faces are, largest first, and their crops.

        Args:
            picture: ``(H, W, 3)`` uint8 RGB, upright.
            mode: ``auto``, ``detect`` or ``whole``: see `faces.locate`.

        Returns:
            n boxes and ``(n, S, S, 3)`` uint8 crops.
        """
        found = locate(picture, mode, self._finder)
        crops = [crop_face(picture, face, self.framing, self.size) for face in found]
        return found, np.stack(crops) if crops else np.empty((0, self.size, self.size, 3), dtype=np.uint8)

    def predict(
        self, pictures: Iterable[PictureSource], faces: str = "auto", views: int | None = None
    ) -> Iterator[PicturePrediction]:
        """What the model says about each picture, in order, as soon as a batch of faces is full.

        Args:
            pictures: From `pictures.find_pictures`; read one by one.
            faces: How faces are looked for.
            views: See `probabilities`.

        Raises:
            ValueError: an unknown way to look for faces, or another number of views.
        """
        if faces not in MODES:
            raise ValueError(f"unknown way to look for faces '{faces}'{suggestion(faces, MODES)}")
        if views is not None and views not in VIEWS:
            raise ValueError(f"views must be 1 or 2, got {views}")
        return self._predict(pictures, faces, views)

    def _predict(self, pictures: Iterable[PictureSource], mode: str, views: int | None) -> Iterator[PicturePrediction]:
        waiting: list[tuple[PicturePrediction, tuple[FaceBox, ...], np.ndarray]] = []
        for source in pictures:
            try:
                picture = open_picture(source.read())
                boxes, crops = self.faces(picture, mode)
            except UnreadablePicture as fault:
                waiting.append((PicturePrediction(source.path, None, None, (), str(fault)), (), np.empty(0)))
            else:
                height, width = picture.shape[:2]
                waiting.append((PicturePrediction(source.path, width, height, ()), boxes, crops))
            if sum(len(boxes) for _, boxes, _ in waiting) >= WAITING or len(waiting) >= WAITING:
                yield from self._answer(waiting, views)
                waiting = []
        yield from self._answer(waiting, views)

    def _answer(
        self, waiting: list[tuple[PicturePrediction, tuple[FaceBox, ...], np.ndarray]], views: int | None
    ) -> Iterator[PicturePrediction]:
        crops = [one for _, boxes, stack in waiting for one in stack[: len(boxes)]]
        shares = self.probabilities(np.stack(crops), views) if crops else np.empty((0, len(self.model.labels)))
        start = 0
        for said, boxes, stack in waiting:
            rows = shares[start : start + len(boxes)]
            start += len(boxes)
            faces = tuple(self._prediction(*one) for one in zip(boxes, rows, stack, strict=False))
            yield PicturePrediction(said.path, said.width, said.height, faces, said.error)

    def _prediction(self, box: FaceBox, row: np.ndarray, crop: np.ndarray) -> Prediction:
        shares = dict(zip(self.model.labels, map(float, row), strict=True))
        return Prediction(box, self.model.labels[int(row.argmax())], shares, crop)
