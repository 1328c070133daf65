"""Feature spaces of a run on a plane: stored tables and maps, row by row aligned, so that one selection serves both."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.services import space_people
from app.services.provenance import Provenance, people
from app.services.runs import stamp
from fer_core.features import FeatureTable
from fer_core.projection import METHODS, project, stored_projection
from fer_core.runs import Run, find_run

METHOD_NAMES: Mapping[str, str] = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
"""In the order of the choice."""
MOST_AT_ONCE = 1_000
"""So many rows t-SNE lays out while a visitor waits (some seconds); of more, only stored maps are shown."""
SPLITS = ("test", "validation", "all", "train")
"""The order that `features.stored_features` looks in."""
DRAWN = space_people.DRAWN
_FIRST = ("v_face", "v_state", "v_id", "high", "mid")


@dataclass(frozen=True)
class Laid:
    """One space on a plane."""

    space: str
    method: str
    points: np.ndarray = field(repr=False)
    """``(N, 2)`` float32 in the order of the table's rows; NaN where the map lacks a row."""
    figures: Mapping[str, Any] = field(repr=False)
    """As `fer project --json` prints them."""
    command: str
    """Gives the figures again."""


@dataclass(frozen=True)
class Table:
    """The samples of a feature table, and what can be shown of it."""

    run: str
    labels: tuple[str, ...]
    """The run's labels."""
    split: str
    samples: pd.DataFrame = field(repr=False)
    """N rows: ``sample label subject session split predicted`` as far as they are known, each None where it is not."""
    made: Mapping[str, Any] = field(repr=False)
    """How it was made."""
    methods: Mapping[str, tuple[str, ...]]
    """Space -> which maps of it there are or can be made at once."""

    @property
    def spaces(self) -> tuple[str, ...]:
        """Names of the spaces, what a face is before what it shows, erased ones last."""
        return tuple(self.methods)


def splits(name: str) -> tuple[str, ...]:
    """The splits whose features are stored with a run.

    Raises:
        FileNotFoundError: no such run.
    """
    there = {file.stem for file in (find_run(name).path / "features").glob("*.parquet")}
    return tuple(sorted(there, key=lambda one: (SPLITS.index(one) if one in SPLITS else len(SPLITS), one)))


def table(name: str, split: str) -> Table | None:
    """A table's samples.

    Args:
        name: The run.
        split: One of `splits`, or `DRAWN`.

    Returns:
        None where the people of `DRAWN` are not drawn yet.

    Raises:
        FileNotFoundError: no such run, or no stored features of that split.
        ValueError: the stored table is damaged.
    """
    run = find_run(name)
    if split != DRAWN:
        return _table(str(run.path), _stamp(run), split)
    found = space_people.drawn(run)
    return None if found is None else _described(run, split, found.samples, found.made, tuple(found.spaces))


def vectors(name: str, split: str, space: str) -> FeatureTable:
    """One space's vectors with their samples.

    Args:
        name: The run.
        split: As in `table`.
        space: One of its spaces.

    Raises:
        FileNotFoundError: as in `table`, or nobody is drawn.
        ValueError: no such space, or the stored table is damaged.
    """
    run = find_run(name)
    if split != DRAWN:
        return _vectors(str(run.path), _stamp(run), split, space)
    found = space_people.drawn(run)
    if found is None:
        raise FileNotFoundError(f"no people are drawn for run {name} yet")
    return found


def version(told: Table) -> int:
    """Differs when the table was made again; with run and split the key of every cache about it.

    Args:
        told: The table.
    """
    return _version(find_run(told.run), told.split)


def lay(name: str, split: str, space: str, method: str) -> Laid:
    """A space on a plane: the stored map where there is one, else made now and kept while the app runs.

    Args:
        name: The run.
        split: As in `table`.
        space: One of its spaces.
        method: One of the table's methods of that space.

    Raises:
        FileNotFoundError: as in `table`.
        ValueError: no such space or method, or what is stored is damaged.
    """
    run = find_run(name)
    return _laid(str(run.path), _version(run, split), split, space, method)


