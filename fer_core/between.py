"""What a network sees while one face becomes another: its answer and its feature spaces along lambda."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fer_core.assembly import Model
from fer_core.contracts import PassPlan
from fer_core.data.resident import ResidentPictures
from fer_core.meetings import with_shares
from fer_core.mixing.compose import compose
from fer_core.mixture import AsSeen, Face, Mixture
from fer_core.objective import blend_space
from fer_core.sections import Preprocessing


@dataclass(frozen=True)
class Course:
    """Mixtures of A and B in one order, as a model sees them; the last one is the mixture that was asked about."""

    lam: np.ndarray
    """``(L,)`` A's share in the soft label."""
    probabilities: np.ndarray
    """``(L, K)`` float32; rows sum to 1."""
    spaces: Mapping[str, np.ndarray]
    """``(L, D)`` of each space that the mixing changes."""
    parents: Mapping[str, np.ndarray]
    """``(2, D)`` of every space: A and B by themselves."""
    ends: np.ndarray
    """``(2, K)`` probabilities of A and B by themselves."""


def along(
    first: Face, second: Face, mixture: Mixture, model: Model, preprocessing: Preprocessing, steps: int = 11
) -> Course:
    """What a model sees while B becomes A, all in one forward pass.

    V_id comes from each face unmixed and is mixed by the same lambda, as in a training (paper A, Fig. 5a).

    Args:
        first: A.
        second: B.
        mixture: Of both.
        model: In eval mode, on any device.
        preprocessing: The model's.
        steps: How many lambdas from 0, which is B, to 1, which is A, before the mixture itself; a mixing of regions
            has the one share of its plan.

    Raises:
        ValueError: fewer than 2 steps, or features are mixed that this model does not have or does not judge.
    """
    if steps < 2:
        raise ValueError(f"steps must be 2 or more, one of them is B and one A, got {steps}")
    grid = np.array([]) if mixture.blend.partial else np.linspace(0, 1, steps)
    shares = np.append(grid, mixture.share)
    pictures = _Judged(first, second, preprocessing, model, next(model.parameters()).device)
    with torch.inference_mode():
        probabilities, spaces = pictures.judge(with_shares(mixture.plan, shares))
    return Course(shares, _array(probabilities), _arrays(spaces), _arrays(pictures.parents), _array(pictures.ends))


def likeness(course: Course) -> pd.DataFrame:
    """How near the mixtures lie to both faces: ``space lam cosine_a cosine_b distance_a distance_b`` per row.

    Cosines are NaN where a vector has no length (V_state of an untrained network); distances are Euclidean.
    """
    rows = []
    for space, vectors in course.spaces.items():
        a, b = course.parents[space]
        numbers = {
            "cosine_a": _cosines(vectors, a),
            "cosine_b": _cosines(vectors, b),
            "distance_a": np.linalg.norm(vectors - a, axis=1),
            "distance_b": np.linalg.norm(vectors - b, axis=1),
        }
        rows.append(pd.DataFrame({"space": space, "lam": course.lam, **numbers}))
    return pd.concat(rows, ignore_index=True)


def _cosines(vectors: np.ndarray, other: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(other)
    return np.divide(vectors @ other, lengths, out=np.full(len(vectors), np.nan), where=lengths > 0)


def _array(values: Tensor) -> np.ndarray:
    return values.float().cpu().numpy()


def _arrays(spaces: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: _array(values).astype(np.float64) for name, values in spaces.items()}


class _Judged(AsSeen):
    """Two faces as a model judges them."""

    def __init__(
        self, first: Face, second: Face, preprocessing: Preprocessing, model: Model, device: torch.device
    ) -> None:
        super().__init__(first, second, preprocessing, device)
        self._model = model
        with torch.inference_mode():
            alone = model.features(self.normalise(self.images(np.arange(2))))
            self.parents = alone.spaces
            self.ends = torch.softmax(model.decide(model.head(alone)), dim=1)

    def normalise(self, images: Tensor) -> Tensor:
        return ResidentPictures.normalise(self, images)

    def frozen(self, rows: np.ndarray) -> Mapping[str, Tensor]:
        if "v_id" not in self.parents:
            return {}
        own = self.parents["v_id"]
        return {"v_id": own[torch.from_numpy(rows).to(own.device)]}

    def judge(self, plan: PassPlan) -> tuple[Tensor, Mapping[str, Tensor]]:
        """``(L, K)`` probabilities of the plan's rows, and ``(L, D)`` of the spaces that are mixed."""
        (view,) = compose((plan,), self)
        features, (term,) = self._model.features(view.images, view.frozen), view.terms
        mixed = features.spaces
        if term.at != "image":
            features = blend_space(features, term, self._model.head.reads)  # type: ignore[arg-type]
            mixed = {term.at: features.spaces[term.at]}
        return torch.softmax(self._model.decide(self._model.head(features)), dim=1), mixed
