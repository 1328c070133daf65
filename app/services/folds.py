"""Cross-validations on this machine: folders of ``fer crossvalidate``, and sweeps and shipped studies with folds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.services.groups import Slices, sliced
from app.services.provenance import Provenance
from app.services.sweeps import again, folders
from fer_core.metrics import STATISTICS
from fer_core.studies import StoredStudy, has_folds

FILE = "crossvalidation.json"
"""What ``fer crossvalidate`` leaves in the folder of its folds."""


@dataclass(frozen=True)
class Validated:
    """One recipe and seed, each group of people left out once."""

    labels: tuple[str, ...]
    rows: pd.DataFrame
    """``fold n accuracy average_accuracy macro_f1 low high`` of the finished folds; low and high of the accuracy."""
    matrices: np.ndarray
    """``(F, K, K)`` counts, rows true, in the order of ``rows``."""
    groups: int
    """How many folds there are to be."""
    mean: Mapping[str, float]
    """``accuracy average_accuracy macro_f1``: mean over the folds."""
    std: Mapping[str, float | None]
    """Over the folds (n - 1); None of a single one."""
    summed: Mapping[str, float]
    """Of the sum of the matrices, which differs from the mean."""
    source: Provenance

    def matrix(self, place: int | None = None) -> pd.DataFrame:
        """``(K, K)`` counts of one fold, or of the sum of all."""
        cells = self.matrices.sum(axis=0) if place is None else self.matrices[place]
        return pd.DataFrame(cells, index=list(self.labels), columns=list(self.labels))


def names() -> tuple[str, ...]:
    """Every cross-validation, own ones first: ``folder / study / row``."""
    return tuple(_places())


def seeds(name: str) -> tuple[int, ...]:
    """Seeds with at least one finished fold.

    Raises:
        FileNotFoundError: there is no cross-validation of that name.
    """
    path, study, row = _place(name)
    table = _table(str(path), _changed(path))
    return tuple(sorted(int(one) for one in _finished(table, study, row)["seed"].unique()))


def validated(name: str, seed: int) -> Validated:
    """The scores of folds.

    Args:
        name: Of `names`.
        seed: Of `seeds`.

    Raises:
        FileNotFoundError: there is no cross-validation of that name.
        ValueError: no fold of that seed has finished.
    """
    path, study, row = _place(name)
    return _validated(str(path), _changed(path), study, row, seed)


def people(name: str, seed: int) -> Slices | None:
    """Scores of each person, who was tested in one fold; None where predictions do not say who is who.

    Args:
        name: Of `names`.
        seed: Of `seeds`.
    """
    path, study, row = _place(name)
    return _people(str(path), _changed(path), study, row, seed)


def as_slices(found: Validated) -> Slices:
    """The folds as parts, the worst first."""
    rows = found.rows.assign(group=[f"fold {one}" for one in found.rows["fold"]])
    rows = rows.sort_values(["accuracy", "fold"], ignore_index=True)
    rows = rows[["group", "n", "accuracy", "low", "high", "macro_f1"]]
    return Slices("fold", rows, found.summed["accuracy"], 0, False, pd.Series(dtype=object))


def _places() -> dict[str, tuple[Path, str, str]]:
    found: dict[str, tuple[Path, str, str]] = {}
    for path in folders("sweep.parquet"):
        try:
            table = _table(str(path), _changed(path))
        except ValueError:  # a damaged folder must not hide the others
            continue
        if not has_folds(table) or "confusion" not in table:
            continue
        there = table[(table["status"] == "finished") & table["fold"].notna()]
        for study, row in there[["study", "row"]].drop_duplicates().itertuples(index=False):
            words = [path.name, *([study] if study != row else []), row]
            found.setdefault(" / ".join(map(str, words)), (path, str(study), str(row)))
    return found


def _place(name: str) -> tuple[Path, str, str]:
    try:
        return _places()[name]
    except KeyError:
        raise FileNotFoundError(f"no cross-validation '{name}' on this machine") from None


def _changed(path: Path) -> int:
    files = [path / name for name in ("sweep.parquet", "predictions.parquet", FILE)]
    return max((file.stat().st_mtime_ns for file in files if file.is_file()), default=0)


@st.cache_data(max_entries=32, show_spinner=False)
def _table(path: str, changed: int) -> pd.DataFrame:
    return StoredStudy(Path(path)).table


def _finished(table: pd.DataFrame, study: str, row: str) -> pd.DataFrame:
    mine = (table["study"] == study) & (table["row"] == row)
    return table[mine & (table["status"] == "finished") & table["fold"].notna()]


@st.cache_data(max_entries=64, show_spinner=False)
def _validated(path: str, changed: int, study: str, row: str, seed: int) -> Validated:
    done = _finished(_table(path, changed), study, row)
    done = done[done["seed"] == seed].sort_values("fold")
    if done.empty:
        raise ValueError(f"no fold of seed {seed} has finished in {path}")
    matrices = np.array([json.loads(one) for one in done["confusion"]], dtype=np.int64)
    columns = {"ci95_low": "low", "ci95_high": "high"}
    rows = done[["fold", "n", *STATISTICS, *columns]].rename(columns=columns).reset_index(drop=True)
    rows = rows.astype({"fold": int, "n": int})
    total = matrices.sum(axis=0)
    several = len(rows) > 1
    return Validated(
        tuple(json.loads(done["labels"].iloc[0])),
        rows,
        matrices,
        int(done["folds"].iloc[0]),
        {key: float(np.mean(rows[key])) for key in STATISTICS},
        {key: float(np.std(rows[key], ddof=1)) if several else None for key in STATISTICS},
        {key: float(score(total)) for key, score in STATISTICS.items()},
        _origin(Path(path), done.iloc[0], seed, rows),
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _people(path: str, changed: int, study: str, row: str, seed: int) -> Slices | None:
    labels = _validated(path, changed, study, row, seed).labels
    table = StoredStudy(Path(path)).predictions()
    mine = (table["study"] == study) & (table["row"] == row) & (table["seed"] == seed) & (table["split"] == "test")
    tested = table[mine & table["label"].isin(labels)].reset_index(drop=True)
    if tested["subject"].isna().all():
        return None
    return sliced(tested, labels, tested["subject"].astype(object), "subject")


def _origin(path: Path, first: pd.Series, seed: int, rows: pd.DataFrame) -> Provenance:
    parts = [
        f"{len(rows)} of {int(first['folds'])} folds of {first['row']} in {path.name}",
        f"data {first['data']}",
        "leave one group out",
        f"n = {int(rows['n'].sum()):,}",
        "held-out: no fold learned from whom it was tested on",
        f"seed {seed}",
        "synthetic faces" if bool(first["synthetic"]) else "real faces",
    ]
    return Provenance(" · ".join(parts), _command(path))


def _command(path: Path) -> str:
    """Finished folds are left alone by either command, so that it prints at once what is shown."""
    written = path / FILE
    if written.is_file():
        try:
            told: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
            words = ["fer", "crossvalidate", str(told["recipe"]), "--groups", str(told["groups"])]
            words += [part for one in told["set"] for part in ("--set", str(one))]
            return shlex.join([*words, "--seed", str(told["seed"]), "--out", str(path), "--json"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # a damaged file: the grid beside it says the same
    return again(path)
