"""A finished or growing sweep on disk: one row per run, and what every run left behind. Torch-free.

``<sweep>/grid.yaml  sweep.parquet  predictions.parquet  history.parquet  robustness.parquet
runs/<study>/<row>-s<seed>[-f<fold>]/``. All but ``runs`` is small and complete: a study can be shipped, read and
compared without the weights of its runs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from fer_core.labels import suggestion
from fer_core.metrics import STATISTICS
from fer_core.runs import SHIPPED
from fer_core.tables import read_parquet

STUDIES = SHIPPED / "studies"
"""Studies that come with the software."""

FIGURES = ("accuracy", "average_accuracy", "macro_f1", "ece", "robust_accuracy")
"""Columns of ``sweep.parquet`` that are compared between rows."""
OF_SPACES = ("identification_", "people_", "effective_rank_", "identification_seen_")
"""Beginnings of columns that a feature space's name ends; see `sweep.collecting.row_of`."""
OF_ROW = ("study", "row", "seed", "folds", "recipe", "overrides", "data", "parameters", "steps", "epochs", "labels")
"""Columns that a row's folds share, but for the group that ``overrides`` names."""
LEAVE_ONE_OUT = "leave one group out"
"""What stands for the split where every group of people was tested once."""


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
    """Means over seeds of a sweep's rows; where a row has folds, of its seeds that have all of them.

    Args:
        table: One row per run.
        figures: Columns to average, besides those of feature spaces; those that the table lacks are left out.

    Returns:
        Per study and row: ``study row runs failed seeds n split data`` and per figure `mean_interval`. A row with folds
        has ``folds`` and ``incomplete`` (``{"seed", "folds"}``: which folds are not there), and names its figures as
        `over_folds` does.
    """
    entries = []
    for (study, row), runs in table.groupby(["study", "row"], sort=False):
        done = runs[runs["status"] == "finished"]
        entry: dict[str, Any] = {
            "study": study,
            "row": row,
            "runs": len(done),
            "failed": int((runs["status"] == "failed").sum()),
        }
        if has_folds(runs):
            entry["folds"], entry["incomplete"] = int(runs["folds"].iloc[0]), incomplete(runs)
            done = over_folds(runs, figures)
        first = done.iloc[0] if len(done) else pd.Series(dtype=object)
        entry |= {
            "seeds": done["seed"].tolist() if len(done) else [],
            **{key: first.get(key) for key in ("n", "split", "data", "parameters", "steps")},
        }
        entry["pictures"] = float(done["pictures"].mean()) if len(done) and "pictures" in done else None
        for figure in done.columns:
            known = figure.removesuffix("_folds").removesuffix("_summed") if has_folds(runs) else figure
            wanted = known in figures or str(figure).startswith(OF_SPACES)
            if wanted and done[figure].notna().any():
                entry[figure] = mean_interval(done[figure].to_numpy(dtype=float))
        entries.append(entry)
    return entries


def has_folds(runs: pd.DataFrame) -> bool:
    """Whether runs of one row are folds of a cross-validation."""
    return "fold" in runs and bool(runs["fold"].notna().any())


def incomplete(runs: pd.DataFrame) -> list[dict[str, Any]]:
    """``{"seed", "folds"}`` of every seed that lacks folds: which of them have not finished.

    Args:
        runs: One row of a study with folds, one line per run.
    """
    found = []
    for seed, some in runs.groupby("seed", sort=False):
        there = set(some.loc[some["status"] == "finished", "fold"].astype(int))
        lost = sorted(set(range(int(some["folds"].iloc[0]))) - there)
        if lost:
            found.append({"seed": int(str(seed)), "folds": lost})
    return found


def over_folds(runs: pd.DataFrame, figures: Sequence[str] = FIGURES) -> pd.DataFrame:
    """One line per seed whose folds have all finished: the mean over folds, and scores of the summed predictions.

    The two differ: paper A's Table 5 sums to a macro-F1 of 0.554 where its fold mean is 0.535.

    Args:
        runs: One row of a study with folds, one line per run.
        figures: Columns to average.

    Returns:
        What is the same in all folds (`OF_ROW`, of the first one), ``n`` summed, ``pictures`` averaged, ``split``
        `LEAVE_ONE_OUT`; per figure ``<figure>_folds``, the mean of the folds' figures; ``accuracy_summed``,
        ``average_accuracy_summed`` and ``macro_f1_summed`` of the summed confusion matrix, and that one as JSON; of
        feature spaces (`OF_SPACES`) the mean over folds, under the same name.
    """
    lacking = {one["seed"] for one in incomplete(runs)}
    lines = []
    for seed, some in runs[runs["status"] == "finished"].groupby("seed", sort=False):
        if seed in lacking:
            continue
        averaged = [key for key in (*figures, *_of_spaces(some)) if key in some and some[key].notna().all()]
        line: dict[str, Any] = {key: some[key].iloc[0] for key in OF_ROW if key in some}
        line |= {"n": int(some["n"].sum()), "split": LEAVE_ONE_OUT}
        line |= {"pictures": float(some["pictures"].mean())} if "pictures" in some else {}
        for key in averaged:
            mean = float(some[key].astype(float).mean())
            line[key if key.startswith(OF_SPACES) else f"{key}_folds"] = mean
        total = np.sum([json.loads(one) for one in some["confusion"]], axis=0)
        line |= {f"{name}_summed": float(score(total)) for name, score in STATISTICS.items()}
        lines.append({**line, "confusion": json.dumps(total.tolist())})
    return pd.DataFrame(lines)


def _of_spaces(runs: pd.DataFrame) -> list[str]:
    return [str(column) for column in runs if str(column).startswith(OF_SPACES)]


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
