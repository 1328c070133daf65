"""Measured rows laid beside a published table, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fer_core.beside.measured import Comparison, Laid, Measured
from fer_core.beside.remarks import remarks_on
from fer_core.published import Column, PublishedTable, Training, number
from fer_core.studies import mean_interval

_SCALE: Mapping[str, float] = {"percent": 100.0, "fraction": 1.0, "millions": 1e-6, "count": 1.0}
"""Unit of a published column -> what a value of ours, a fraction or a count, is multiplied with."""


def lay_beside(
    table: PublishedTable, rows: Sequence[Measured], published_facts: Mapping[str, Mapping[str, Any]] | None = None
) -> Comparison:
    """Lays measured rows beside a published table.

    A row of ours goes to the row of its name. Its figures go to the columns that judge the data it was judged on or,
    where there is none, to every column of the same metric whose pictures were not chosen for being occluded or
    turned; ``robust_accuracy`` goes to the columns of occluded pictures. Of ``identification_<space>`` the one goes to
    ``identification`` that the row speaks of. Remarks name what differs.

    Args:
        table: The published table.
        rows: Ours.
        published_facts: Name of a row of ours -> how the paper trains it, in the words of `Measured.facts`.

    Raises:
        ValueError: nothing of ours belongs to the table.
    """
    rows = [_identified(table, ours) for ours in rows]
    cells: list[Laid] = []
    placed: list[tuple[str, Measured]] = []
    for ours in rows:
        name, columns = _place(table, ours.name)
        if name is None:
            continue
        found = [_cell(table, rows, ours, name, column, key) for column, key in _columns(columns, ours)]
        if any(found):
            placed.append((name, ours))
        cells += [cell for cell in found if cell is not None]
    if not cells:
        alike = [ours for ours in rows if _place(table, ours.name)[0] is not None]
        if alike:
            wanted = ", ".join(dict.fromkeys(column.metric for column in table.columns))
            had = ", ".join(dict.fromkeys(key for ours in alike for key in ours.values))
            raise ValueError(f"{table.key} gives {wanted}, which the study's rows do not have: theirs are {had}")
        known = ", ".join(f"'{row.name}'" for row in table.rows)
        raise ValueError(
            f"nothing in the study belongs to {table.key}: its rows are {', '.join(repr(row.name) for row in rows)}, "
            f"those of the table {known}"
        )
    ours_only = tuple(ours.name for ours in rows if all(ours is not one for _, one in placed))
    missing = tuple(job for job, _ in table.jobs() if not any(_fills(table, job, *one) for one in placed))
    remarks = remarks_on(cells, [ours for _, ours in placed], published_facts or {})
    return Comparison(table.key, tuple(cells), missing, ours_only, tuple(remarks))


def _identified(table: PublishedTable, ours: Measured) -> Measured:
    """Ours with ``identification`` of the feature space that the row of its name is of, and as many people as ``n``."""
    name, _ = _place(table, ours.name)
    row = table.row(name) if name is not None else None
    values = None if row is None or row.space is None else ours.values.get(f"identification_{row.space}")
    if row is None or values is None:
        return ours
    people = ours.values.get(f"people_{row.space}")
    return replace(ours, values={"identification": values}, n=round(people[0]) if people else None)


def training_of(table: PublishedTable, name: str) -> Training | None:
    """How the paper trains what a row of ours is named after; None where the table does not know or not one way."""
    row = table.row(name)
    if row is not None:
        return row.ours[0] if len(row.ours) == 1 else None
    return next((one for job, one in table.jobs() if job.casefold() == name.casefold()), None)


def _fills(table: PublishedTable, job: str, name: str, ours: Measured) -> bool:
    """Whether a placed row of ours is the training that a job names."""
    return name == _place(table, job)[0] and (
        ours.name.casefold() == job.casefold() or table.row(ours.name) is not None
    )


def _place(table: PublishedTable, name: str) -> tuple[str | None, tuple[Column, ...]]:
    """The published row that a name means, and the columns that its training fills."""
    training = training_of(table, name)
    row = table.row(name) or next((one for one in table.rows if training is not None and training in one.ours), None)
    if row is None:
        return None, ()
    fills = () if training is None else training.columns
    return row.name, tuple(column for column in table.columns if not fills or column.name in fills)


def _columns(columns: Sequence[Column], ours: Measured) -> list[tuple[Column, str]]:
    """Which column takes which of our figures: those of our data, else all whose pictures were not chosen."""
    taken = []
    for key in ours.values:
        alike = [column for column in columns if column.metric == key]
        same = [column for column in alike if _same(column.data, ours.data)]
        taken += [(column, key) for column in alike if column in same or (not same and column.condition == "clean")]
    filled = [column for column, _ in taken]
    if "robust_accuracy" in ours.values:
        occluded = [one for one in columns if (one.metric, one.condition) == ("accuracy", "occluded")]
        taken += [(column, "robust_accuracy") for column in occluded if column not in filled]
    return sorted(taken, key=lambda pair: columns.index(pair[0]))


def _same(published: str | None, ours: str | None) -> bool:
    """Whether two names mean the same data: ``RAF-DB`` and ``rafdb.zip``."""
    plain = [re.sub(r"[^a-z0-9]", "", re.sub(r"\.(zip|csv|parquet)$", "", (name or "").lower())) for name in
             (published, ours)]  # fmt: skip
    return bool(plain[0]) and plain[0] == plain[1]


def _cell(
    table: PublishedTable, rows: Sequence[Measured], ours: Measured, name: str, column: Column, key: str
) -> Laid | None:
    published = _published(table, name, column)
    scale = _SCALE.get(column.unit)
    values = np.array(ours.values[key], dtype=float)
    if published is None or scale is None or not np.isfinite(values).any():
        return None
    mean = float(np.nanmean(values))
    low, high, over = _interval(ours, key, values)
    alike = [one for one in rows if (one.data, one.split, one.n) == (ours.data, ours.split, ours.n)]
    base = next((one for one in alike if table.baseline and _place(table, one.name)[0] == table.baseline), None)
    gain = _gain(ours, base, key) if base is not None and base is not ours else None
    before = _published(table, table.baseline, column) if table.baseline and gain is not None else None
    return Laid(
        row=name, column=column.name, metric=column.metric if key == column.metric else key, unit=column.unit,
        published=published,
        misprint=any(one.row == name and one.column in (None, column.name) for one in table.misprints),
        ours=mean * scale, difference=mean * scale - published,
        low=None if low is None else low * scale, high=None if high is None else high * scale,
        interval=over,
        inside=None if low is None or high is None else bool(low * scale <= published <= high * scale),
        seeds=ours.seeds, data=" ".join(word for word in (ours.data, ours.split) if word) or None, n=ours.n,
        same_pictures=_same(column.data, ours.data) and column.split == ours.split and column.n in (None, ours.n),
        published_data=" ".join(word for word in (column.data, column.split) if word) or None, published_n=column.n,
        gain=_scaled(gain, "mean", scale), gain_low=_scaled(gain, "low", scale), gain_high=_scaled(gain, "high", scale),
        published_gain=None if before is None else published - before,
    )  # fmt: skip


def _published(table: PublishedTable, name: str | None, column: Column) -> float | None:
    row = table.row(name) if name is not None else None
    return None if row is None else number(row.values[table.place(column.name)])


def _scaled(gain: Mapping[str, float | None] | None, key: str, scale: float) -> float | None:
    value = None if gain is None else gain[key]
    return None if value is None else value * scale


def _interval(ours: Measured, key: str, values: np.ndarray) -> tuple[float | None, float | None, str | None]:
    if key == "parameters":
        return None, None, None
    if len(values) > 1:
        found = mean_interval(values)
        return found["low"], found["high"], f"t over {len(values)} seeds"
    if key in ours.single:
        return *ours.single[key], "bootstrap of one run"
    return None, None, None


def _gain(ours: Measured, base: Measured, key: str) -> Mapping[str, float | None] | None:
    """Ours minus our baseline, seed by seed."""
    if key not in base.values or key == "parameters":
        return None
    other = dict(zip(base.seeds, base.values[key], strict=True))
    pairs = [value - other[seed] for seed, value in zip(ours.seeds, ours.values[key], strict=True) if seed in other]
    return mean_interval(np.array(pairs, dtype=float)) if pairs else None
