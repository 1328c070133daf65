"""The pictures behind stored predictions, where the data set lies on this machine."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from PIL import Image

from app.services.results import predictions
from app.services.runs import stamp
from fer_core.data import SCHEME, SEPARATOR, Dataset, locate, open_data
from fer_core.pictures import UnreadablePicture
from fer_core.runs import Run, find_run

TILE = 112
"""Pixels a side of a tile: twice what is shown, for sharp screens."""

_OPENING = threading.Lock()


@dataclass(frozen=True)
class CellPicture:
    """One picture of a cell."""

    sample: str
    confidence: float
    twin: bool
    uri: str | None
    """A PNG in an address; None where the file cannot be read."""


@dataclass(frozen=True)
class Cell:
    """One cell: how many pictures, the surest of them, and why they cannot be shown where they cannot."""

    true: str
    said: str
    n: int
    pictures: tuple[CellPicture, ...]
    why_not: str | None


def cell(name: str, split: str, true: str, said: str, limit: int = 24) -> Cell:
    """The pictures of one cell, most confident first.

    Args:
        name: The run.
        split: An evaluated split.
        true: Their label.
        said: The model's answer.
        limit: At most so many pictures are read.

    Raises:
        FileNotFoundError: no such run.
        ValueError: that split was not evaluated.
    """
    run = find_run(name)
    table = predictions(str(run.path), stamp(run), split)
    rows = table[(table["label"] == true) & (table["predicted"] == said)].sort_values("confidence", ascending=False)
    twin = rows["twin"] if "twin" in rows else [False] * len(rows)
    uris, why_not = pictures(name, split, rows["sample"].tolist()[:limit])
    if why_not:
        return Cell(true, said, len(rows), (), why_not)
    shown = tuple(
        CellPicture(str(sample), float(sure), bool(is_twin), uri)
        for uri, sample, sure, is_twin in zip(uris, rows["sample"], rows["confidence"], twin, strict=False)
    )
    return Cell(true, said, len(rows), shown, None)


def pictures(name: str, split: str, samples: Sequence[str]) -> tuple[list[str | None], str | None]:
    """Small copies of judged pictures.

    Args:
        name: The run that judged them.
        split: An evaluated split.
        samples: Names, as stored with its predictions.

    Returns:
        An address each, None where one cannot be read; and why none can be shown, where none can.

    Raises:
        FileNotFoundError: no such run.
    """
    run = find_run(name)
    try:
        data, places = dataset(run, split)
    except (ValueError, OSError) as error:
        return [], str(error)
    return [_tile(data, places.get(str(sample))) for sample in samples], None


def dataset(run: Run, split: str) -> tuple[Dataset, dict[str, int]]:
    """The data set that a split was judged on, and the row of each sample; opened once for all visitors.

    Raises:
        FileNotFoundError: it is not on this machine.
        ValueError: the run does not say where it lies, or it cannot be read.
    """
    about, learned = run.evaluated.get(split, {}), run.info.get("data") or {}
    source = about.get("source") or learned.get("source")
    if not source:
        raise ValueError("the run does not say where its pictures lie")
    joined = [str(one["source"]) for one in learned.get("sources", ())]
    named = joined if SEPARATOR.join(joined) == source else [str(source)]
    places = [one if one.startswith(SCHEME) else str(place(one)) for one in named]
    changed = max(0 if one.startswith(SCHEME) else Path(one).stat().st_mtime_ns for one in places)
    # Two sessions that open one data set at the same time would both read its table of contents.
    with _OPENING:
        return _opened(SEPARATOR.join(places), changed)


def place(source: str) -> Path:
    """Where a data set lies: as the run wrote it, or under its bare name in ``$FER_DATA``.

    Raises:
        FileNotFoundError: nowhere on this machine.
    """
    for name in (source, Path(source).name):
        try:
            return locate(name)
        except FileNotFoundError:
            continue
    raise FileNotFoundError(
        f"the data set is not on this machine (the run read {source}); name the folder that holds it in FER_DATA and "
        "start the app again"
    )


@st.cache_resource(max_entries=2, ttl="1h", show_spinner=False)
def _opened(path: str, changed: int) -> tuple[Dataset, dict[str, int]]:
    data = open_data(path)
    return data, {str(sample): row for row, sample in enumerate(data.table["path"])}


def _tile(data: Dataset, row: int | None) -> str | None:
    if row is None:
        return None
    try:
        picture = Image.fromarray(data.picture(row))
    except (UnreadablePicture, OSError, ValueError):
        return None
    picture.thumbnail((TILE, TILE))
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
