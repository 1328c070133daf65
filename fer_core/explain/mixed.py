"""Both labels of a mixed face: whether a network sees two faces in it, or one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fer_core.contracts import FaceBox
from fer_core.explain.maps import Explanation, explain_face
from fer_core.explain.randomised import rank_correlation
from fer_core.mixture import crop_of, mix_two
from fer_core.sections import Preprocessing

if TYPE_CHECKING:
    from fer_core.predictor import Predictor
    from fer_core.recipe import Recipe


@dataclass(frozen=True)
class MixedFace:
    """A mixed with B as one run sees it."""

    run: str
    picture: np.ndarray = field(repr=False)
    """``(S, S, 3)`` uint8: the mixed face."""
    share: float
    """A's share of the soft label; the rest is B's."""
    labels: tuple[str, str]
    """A's and B's."""
    probabilities: Mapping[str, float]
    """Of every label of the run, of the mixed face in one view."""
    maps: tuple[Explanation, Explanation]
    """The evidence for A's label, and for B's."""

    @property
    def overlap(self) -> float:
        """Rank correlation of both maps in [-1, 1]: low where each label is seen in its own part of the picture."""
        return rank_correlation(self.maps[0].map, self.maps[1].map)


def explain_mixed(
    predictor: Predictor,
    first: tuple[np.ndarray, FaceBox],
    second: tuple[np.ndarray, FaceBox],
    recipe: Recipe,
    labels: tuple[str, str],
    *,
    lam: float | None = None,
    seed: int = 0,
    method: str = "gradcam",
    layer: str | None = None,
    branch: str | None = None,
    signed: bool = False,
) -> MixedFace:
    """The evidence for either label in a face mixed as a training would mix it.

    With one recipe and seed, several runs are shown the same mixture, cut as each of them needs it.

    Args:
        predictor: Of a usable run.
        first: A: the upright picture ``(H, W, 3)`` uint8 and the face in it.
        second: B.
        recipe: Whose mixing is asked.
        labels: A's and B's; they must differ.
        lam: See `mixture.plan_of`.
        seed: Draws regions and shares.
        method: See `explain_many`.
        layer: See `explain_many`.
        branch: See `explain_many`.
        signed: See `explain_many`.

    Raises:
        ValueError: one label twice, one that the run does not know, a recipe that mixes nothing or features only, a
            run that judges eyes.

    Paper: Huang et al., "FERMixNet" (paper D), Figs. 9 and 11.
    """
    known = predictor.labels
    for label in labels:
        if label not in known:
            raise ValueError(f"run {predictor.run.name} does not know the label '{label}'; it knows {', '.join(known)}")
    if labels[0] == labels[1]:
        raise ValueError(f"both faces are '{labels[0]}'; a mixture of one label has no two to tell apart")
    preprocessing = Preprocessing.model_validate(dict(predictor.run.preprocessing))
    a, b = (crop_of(picture, face, preprocessing) for picture, face in (first, second))
    mixture = mix_two(a, b, recipe, preprocessing, seed, lam)
    if mixture.picture is None:
        raise ValueError(f"recipe {recipe.name} mixes features, not pictures; choose one that mixes pictures")
    images = predictor.images(mixture.picture)
    said = predictor.probabilities(mixture.picture[None], 1)[0]
    told = [
        explain_face(predictor.model, images, known.index(label), layer, method, branch=branch, signed=signed)
        for label in labels
    ]
    return MixedFace(
        predictor.run.name,
        mixture.picture,
        mixture.share,
        labels,
        dict(zip(known, map(float, said), strict=True)),
        (told[0], told[1]),
    )
