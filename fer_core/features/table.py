"""A feature table: samples, and their vectors in one or several spaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ("sample", "label", "subject", "session", "split", "predicted", "run")
"""What our own tables say of each row, besides the spaces."""
MET = "met"
"""In `FeatureTable.made`: those of the table's subjects whom the run that made it has learned from; None: unknown."""


@dataclass(frozen=True)
class FeatureTable:
    """Feature spaces of n samples."""

    samples: pd.DataFrame
    """n rows; of the columns in `COLUMNS` those that the table has, and its others."""
    spaces: Mapping[str, np.ndarray]
    """``(n, D)`` float32, finite, by name."""
    source: str = "the table"
    """How sentences name it."""
    made: Mapping[str, Any] = field(default_factory=dict)
    """How it was made, as far as the file says."""

    def __post_init__(self) -> None:
        for name, vectors in self.spaces.items():
            if vectors.ndim != 2 or len(vectors) != len(self.samples):
                raise ValueError(f"space '{name}' must be (n, D) with n={len(self.samples)}, got {vectors.shape}")

    def __len__(self) -> int:
        return len(self.samples)

    def space(self, name: str) -> np.ndarray:
        """``(n, D)`` of one space.

        Raises:
            ValueError: it is not here; names those that are.
        """
        if name not in self.spaces:
            raise ValueError(missing(self.source, name, self.spaces))
        return self.spaces[name]

    def column(self, name: str) -> pd.Series:
        """N values of a column.

        Raises:
            ValueError: the table has no such column; names those that it has.
        """
        if name not in self.samples:
            there = ", ".join(map(str, self.samples.columns)) or "none"
            raise ValueError(f"{self.source} has no column '{name}'; it has: {there}")
        return self.samples[name]

    def take(self, rows: np.ndarray) -> FeatureTable:
        """The table's rows at ``rows``: positions, or ``(n,)`` bool."""
        place = np.flatnonzero(rows) if rows.dtype == bool else rows
        spaces = {name: vectors[place] for name, vectors in self.spaces.items()}
        return FeatureTable(self.samples.iloc[place].reset_index(drop=True), spaces, self.source, self.made)


def missing(source: str, name: str, there: Sequence[str] | Mapping[str, Any]) -> str:
    """The sentence about a space that is not there."""
    return f"{source} has no space '{name}'; it has: {', '.join(sorted(there)) or 'none'}"
