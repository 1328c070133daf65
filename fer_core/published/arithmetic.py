"""What can be recomputed from published numbers: shares that exist, matrices, means."""

from __future__ import annotations

import math
import re

import numpy as np

from fer_core.published.schema import Cell, PublishedTable


def number(cell: Cell) -> float | None:
    """A cell's number: the middle of a spread; None for a bound, for text and for an empty cell."""
    if isinstance(cell, str):
        spread = re.match(r"^(\d+(?:\.\d+)?) ± ", cell)
        return float(spread.group(1)) if spread else None
    return None if cell is None else float(cell)


def is_share(percent: float, n: int) -> bool:
    """Whether some count out of ``n`` is printed so in percent: rounded, or cut after the last decimal.

    Args:
        percent: As printed, in [0, 100], with up to two decimals; 84.9 may have been 84.90 or one decimal only, and is
            a share if it is one with one decimal.
        n: Of how many, 1 or more.
    """
    # In whole steps of the last decimal: floats would decide the halves by chance.
    steps = next(steps for steps in (1, 10, 100) if steps == 100 or round(percent * steps, 6).is_integer())
    wanted = round(percent * steps)
    lowest = math.floor(percent * n / 100)
    for count in range(max(0, lowest - n // 100 - 1), min(n, lowest + n // 100 + 2) + 1):
        cut, rest = divmod(count * 100 * steps, n)
        if wanted == cut or (wanted == cut + 1 and 2 * rest >= n):
            return True
    return False


def impossible_shares(table: PublishedTable) -> tuple[tuple[str, str], ...]:
    """Row and column of every accuracy that is no share of its column's pictures.

    Where the number is another paper's, that paper may have judged other pictures.
    """
    found = []
    for place, column in enumerate(table.columns):
        if (column.metric, column.unit) != ("accuracy", "percent") or column.n is None:
            continue
        for row in table.rows:
            value = row.values[place]
            if isinstance(value, float | int) and not is_share(value, column.n):
                found.append((row.name, column.name))
    return tuple(found)


def matrix_of(table: PublishedTable) -> np.ndarray:
    """``(K, K)`` counts of a table that holds a confusion matrix, rows true, columns predicted, in its labels' order.

    Raises:
        ValueError: it holds none.
    """
    if table.matrix is None:
        raise ValueError(f"table {table.key} holds no confusion matrix")
    places = [table.place(label) for label in table.matrix.labels]
    rows = [row for label in table.matrix.labels if (row := table.row(label)) is not None]
    return np.array([[row.values[place] for place in places] for row in rows], dtype=np.int64)
