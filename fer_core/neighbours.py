"""Which stored samples a face resembles most, by the direction of its features. Torch-free."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fer_core.features import FeatureTable

_CELLS = 2_000_000
"""Similarities held at once."""


def nearest(vectors: np.ndarray, table: FeatureTable, space: str, k: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """The k stored samples nearest to each vector by cosine similarity, as identification compares faces.

    Args:
        vectors: ``(N, D)``, finite.
        table: n rows, 1 or more.
        space: One of its spaces, D wide.
        k: 1 or more; fewer are found where the table has fewer rows.

    Returns:
        ``(N, min(k, n))`` int64 rows of the table, the nearest first and of equally near ones the first in the table;
        and float64 cosines of the same shape, 0 where either vector is all zero: it has no direction.

    Raises:
        ValueError: no such space, vectors of another width or not finite, an empty table, or a k below 1.
    """
    stored = _directions(table.space(space))
    given = np.asarray(vectors)
    if k < 1:
        raise ValueError(f"k must be 1 or more neighbours, got {k}")
    if not len(stored):
        raise ValueError(f"{table.source} is empty: there is nobody to resemble")
    if given.ndim != 2 or given.shape[1] != stored.shape[1]:
        raise ValueError(f"vectors of {space} must be (N, {stored.shape[1]}), got {given.shape}")
    if not np.isfinite(given).all():
        raise ValueError(f"vectors of {space} must be finite, some of these are no numbers")
    found = list(_parts(_directions(given), stored, min(k, len(stored))))
    if not found:
        return np.empty((0, min(k, len(stored))), dtype=np.int64), np.empty((0, min(k, len(stored))))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([cosines for _, cosines in found])


def _parts(given: np.ndarray, stored: np.ndarray, k: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    step = max(1, _CELLS // len(stored))
    for start in range(0, len(given), step):
        cosines = np.clip(given[start : start + step] @ stored.T, -1, 1)
        rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
        yield rows, np.take_along_axis(cosines, rows, axis=1)


def _directions(vectors: np.ndarray) -> np.ndarray:
    """``(n, D)`` float64 of length one; zeros stay zeros."""
    wide = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.divide(wide, length, out=np.zeros_like(wide), where=length > 0)
