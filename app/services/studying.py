"""The papers' tables, and ours beside them: computed by `fer_core.beside`, as ``fer published`` does."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from app.services.provenance import Provenance
from app.services.sweeps import folders
from fer_core.beside import Comparison, beside_study
from fer_core.published import METRICS, PublishedTable, find_table, papers, table_keys
from fer_core.studies import LEAVE_ONE_OUT, STUDIES, StoredStudy, has_folds

FIRST = "fermixnet-fig8"
"""A table that a shipped study lies beside."""


@dataclass(frozen=True)
class Printed:
    """One table of a paper."""

    key: str
    title: str
    """Its number in the paper and what it shows."""
    paper: str
    """By whom, under which title."""
    rows: pd.DataFrame
    """``row``, its columns as printed, and ``here``: whether and how the row is trained with this software."""
    columns: pd.DataFrame
    """``column metric unit judged n means``: what each column counts."""
    misprints: tuple[str, ...]
    notes: tuple[str, ...]
    source: Provenance


@dataclass(frozen=True)
class Beside:
    """A study of ours beside it."""

    cells: pd.DataFrame
    """One line per cell, both numbers in the column's unit; see `fer_core.beside.Laid`."""
    remarks: tuple[str, ...]
    missing: tuple[str, ...]
    ours_only: tuple[str, ...]
    baseline: str | None
    """The row against which gains are."""
    source: Provenance


@dataclass(frozen=True)
class Place:
    """Where a study of ours lies."""

    folder: str
    study: str


def tables() -> dict[str, str]:
    """What is shown -> key, of every published table, paper by paper."""
    return {f"{one.key} · {one.number}: {one.title}": one.key for one in map(find_table, table_keys())}


def printed(key: str) -> Printed:
    """One published table.

    Raises:
        ValueError: no such table.
    """
    table = find_table(key)
    paper = papers()[table.paper]
    columns = [
        {
            "column": one.name,
            "metric": one.metric,
            "unit": one.unit,
            "judged": " ".join(word for word in (one.data, one.split) if word) or "-",
            "n": one.n,
            "means": METRICS[one.metric],
        }
        for one in table.columns
    ]
    rows = [
        {
            "row": row.name,
            **{column.name: _cell(value, row.unit or column.unit)
               for column, value in zip(table.columns, row.values, strict=True)},
            "here": _here(table, row.reported, row.cited, row.needs, bool(row.ours)),
        }
        for row in table.rows
    ]  # fmt: skip
    marks = tuple(
        f"{one.where or ', '.join(word for word in (one.row, one.column) if word)}: printed {one.printed}. {one.wrong} "
        + ("What it must be cannot be told." if one.must_be is None else f"It must be {one.must_be}.")
        for one in table.misprints
    )
    text = f"{table.number}, section {table.section} of paper {paper.key} · as printed, not measured here"
    source = Provenance(f"{text} · {len(table.rows)} rows", f"fer published {table.key} --json")
    return Printed(
        key=table.key,
        title=f"{table.number}: {table.title}",
        paper=f"{paper.authors}: {paper.title}",
        rows=pd.DataFrame(rows),
        columns=pd.DataFrame(columns),
        misprints=marks,
        notes=table.notes,
        source=source,
    )


def fitting(key: str) -> dict[str, Place]:
    """What is shown -> where it lies, of the studies on this machine that have figures of a published table.

    Those whose grid says that they lie beside it come first; of these, own ones before shipped ones.

    Args:
        key: Of the table.
    """
    table = find_table(key)
    wanted = {name.casefold() for name, _ in table.jobs()}
    found: list[tuple[bool, str, Place]] = []
    for folder in folders("sweep.parquet"):
        changed = (folder / "sweep.parquet").stat().st_mtime_ns
        for study, rows in _studies(str(folder), changed).items():
            known = any(row.casefold() in wanted or table.row(row) is not None for row in rows)
            if known and _laid(key, str(folder), study, changed) is not None:
                name = folder.name if study == folder.name else f"{folder.name}: {study}"
                found.append((study not in (key, folder.name), name, Place(str(folder), study)))
    shown: dict[str, Place] = {}
    for _, name, place in sorted(found, key=lambda one: one[0]):
        shown.setdefault(name, place)
    return shown


def beside(key: str, place: Place) -> Beside:
    """A study laid beside a table.

    Args:
        key: Of the table.
        place: Of the study.

    Raises:
        FileNotFoundError: the study is gone.
        ValueError: it is damaged, or nothing in it belongs to the table.
    """
    table, study = find_table(key), StoredStudy(Path(place.folder))
    found = _laid(key, place.folder, place.study, (study.path / "sweep.parquet").stat().st_mtime_ns)
    if found is None:
        raise ValueError(f"nothing in study {place.study} of {study.path} belongs to {key}")
    mine = study.table[(study.table["study"] == place.study) & (study.table["status"] == "finished")]
    synthetic = mine["synthetic"].dropna().unique().tolist() if "synthetic" in mine else []
    kinds = {True: "synthetic faces", False: "real faces"}
    splits = [LEAVE_ONE_OUT] if has_folds(mine) else sorted(map(str, mine["split"].dropna().unique()))
    sizes = [f"{n:,}" for n in sorted({cell.n for cell in found.cells if cell.n is not None})]
    parts = [
        f"study {place.study} of {study.name}",
        f"data {', '.join(map(str, mine['data'].dropna().unique()))}",
        f"split {', '.join(splits)}",
        f"n = {', '.join(sizes)}" if sizes else "n unknown",
        f"{len(mine):,} trainings",
        f"seeds {', '.join(str(one) for one in sorted(mine['seed'].unique()))}",
        " and ".join(kinds[bool(one)] for one in synthetic) or "faces unknown",
        f"beside {table.number} of paper {papers()[table.paper].key} as printed",
    ]
    name = study.name if study.path.parent == STUDIES else str(study.path)
    command = shlex.join(["fer", "published", key, "--beside", name, "--study", place.study, "--json"])
    return Beside(
        pd.DataFrame([asdict(cell) for cell in found.cells]),
        found.remarks,
        found.missing,
        found.ours_only,
        table.baseline,
        Provenance(" · ".join(parts), command),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _studies(folder: str, changed: int) -> Mapping[str, tuple[str, ...]]:
    """Study -> its rows with a finished training; empty where the sweep is damaged, which hides no other."""
    try:
        table = StoredStudy(Path(folder)).table
    except ValueError:
        return {}
    done = table[table["status"] == "finished"]
    return {str(study): tuple(map(str, some["row"].unique())) for study, some in done.groupby("study", sort=False)}


@st.cache_data(max_entries=128, show_spinner="Laying studies beside the table")
def _laid(key: str, folder: str, study: str, changed: int) -> Comparison | None:
    """None where none of its figures belongs to the table."""
    try:
        return beside_study(find_table(key), StoredStudy(Path(folder)), study)
    except (ValueError, FileNotFoundError):
        return None


def _cell(value: object, unit: str) -> str:
    """As `fer published` writes it."""
    if value is None:
        return "-"
    return f"{value:.2f}" if unit == "percent" and isinstance(value, float) else str(value)


def _here(table: PublishedTable, reported: bool, cited: str | None, needs: str | None, ours: bool) -> str:
    if reported:
        return f"reported, not trained here: {cited}"
    lacking = needs or table.needs
    return f"needs {lacking}" if lacking else "can be trained" if ours else ""
