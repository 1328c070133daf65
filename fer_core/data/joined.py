"""Several data sets as one, e.g. RAF-DB and AffectNet learned from together (paper D, FED-RO). Labels meet by name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from fer_core.data.dataset import COLUMNS, Dataset, without_nan
from fer_core.data.files import Files

SEPARATOR = " + "
"""Between the sources of joined data where they are written in one line."""


def join(datasets: Sequence[Dataset]) -> Dataset:
    """The rows of all data sets below one another, in their order; each picture is still read from where it lies.

    A column ``source`` names each row's data set (it replaces a column of that name). Each keeps its own splits; one
    without any is all ``train``, as it would be alone. Where two data sets have the same path, every path gets its data
    set's name in front. Subjects of one name in several data sets are several people and get it too, but drawn
    people never do: their number says who they are. The whole is synthetic where every part is.

    Args:
        datasets: At least one.

    Raises:
        ValueError: none, or the same data twice.
    """
    if not datasets:
        raise ValueError("nothing to join: name at least one data set")
    if len(datasets) == 1:
        return datasets[0]
    twice = [one for one, count in Counter(part.source for part in datasets).items() if count > 1]
    if twice:
        raise ValueError(f"{twice[0]} is named twice; data sets that are joined must differ")
    parts = [replace(one, name=name) for one, name in zip(datasets, _distinct(datasets), strict=True)]
    paths = Counter(path for one in parts for path in one.table["path"])
    people = Counter(subject for one in parts for subject in one.table["subject"].dropna().unique())
    collide = any(count > 1 for count in paths.values())
    tables, places = [], {}
    for one in parts:
        table = one.table.assign(source=one.name)
        if not one.splits:
            table["split"] = "train"
        if collide:
            table["path"] = [f"{one.name}/{path}" for path in table["path"]]
        if not one.synthetic:
            table["subject"] = [
                f"{one.name}/{who}" if people.get(who, 0) > 1 else who for who in table["subject"].astype(object)
            ]
        tables.append(table)
        places.update({path: (one.files, str(own)) for path, own in zip(table["path"], one.table["path"], strict=True)})
    joined = without_nan(pd.concat(tables, ignore_index=True))
    first = [*COLUMNS, "source"]
    stamps = hashlib.blake2b("\n".join(one.stamp for one in parts).encode(), digest_size=12)
    return Dataset(
        name=SEPARATOR.join(one.name for one in parts),
        source=SEPARATOR.join(one.source for one in parts),
        table=joined[[*first, *(column for column in joined if column not in first)]],
        files=_Joined(places),
        stamp=stamps.hexdigest(),
        synthetic=all(one.synthetic for one in parts),
        parts=tuple(parts),
    )


def _distinct(datasets: Sequence[Dataset]) -> list[str]:
    """Names in which no two data sets agree: ``faces``, ``faces-2`` ..."""
    names: list[str] = []
    for one in datasets:
        number, name = 1, one.name
        while name in names:
            number += 1
            name = f"{one.name}-{number}"
        names.append(name)
    return names


class _Joined:
    """Each file by its name among all, read from its own place."""

    def __init__(self, places: Mapping[str, tuple[Files, str]]) -> None:
        self._places = places
        self.names = tuple(places)

    def _place(self, name: str) -> tuple[Files, str]:
        if name not in self._places:
            raise FileNotFoundError(f"{name} is not in the data")
        return self._places[name]

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        files, own = self._place(name)
        return files.read(own)

    def head(self, name: str) -> bytes:
        """The first bytes of one file."""
        files, own = self._place(name)
        return files.head(own)

    def stamp(self) -> str:
        """From the stamps of all places."""
        places = {id(files): files for files, _ in self._places.values()}
        return hashlib.blake2b("\n".join(one.stamp() for one in places.values()).encode(), digest_size=12).hexdigest()

    def picture(self, name: str) -> np.ndarray:
        """``(H, W, 3)`` uint8: one file as an upright picture."""
        files, own = self._place(name)
        return files.picture(own)

    def digest(self, name: str, picture: np.ndarray) -> str:
        """As the file's own place has it."""
        files, own = self._place(name)
        return files.digest(own, picture)

    @property
    def slow(self) -> bool:
        """Whether getting a picture is slow in any place."""
        return any(files.slow for files, _ in self._places.values())
