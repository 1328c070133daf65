"""What a published table holds, and what makes one whole. Torch-free; trains nothing and corrects nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from fer_core.parts import Options
from fer_core.published.metrics import METRICS

Cell = float | int | str | None
"""A number as printed; text for bounds (``>4.60``), spreads (``65 ± 5``) and text columns; None where nothing is
printed, or where the text lost it.
"""
Metric = Annotated[str, Field(pattern="^(" + "|".join(METRICS) + ")$")]
Unit = Literal["percent", "fraction", "count", "millions", "GFLOPs", "text"]
Words = tuple[str, ...]

_INHERITED = ("metric", "unit", "data", "split", "n", "condition")
_NOT_A_NUMBER = re.compile(r"^(>\d+(\.\d+)?|\d+(\.\d+)? ± \d+(\.\d+)?)$")


class Column(Options):
    """One column: what is counted, in which unit, on which pictures. What it leaves open is the table's."""

    name: str
    metric: Metric
    unit: Unit
    data: str | None = None
    """The pictures that are judged."""
    split: str | None = None
    n: int | None = None
    """How many pictures are judged; None where it is not known."""
    n_printed: int | None = None
    """How many the paper says, where that is not ``n``."""
    condition: Literal["clean", "occluded", "turned"] = "clean"
    """Whether the judged pictures were chosen for being occluded or turned."""


class Training(Options):
    """How something printed is trained here: a recipe and what is changed of it."""

    name: str = ""
    """Told apart by it where a row takes several trainings, or where a table's rows are no trainings."""
    recipe: str
    set: Words = ()
    """``section.key=value`` each, as ``fer train --set``."""
    columns: Words = ()
    """The columns it fills; none named: all."""


class Row(Options):
    """One printed row. In a table that trains it has one of ``ours``, ``reported`` and ``needs``, or the table does."""

    name: str
    values: tuple[Cell, ...]
    """One cell for each column."""
    also: Words = ()
    """Other names under which a study may have the row."""
    ours: tuple[Training, ...] = ()
    reported: bool = False
    """A number of another paper that the table repeats: reported, not trained here."""
    cited: str | None = None
    """The citation as printed."""
    needs: str | None = None
    """What is missing for training it here."""
    space: str | None = None
    """The feature space that its figures are of, e.g. ``v_state``."""
    metric: Metric | None = None
    """Instead of the columns'."""
    unit: Unit | None = None
    """Instead of the columns'."""


class Misprint(Options):
    """Something printed that cannot be. The printed value stays in its cell."""

    where: str | None = None
    """A place in the running text."""
    row: str | None = None
    column: str | None = None
    printed: Cell
    wrong: str
    arithmetic: str | None
    must_be: Cell
    """None where it cannot be told."""


class Matrix(Options):
    """The rows and columns that are a confusion matrix."""

    labels: Words
    """Label names, in the order of both rows and columns."""
    rows: Literal["true"]
    columns: Literal["predicted"]


class Paper(Options):
    """One of the papers."""

    key: str
    authors: str
    title: str
    where: str
    text: Words
    misprints: tuple[Misprint, ...] = ()


