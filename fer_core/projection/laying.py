"""Samples laid out on a plane by PCA, t-SNE or UMAP."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from fer_core.features import COLUMNS, FeatureTable
from fer_core.projection.judging import NEIGHBOURS, judged
from fer_core.projection.placing import held_out
from fer_core.projection.storing import key_of, stored_projection
from fer_core.runs import Run

FIRST = 50
"""t-SNE and UMAP see so many principal components: van der Maaten and Hinton 2008, section 4.2, reduce to 30 to
suppress noise and speed up distances; 50 is what scikit-learn's documentation advises."""
MOST_EXACT = 10_000
"""Up to so many points t-SNE is scikit-learn's; above, openTSNE's, whose time grows in proportion."""


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
        in the space, and would by chance; and ``silhouette``: ``{"map", "space"}``; ``placing``: as
        `placing.held_out`; ``key``: of `storing.key_of`.

    Raises:
        ValueError: no such space or method, or too few rows.
    """
    _check(method, seed)
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
        "placing": held_out(vectors, points, samples, seed),
        "key": key_of(table, space, method, seed),
    }
    samples["x"], samples["y"] = points[:, 0], points[:, 1]
    samples.attrs.update({**figures, "source": table.source, "made": dict(table.made)})
    return samples, figures


def kept(
    run: Run, table: FeatureTable, space: str, method: str, seed: int = 0
) -> tuple[pd.DataFrame, dict[str, Any]] | None:
    """What `project` would return, where the run keeps that very map: nothing is computed twice.

    Args:
        run: Whose.
        table: As in `project`.
        space: Likewise.
        method: Likewise.
        seed: Likewise.

    Returns:
        None where the run keeps no such map, or one of another table or of other settings.

    Raises:
        ValueError: as `project`, or the stored map is damaged.
    """
    _check(method, seed)
    key, found = key_of(table, space, method, seed), stored_projection(run, space, method)
    if found is None or found.attrs.get("key") != key:
        return None
    return found, {str(name): value for name, value in found.attrs.items() if name not in ("source", "made")}


def _check(method: str, seed: int) -> None:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got '{method}'")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")


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
