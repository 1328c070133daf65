"""Features on a plane: PCA, t-SNE or UMAP, with figures that say how far the picture can be trusted. Torch-free."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_core.features import COLUMNS, FeatureTable
from fer_core.runs import Run
from fer_core.seeds import stream
from fer_core.tables import write_parquet

FIRST = 50
"""t-SNE and UMAP see so many principal components: van der Maaten and Hinton 2008, section 4.2, reduce to 30 to
suppress noise and speed up distances; 50 is what scikit-learn's documentation advises."""
MOST_EXACT = 10_000
"""Up to so many points t-SNE is scikit-learn's; above, openTSNE's, whose time grows in proportion."""
NEIGHBOURS = 15
"""Of trustworthiness and purity: UMAP's default number of neighbours."""
JUDGED = 2_000
"""Trustworthiness and silhouette cost the square of the number of points: of more, a random part is judged."""


def project(table: FeatureTable, space: str, method: str, seed: int = 0) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A space's samples on a plane.

    Args:
        table: At least four rows.
        space: One of its spaces.
        method: ``pca``, ``tsne`` or ``umap``.
        seed: Of what the method draws, and of which points are judged.

    Returns:
        The table's sample columns with ``x`` and ``y``, how it was made in ``attrs``; and the figures: ``space method
        seed n dimension seconds trustworthiness`` and by ``label`` and ``subject``, where the table has them,
        ``knn_purity``: ``{"map", "space", "chance"}``, how many of a point's neighbours have the same one, on the map,
        in the space, and would by chance; and ``silhouette``: ``{"map", "space"}``.

    Raises:
        ValueError: no such space or method, or too few rows.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got '{method}'")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    vectors = table.space(space)
    if len(vectors) < 4:
        raise ValueError(f"a projection needs at least 4 rows, {table.source} has {len(vectors)}")
    began = time.perf_counter()
    points = METHODS[method](vectors, seed)
    seconds = time.perf_counter() - began
    samples = table.samples[[name for name in COLUMNS if name in table.samples]].copy()
    figures = {
        "space": space,
        "method": method,
        "seed": seed,
        "n": len(vectors),
        "dimension": vectors.shape[1],
        "seconds": round(seconds, 3),
        **judged(vectors, points, samples, seed),
    }
    samples["x"], samples["y"] = points[:, 0], points[:, 1]
    samples.attrs.update({**figures, "source": table.source, "made": dict(table.made)})
    return samples, figures


def store_projection(run: Run, projected: pd.DataFrame) -> Path:
    """Keeps a projection with its run, as ``projections/<space>-<method>.parquet`` in place of an earlier one.

    Args:
        run: Whose.
        projected: Of `project`.

    Returns:
        Where it lies.

    Raises:
        ValueError: it does not say of which space and method it is.
    """
    space, method = projected.attrs.get("space"), projected.attrs.get("method")
    if not space or method not in METHODS:
        raise ValueError("this table does not say of which space and method it is; take what project() returned")
    path = run.path / "projections" / f"{space}-{method}.parquet"
    path.parent.mkdir(exist_ok=True)
    write_parquet(path, projected)
    return path


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


def _components(vectors: np.ndarray, count: int) -> np.ndarray:
    """``(n, count)`` principal components, signs fixed; zeros where there are fewer."""
    from sklearn.decomposition import PCA

    rank = min(count, *vectors.shape)
    solver = "covariance_eigh" if len(vectors) > vectors.shape[1] else "full"
    found = PCA(rank, svd_solver=solver).fit_transform(vectors.astype(np.float64))
    return np.pad(found, ((0, 0), (0, count - rank)))


def _pca(vectors: np.ndarray, seed: int) -> np.ndarray:
    return _components(vectors, 2)


def _tsne(vectors: np.ndarray, seed: int) -> np.ndarray:
    reduced = _reduced(vectors)
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    if len(vectors) > MOST_EXACT:
        from openTSNE import TSNE as LargeTSNE

        return np.asarray(LargeTSNE(perplexity=perplexity, initialization="pca", random_state=seed).fit(reduced))
    from sklearn.manifold import TSNE

    return TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(reduced)


def _umap(vectors: np.ndarray, seed: int) -> np.ndarray:
    from umap import UMAP

    return UMAP(n_neighbors=min(NEIGHBOURS, len(vectors) - 1), random_state=seed, n_jobs=1).fit_transform(
        _reduced(vectors)
    )


def _reduced(vectors: np.ndarray) -> np.ndarray:
    wide = vectors.shape[1] > FIRST and len(vectors) > FIRST
    return (_components(vectors, FIRST) if wide else vectors).astype(np.float32)


METHODS: Mapping[str, Callable[[np.ndarray, int], np.ndarray]] = {"pca": _pca, "tsne": _tsne, "umap": _umap}
"""``(n, D)`` and a seed -> ``(n, 2)``."""
