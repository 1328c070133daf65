"""Maps kept with their run, and known again: what is stored is not computed a second time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.features import COLUMNS, FeatureTable
from fer_core.runs import Run
from fer_core.tables import read_parquet, write_parquet

VERSION = 1
"""Raised when the same table and settings would give another map or other figures."""


def key_of(table: FeatureTable, space: str, method: str, seed: int = 0) -> str:
    """24 hexadecimal digits that name a map: equal for equal vectors, sample columns and settings.

    Args:
        table: What is laid out.
        space: One of its spaces.
        method: As in `laying.project`.
        seed: Likewise.

    Raises:
        ValueError: no such space.
    """
    found = hashlib.blake2b(f"{VERSION} {space} {method} {seed}".encode(), digest_size=12)
    vectors = np.ascontiguousarray(table.space(space), dtype=np.float32)
    found.update(str(vectors.shape).encode())
    found.update(vectors.data)
    for name in COLUMNS:
        if name in table.samples:
            words = ["" if pd.isna(one) else f"={one}" for one in table.samples[name]]
            found.update("\0".join([name, *words, "\n"]).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def store_projection(run: Run, projected: pd.DataFrame) -> Path:
    """Keeps a projection with its run, as ``projections/<space>-<method>.parquet`` in place of an earlier one.

    Args:
        run: Whose.
        projected: Of `laying.project`.

    Returns:
        Where it lies.

    Raises:
        ValueError: it does not say of which space and method it is.
    """
    space, method = projected.attrs.get("space"), projected.attrs.get("method")
    if not space or not method:
        raise ValueError("this table does not say of which space and method it is; take what project() returned")
    path = _path(run, space, method)
    path.parent.mkdir(exist_ok=True)
    write_parquet(path, projected)
    return path


def stored_projection(run: Run, space: str, method: str) -> pd.DataFrame | None:
    """A map that a run keeps, its figures in ``attrs``; None where it keeps none.

    Args:
        run: Whose.
        space: A feature space.
        method: ``pca``, ``tsne`` or ``umap``.

    Raises:
        ValueError: the file is damaged, or no map.
    """
    path = _path(run, space, method)
    if not path.is_file():
        return None
    found = read_parquet(path)
    if not {"x", "y"} <= set(found):
        raise ValueError(f"{path} is no map: it has no columns x and y; make it again with fer project --store")
    return found


def _path(run: Run, space: str, method: str) -> Path:
    return run.path / "projections" / f"{space}-{method}.parquet"
