"""Data sets to look at: which lie here, what one holds, what is wrong with it. Only read, never written."""

from __future__ import annotations

import os
import shlex
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app.services.provenance import Provenance
from fer_core.data import SCHEME, SEPARATOR, Dataset, homes, locate, open_data
from fer_core.data.audit import audit
from fer_core.data.describe import describe, splits_of
from fer_core.data.people import read_line
from fer_core.data.people.source import STATES

DRAWN = "people:subjects=9,frames=3,size=96"
"""What the page begins with: nobody in it exists, and it is drawn in seconds."""
MOST_FILES = 300_000
"""Files below a folder that are listed; more is no data set but a disk."""
MOST_DRAWN = 20_000
"""Pictures of a ``people:`` line: the table of more takes seconds."""
MOST_BYTES = 2 * 10**9
"""Of a table that is read whole."""
AT_ONCE, DRAWN_AT_ONCE = 40_000, 1500
"""Pictures that are read, or drawn, without being asked for: about half a minute of work."""

_OPENING = threading.Lock()


def known() -> tuple[str, ...]:
    """Names of what lies in the folders of ``$FER_DATA`` and may be a data set."""
    found: dict[str, None] = {}
    for home in homes():
        try:
            entries = sorted(os.scandir(home), key=lambda one: one.name)
        except OSError:
            continue
        found.update({one.name: None for one in entries if _may_be_data(one)})
    return tuple(found)


