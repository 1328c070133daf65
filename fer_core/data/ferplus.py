"""FERPlus: ten people's votes on each picture of FER2013, as ``fer2013new.csv`` or as folders with ``label.csv``.

- ``fer2013new.csv`` has a row for each row of fer2013.csv, in its order: pixels are taken row by row. The number in a
  picture's name is *not* the row, and four names stand in two rows.
- ``FER2013Train|Valid|Test/label.csv`` has no header; its pictures lie beside it.

The label is the expression with the most votes among all ten columns (paper D, section 4.1.2: "the maximum voting").
A tie for the most votes gives no label, nor do most votes for "unknown" or "NF" (no face): such rows are left out and
counted. The votes for the eight expressions, divided by their sum, are the distribution ``p_<label>``.

Paper: Barsoum et al. 2016, "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
Distribution", https://arxiv.org/abs/1608.01041.
Departs: that paper's code also sets single votes to nothing and asks for more than half of the rest.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_core.data.dataset import LeftOut, sample_table
from fer_core.data.files import Files, columns_of, csv_table, is_picture
from fer_core.data.ledger import Ledger
from fer_core.labels import FERPLUS_CODES
from fer_core.tables import PROBABILITY

EXPRESSIONS = tuple(FERPLUS_CODES.values())
TABLE = "fer2013new.csv"
VOTES = (*EXPRESSIONS, "unknown", "nf")
MOST_VOTES = 1_000
"""Of one picture for one answer; ten people voted. More is a slip of the table, and in the end no integer."""
FOLDERS = {"fer2013train": "train", "fer2013valid": "validation", "fer2013test": "test"}


def is_votes(head: bytes) -> bool:
    """Whether a file's first bytes are the header of ``fer2013new.csv``."""
    return {"usage", "image name", *VOTES} <= columns_of(head)


def find_folders(names: Sequence[str]) -> list[str]:
    """The ``label.csv`` files of the folder form."""
    return [
        name
        for name in names
        if posixpath.basename(name).lower() == "label.csv"
        and posixpath.basename(posixpath.dirname(name)).lower() in FOLDERS
    ]


def read_votes(content: bytes, name: str, ledger: Ledger) -> pd.DataFrame:
    """The rows of ``fer2013new.csv``: ``row`` (as an editor counts), ``name``, ``split`` and the ten vote columns.

    A row whose votes are no whole numbers of 0 to `MOST_VOTES` has -1 in all of them and is in the ledger.

    Raises:
        ValueError: it is no table.
    """
    table = csv_table(content, name, skip_blank_lines=False)
    table.columns = [str(column).strip().lower() for column in table.columns]
    found = pd.DataFrame({"row": np.arange(len(table)) + 2, "name": table["image name"].fillna("").str.strip()})
    found["split"] = table["usage"].str.strip()
    return found.assign(**_numbers(table[list(VOTES)], name, found["row"].to_numpy(), ledger))


def read_label_csv(content: bytes, name: str, ledger: Ledger) -> pd.DataFrame:
    """As `read_votes`, for the ``label.csv`` of a folder; its rectangle column may be missing.

    Raises:
        ValueError: it is no table, or has too few columns.
    """
    table = csv_table(content, name, header=None, skip_blank_lines=False)
    if table.shape[1] < 1 + len(VOTES):
        raise ValueError(f"{name} needs a name and {len(VOTES)} columns of votes, it has {table.shape[1]} columns")
    votes = table.iloc[:, -len(VOTES) :].set_axis(list(VOTES), axis=1)
    found = pd.DataFrame({"row": np.arange(len(table)) + 1, "name": table.iloc[:, 0].fillna("").str.strip()})
    found["split"] = FOLDERS[posixpath.basename(posixpath.dirname(name)).lower()]
    return found.assign(**_numbers(votes, name, found["row"].to_numpy(), ledger))


