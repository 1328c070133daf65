"""One trial of finding people again, as a page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.services import portraits
from app.services.leaking import Asked, Examination


@dataclass(frozen=True)
class Trial:
    """S people, each asked about once."""

    table: pd.DataFrame
    """``person probe gallery taken_for verdict cosine own_cosine``; NaN and "" where nobody was near."""
    taken: np.ndarray
    """``(S,)`` row of the one each was taken for; -1 for nobody."""
    right: np.ndarray
    """``(S,)`` 1 where that is the same person; a share where others are equally near."""


def trial(asked: Asked, found: Examination, number: int) -> Trial:
    """One trial pair by pair.

    Args:
        asked: The table.
        found: What was measured in it.
        number: 1 to trials.

    Raises:
        ValueError: no such trial.
    """
    one = found.matches(number - 1)
    probes, gallery = found.pairs(number - 1)
    names = np.array([str(name) for name in found.found.subjects], dtype=object)
    samples = asked.samples
    named = samples["sample"].astype(str) if "sample" in samples else pd.Series(samples.index.astype(str))
    verdict = np.where(one.right == 1, "right", np.where(one.right > 0, "equally near: shared", "wrong"))
    table = pd.DataFrame(
        {
            "person": names,
            "probe": named.iloc[probes].to_numpy(),
            "gallery": named.iloc[gallery].to_numpy(),
            "taken_for": np.where(one.taken >= 0, names[np.maximum(one.taken, 0)], ""),
            "verdict": verdict,
            "cosine": one.likeness,
            "own_cosine": one.own,
        }
    )
    return Trial(table, one.taken, one.right)


def faces(asked: Asked, rows: pd.DataFrame) -> tuple[Sequence[str | None], Sequence[str | None], str | None]:
    """The pictures of some rows of a trial's table.

    Args:
        asked: The table.
        rows: Some rows of `Trial.table`.

    Returns:
        Addresses of the pictures asked about, and of those they were compared with, None where there is none; and why
        there are none at all.
    """
    nobody: list[str | None] = [None] * len(rows)
    if asked.split is None:
        return nobody, nobody, "the table came without pictures"
    try:
        source = portraits.source_of(asked.name, asked.made)
        tiles = portraits.tiles(source, [*rows["probe"], *rows["gallery"]])
    except (ValueError, FileNotFoundError) as error:
        return nobody, nobody, str(error)
    return tiles[: len(rows)], tiles[len(rows) :], None
