"""New samples placed in a map that is already there, by their neighbours in the space that the map was made from.

Neither a fitted method nor a pickle is kept: the map and the vectors behind it say where a new one belongs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core.features import FeatureTable
from fer_core.projection.judging import JUDGED, NEIGHBOURS
from fer_core.seeds import stream

HELD_OUT = 0.1
"""Share of a map's samples that are placed by the others to see how well that works."""
FEWEST = 20
"""Samples of a map of which a tenth is worth a figure."""


@dataclass(frozen=True)
class Placed:
    """Where new samples lie in a map, and how far that can be trusted; all arrays in their order."""

    points: np.ndarray
    """``(N, 2)``: the mean of the neighbours' places, each weighted by the inverse of its distance in the space."""
    distance: np.ndarray
    """``(N,)``: mean distance to those neighbours in the space; 1 where it is that of the middle stored sample."""
    confidence: np.ndarray
    """``(N,)``: the share of stored samples that lie at least as far from their own neighbours: 0 is farther than
    any, so that the place says nothing."""
    spread: np.ndarray
    """``(N,)``: root mean square distance of the neighbours' places from the point, as a part of the map's radius: near
    0 where they lie together, near 1 where they lie all over the map and their mean may be nobody's place."""
    rows: np.ndarray
    """``(N, k)``: the neighbours, nearest first."""


def place(vectors: np.ndarray, stored: np.ndarray, points: np.ndarray, k: int = NEIGHBOURS) -> Placed:
    """New vectors in a map of stored ones. A vector equal to a stored one lies exactly where that lies.

    Args:
        vectors: ``(N, D)``, finite.
        stored: ``(n, D)``: what the map was made from.
        points: ``(n, 2)``: the map; rows that hold no number are not in it.
        k: How many neighbours, 1 or more; fewer where the map has fewer.

    Raises:
        ValueError: shapes that do not fit, vectors that are no numbers, a k below 1, or a map of fewer than two.
    """
    given, known = np.asarray(vectors, dtype=np.float64), np.asarray(stored, dtype=np.float64)
    if k < 1:
        raise ValueError(f"k must be 1 or more neighbours, got {k}")
    if known.ndim != 2 or points.shape != (len(known), 2):
        raise ValueError(f"a map of {len(known)} vectors must be ({len(known)}, 2), got {points.shape}")
    if given.ndim != 2 or given.shape[1] != known.shape[1]:
        raise ValueError(f"vectors must be (N, {known.shape[1]}), got {given.shape}")
    if not np.isfinite(given).all():
        raise ValueError("vectors must be finite, some of these are no numbers")
    there = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(there) < 2:
        raise ValueError(f"a map must have two samples or more, this one has {len(there)}")
    known, lying = known[there], np.asarray(points, dtype=np.float64)[there]
    k = min(k, len(there) - 1)  # as many as a stored sample has
    own = _own_distances(known, k)
    middle = np.median(own) or 1.0
    if not len(given):
        none = np.empty(0)
        return Placed(np.empty((0, 2)), none, none, none, np.empty((0, k), dtype=np.int64))
    far, near = _search(known, given, k)
    exact = far == 0
    weights = np.where(exact.any(axis=1, keepdims=True), exact, 1 / np.where(exact, 1, far))
    weights /= weights.sum(axis=1, keepdims=True)
    found = np.einsum("nk,nkd->nd", weights, lying[near])
    off = np.einsum("nk,nk->n", weights, ((lying[near] - found[:, None]) ** 2).sum(axis=2))
    mean = far.mean(axis=1)
    confidence = 1 - np.searchsorted(np.sort(own), mean * (1 - 1e-9)) / len(own)
    return Placed(found, mean / middle, confidence, np.sqrt(off) / radius(lying), there[near])


def place_in(vectors: np.ndarray, table: FeatureTable, mapped: pd.DataFrame, k: int = NEIGHBOURS) -> Placed:
    """`place` in a map as `laying.project` gave it or `storing.stored_projection` reads it.

    Args:
        vectors: ``(N, D)`` of the map's space.
        table: What the map was made from.
        mapped: The map; ``attrs`` name its space.
        k: As in `place`.

    Raises:
        ValueError: as in `place`, or the map is not one of this table.
    """
    space, points = points_of(table, mapped)
    return place(vectors, table.space(space), points, k)