def of_maps(told: Table, left: Laid, right: Laid, shown: int) -> Provenance:
    """Where a pair of maps comes from.

    Args:
        told: The table.
        left: One map.
        right: The other.
        shown: How many points are drawn.
    """
    run, made = find_run(told.run), told.made
    how = "in-sample (the run learned from it)" if made.get("in_sample") else "held-out"
    if not made.get("in_sample") and made.get("selected_on"):
        how += ", but the best epoch was selected on it"
    parts = [
        f"run {told.run}",
        f"data {made.get('data') or 'unknown'}",
        f"split {made.get('split') or told.split}",
        f"n = {len(told.samples):,}" + (f", {shown:,} drawn" if shown < len(told.samples) else ""),
        how,
        f"{METHOD_NAMES[left.method]}, seed {left.figures.get('seed', 0)}",
        people(run, bool(made.get("synthetic", run.synthetic))),
    ]
    both = dict.fromkeys((left.command, right.command))
    return Provenance(" · ".join(parts), " && ".join(both))


def _version(run: Run, split: str) -> int:
    return stamp(run) if split == DRAWN else _stamp(run)


def _stamp(run: Run) -> int:
    files = [*(run.path / "features").glob("*.parquet"), *(run.path / "projections").glob("*.parquet")]
    return max((file.stat().st_mtime_ns for file in files), default=0) ^ len(files) ^ stamp(run)


@st.cache_data(max_entries=8, show_spinner=False)
def _table(path: str, changed: int, split: str) -> Table:
    run = find_run(path)
    found = run.features(split, [])
    return _described(run, split, found.samples, found.made, _spaces(run.path / "features" / f"{split}.parquet"))


def _spaces(file: Path) -> tuple[str, ...]:
    """The columns of lists; read from the file's head, because a table may be large."""
    from pyarrow import parquet, types

    return tuple(one.name for one in parquet.read_schema(file) if types.is_nested(one.type))


def _described(run: Run, split: str, samples: pd.DataFrame, made: Mapping[str, Any], spaces: tuple[str, ...]) -> Table:
    rank = {space: place for place, space in enumerate(_FIRST)}
    ordered = sorted(spaces, key=lambda one: (one.endswith("_erased"), rank.get(one, len(rank)), one))
    stored = {file.stem for file in (run.path / "projections").glob("*.parquet")} if split != DRAWN else set()
    quick = ("tsne", "pca") if len(samples) <= MOST_AT_ONCE else ("pca",)
    methods = {
        space: tuple(one for one in METHOD_NAMES if one in quick or f"{space}-{one}" in stored) for space in ordered
    }
    return Table(run.name, run.labels, split, samples, made, methods)


# The arrays themselves, never copied: whoever gets them only reads.
@st.cache_resource(max_entries=6, show_spinner=False)
def _vectors(path: str, changed: int, split: str, space: str) -> FeatureTable:
    return find_run(path).features(split, [space])


@st.cache_resource(max_entries=24, show_spinner="Laying the points out")
def _laid(path: str, changed: int, split: str, space: str, method: str) -> Laid:
    run = find_run(path)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got '{method}'")
    stored = stored_projection(run, space, method) if split != DRAWN else None
    if stored is not None:
        points = _aligned(stored, _table(path, changed, split).samples["sample"])
        if np.isfinite(points).any():
            # A map of another split shares samples with this one; its figures are of its own.
            own = str((stored.attrs.get("made") or {}).get("split") or split)
            return Laid(space, method, points, stored.attrs, _command(run, own, space, method, stored.attrs))
    if method == "umap" or (method == "tsne" and len(vectors(path, split, space)) > MOST_AT_ONCE):
        raise ValueError(
            f"the stored {METHOD_NAMES[method]} map of {space} is of other samples than those of split {split}; make "
            f"it again: fer project {run.name} --split {split} --space {space} --method {method} --store"
        )
    found, figures = project(vectors(path, split, space), space, method)
    points = found[["x", "y"]].to_numpy(dtype=np.float32)
    return Laid(space, method, points, figures, _command(run, split, space, method, figures))


def _aligned(stored: pd.DataFrame, samples: pd.Series) -> np.ndarray:
    """``(N, 2)`` points in the order of the samples; NaN where the map lacks one."""
    if "sample" not in stored:
        raise ValueError("a stored map must say whose places it holds; make it again with fer project --store")
    if len(stored) != len(samples) or (stored["sample"].to_numpy() != samples.to_numpy()).any():
        stored = stored.drop_duplicates("sample").set_index("sample").reindex(samples)
    return stored[["x", "y"]].to_numpy(dtype=np.float32)


def _command(run: Run, split: str, space: str, method: str, figures: Mapping[str, Any]) -> str:
    end = f"--space {shlex.quote(space)} --method {method} --seed {figures.get('seed', 0)} --out map.parquet --json"
    if split == DRAWN:
        return f"{space_people.command(run)} && fer project features.parquet {end}"
    return f"fer project {shlex.quote(run.name)} --split {shlex.quote(split)} {end}"
