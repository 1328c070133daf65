"""A feature table that somebody brought: taken into memory, weighed before it is opened, never written to the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.services import parquet_apart
from fer_core.features import FORMATS, FeatureTable, read_features
from fer_core.leakage import Examination
from fer_core.vectors import COLUMNS as NAMED

MOST_MEGABYTES = 64
"""Of the file."""
MOST_ROWS = 200_000
MOST_COLUMNS = 5_000
MOST_NUMBERS = 20_000_000
"""Values in all columns together: 80 MB as float32."""
_PLAIN: Any = ((), ())


@dataclass
class OwnTable:
    """One file in memory, and what was found in it."""

    name: str
    content: bytes = field(repr=False)
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)
    """What was measured in it."""
    opened: dict[Any, FeatureTable] = field(default_factory=dict, repr=False)
    """As it stands in the file, and as it was read last; by how it was read."""

    @property
    def size(self) -> int:
        """Bytes held."""
        held = [vectors for table in self.opened.values() for vectors in table.spaces.values()]
        held += [one.vectors for one in self.answers.values() if isinstance(one, Examination)]
        return len(self.content) + sum(one.nbytes for one in held)


def take(name: str, content: bytes) -> OwnTable:
    """A table as it came, once it is known that opening it is safe.

    Args:
        name: The file's name.
        content: Its bytes.

    Raises:
        ValueError: no csv or parquet file, damaged, or too large: one sentence.
    """
    kind = Path(name).suffix.lower()
    if kind not in FORMATS:
        raise ValueError(f"{name} must be a .csv or .parquet table; pickles and archives are not opened")
    if len(content) > MOST_MEGABYTES * 10**6:
        raise ValueError(f"{name} has {len(content) / 1e6:.0f} MB, a page takes {MOST_MEGABYTES}; use fer leakage")
    if kind == ".csv":
        _weigh_csv(name, content)
    else:
        content = parquet_apart.cleaned(name, content, MOST_ROWS, MOST_COLUMNS, MOST_NUMBERS)
    return OwnTable(Path(name).name, content)


def read(own: OwnTable, columns: Mapping[str, str], joined: tuple[str, ...] = ()) -> FeatureTable:
    """The table with all its spaces.

    Args:
        own: What was taken.
        columns: Our name of a column -> its name in the file.
        joined: Columns of numbers that make one space more.

    Raises:
        ValueError: see `features.read_features`.
    """
    how = (tuple(sorted(columns.items())), joined)
    if how in own.opened:
        return own.opened[how]
    table = read_features(Path(own.name), None, columns, own.content)
    if joined:
        name = ",".join(joined)
        more = read_features(Path(own.name), [name], columns, own.content)
        table = FeatureTable(table.samples, {name: more.space(name), **table.spaces}, table.source, table.made)
    own.opened = {one: old for one, old in own.opened.items() if one == _PLAIN} | {how: table}
    return table


def numeric(table: FeatureTable) -> tuple[str, ...]:
    """Columns that hold a number in every row and say nothing of the sample: they can make a space together.

    Args:
        table: As it stands in the file.
    """
    kinds = {str(name): table.samples[name] for name in table.samples if name not in NAMED}
    return tuple(
        name
        for name, one in kinds.items()
        if pd.api.types.is_numeric_dtype(one) and not pd.api.types.is_bool_dtype(one) and np.isfinite(one).all()
    )


def _weigh_csv(name: str, content: bytes) -> None:
    rows, columns = content.count(b"\n") + 1, content.partition(b"\n")[0].count(b",") + 1
    for count, most, what in (
        (rows, MOST_ROWS, "rows"),
        (columns, MOST_COLUMNS, "columns"),
        (rows * columns, MOST_NUMBERS, "values"),
    ):
        if count > most:
            raise ValueError(f"{name} has {count:,} {what}, a page takes {most:,}; use fer leakage for it")
