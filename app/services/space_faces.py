"""The faces behind a selection, to look at and to take along as a data set."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from PIL import Image

from app.services import portraits
from app.services.cells import place
from app.services.space import Table
from fer_core.data import SCHEME, SEPARATOR, Dataset, open_data
from fer_core.pictures import UnreadablePicture

MOST_TAKEN = 400
"""Pictures that an exported selection holds."""


def tiles(told: Table, rows: np.ndarray) -> Iterator[str | None]:
    """Small faces in turn, each in an address; None where a picture cannot be read.

    Args:
        told: The table.
        rows: Which.

    Raises:
        FileNotFoundError: the pictures are not on this machine.
        ValueError: nothing says where they are.
    """
    source = portraits.source_of(told.run, told.made)
    return portraits.tiles_in_turn(source, [str(one) for one in told.samples["sample"].iloc[rows]])


def archive(told: Table, rows: np.ndarray) -> bytes:
    """A zip of pictures with a ``manifest.csv``: every command takes it as DATA.

    Args:
        told: The table.
        rows: Which; the first `MOST_TAKEN` are taken.

    Raises:
        FileNotFoundError: the pictures are not on this machine.
        ValueError: nothing says where they are, or not one can be read.
    """
    source = portraits.source_of(told.run, told.made)
    parts = [one if one.startswith(SCHEME) else str(place(one)) for one in source.split(SEPARATOR)]
    data = open_data(SEPARATOR.join(parts))
    places = {str(sample): row for row, sample in enumerate(data.table["path"])}
    chosen = told.samples.iloc[rows[:MOST_TAKEN]]
    columns = [name for name in ("label", "subject", "session") if name in chosen and chosen[name].notna().any()]
    written, content, count = io.StringIO(), io.BytesIO(), 0
    manifest = csv.writer(written)
    manifest.writerow(["path", *columns])
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as packed:
        for number, (_, row) in enumerate(chosen.iterrows()):
            picture = _png(data, places.get(str(row["sample"])))
            if picture is None:
                continue
            # A name of our own: those of data sets may lead out of the folder they are unpacked into.
            path = f"pictures/{number:04d}-{_stem(str(row['sample']))}.png"
            packed.writestr(path, picture)
            manifest.writerow([path, *("" if pd.isna(row[name]) else row[name] for name in columns)])
            count += 1
        packed.writestr("manifest.csv", written.getvalue())
    if not count:
        raise ValueError("not one of these pictures can be read")
    return content.getvalue()


def spread(rows: np.ndarray, count: int) -> np.ndarray:
    """Some of the rows, evenly spread over them: of a table in people's order nobody is left out.

    Args:
        rows: ``(n,)``.
        count: At most so many.
    """
    if len(rows) <= count:
        return rows
    return rows[np.linspace(0, len(rows) - 1, count).round().astype(np.int64)]


def _png(data: Dataset, row: int | None) -> bytes | None:
    if row is None:
        return None
    try:
        picture = data.picture(row)
    except (UnreadablePicture, OSError, ValueError):
        return None
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return buffer.getvalue()


def _stem(sample: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in PurePosixPath(sample).stem)
    return kept[:60] or "picture"