class PublishedTable(Options):
    """One table of a paper, as printed."""

    key: str
    paper: str
    number: str
    title: str
    section: str
    trains: bool = True
    """Whether its numbers come from trainings."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    baseline: str | None = None
    """The row against which the others are gains."""
    matrix: Matrix | None = None
    trainings: tuple[Training, ...] = ()
    """Where the rows are no trainings (classes, for example)."""
    needs: str | None = None
    """What is missing for training any of it here."""
    misprints: tuple[Misprint, ...] = ()
    notes: Words = ()

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, written: Any) -> Any:
        """Columns inherit from the table, and trainings start from its ``base``."""
        if not isinstance(written, Mapping):
            return written
        table = dict(written)
        inherited = {key: table.pop(key) for key in _INHERITED if key in table}
        base = table.pop("base", None)
        columns = table.get("columns")
        if isinstance(columns, list) and all(isinstance(one, Mapping) for one in columns):
            table["columns"] = [{**inherited, **one} for one in columns]
        rows = table.get("rows")
        if isinstance(rows, list):
            table["rows"] = [
                {**row, "ours": _trainings(row["ours"], base)} if isinstance(row, Mapping) and "ours" in row else row
                for row in rows
            ]
        if "trainings" in table:
            table["trainings"] = _trainings(table["trainings"], base)
        return table

    @model_validator(mode="after")
    def _whole(self) -> PublishedTable:
        mistakes = list(_mistakes(self))
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def place(self, column: str) -> int:
        """Position of a column.

        Raises:
            ValueError: there is none.
        """
        names = [one.name for one in self.columns]
        if column not in names:
            raise ValueError(f"table {self.key} has no column '{column}'; it has {', '.join(names)}")
        return names.index(column)

    def row(self, name: str) -> Row | None:
        """The row of a name or of another name it goes by, however it is capitalised; None where there is none."""
        wanted = name.casefold()
        return next((row for row in self.rows if wanted in {one.casefold() for one in (row.name, *row.also)}), None)

    def jobs(self) -> tuple[tuple[str, Training], ...]:
        """Every training of the table: the name of its row, and how it is trained."""
        named = [(one.name, one) for one in self.trainings]
        for row in self.rows:
            several = len(row.ours) > 1
            named += [(f"{row.name}, {one.name}" if several else row.name, one) for one in row.ours]
        return tuple(named)


def _trainings(written: Any, base: Any) -> Any:
    """``[]`` and a list of ``section.key=value`` change the base; mappings may name a recipe of their own."""
    if written is None:
        return []
    if isinstance(written, Mapping):
        written = [written]
    if not isinstance(written, list):
        return written
    if all(isinstance(one, str) for one in written):
        written = [{"set": written}]
    base = dict(base) if isinstance(base, Mapping) else {}
    whole = []
    for one in written:
        if not isinstance(one, Mapping):
            return written
        changed = {**one}
        if "recipe" not in changed:
            changed["set"] = [*base.get("set", ()), *one.get("set", ())]
            changed |= {"recipe": base["recipe"]} if "recipe" in base else {}
        whole.append(changed)
    return whole


def _mistakes(table: PublishedTable) -> Iterator[str]:
    names = [row.name for row in table.rows]
    columns = [column.name for column in table.columns]
    for kind, words in (("rows", names), ("columns", columns)):
        yield from (f"two {kind} are named '{one}'" for one in sorted({one for one in words if words.count(one) > 1}))
    if table.baseline is not None and table.baseline not in names:
        yield f"baseline '{table.baseline}' is no row"
    for row in table.rows:
        yield from (f"row '{row.name}': {mistake}" for mistake in _row_mistakes(table, row))
    for training in (*table.trainings, *(one for row in table.rows for one in row.ours)):
        yield from (f"a training names no column: '{one}'" for one in training.columns if one not in columns)
    for misprint in table.misprints:
        yield from _misprint_mistakes(table, misprint)
    if table.matrix is not None:
        missing = [one for one in table.matrix.labels if one not in names or one not in columns]
        yield from (f"the matrix's label '{one}' is not both a row and a column" for one in missing)


def _row_mistakes(table: PublishedTable, row: Row) -> Iterator[str]:
    if len(row.values) != len(table.columns):
        yield f"{len(row.values)} values for {len(table.columns)} columns"
    for column, value in zip(table.columns, row.values, strict=False):
        text = (row.unit or column.unit) == "text"
        if isinstance(value, str) and not text and not _NOT_A_NUMBER.match(value):
            yield f"'{value}' in column '{column.name}' is no number, bound (>4.6) or spread (65 ± 5)"
        if text and not isinstance(value, str | None):
            yield f"column '{column.name}' holds text, got {value!r}"
    said = [bool(row.ours), row.reported, row.needs is not None]
    elsewhere = bool(table.trainings) or table.needs is not None or not table.trains
    if sum(said) != (0 if elsewhere else 1):
        yield (
            "who trains it is said for the whole table" if elsewhere else "say one of ours, reported: true and needs"
        )
    if row.reported and row.cited is None:
        yield "a reported row carries its citation"


def _misprint_mistakes(table: PublishedTable, misprint: Misprint) -> Iterator[str]:
    row = next((one for one in table.rows if one.name == misprint.row), None)
    if row is None:
        yield f"a misprint names no row: '{misprint.row}'"
    elif misprint.column is not None:
        columns = [one.name for one in table.columns]
        if misprint.column not in columns:
            yield f"a misprint names no column: '{misprint.column}'"
        elif row.values[columns.index(misprint.column)] != misprint.printed:
            yield f"the misprint in row '{misprint.row}' is not what its cell holds, {misprint.printed!r}"
