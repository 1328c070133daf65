"""What a run's reference is tried on: pictures without a face, blurred ones, and other data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_core import metrics
from fer_core.cropping import cropper
from fer_core.data import SCHEME, Dataset, decode, open_data
from fer_core.data.store import Pixels
from fer_core.disturbances import KINDS as DISTURBANCES
from fer_core.disturbances import SMALLEST, STRENGTHS, disturb
from fer_core.framing import FRAMINGS
from fer_core.ood.drawn import KINDS, non_faces
from fer_core.ood.gaussian import Gaussian
from fer_core.ood.reference import Reference
from fer_core.ood.rows import only
from fer_core.runs import Run
from fer_core.seeds import stream

EACH = 100
"""Drawn pictures of each kind without a face."""
OTHERS = 300
"""At most so many pictures of another data set, and so many blurred ones."""
PEOPLE = "people:subjects=50,sessions=1,states=expressions,frames=1,size=128,first=50000"
"""Whom a run that learned from real people only is shown as another data set: people who do not exist."""

Embed = Callable[[np.ndarray], np.ndarray]
"""``(N, S, S)`` or ``(N, S, S, 3)`` uint8 crops -> ``(N, D)``."""


@dataclass(frozen=True)
class Shown:
    """Pictures that the reference is tried on."""

    group: str
    """``non-faces``, ``blur`` or ``data``."""
    name: str
    distances: np.ndarray
    """``(n,)``."""
    synthetic: bool

    def figures(self, own: np.ndarray, reference: Reference) -> dict[str, Any]:
        """``group name n auroc outside median synthetic``, as `measuring.measure` says.

        Args:
            own: ``(m,)`` distances of validation pictures.
            reference: Whose threshold counts.
        """
        odd = np.repeat([False, True], [len(own), len(self.distances)])
        return {
            "group": self.group,
            "name": self.name,
            "n": len(self.distances),
            "auroc": metrics.auc(np.concatenate([own, self.distances]), odd),
            "outside": float((~reference.inside(self.distances)).mean()),
            "median": float(np.median(self.distances)),
            "synthetic": self.synthetic,
        }


def without_faces(reference: Reference, embed: Embed, size: int, seed: int) -> list[Shown]:
    """Drawn pictures without a face: all kinds together, then each."""
    kinds = {kind: reference.score(embed(non_faces(kind, EACH, size, seed))) for kind in KINDS}
    kinds = {"all": np.concatenate(list(kinds.values())), **kinds}
    return [Shown("non-faces", name, distances, True) for name, distances in kinds.items()]


def blurred(
    apart: Sequence[Gaussian],
    embed: Embed,
    pixels: Pixels,
    rows: np.ndarray,
    fold: np.ndarray,
    synthetic: bool,
    seed: int,
) -> Iterator[Shown]:
    """Validation pictures at each strength of blur, none measured by Gaussians that it helped to fit.

    Args:
        apart: Gaussians fitted without each fold.
        embed: From crops to features.
        pixels: ``(N, S, S)`` or ``(N, S, S, 3)`` uint8; nothing where S is below `disturbances.SMALLEST`.
        rows: ``(n,)`` which of them are the validation pictures.
        fold: ``(n,)`` positions in ``apart``.
        synthetic: Whether these are drawn people.
        seed: Of which are taken.
    """
    if min(pixels.shape[1:3]) < SMALLEST:
        return
    part = np.sort(stream(seed, "usual blurred").permutation(len(rows))[:OTHERS])
    for strength in STRENGTHS:
        # Blur falls on the whole crop: where the face lies in it does not matter.
        features = embed(disturb(pixels[rows[part]], "blur", strength, np.full((5, 2), 0.5)))
        sigma = DISTURBANCES["blur"].values[strength - 1]
        yield Shown("blur", f"sigma {sigma:.0%} of the side", crossed(apart, features, fold[part]), synthetic)


def crossed(apart: Sequence[Gaussian], features: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """``(n,)`` distances of ``(n, D)`` features, each by the Gaussians fitted without its fold."""
    far = np.empty(len(features))
    for number, gaussian in enumerate(apart):
        far[fold == number] = gaussian.distances(features[fold == number])
    return far


def of_other_data(
    run: Run, reference: Reference, embed: Embed, against: Mapping[str, Dataset], seed: int
) -> Iterator[Shown]:
    """Pictures of other data, whatever their labels, and of drawn people unless the run has learned from such.

    Raises:
        ValueError: data without a picture that can be read.
    """
    plan = run.preprocessing
    for name, dataset in {**_strangers(run), **against}.items():
        if not len(dataset):
            raise ValueError(f"{dataset.name} holds no picture")
        rows = np.sort(stream(seed, "usual others").permutation(len(dataset))[:OTHERS])
        part = only(dataset, rows, "test").select("test")
        decoded = decode(part, plan["size"], plan["grey"], *cropper("auto", plan["framing"], plan["size"]))
        crops = np.asarray(decoded.pixels[np.flatnonzero(decoded.readable)])
        yield Shown("data", name, reference.score(embed(crops)), dataset.synthetic)


def _strangers(run: Run) -> dict[str, Dataset]:
    """Drawn people, unless the run learned from some, or judges eyes: they are faces."""
    about = run.info.get("data", {})
    sources = [str(about.get("source", "")), *(str(one.get("source", "")) for one in about.get("sources", ()))]
    drawn = run.synthetic or any(SCHEME in source for source in sources)
    return {} if drawn or FRAMINGS[run.preprocessing["framing"]].of_eyes else {"people (synthetic)": open_data(PEOPLE)}
