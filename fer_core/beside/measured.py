"""What was measured, what was published, and both in one cell: the values that the room hands around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Measured:
    """One row of ours: the same training, once per seed."""

    name: str
    values: Mapping[str, tuple[float, ...]]
    """Metric, or ``robust_accuracy`` -> one value per seed, as a fraction (parameters as a count)."""
    seeds: tuple[int, ...]
    data: str | None = None
    split: str | None = None
    n: int | None = None
    """Pictures that were judged."""
    chose_epoch: bool = False
    """Whether the judged pictures also selected the epoch."""
    single: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Metric -> 95 % interval of a single run over other pictures, as a fraction."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """How it was trained, in plain words -> value: ``pixels``, ``epochs`` ...: compared with the paper's."""


@dataclass(frozen=True)
class Laid:
    """One cell of a published table and ours, both in the column's unit."""

    row: str
    column: str
    metric: str
    unit: str
    published: float
    misprint: bool
    ours: float
    difference: float
    """Ours minus published."""
    low: float | None
    high: float | None
    """95 % interval of ours."""
    interval: str | None
    """What the interval is over."""
    inside: bool | None
    """Whether the published number lies in it."""
    seeds: tuple[int, ...]
    same_pictures: bool
    """Whether both were judged on the same data, the same split and as many pictures."""
    data: str | None
    n: int | None
    published_data: str | None
    published_n: int | None
    gain: float | None
    """Ours minus our baseline, over the seeds that both have."""
    gain_low: float | None
    gain_high: float | None
    published_gain: float | None


@dataclass(frozen=True)
class Comparison:
    """A table and a study side by side."""

    table: str
    cells: tuple[Laid, ...]
    missing: tuple[str, ...]
    """Rows that can be trained here and that ours lacks."""
    ours_only: tuple[str, ...]
    """Our rows that the table lacks."""
    remarks: tuple[str, ...]
    """Sentences on what differs between the two."""
