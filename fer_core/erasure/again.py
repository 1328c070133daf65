"""What was taken out of a stored space, taken out of vectors of others: of faces that came later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_core.erasure.eraser import Eraser
from fer_core.erasure.plan import dealt, kept_column
from fer_core.features import FeatureTable


@dataclass(frozen=True)
class Erasure:
    """How an erased space of a table is made of another one."""

    space: str
    """The space that it was made of."""
    eraser: Eraser
    """Fitted on everybody who was fitted anywhere: with folds, each person of the table is changed by one that was
    fitted without them, and a newcomer by this one, which knows nobody new either."""
    rank: int
    """Directions that are taken away."""

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """``(n, D)`` of vectors ``(n, D)`` of `space`.

        Raises:
            ValueError: vectors of another dimension.
        """
        return self.eraser.apply(vectors, min(self.rank, self.eraser.rank))


def space_of(made: Mapping[str, object], erased: str) -> str | None:
    """The space that an erased one was made of; None where the table does not say.

    Args:
        made: What the table says of how it was made.
        erased: Name of a space.
    """
    kept = made.get("erasure")
    told = kept.get(erased) if isinstance(kept, Mapping) else None
    return str(told["space"]) if isinstance(told, Mapping) and isinstance(told.get("space"), str) else None


def erasure_of(table: FeatureTable, erased: str) -> Erasure:
    """Fits once more what a stored erased space was made by; the same people, settings and seed give the same eraser.

    Args:
        table: With the space that the erased one was made of, all rows that it was fitted on, and what
            `write_erased` noted.
        erased: Name of the erased space.

    Raises:
        ValueError: the table does not say how that space was made, or lacks what is needed for it.
    """
    space = space_of(table.made, erased)
    if space is None:
        raise ValueError(f"{table.source} does not say how {erased} was made; make it again with fer erase --store")
    told = table.made["erasure"][erased]
    how, _, value = str(told["fit"]).partition("=")
    split, folds = (value, None) if how == "split" else (None, int(value))
    kept = kept_column(table, str(told["keep"]))
    found = dealt(table, table.space(space), kept, split, folds, int(told["seed"]))
    return Erasure(space, found.everybody, int(told["rank"]))
