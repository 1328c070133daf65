"""Over how many directions features spread."""

from __future__ import annotations

import numpy as np

_ROWS = 65_536


def effective_rank(vectors: np.ndarray) -> float:
    """Participation ratio of the covariance's eigenvalues: ``(sum l)^2 / sum l^2``.

    D where variance is alike in all directions, 1 where there is one direction, 0 where nothing varies. Computed from
    traces, since the sum of the squared eigenvalues of a symmetric matrix is that of its squared entries: no
    decomposition is needed. Time ``O(n D^2)``, memory ``O(D^2)``.

    Args:
        vectors: ``(n, D)``.

    Raises:
        ValueError: not two axes, or no rows.
    """
    if vectors.ndim != 2 or not len(vectors):
        raise ValueError(f"vectors must be (n, D) with n > 0, got {vectors.shape}")
    centre = vectors.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((vectors.shape[1], vectors.shape[1]))
    for start in range(0, len(vectors), _ROWS):
        part = vectors[start : start + _ROWS].astype(np.float64) - centre
        covariance += part.T @ part
    # Rounding alone makes equal rows vary a little: of the size of a float32's last digit.
    if np.trace(covariance) <= len(vectors) * 1e-13 * max(float(centre @ centre), 1e-300):
        return 0.0
    return float(np.trace(covariance) ** 2 / (covariance**2).sum())
