"""A finished or growing sweep on disk: one row per run, and what every run left behind. Torch-free.

``<sweep>/grid.yaml  sweep.parquet  predictions.parquet  history.parquet  robustness.parquet
runs/<study>/<row>-s<seed>/``. All but ``runs`` is small and complete: a study can be shipped, read and compared without
the weights of its runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from fer_core.labels import suggestion
from fer_core.runs import SHIPPED
from fer_core.tables import read_parquet

STUDIES = SHIPPED / "studies"
"""Studies that come with the software."""

FIGURES = ("accuracy", "average_accuracy", "macro_f1", "ece", "robust_accuracy")
"""Columns of ``sweep.parquet`` that are compared between rows."""


class StoredStudy:
    """A sweep's folder, read when asked."""

    def __init__(self, path: Path) -> None:
        """A sweep that is already on disk.

        Args:
            path: The folder; it must hold a ``sweep.parquet``.

        Raises:
            FileNotFoundError: it holds none.
        """
        self.path = Path(path)
        if not (self.path / "sweep.parquet").is_file():
            raise FileNotFoundError(f"{path} is no sweep: it holds no sweep.parquet")

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per run; see `sweep.row_of`.

        Raises:
            ValueError: it is damaged, or the table of something else.
        """
        found = read_parquet(self.path / "sweep.parquet")
        lacking = [column for column in ("study", "row", "seed", "status") if column not in found]
        if lacking:
            raise ValueError(f"{self.path}/sweep.parquet is no table of a sweep: it has no column {', '.join(lacking)}")
        return found

    def predictions(self) -> pd.DataFrame:
        """Stored predictions of every finished run, with ``study``, ``row`` and ``seed``.

        Raises:
            FileNotFoundError: no run has finished.
        """
        return read_parquet(self.path / "predictions.parquet")

    def history(self) -> pd.DataFrame:
        """Learning curves of every finished run, with ``study``, ``row`` and ``seed``.

        Raises:
            FileNotFoundError: no run has finished.
        """
        return read_parquet(self.path / "history.parquet")

    def robustness(self) -> pd.DataFrame:
        """Accuracy of every finished run under each disturbance, with ``study``, ``row`` and ``seed``.

        Raises:
            FileNotFoundError: no run was judged so.
        """
        return read_parquet(self.path / "robustness.parquet")

    def summary(self) -> list[dict[str, Any]]:
        """One entry per study and row, in the order of the grid; see `summarised`."""
        return summarised(self.table)


def find_study(name: str | Path) -> StoredStudy:
    """A sweep by path, or a shipped one by name.

    Raises:
        FileNotFoundError: there is none; the sentence names the shipped ones.
    """
    for path in (Path(name), STUDIES / str(name)):
        if (path / "sweep.parquet").is_file():
            return StoredStudy(path)
    shipped = [path.parent.name for path in sorted(STUDIES.glob("*/sweep.parquet"))]
    raise FileNotFoundError(f"no sweep at {name}{suggestion(str(name), shipped) if shipped else ''}")


def summarised(table: pd.DataFrame, figures: Sequence[str] = FIGURES) -> list[dict[str, Any]]:
    """Means over seeds of a sweep's rows.

    Args:
        table: One row per run.
        figures: Columns to average; those that the table lacks are left out.

    Returns:
        Per study and row: ``study row runs failed seeds n split data`` and per figure `mean_interval`.
    """
    entries = []
    for (study, row), runs in table.groupby(["study", "row"], sort=False):
        done = runs[runs["status"] == "finished"]
        first = done.iloc[0] if len(done) else pd.Series(dtype=object)
        entry = {
            "study": study,
            "row": row,
            "runs": len(done),
            "failed": int((runs["status"] == "failed").sum()),
            "seeds": done["seed"].tolist(),
            **{key: first.get(key) for key in ("n", "split", "data", "parameters", "steps")},
        }
        entry["pictures"] = float(done["pictures"].mean()) if len(done) and "pictures" in done else None
        for figure in figures:
            if figure in done and done[figure].notna().any():
                entry[figure] = mean_interval(done[figure].to_numpy(dtype=float))
        entries.append(entry)
    return entries


def mean_interval(values: np.ndarray) -> dict[str, float | None]:
    """``mean``, ``std`` and Student's 95 % interval of the mean, ``low`` to ``high``; None with fewer than two values.

    The interval speaks of other seeds on the same pictures, not of other pictures.

    Args:
        values: ``(n,)``; NaN is left out.
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return {"mean": None, "std": None, "low": None, "high": None}
    mean = float(values.mean())
    if len(values) < 2:
        return {"mean": mean, "std": None, "low": None, "high": None}
    deviation = float(values.std(ddof=1))
    reach = float(stats.t.ppf(0.975, len(values) - 1)) * deviation / math.sqrt(len(values))
    return {"mean": mean, "std": deviation, "low": mean - reach, "high": mean + reach}
