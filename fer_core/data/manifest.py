"""Manifests: a csv or parquet table with ``path,label`` and optionally ``subject,session,split,time``."""

from __future__ import annotations

import io
import posixpath

import pandas as pd

from fer_core.data.dataset import COLUMNS, sample_table
from fer_core.data.files import csv_table
from fer_core.labels import suggestion

NAMES = ("manifest.csv", "manifest.parquet")


def read_table(content: bytes, name: str) -> pd.DataFrame:
    """A csv or parquet file as it is, with trimmed lower-case names of the columns we know.

    Raises:
        ValueError: it is neither.
    """
    if name.lower().endswith(".parquet"):
        try:
            table = pd.read_parquet(io.BytesIO(content))
        except (ValueError, OSError) as error:
            raise ValueError(f"{name} is not a table that can be read ({' '.join(str(error).split())[:160]})") from None
    else:
        table = csv_table(content, name)
        if len(table.columns) == 1 and any(mark in str(table.columns[0]) for mark in ";\t"):
            table = csv_table(content, name, sep=None, engine="python", skipinitialspace=False)
    names = {column: str(column).strip() for column in table.columns}
    lower = {column: name.lower() for column, name in names.items()}
    return table.rename(
        columns={column: lower[column] if lower[column] in COLUMNS else names[column] for column in names}
    )


def read_manifest(content: bytes, name: str) -> pd.DataFrame:
    """The sample table of a manifest; paths become relative to the place that holds it.

    Args:
        content: The file's bytes.
        name: Its name inside the folder or zip, e.g. ``faces/manifest.csv``.

    Raises:
        ValueError: a required column is missing, or a split is unknown, or there are no rows.
    """
    table = read_table(content, name)
    for column in ("path", "label"):
        if column not in table:
            there = [str(one) for one in table.columns]
            raise ValueError(f"{name} needs a column '{column}'; it has {', '.join(there)}{suggestion(column, there)}")
    if table.empty:
        raise ValueError(f"{name} has no rows")
    if table["path"].isna().any():
        row = int(table["path"].isna().to_numpy().argmax())
        raise ValueError(f"{name} has no path in row {row + 2} (counting the header as row 1)")
    here = posixpath.dirname(name)
    paths = [posixpath.normpath(posixpath.join(here, str(path).strip().replace("\\", "/"))) for path in table["path"]]
    columns = {str(name): values if name in COLUMNS else _numbers(values) for name, values in table.items()}
    return sample_table({**columns, "path": paths})


def _numbers(values: pd.Series) -> pd.Series:
    """Numbers where every value is one: a csv says nothing of types, and a pose or an age is to be computed with."""
    found = pd.to_numeric(values, errors="coerce")
    return found if (found.notna() == values.notna()).all() else values