def points_of(table: FeatureTable, mapped: pd.DataFrame) -> tuple[str, np.ndarray]:
    """A map's space, and its ``(n, 2)`` points row by row with the table it was made from.

    Raises:
        ValueError: the map does not name its space, or is not one of this table.
    """
    space = mapped.attrs.get("space")
    if not space or not {"x", "y"} <= set(mapped):
        raise ValueError("this map does not say of which space it is; make one with fer project")
    same = len(mapped) == len(table)
    if same and "sample" in mapped and "sample" in table.samples:
        same = bool((mapped["sample"].astype(str).to_numpy() == table.samples["sample"].astype(str).to_numpy()).all())
    if not same:
        raise ValueError(f"this map of {space} was made from other rows than those of {table.source}; make it again")
    return str(space), mapped[["x", "y"]].to_numpy(dtype=np.float64)


def held_out(
    vectors: np.ndarray, points: np.ndarray, samples: pd.DataFrame, seed: int = 0, k: int = NEIGHBOURS
) -> dict[str, Any] | None:
    """How well placing works in a map: a tenth of its samples is placed by the others.

    The others hold more pictures of the same people where there are such: strangers are placed less surely.

    Args:
        vectors: ``(n, D)``.
        points: ``(n, 2)``.
        samples: n rows with ``label`` and ``subject`` where they are known.
        seed: Of which are held out, of at most `JUDGED` samples.
        k: As in `place`.

    Returns:
        ``n``; ``error``: how far the middle one is placed from where it lies, as a part of the map's radius, and
        ``chance``: how far two of them lie apart; for ``label`` and ``subject``, where they are known, ``{
        "placed", "own", "chance"}``: the share of the k nearest on the map who have the same one, around the place
        found, around its own place, and in the map. None where the map has fewer than `FEWEST` samples.
    """
    chosen = np.sort(stream(seed, "placed points").permutation(len(points))[:JUDGED])
    if len(chosen) < FEWEST:
        return None
    out = stream(seed, "held-out points").permutation(len(chosen)) < round(HELD_OUT * len(chosen))
    test, rest = chosen[out], chosen[~out]
    found = place(vectors[test], vectors[rest], points[rest], k).points
    away = np.linalg.norm(found - points[test], axis=1)
    apart = np.linalg.norm(points[test][:, None] - points[test], axis=2)
    size = radius(points[rest])
    figures: dict[str, Any] = {
        "n": len(test),
        "error": float(np.median(away) / size),
        "chance": float(np.median(apart[np.triu_indices(len(test), 1)]) / size),
    }
    near = {
        name: _search(points[rest], at, min(k, len(rest)))[1] for name, at in (("placed", found), ("own", points[test]))
    }
    for name in ("label", "subject"):
        if name not in samples or samples[name].isna().all():
            continue
        group = pd.factorize(samples[name])[0]
        mine, others = group[test], group[rest]
        known = mine >= 0
        if known.any():
            alike = {which: float((others[rows] == mine[:, None])[known].mean()) for which, rows in near.items()}
            figures[name] = {**alike, "chance": float((others[None] == mine[known, None]).mean())}
    return figures


def radius(points: np.ndarray) -> float:
    """Root mean square distance of ``(n, 2)`` points from their middle; 1 where they all lie on one spot."""
    spread = points - points.mean(axis=0)
    return float(np.sqrt((spread**2).sum(axis=1).mean())) or 1.0


def _own_distances(known: np.ndarray, k: int) -> np.ndarray:
    """``(m,)`` mean distance of stored samples, at most `JUDGED` of them, to their k nearest others."""
    from sklearn.neighbors import NearestNeighbors

    chosen = np.sort(stream(0, "own distances").permutation(len(known))[:JUDGED])
    far, near = NearestNeighbors(n_neighbors=min(k + 1, len(known))).fit(known).kneighbors(known[chosen])
    # Itself is among the neighbours, but of twins not always the first.
    itself = near == chosen[:, None]
    itself[~itself.any(axis=1), -1] = True
    return far[~itself].reshape(len(chosen), -1).mean(axis=1)


def _search(known: np.ndarray, given: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """``(N, k)`` distances and positions of the nearest, rounding no twin away from distance zero."""
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=k).fit(known).kneighbors(given, return_distance=False)
    far = np.sqrt(((known[near] - given[:, None]) ** 2).sum(axis=2))
    order = np.argsort(far, axis=1, kind="stable")
    return np.take_along_axis(far, order, axis=1), np.take_along_axis(near, order, axis=1)
