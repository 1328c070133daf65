"""What a reader leaves out of a data set's own table, counted by reason, the first ones with file and row."""

from __future__ import annotations

from collections import Counter

import numpy as np

from fer_core.data.dataset import LeftOut

SHOWN = 10
"""Sentences kept for each reason."""


class Ledger:
    """Counts what is left out, so that one bad row is told and the others go on."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, list[str]] = {}

    def add(self, reason: str, where: str, what: str = "") -> None:
        """One entry.

        Args:
            reason: What is counted together.
            where: File and row.
            what: What stands there.
        """
        self._counts[reason] += 1
        first = self._first.setdefault(reason, [])
        if len(first) < SHOWN:
            first.append(f"{where}: {what}" if what else where)

    def add_rows(self, reason: str, file: str, rows: np.ndarray, what: np.ndarray) -> None:
        """Many entries of one table.

        Args:
            reason: What is counted together.
            file: The table.
            rows: ``(n,)`` row numbers as an editor counts them.
            what: ``(n,)`` what stands there.
        """
        if len(rows):
            self._counts[reason] += len(rows)
            first = self._first.setdefault(reason, [])
            room = SHOWN - len(first)
            first += [f"{file} row {row}: {text}" for row, text in zip(rows[:room], what[:room], strict=True)]

    def found(self) -> tuple[LeftOut, ...]:
        """Everything, most frequent first."""
        return tuple(LeftOut(reason, n, tuple(self._first[reason])) for reason, n in self._counts.most_common())

    def first(self) -> str:
        """The first sentence of the most frequent reason; empty where nothing was left out."""
        found = self.found()
        return f"{found[0].first[0]}: {found[0].reason}" if found else ""
