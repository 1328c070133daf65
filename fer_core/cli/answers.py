"""What a command says, to programs and to people."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DONE, FAILED, MISTAKE = 0, 1, 2


@dataclass(frozen=True)
class Answer:
    """What a command says: to programs, to people, and with which exit code."""

    document: Mapping[str, Any] | Sequence[Any] | Callable[[], Mapping[str, Any]]
    """Printed by --json. NumPy values, paths and dataclasses are fine; NaN and infinity become null. A function where
    making it costs time that people need not wait for."""
    text: str | Callable[[], str]
    """Printed without --json. A function where making it costs time that programs need not wait for."""
    code: int = DONE
    complaint: str | None = None
    """A sentence for stderr where there is an answer and yet the work failed (a verification that does not agree)."""


def to_json(value: object) -> str:
    """One JSON document, in ASCII: NaN and infinity as null, NumPy values as numbers and lists, paths as text.

    Raises:
        TypeError: something in ``value`` has no JSON form (a bug of the command).
    """
    return json.dumps(_plain(value), allow_nan=False, indent=2)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    for convert in ("tolist", "isoformat"):  # NumPy scalars and arrays; dates and times
        if hasattr(value, convert):
            return _plain(getattr(value, convert)())
    raise TypeError(f"{type(value).__name__} has no JSON form")


def page(answer: Answer, as_json: bool) -> str:
    """What is printed: the document for programs, or the text for people; the other one is not made."""
    if as_json:
        return to_json(answer.document() if callable(answer.document) else answer.document)
    return answer.text() if callable(answer.text) else answer.text


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned columns for people; numbers to the right, None as a dash."""
    cells = [["-" if cell is None else str(cell) for cell in row] for row in rows]
    numeric = [
        any(isinstance(row[column], int | float) for row in rows)
        and all(row[column] is None or isinstance(row[column], int | float) for row in rows)
        for column in range(len(header))
    ]
    widths = [max(len(row[column]) for row in [list(header), *cells]) for column in range(len(header))]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in [list(header), *cells]
    ]
    return "\n".join(lines)


def few_people(subjects: int) -> str:
    """What stands beside intervals over samples that several at a time are of one person."""
    who = "one person" if subjects == 1 else f"{subjects:,} people"
    return f"The samples are of {who}: intervals and tests that take them as independent are too narrow."
