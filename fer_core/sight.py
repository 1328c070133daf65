"""One face as a model sees it: cut to the model's own size, disturbed as somebody wishes, and answered for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fer_core.contracts import FaceBox
from fer_core.disturbances import STRENGTHS, disturb
from fer_core.disturbances.together import together
from fer_core.framing import FRAMINGS
from fer_core.mixture import crop_of
from fer_core.predictor import Predictor
from fer_core.robustness import landmarks_in
from fer_core.sections import Preprocessing


@dataclass(frozen=True)
class Sight:
    """A face before and after it was cut."""

    face: FaceBox
    width: int
    """Of the picture, in pixels."""
    height: int
    crop: np.ndarray = field(repr=False)
    """``(S, S)`` where the run is grey, else ``(S, S, 3)``; uint8."""
    landmarks: np.ndarray = field(repr=False)
    """``(5, 2)`` fractions of the crop."""

    @property
    def pixels(self) -> np.ndarray:
        """``(S, S, 3)`` uint8: what goes into the network."""
        return _coloured(self.crop)

    def under(self, strengths: Mapping[str, int], seed: int = 0) -> np.ndarray:
        """``(S, S, 3)`` uint8: the same under disturbances.

        Args:
            strengths: Kind -> 1 to 5, see `disturbances.together`.
            seed: Of what is drawn at random.

        Raises:
            ValueError: an unknown kind or strength, or a crop too small to be disturbed.
        """
        return _coloured(together(self.crop[None], strengths, self.landmarks, seed=seed)[0])


def sight_of(predictor: Predictor, picture: np.ndarray, face: FaceBox) -> Sight:
    """A face of a picture as a run sees it.

    Landmarks are the detector's; without any, those of the run's framing.

    Args:
        predictor: The run at work.
        picture: ``(H, W, 3)`` uint8 RGB, upright.
        face: A face in it.

    Raises:
        ValueError: the run judges single eyes, or the box has no area.
    """
    run = predictor.run
    seen = Preprocessing.model_validate(dict(run.preprocessing))
    if FRAMINGS[seen.framing].of_eyes:
        raise ValueError(f"run {run.name} judges single eyes, and here a whole face is looked at; choose another run")
    cut = crop_of(picture, face, seen)
    usual = landmarks_in(seen.framing)
    known = usual is None or bool(np.isfinite(cut.landmarks).all())
    height, width = picture.shape[:2]
    return Sight(face, width, height, cut.crop, cut.landmarks if known else np.asarray(usual))


def answer(predictor: Predictor, pixels: np.ndarray) -> dict[str, float]:
    """Label -> probability, in the model's order, in as many views as the run was evaluated with.

    Args:
        predictor: The run at work.
        pixels: ``(S, S, 3)`` uint8.

    Raises:
        ValueError: pixels of another shape or type.
    """
    return dict(zip(predictor.labels, predictor.probabilities(pixels[None])[0].tolist(), strict=True))


def alone(
    predictor: Predictor, sight: Sight, label: str, kinds: Sequence[str], seed: int = 0
) -> dict[str, tuple[float, ...]]:
    """What each kind of disturbance by itself leaves of a label's probability.

    Args:
        predictor: The run at work.
        sight: The face.
        label: One of the run's.
        kinds: Names in `disturbances.KINDS`.
        seed: Of what is drawn at random.

    Returns:
        Kind -> the label's probability at strengths 1 to 5.

    Raises:
        ValueError: an unknown kind or label, or a crop too small to be disturbed.
    """
    if label not in predictor.labels:
        raise ValueError(f"run {predictor.run.name} does not know '{label}'; it knows {', '.join(predictor.labels)}")
    if not kinds:
        return {}
    crops = [
        _coloured(disturb(sight.crop[None], kind, strength, sight.landmarks, seed=seed)[0])
        for kind in kinds
        for strength in STRENGTHS
    ]
    column = predictor.labels.index(label)
    left = predictor.probabilities(np.stack(crops))[:, column].reshape(len(kinds), len(STRENGTHS))
    return {kind: tuple(row) for kind, row in zip(kinds, left.tolist(), strict=True)}


def _coloured(crop: np.ndarray) -> np.ndarray:
    return np.stack([crop] * 3, axis=-1) if crop.ndim == 2 else crop
