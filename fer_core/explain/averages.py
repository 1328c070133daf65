"""The mean map of a class: where a run looks in all faces of a label, not in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.data import Dataset
from fer_core.data.gathering import gather
from fer_core.explain.branches import DECISION
from fer_core.explain.maps import explain_many
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.seeds import stream

if TYPE_CHECKING:
    from fer_core.predictor import Predictor

SUBSET = "explained subset"
"""Stream that draws which pictures of a label are averaged."""
BATCH = 32


@dataclass(frozen=True)
class ClassAverage:
    """The mean over n pictures of one label."""

    label: str
    n: int
    of: int
    """So many there were."""
    map: np.ndarray = field(repr=False)
    """``(S, S)`` float32, mean of the maps for the true label, in the method's unit."""
    picture: np.ndarray = field(repr=False)
    """``(S, S, 3)`` uint8, mean of the faces."""

    @property
    def peak(self) -> float:
        """The largest magnitude in the map."""
        return float(np.abs(self.map).max(initial=0.0))


@dataclass(frozen=True)
class Averages:
    """One per label that occurs, in the run's order, and how they were made."""

    classes: tuple[ClassAverage, ...]
    facts: Mapping[str, Any]
    """``run data fingerprint split n of in_sample selected_on synthetic method branch layers signed limit seed``."""


def average_maps(
    predictor: Predictor,
    dataset: Dataset,
    split: str | None = None,
    method: str = "gradcam",
    layer: str | None = None,
    *,
    branch: str | None = None,
    signed: bool = False,
    limit: int = 20,
    faces: str = "auto",
    seed: int = 0,
) -> Averages:
    """The mean map of each label of a data set, each picture explained for its true label.

    Args:
        predictor: Of a usable run.
        dataset: What `open_data` returned.
        split: As in `data.gathering.gather`.
        method: See `explain_many`.
        layer: See `explain_many`.
        branch: See `explain_many`.
        signed: See `explain_many`.
        limit: At most so many pictures of each label.
        faces: ``auto``, ``detect`` or ``whole``.
        seed: Draws which.

    Raises:
        ValueError: a limit below 1, no such split, nothing to explain, an unknown method, branch or layer.
    """
    if limit < 1:
        raise ValueError(f"limit must be 1 or more pictures of each label, got {limit}")
    run, model = predictor.run, predictor.model
    known = frozen_subjects(run.info.get("frozen", {}))
    found = gather(dataset, split, run.preprocessing, predictor.labels, faces, known)
    classes, layers = [], tuple[str, ...]()
    for number, label in enumerate(predictor.labels):
        there = np.flatnonzero(found.labels == number)
        if not len(there):
            continue
        chosen = np.sort(stream(seed, SUBSET, number).permutation(there)[:limit])
        crops = found.decoded.pixels[found.rows[chosen]]
        total = np.zeros((predictor.size, predictor.size))
        for start in range(0, len(crops), BATCH):
            part = crops[start : start + BATCH]
            told = explain_many(
                model, predictor.normalise(part), [number] * len(part), layer, method, branch=branch, signed=signed
            )
            total += np.sum([one.map for one in told], axis=0, dtype=np.float64)
            layers = told[0].layers
        picture = np.rint(crops.mean(axis=0)).astype(np.uint8)
        picture = np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture
        classes.append(ClassAverage(label, len(crops), len(there), (total / len(crops)).astype(np.float32), picture))
    facts = {
        "run": run.name,
        **run.flattered(dataset.name, found.split),
        "data": dataset.name,
        "fingerprint": found.decoded.fingerprint,
        "split": found.split,
        "n": sum(one.n for one in classes),
        "of": len(found.rows),
        "excluded": len(found.why) - len(found.rows),
        "synthetic": dataset.synthetic,
        "method": method,
        "branch": branch or DECISION,
        "layers": layers,
        "signed": signed,
        "limit": limit,
        "seed": seed,
    }
    return Averages(tuple(classes), facts)
