"""Pictures to faces to probabilities: a finished run at work on whatever people bring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from fer_core.assembly import load_model, normaliser, pick_device
from fer_core.contracts import FaceBox, PicturePrediction, Prediction, Usual
from fer_core.faces import FRAMINGS, MODES, FaceFinder, locate
from fer_core.framing import cut
from fer_core.inference import answers_and_space, check_views, probabilities, spaces_of
from fer_core.labels import suggestion
from fer_core.ood import usual
from fer_core.pictures import PictureSource, UnreadablePicture, open_picture
from fer_core.preprocessing import luminance
from fer_core.runs import Run

BATCH = 128
"""Faces that go through the network together, and the most pictures whose answers wait for each other. Of a picture
that waits only the crops are held: 128 crops of 224 pixels are 19 MB."""


@dataclass(frozen=True)
class _Waiting:
    """A picture whose faces are cut but not judged, or its error."""

    path: str
    size: tuple[int, int] | None = None
    """Width and height."""
    faces: tuple[FaceBox, ...] = ()
    crops: tuple[np.ndarray, ...] = ()
    """``(n, S, S, 3)`` of each face."""
    error: str | None = None


class Predictor:
    """One run's model with all that stands before it. Threads may share one: nothing is changed after loading.

    Args:
        run: A usable run.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ValueError: the run cannot be used, names a framing that is not known here, or there is no such device.
    """

    def __init__(self, run: Run, device: str = "auto") -> None:
        self.run = run
        self.device = pick_device(device)
        self.model = load_model(run, self.device)
        self.normalise = normaliser(run.preprocessing, self.device)
        """From ``(N, S, S, 3)`` uint8 crops to the network's input."""
        name = str(run.preprocessing["framing"])
        if name not in FRAMINGS:
            raise ValueError(f"run {run.name} needs the framing '{name}'{suggestion(name, FRAMINGS)}")
        self.framing = FRAMINGS[name]
        self.size = int(run.preprocessing["size"])
        self.views = run.views
        self.finder = FaceFinder(str(self.device))
        self.reference = usual(run)
        """What a usual face is for the run; None where it keeps nothing to compare with."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The K labels in the model's order."""
        return self.model.labels

    def predict(
        self, pictures: Iterable[PictureSource], faces: str = "auto", views: int | None = None
    ) -> Iterator[PicturePrediction]:
        """What the run says about each picture, in their order, while they are read; one bad picture is one sentence.

        Args:
            pictures: What `fer_core.pictures.find_pictures` found, or any sources.
            faces: ``auto``, ``detect`` or ``whole``: see `fer_core.faces.locate`.
            views: 1, 2 or 10, see `inference.VIEWS`; None: as the run was evaluated.

        Raises:
            ValueError: an unknown way to look for faces, or another number of views.
        """
        if faces not in MODES:
            raise ValueError(f"unknown way to look for faces '{faces}'{suggestion(faces, MODES)}")
        views = self.views if views is None else views
        check_views(views)
        return self._answers(pictures, faces, views)

    def probabilities(self, crops: np.ndarray, views: int | None = None) -> np.ndarray:
        """``(N, K)`` float32 of ``(N, S, S, 3)`` uint8 crops; rows sum to 1.

        Args:
            crops: S is the run's size.
            views: As in `predict`.

        Raises:
            ValueError: crops of another shape or type, or another number of views.
        """
        self._check(crops)
        return probabilities(self.model, self.normalise, crops, self.views if views is None else views)

    def spaces(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        """``(N, D)`` float32 of each feature space, of each crop as it is.

        Args:
            crops: ``(N, S, S, 3)`` uint8, N at least 1; S is the run's size.

        Raises:
            ValueError: crops of another shape or type.
        """
        self._check(crops)
        return spaces_of(self.model, self.normalise, crops)

    def _check(self, crops: np.ndarray) -> None:
        expected = (self.size, self.size, 3)
        if crops.ndim != 4 or crops.shape[1:] != expected or crops.dtype != np.uint8:
            raise ValueError(f"crops must be (N, {self.size}, {self.size}, 3) uint8, got {crops.shape} {crops.dtype}")

    def crops(self, picture: np.ndarray, face: FaceBox) -> np.ndarray:
        """``(n, S, S, 3)`` uint8: a face as the network sees it, without colour where the run is grey.

        Args:
            picture: ``(H, W, 3)`` uint8 RGB, upright.
            face: A face in it.

        Returns:
            One crop, or both eyes of a run that judges eyes.

        Raises:
            ValueError: a box without area, or no landmarks where eyes are to be cut.
        """
        crops = cut(picture, face, self.framing, self.size)
        return np.repeat(luminance(crops)[..., None], 3, axis=-1) if self.run.preprocessing["grey"] else crops

    def images(self, crop: np.ndarray) -> Tensor:
        """``(n, 3, S, S)`` normalised: the network's input behind a `Prediction.crop`."""
        return self.normalise(np.stack(np.split(crop, crop.shape[1] // self.size, axis=1)))

    def _answers(self, pictures: Iterable[PictureSource], faces: str, views: int) -> Iterator[PicturePrediction]:
        waiting: list[_Waiting] = []
        for source in pictures:
            waiting.append(self._cut(source, faces))
            if len(waiting) >= BATCH or sum(len(crops) for one in waiting for crops in one.crops) >= BATCH:
                yield from self._judged(waiting, views)
                waiting = []
        yield from self._judged(waiting, views)

    def _cut(self, source: PictureSource, faces: str) -> _Waiting:
        try:
            picture = open_picture(source.read())
        except UnreadablePicture as fault:
            return _Waiting(source.path, error=str(fault))
        found = locate(picture, faces, self.finder)
        crops = tuple(self.crops(picture, face) for face in found)
        return _Waiting(source.path, (picture.shape[1], picture.shape[0]), found, crops)

    def _judged(self, waiting: list[_Waiting], views: int) -> Iterator[PicturePrediction]:
        crops = [crop for one in waiting for face in one.crops for crop in face]
        answers, distances = self._asked(np.stack(crops), views) if crops else (np.empty((0, 0)), None)
        start = 0
        for one in waiting:
            width, height = one.size or (None, None)
            predictions = []
            for face, mine in zip(one.faces, one.crops, strict=True):
                part = slice(start, start + len(mine))
                start += len(mine)
                far = None if distances is None else distances[part]
                predictions.append(self._prediction(face, mine, answers[part], far))
            yield PicturePrediction(one.path, width, height, tuple(predictions), one.error)

    def _asked(self, crops: np.ndarray, views: int) -> tuple[np.ndarray, np.ndarray | None]:
        """``(N, K)`` answers and, where the run keeps a reference, ``(N,)`` distances of the same pass."""
        if self.reference is None:
            return self.probabilities(crops, views), None
        answers, features = answers_and_space(self.model, self.normalise, crops, self.reference.space, views)
        return answers, self.reference.score(features)

    def _prediction(
        self, face: FaceBox, crops: np.ndarray, answers: np.ndarray, distances: np.ndarray | None
    ) -> Prediction:
        """The face's answer is the mean over its crops: one, or its two eyes."""
        shares = dict(zip(self.labels, answers.mean(axis=0).tolist(), strict=True))
        found = None
        if self.reference is not None and distances is not None:
            far = float(distances.mean())
            found = Usual(far, float(self.reference.percentile(far)), bool(self.reference.inside(far)))
        picture = np.concatenate(crops, axis=1)
        return Prediction(face, max(shares, key=shares.__getitem__), shares, picture, found)
