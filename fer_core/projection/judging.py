"""How far a map can be trusted: what it keeps of the space, and who stands beside whom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fer_core.seeds import stream

NEIGHBOURS = 15
"""Of trustworthiness and purity: UMAP's default number of neighbours."""
JUDGED = 2_000
"""Trustworthiness and silhouette cost the square of the number of points: of more, a random part is judged."""


def judged(vectors: np.ndarray, points: np.ndarray, samples: pd.DataFrame, seed: int = 0) -> dict[str, Any]:
    """How far a map can be trusted: ``trustworthiness knn_purity silhouette`` as `project` says.

    Trustworthiness (Venna and Kaski 2001) is 1 where all neighbours on the map are neighbours in the space.

    Args:
        vectors: ``(n, D)``.
        points: ``(n, 2)``.
        samples: n rows with ``label`` and ``subject`` where they are known.
        seed: Of which points are judged where there are many.
    """
    from sklearn.manifold import trustworthiness

    chosen = np.sort(stream(seed, "judged points").permutation(len(points))[:JUDGED])
    neighbours = min(NEIGHBOURS, (len(chosen) - 1) // 2)
    near = {"map": _neighbours(points[chosen]), "space": _neighbours(vectors[chosen])}
    purity: dict[str, Any] = {}
    silhouette: dict[str, Any] = {}
    for name in ("label", "subject"):
        if name not in samples or samples[name].isna().all():
            continue
        group = pd.factorize(samples[name].iloc[chosen])[0]
        known = group >= 0
        counts = np.bincount(group[known])
        alike = {where: float((group[others] == group[:, None])[known].mean()) for where, others in near.items()}
        total = max(int(counts.sum()) - 1, 1)
        purity[name] = {**alike, "chance": float((counts * (counts - 1)).sum() / (max(counts.sum(), 1) * total))}
        silhouette[name] = {
            "map": _silhouette(points[chosen][known], group[known]),
            "space": _silhouette(vectors[chosen][known], group[known]),
        }
    return {
        "trustworthiness": float(trustworthiness(vectors[chosen], points[chosen], n_neighbors=max(neighbours, 1))),
        "knn_purity": purity,
        "silhouette": silhouette,
        "judged": len(chosen),
    }


def _neighbours(points: np.ndarray) -> np.ndarray:
    """``(n, k)`` positions of each point's nearest others."""
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(points) - 1)).fit(points)
    return found.kneighbors(return_distance=False)


def _silhouette(points: np.ndarray, group: np.ndarray) -> float | None:
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(points, group)) if 2 <= len(np.unique(group)) < len(group) else None