def samples_of(rows: pd.DataFrame, paths: Sequence[str | None], name: str, ledger: Ledger) -> pd.DataFrame:
    """The sample table of rows that have a picture and one expression with the most votes.

    Args:
        rows: N rows of `read_votes` or `read_label_csv`.
        paths: N pictures; None where there is none.
        name: The table's name, for the ledger.
        ledger: Takes what is left out.
    """
    votes = rows[list(VOTES)].to_numpy(dtype=np.int64)
    top = votes.argmax(axis=1)
    most = votes.max(axis=1)
    tied = (votes == most[:, None]).sum(axis=1) > 1
    there = np.array([path is not None for path in paths], dtype=bool)
    counted = most > 0
    reasons = (
        ("most votes say that there is no face", counted & ~tied & (top == VOTES.index("nf"))),
        ("most votes say unknown", counted & ~tied & (top == VOTES.index("unknown"))),
        ("a tie for the most votes", counted & tied),
        ("no votes", most == 0),
        ("no such picture", counted & ~tied & (top < len(EXPRESSIONS)) & ~there),
    )
    number = rows["row"].to_numpy()
    what = np.where(rows["name"] != "", rows["name"], "a row without a name").astype(object)
    usable = counted.copy()
    for reason, left in reasons:
        ledger.add_rows(reason, name, number[left], what[left])
        usable &= ~left
    shares = votes[usable, : len(EXPRESSIONS)] / votes[usable, : len(EXPRESSIONS)].sum(axis=1, keepdims=True)
    return sample_table(
        {
            "path": [path for path, use in zip(paths, usable, strict=True) if use],
            "label": [EXPRESSIONS[place] for place in top[usable]],
            "split": rows["split"][usable].tolist(),
            **{f"{PROBABILITY}{label}": shares[:, place] for place, label in enumerate(EXPRESSIONS)},
        }
    )


def names_of(rows: pd.DataFrame) -> list[str]:
    """A name of its own for each row of ``fer2013new.csv``.

    Of two rows with one name, that whose row is nearest to the number keeps it; the other gets its row, as a row
    without a name does.
    """
    number = rows["row"].to_numpy()
    digits = pd.to_numeric(rows["name"].str.extract(r"(\d+)")[0], errors="coerce").fillna(0)
    distance = (digits + 2 - number).abs()
    keeps = np.zeros(len(rows), dtype=bool)
    keeps[distance.groupby(rows["name"].to_numpy()).idxmin()] = True
    return [
        name if name and kept else f"{posixpath.splitext(name)[0] or 'unnamed'}_row{place}.png"
        for name, kept, place in zip(rows["name"], keeps, number, strict=True)
    ]


def read_folders(files: Files, tables: Sequence[str]) -> tuple[pd.DataFrame, tuple[LeftOut, ...]]:
    """The sample table of the folder form.

    Raises:
        ValueError: a table is broken, or not one picture is there.
    """
    ledger, found = Ledger(), []
    for name in tables:
        rows = read_label_csv(files.read(name), name, ledger)
        pictures = _beside(files.names, posixpath.dirname(name))
        found.append(samples_of(rows, [pictures.get(one.lower()) for one in rows["name"]], name, ledger))
    return _whole(pd.concat(found, ignore_index=True), ledger), ledger.found()


def read_named(files: Files, table: str) -> tuple[pd.DataFrame, tuple[LeftOut, ...]]:
    """The sample table of ``fer2013new.csv`` whose pictures lie somewhere as ``fer0000000.png``, without fer2013.csv.

    Raises:
        ValueError: not one picture is there.
    """
    ledger = Ledger()
    rows = read_votes(files.read(table), table, ledger)
    pictures = {posixpath.basename(name).lower(): name for name in files.names if is_picture(name)}
    paths = [pictures.get(name.lower()) for name in names_of(rows)]
    return _whole(samples_of(rows, paths, table, ledger), ledger), ledger.found()


def _whole(table: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    if table.empty:
        raise ValueError(
            f"{ledger.first() or 'the votes have no rows'}; FERPlus holds votes only: put fer2013.csv beside "
            "fer2013new.csv, or the pictures fer0000000.png into FER2013Train, FER2013Valid and FER2013Test"
        )
    return table


def _beside(names: Sequence[str], folder: str) -> dict[str, str]:
    return {
        posixpath.basename(name).lower(): name
        for name in names
        if posixpath.dirname(name) == folder and is_picture(name)
    }


def _numbers(votes: pd.DataFrame, name: str, rows: np.ndarray, ledger: Ledger) -> dict[str, np.ndarray]:
    numbers = votes.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    fine = ((numbers >= 0) & (numbers <= MOST_VOTES) & (numbers % 1 == 0)).all(axis=1)
    texts = votes[~fine].fillna("").agg(",".join, axis=1).to_numpy() if (~fine).any() else np.array([])
    ledger.add_rows(f"votes that are no whole numbers of 0 to {MOST_VOTES:,}", name, rows[~fine], texts)
    numbers = np.where(fine[:, None], numbers, -1)
    return {column: numbers[:, place].astype(np.int64) for place, column in enumerate(VOTES)}
