"""What a run keeps of its validation features: class means, one covariance, and how far its own pictures lie.

``<run>/ood.safetensors`` holds ``means`` (K, D), the lower triangle of ``factor`` row by row, the 101 ``quantiles`` of
the validation distances, and how they were made as JSON in its metadata.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from fer_core.ood.gaussian import Gaussian
from fer_core.pretrained.store import digest
from fer_core.runs import Run

log = logging.getLogger(__name__)

FILE = "ood.safetensors"
"""In the run's directory."""
USUAL = 95
"""Per cent of the validation pictures that lie inside the threshold."""


@dataclass(frozen=True)
class Reference:
    """How far from a run's validation features a face may lie and still be a usual one."""

    gaussian: Gaussian
    quantiles: np.ndarray
    """``(101,)`` ascending: distances of validation pictures at 0, 1 ... 100 per cent, each from Gaussians that were
    fitted without it."""
    facts: Mapping[str, Any]
    """Where the numbers come from, and how well other pictures are told apart: see `measuring.measure`."""

    @property
    def space(self) -> str:
        """The feature space that distances are measured in."""
        return str(self.facts["space"])

    @property
    def threshold(self) -> float:
        """The distance that `USUAL` per cent of the validation pictures do not exceed."""
        return float(self.quantiles[USUAL])

    def score(self, features: np.ndarray) -> np.ndarray:
        """``(N,)`` distances of ``(N, D)`` features of `space`; about 1 for a usual face, more the stranger it is.

        Raises:
            ValueError: features of another shape, or not finite.
        """
        return self.gaussian.distances(features)

    def inside(self, distances: np.ndarray | float) -> np.ndarray:
        """Bool of the same shape: within the threshold."""
        return np.asarray(distances) <= self.threshold

    def percentile(self, distances: np.ndarray | float) -> np.ndarray:
        """How many per cent of the validation pictures lie nearer, 0 to 100, of the same shape."""
        return np.asarray(np.interp(distances, self.quantiles, np.arange(101)))


def store_reference(run: Run, reference: Reference) -> Path:
    """Keeps a reference with its run, in place of an earlier one, whole or not at all.

    Args:
        run: Whose.
        reference: Of `measuring.measure`.

    Returns:
        Where it lies.
    """
    rows, columns = np.tril_indices(len(reference.gaussian.factor))
    tensors: dict[str, np.ndarray] = {
        "means": reference.gaussian.means.astype(np.float32),
        "factor": reference.gaussian.factor[rows, columns].astype(np.float32),
        "quantiles": reference.quantiles.astype(np.float64),
    }
    path = run.path / FILE
    part = path.with_name(path.name + ".part")
    part.write_bytes(save(tensors, {"facts": json.dumps(dict(reference.facts), allow_nan=False)}))
    os.replace(part, path)
    return path


def usual(run: Run) -> Reference | None:
    """The reference that a run keeps; None where it keeps none, or one that does not belong to its weights.

    Args:
        run: Any run.
    """
    path = run.path / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as stored:
            facts = json.loads((stored.metadata() or {})["facts"])
            means, packed, quantiles = (stored.get_tensor(name) for name in ("means", "factor", "quantiles"))
        width = means.shape[1]
        factor = np.zeros((width, width))
        factor[np.tril_indices(width)] = packed
        if quantiles.shape != (101,) or not isinstance(facts["space"], str):
            raise ValueError("not 101 quantiles of a named space")
        gaussian = Gaussian(means.astype(np.float64), factor, float(facts["shrinkage"]))
        told = str(facts["weights"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, IndexError) as error:
        log.warning("%s is damaged (%s); make it again with fer ood %s --store", path, error, run.name)
        return None
    if not (run.path / "weights.safetensors").is_file() or digest(run.path / "weights.safetensors") != told:
        log.warning("%s belongs to other weights; make it again with fer ood %s --store", path, run.name)
        return None
    return Reference(gaussian, quantiles.astype(np.float64), facts)
