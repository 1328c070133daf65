"""How far eyes are open: eye crops cut at MTCNN's eye points, and a run that judges them.

A run of the recipe ``eyes`` says for each eye how likely it is open; it learned from eyes whose openness is known in
degrees, too, so that probability is the openness. `EyeReader` does so for the faces of pictures and of clips.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_core.contracts import FaceBox
from fer_core.framing import EYE_SIDE, FRAMINGS, eye_crops
from fer_core.labels import EYES
from fer_core.runs import SHIPPED, Run

__all__ = ["EyeReader", "eye_crops"]

SMALLEST = 8
"""Side in pixels of the smallest eye crop that is judged: a face of about 30 pixels."""


class EyeReader:
    """A run of eyes at work on faces. Threads may share one: nothing changes after loading.

    Args:
        run: A usable run under the framing ``eye`` with the labels closed and open; None takes the shipped one.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ValueError: the run judges something else, cannot be used, or there is no such device.
    """

    def __init__(self, run: Run | None = None, device: str = "cpu") -> None:
        # Imported here: torch costs seconds, and whoever only cuts eyes never needs it.
        from fer_core.assembly import load_model, normaliser, pick_device

        run = Run(SHIPPED / "eyes") if run is None else run
        framing = str(run.preprocessing.get("framing"))
        if set(run.labels) != set(EYES) or framing not in FRAMINGS or not FRAMINGS[framing].of_eyes:
            raise ValueError(
                f"run {run.name} does not judge eyes: it has the labels {', '.join(run.labels)} and the framing "
                f"'{framing}'; choose a run of the recipe eyes"
            )
        self.run = run
        self.size = int(run.preprocessing["size"])
        self._views = run.views
        self._place = run.labels.index(EYES[1])
        where = pick_device(device)
        self._model = load_model(run, where)
        self._normalise = normaliser(run.preprocessing, where)

    def openness(self, picture: np.ndarray, faces: Sequence[FaceBox]) -> np.ndarray:
        """How far the eyes of each face are open, all faces in one pass.

        Args:
            picture: ``(H, W, 3)`` uint8 RGB, upright.
            faces: F faces in it.

        Returns:
            ``(F, 2)`` float32 in [0, 1]: the eye at the picture's left, then the one at its right. NaN where a face has
            no landmarks or its eyes are cut smaller than `SMALLEST` pixels.
        """
        answers = np.full((len(faces), 2), np.nan, dtype=np.float32)
        crops = [self.crops(picture, face) for face in faces]
        readable = [place for place, both in enumerate(crops) if both is not None]
        if readable:
            judged = self.openness_of_crops(np.concatenate([both for both in crops if both is not None]))
            answers[readable] = judged.reshape(-1, 2)
        return answers

    def crops(self, picture: np.ndarray, face: FaceBox) -> np.ndarray | None:
        """Both eyes of a face as `openness_of_crops` takes them, or None where `openness` says NaN.

        Args:
            picture: ``(H, W, 3)`` uint8 RGB, upright.
            face: A face in it.

        Returns:
            ``(2, S, S, 3)`` uint8.
        """
        points = face.landmarks
        if points is None or not np.isfinite(points[:2]).all():
            return None
        if EYE_SIDE * float(np.hypot(*(points[1] - points[0]))) < SMALLEST:
            return None
        return eye_crops(picture, points, self.size)

    def openness_of_crops(self, crops: np.ndarray) -> np.ndarray:
        """How far eyes are open, from crops of any number of frames.

        Args:
            crops: ``(N, S, S, 3)`` uint8 from `crops` or `eye_crops`, S the run's size.

        Returns:
            ``(N,)`` float32 in [0, 1].

        Raises:
            ValueError: crops of another shape or type.
        """
        from fer_core.inference import probabilities

        expected = (self.size, self.size, 3)
        if crops.ndim != 4 or crops.shape[1:] != expected or crops.dtype != np.uint8:
            raise ValueError(f"crops must be (N, {self.size}, {self.size}, 3) uint8, got {crops.shape} {crops.dtype}")
        return probabilities(self._model, self._normalise, crops, self._views)[:, self._place]
