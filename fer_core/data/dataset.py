"""One sample table over one place of files: what every reader returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.files import Files
from fer_core.labels import canonical, order

COLUMNS = ("path", "label", "subject", "session", "split", "time")
SPLITS = ("train", "validation", "test")

_SPLIT_NAMES: Mapping[str, str] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "publictest": "validation",
    "test": "test",
    "testing": "test",
    "privatetest": "test",
}
"""What data sets call their splits, lower-case -> ours. FER2013: PublicTest validates, PrivateTest tests."""


def split_name(word: str) -> str | None:
    """Our name of a split, or None where the word names none."""
    return _SPLIT_NAMES.get(str(word).strip().lower())


@dataclass(frozen=True)
class LeftOut:
    """Entries of a data set's own table that became no sample, for one reason."""

    reason: str
    n: int
    first: tuple[str, ...]
    """The first few, each with file and row."""


@dataclass(frozen=True)
class Dataset:
    """Samples and where their pictures lie. Nothing is decoded yet."""

    name: str
    source: str
    """As the user wrote it."""
    table: pd.DataFrame
    """`COLUMNS` first, then whatever else the manifest holds. Labels in house names; None where unknown."""
    files: Files
    stamp: str
    """Differs when any file or the table differs; the key of what is cached."""
    synthetic: bool = False
    parts: tuple[Dataset, ...] = ()
    """What it was joined from, in the order of its rows (see `joined.join`); empty where it stands for itself."""
    format: str = ""
    """Which of the known formats it was read from."""
    left_out: tuple[LeftOut, ...] = ()
    """What the reader could not or must not use; see `everything_left_out` for joined data."""
    lasting: bool = True
    """Whether its decoded pictures may be kept on the disk; not those that a visitor brought."""

    def __len__(self) -> int:
        return len(self.table)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur, in a stable order."""
        return order(self.table["label"].dropna().unique())

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that occur; empty where the data set names none."""
        present = set(self.table["split"].dropna().unique())
        return tuple(split for split in SPLITS if split in present)

    @property
    def everything_left_out(self) -> tuple[LeftOut, ...]:
        """What was left out here and in the parts."""
        return (*self.left_out, *(one for part in self.parts for one in part.everything_left_out))

    @property
    def origin(self) -> np.ndarray:
        """``(N,)`` int64: the number of the part that a row comes from; zeros where there are no parts."""
        sizes = [len(one) for one in self.parts] or [len(self)]
        return np.repeat(np.arange(len(sizes)), sizes)

    def read(self, row: int) -> bytes:
        """The file of one sample, undecoded.

        Raises:
            OSError: the file cannot be read.
            ValueError: likewise, inside a zip.
        """
        return self.files.read(str(self.table["path"].iloc[row]))

    def picture(self, row: int) -> np.ndarray:
        """``(H, W, 3)`` uint8: one sample's picture, upright.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no picture, or damaged.
        """
        return self.files.picture(str(self.table["path"].iloc[row]))

    def rows(self, split: str) -> np.ndarray:
        """``(n,)`` int64 row numbers of a split, or of everything for ``all``.

        Raises:
            ValueError: there is no such split; the sentence names those that are.
        """
        if split == "all":
            return np.arange(len(self.table))
        if split not in self.splits:
            there = ", ".join((*self.splits, "all"))
            raise ValueError(f"{self.name} has no split '{split}'; there are: {there}")
        return np.flatnonzero((self.table["split"] == split).to_numpy())

    def select(self, split: str) -> Dataset:
        """The samples of one split.

        Raises:
            ValueError: there is no such split.
        """
        if split == "all":
            return self
        rows = self.rows(split)
        origin, starts = self.origin, np.cumsum([0, *(len(one) for one in self.parts)])
        parts = tuple(
            one._at(rows[origin[rows] == number] - starts[number], split)
            for number, one in enumerate(self.parts)
            if (origin[rows] == number).any()
        )
        return replace(self._at(rows, split), parts=parts)

    def _at(self, rows: np.ndarray, split: str) -> Dataset:
        return replace(self, table=self.table.iloc[rows].reset_index(drop=True), stamp=f"{self.stamp}-{split}")


def sample_table(columns: Mapping[str, Any]) -> pd.DataFrame:
    """A table with every column of `COLUMNS`, labels and splits in house names.

    Args:
        columns: ``path`` and any others, each a sequence of one length.

    Raises:
        ValueError: a split that nobody knows, or a file's name that is no Unicode: tables cannot hold it.
    """
    given = dict(columns)
    strange = next((path for path in map(str, given["path"]) if not _is_unicode(path)), None)
    if strange is not None:
        raise ValueError(f"the name of the file {strange!r} is not in UTF-8; rename it")
    table = pd.DataFrame(given)
    for column in COLUMNS:
        if column not in table:
            table[column] = None
    for column in ("label", "subject", "session", "split"):
        words = table[column].astype(object).where(table[column].notna(), None)
        table[column] = [None if word is None or not str(word).strip() else str(word).strip() for word in words]
    distinct = {word: canonical(word) for word in table["label"].dropna().unique()}
    table["label"] = table["label"].map(distinct, na_action="ignore").astype(object)
    known = {word: split_name(word) for word in table["split"].dropna().unique()}
    unknown = sorted(word for word, name in known.items() if name is None)
    if unknown:
        raise ValueError(f"unknown split {', '.join(map(repr, unknown))}; a split is one of {', '.join(SPLITS)}")
    table["split"] = table["split"].map(known, na_action="ignore").astype(object)
    table["time"] = pd.to_numeric(table["time"], errors="coerce")
    table = without_nan(table)
    return table[[*COLUMNS, *(column for column in table if column not in COLUMNS)]]


def _is_unicode(name: str) -> bool:
    """Whether a name holds no byte that Python could only smuggle in from a file system."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


def without_nan(table: pd.DataFrame) -> pd.DataFrame:
    """The table with None, never NaN, where a word is missing; files and pandas mix them up."""
    words = {column: table[column].astype(object) for column in ("label", "subject", "session", "split")}
    return table.assign(**{column: values.where(values.notna(), None) for column, values in words.items()})