def _may_be_data(entry: os.DirEntry[str]) -> bool:
    name = entry.name.lower()
    if name.startswith(".") or not entry.name.isprintable():
        return False
    if entry.is_dir():
        return True
    return name.endswith(("manifest.csv", ".parquet")) or (
        name.endswith(".zip") and _holds_pictures(entry.path, entry.stat().st_mtime_ns)
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _holds_pictures(path: str, changed: int) -> bool:
    """Whether a zip holds pictures, or the table of FER2013, whose pictures are text."""
    from fer_core.data.files import is_picture

    try:
        with zipfile.ZipFile(path) as archive:
            return any(is_picture(name) or Path(name).stem.lower() == "fer2013" for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def opened(source: str, at_home: bool) -> Dataset:
    """A data set; nothing is decoded.

    Args:
        source: DATA, as every command takes it.
        at_home: Whether the visitor sits at this very machine. Others see only what lies in ``$FER_DATA``.

    Raises:
        FileNotFoundError: nothing is there.
        ValueError: it is no data set, too large for a page, or not for this visitor.
    """
    text = source.strip()
    if not text:
        raise ValueError("name a data set: a path, a name in $FER_DATA, or a line that begins with people:")
    whole = SEPARATOR not in text or _is_there(text)
    places = [_place(one.strip(), at_home) for one in ([text] if whole else text.split(SEPARATOR))]
    try:
        changed = max(0 if one.startswith(SCHEME) else Path(one).stat().st_mtime_ns for one in places)
        # Two visitors who open one data set at the same time would both list it.
        with _OPENING:
            return _opened(SEPARATOR.join(places), changed)
    except (FileNotFoundError, ValueError):
        raise
    except OSError as error:
        raise ValueError(f"{text} cannot be read: {error.strerror or error}") from None


def _is_there(text: str) -> bool:
    try:
        return locate(text).exists()
    except (OSError, ValueError):
        return False


def _place(text: str, at_home: bool) -> str:
    if text.startswith(SCHEME):
        wanted = read_line(text)
        total = wanted.subjects * wanted.sessions * wanted.frames * len(STATES[wanted.states])
        if total > MOST_DRAWN:
            raise ValueError(f"{text} asks for {total:,} pictures; this page looks at {MOST_DRAWN:,} at most")
        return text
    try:
        path = locate(text).resolve()
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RuntimeError):
        raise ValueError("that is no path that this machine could have") from None
    if not at_home and not any(path.is_relative_to(home.resolve()) for home in homes()):
        raise ValueError("from another machine only data in the folders of $FER_DATA can be looked at")
    if path.is_dir():
        _refuse_a_disk(path)
    elif not path.is_file():
        raise ValueError(f"{text} is neither a folder nor a file")
    elif path.suffix.lower() != ".zip" and path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{text} is larger than {MOST_BYTES / 1e9:g} GB, too large for a page")
    return str(path)


def _refuse_a_disk(path: Path) -> None:
    count = 0
    for _, _, files in os.walk(path):
        count += len(files)
        if count > MOST_FILES:
            raise ValueError(f"{path} holds more than {MOST_FILES:,} files; name the folder of one data set")


@st.cache_resource(max_entries=3, ttl="10m", show_spinner=False)
def _opened(where: str, changed: int) -> Dataset:
    return open_data(where)


def at_once(data: Dataset) -> bool:
    """Whether reading every picture takes so little that nobody need be asked."""
    return len(data) <= (DRAWN_AT_ONCE if data.synthetic else AT_ONCE)


def described(data: Dataset) -> Mapping[str, Any]:
    """What ``fer data describe`` finds; not to be changed.

    Raises:
        ValueError: not one picture can be read.
    """
    return _described(data.source, data.stamp, data)


def audited(data: Dataset) -> Mapping[str, Any]:
    """What ``fer data audit`` finds; not to be changed.

    Raises:
        ValueError: not one picture can be read.
    """
    return _audited(data.source, data.stamp, data)


@st.cache_resource(max_entries=8, show_spinner=False)
def _described(source: str, stamp: str, _data: Dataset) -> Mapping[str, Any]:
    return describe(_data)


@st.cache_resource(max_entries=4, show_spinner=False)
def _audited(source: str, stamp: str, _data: Dataset) -> Mapping[str, Any]:
    return audit(_data)


def label_counts(found: Mapping[str, Any]) -> pd.DataFrame:
    """``label split n`` of every label and split, the unlabelled last.

    Args:
        found: Of `described`.
    """
    rows = [
        {"label": label, "split": split, "n": n}
        for split, told in found["splits"].items()
        for label, n in [*told["labels"].items(), *([(None, told["unlabelled"])] if found["unlabelled"] else [])]
    ]
    return pd.DataFrame(rows, columns=["label", "split", "n"])


def subject_counts(found: Mapping[str, Any]) -> pd.DataFrame:
    """``subject n sessions`` and one column for each label; the people with the fewest pictures first.

    Args:
        found: Of `described`.
    """
    people = found["subjects"]["per_subject"]
    rows = [{**{key: one[key] for key in ("subject", "n", "sessions")}, **one["labels"]} for one in people]
    return (
        pd.DataFrame(rows).sort_values(["n", "subject"], kind="stable", ignore_index=True) if rows else pd.DataFrame()
    )


def group_counts(found: Mapping[str, Any]) -> pd.DataFrame:
    """``group subjects n`` and one column for each label; empty where the data name no groups.

    Args:
        found: Of `described`.
    """
    rows = [{**{key: one[key] for key in ("group", "subjects", "n")}, **one["labels"]} for one in found["groups"]]
    return pd.DataFrame(rows)


def faces(data: Dataset, label: str | None, subject: str | None, split: str | None) -> pd.DataFrame:
    """``path label subject session split`` of the samples that fit; None takes all."""
    table = data.table
    fits = pd.Series(True, index=table.index)
    if label is not None:
        fits &= table["label"] == label
    if subject is not None:
        fits &= table["subject"] == subject
    if split is not None:
        fits &= splits_of(table) == split
    return table.loc[fits, ["path", "label", "subject", "session", "split"]]


def origin(data: Dataset, source: str, word: str, fingerprint: str | None = None) -> Provenance:
    """Of everything that is told about a data set.

    Args:
        data: The data set.
        source: DATA, as the visitor named it.
        word: ``describe`` or ``audit``.
        fingerprint: Of its pictures, once every one was read.
    """
    kind = "synthetic: nobody in it exists" if data.synthetic else "real pictures"
    text = f"data {data.name} · all splits · n = {len(data):,} · {kind}"
    if fingerprint:
        text += f" · every picture read, none sampled · fingerprint {fingerprint}"
    return Provenance(text, f"fer data {word} {shlex.quote(source.strip())} --json")
