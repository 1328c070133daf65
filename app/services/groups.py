"""How a run does on each part of a split: each person, each session, each value of a column of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from app.services import cells
from app.services.results import predictions
from app.services.runs import stamp
from fer_core import metrics
from fer_core.labels import index_of
from fer_core.runs import Run, find_run
from fer_core.seeds import BOOTSTRAP, stream
from fer_core.tables import PROBABILITY

MOST_VALUES = 12
"""Numbers with more values than this are cut into quarters."""
MOST_INTERVALS = 400
"""Parts whose accuracy gets an interval, the worst first; each costs a thousand resamples."""
_OWN = frozenset({"sample", "label", "split", "predicted", "confidence", "path"})
"""Columns that name a sample or its labels; `fer evaluate` shows labels apart anyway."""


@dataclass(frozen=True)
class Slices:
    """A split in parts."""

    column: str
    rows: pd.DataFrame
    """``group n accuracy low high macro_f1``, the lowest accuracy first; of equal ones, that of most pictures."""
    overall: float
    """Accuracy of the pictures that have a value."""
    without: int
    """Pictures without a value: in no part."""
    quarters: bool
    """Whether the parts are quarters of a number's values, cut here; `fer evaluate --by` takes each value apart."""
    members: pd.Series
    """``(N,)`` the part of each prediction, in the order of its table; missing where there is no value."""


def stored_columns(name: str, split: str) -> tuple[str, ...]:
    """Columns stored with the predictions that make at least two parts.

    Raises:
        FileNotFoundError: no such run.
        ValueError: that split was not evaluated.
    """
    run = find_run(name)
    table = predictions(str(run.path), stamp(run), split)
    return tuple(str(column) for column in table if _parts(str(column), table[column]))


def data_columns(name: str, split: str) -> tuple[str, ...]:
    """Further columns of the data's own table; opens the data set, which may take seconds.

    Raises:
        FileNotFoundError: the data are not on this machine.
        ValueError: the run does not say where they lie, or they cannot be read.
    """
    run = find_run(name)
    table = predictions(str(run.path), stamp(run), split)
    data, _ = cells.dataset(run, split)
    fresh = [str(column) for column in data.table if column not in table and column not in _OWN]
    return tuple(column for column in fresh if _parts(column, _looked_up(run, table, split, column)))


def slices(name: str, split: str, column: str) -> Slices:
    """Scores of each part of a split.

    Args:
        name: The run.
        split: An evaluated split.
        column: Of `stored_columns` or `data_columns`.

    Raises:
        FileNotFoundError: no such run, or the data are not on this machine.
        ValueError: that split was not evaluated, or there is no such column.
    """
    run = find_run(name)
    table = predictions(str(run.path), stamp(run), split)
    mark = "" if column in table else cells.dataset(run, split)[0].stamp
    return _slices(str(run.path), stamp(run), split, column, mark)


@st.cache_data(max_entries=32, show_spinner=False)
def _slices(path: str, changed: int, split: str, column: str, mark: str) -> Slices:
    run = find_run(path)
    table = predictions(path, changed, split)
    values = table[column] if column in table else _looked_up(run, table, split, column)
    members, quarters = _named(values)
    return sliced(table, run.labels, members, column, quarters)


def sliced(
    table: pd.DataFrame, labels: Sequence[str], members: pd.Series, column: str, quarters: bool = False
) -> Slices:
    """Scores of each part of any stored predictions.

    Args:
        table: See `fer_core.tables.prediction_table`; every label is one of ``labels``.
        labels: The K labels.
        members: The part of each row, by position; missing where it is in none.
        column: What the parts are.
        quarters: See `Slices.quarters`.

    Raises:
        ValueError: no row is in any part.
    """
    known = members.notna().to_numpy()
    if not known.any():
        raise ValueError(f"no picture that was judged has a value in '{column}'")
    true, said = (index_of(table[name].tolist(), labels) for name in ("label", "predicted"))
    codes, names = pd.factorize(members, sort=False)
    counts = np.zeros((len(names), len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (codes[known], true[known], said[known]), 1)
    rows = pd.DataFrame(
        {
            "group": [str(one) for one in names],
            "n": counts.sum(axis=(1, 2)),
            "accuracy": [metrics.accuracy(one) for one in counts],
            "macro_f1": [metrics.macro_f1(one) for one in counts],
            "place": np.arange(len(names)),
        }
    ).sort_values(["accuracy", "n", "group"], ascending=[True, False, True], ignore_index=True)
    # The stream of `fer evaluate --by`, so that page and command show the same ends.
    ends = [
        metrics.bootstrap_interval(counts[place], "accuracy", stream(0, BOOTSTRAP))
        for place in rows["place"].head(MOST_INTERVALS)
    ]
    ends += [(np.nan, np.nan)] * (len(rows) - len(ends))
    rows = rows.assign(low=[low for low, _ in ends], high=[high for _, high in ends])
    return Slices(
        column,
        rows[["group", "n", "accuracy", "low", "high", "macro_f1"]],
        float((true == said)[known].mean()),
        int((~known).sum()),
        quarters,
        members,
    )


def _parts(column: str, values: pd.Series) -> bool:
    """Whether a column makes parts: several values, not one for each picture unless they are numbers."""
    if column in _OWN or column.startswith(PROBABILITY):
        return False
    try:
        different = values.nunique()
    except TypeError:  # lists and the like
        return False
    return different > 1 and (different < values.notna().sum() or _is_number(values))


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _named(values: pd.Series) -> tuple[pd.Series, bool]:
    """Names of the parts, as `fer evaluate --by` writes them; numbers of many values as quarters, which it does not."""
    if _is_number(values) and values.nunique() > MOST_VALUES:
        cut = pd.qcut(values, 4, duplicates="drop")
        names = cut.map(lambda one: f"{one.left:.3g} to {one.right:.3g}", na_action="ignore").astype(object)
        return names.where(values.notna(), None), True
    return values.map(str, na_action="ignore").astype(object), False


def _looked_up(run: Run, table: pd.DataFrame, split: str, column: str) -> pd.Series:
    data, _ = cells.dataset(run, split)
    if column not in data.table:
        raise ValueError(f"neither the predictions nor the data have a column '{column}'")
    values = data.table.drop_duplicates("path").set_index("path")[column]
    return table["sample"].map(values)
