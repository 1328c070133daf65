"""How far vectors lie from the nearest of some classes that share one covariance.

Paper: Lee, Lee, Lee and Shin, "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial
    Attacks" (NeurIPS 2018), section 2.1, eq. 1 and 2: class means, one tied covariance, the smallest Mahalanobis
    distance. Shrinkage: Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices"
    (2004).
Departs: the covariance is shrunk, since a validation split has few samples for each dimension; the distance is the root
    of the mean over dimensions, so that 1 is about as far as a usual sample lies, whatever D. Neither the small noise
    added to pictures nor other layers are used.

Relative Mahalanobis distance (Ren et al. 2021, which subtracts the distance to one Gaussian of everything) was tried on
the shipped expression model and turned down: noise and textures are so far from either that the difference puts them
nearer than faces (AUROC .02 to .51 against .96 and more).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEAST = 10
"""Samples of a class that gets a mean of its own: the mean of one sample would be that sample."""


@dataclass(frozen=True)
class Gaussian:
    """Classes around their means, with one covariance."""

    means: np.ndarray
    """``(K, D)``."""
    factor: np.ndarray
    """``(D, D)`` lower triangle whose product with its transpose is the precision, the inverse of the covariance."""
    shrinkage: float
    """In [0, 1]: how much of the covariance is that of a sphere."""

    def distances(self, vectors: np.ndarray) -> np.ndarray:
        """``(N,)`` >= 0: root mean square over the D whitened differences to the nearest class mean.

        Args:
            vectors: ``(N, D)``, finite.

        Raises:
            ValueError: another shape, or what is no number.
        """
        given = np.asarray(vectors, dtype=np.float64)
        width = self.means.shape[1]
        if given.ndim != 2 or given.shape[1] != width:
            raise ValueError(f"features must be (N, {width}), got {given.shape}")
        if not np.isfinite(given).all():
            raise ValueError("features must be finite, some of these are no numbers")
        white, means = given @ self.factor, self.means @ self.factor
        squares = (white**2).sum(1)[:, None] - 2 * white @ means.T + (means**2).sum(1)
        return np.sqrt(np.clip(squares.min(axis=1), 0, None) / width)


def fit(vectors: np.ndarray, classes: np.ndarray, least: int = LEAST) -> Gaussian:
    """The Gaussians of labelled vectors; samples of rarer classes are left out.

    Args:
        vectors: ``(n, D)``, finite.
        classes: ``(n,)`` class numbers.
        least: So many samples has a class with a mean of its own.

    Raises:
        ValueError: no class has that many, or nothing varies.
    """
    from sklearn.covariance import ledoit_wolf

    given = np.asarray(vectors, dtype=np.float64)
    names, place, counts = np.unique(classes, return_inverse=True, return_counts=True)
    large = np.flatnonzero(counts >= least)
    if not len(large):
        raise ValueError(f"no label has {least} samples or more, the largest has {counts.max(initial=0)}")
    means = np.stack([given[place == one].mean(axis=0) for one in large])
    kept = np.isin(place, large)
    residuals = given[kept] - means[np.searchsorted(large, place[kept])]
    if not residuals.any():
        raise ValueError("the features of all samples of a label are equal: the model looks at nothing")
    covariance, shrinkage = ledoit_wolf(residuals, assume_centered=True)
    # Few samples in many dimensions may be shrunk so little that the inverse is all noise.
    floor = 1e-9 * np.trace(covariance) / len(covariance)
    precision = np.linalg.inv(covariance + floor * np.eye(len(covariance)))
    return Gaussian(means, np.linalg.cholesky((precision + precision.T) / 2), float(shrinkage))
