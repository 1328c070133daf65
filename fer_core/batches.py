"""The batches of an epoch: in which order the training rows come, and what the mixing plans for each. Torch-free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fer_core.contracts import Blend, Mixing, PassPlan
from fer_core.recipe import Recipe
from fer_core.seeds import MIXING, ORDER, stream


@dataclass(frozen=True)
class Batch:
    """One step's share of the training rows."""

    rows: Blend
    """The N rows of the batch, before mixing."""
    plan: tuple[PassPlan, ...]
    """The passes that the mixing planned over them."""


def planned(recipe: Recipe, mixing: Mixing, pool: Blend, epoch: int) -> Iterator[Batch]:
    """An epoch's batches, each planned when it is asked for: what a training learns from, and what a page shows.

    Args:
        recipe: Whose seed and batch size count.
        mixing: The recipe's, from `assembly.build_mixing`.
        pool: The training rows, with those that the mixing's ``pairs`` added.
        epoch: Counted from 0.
    """
    order = stream(recipe.seed, ORDER, epoch).permutation(len(pool))
    rng = stream(recipe.seed, MIXING, epoch)
    for rows in np.split(order, cuts(len(pool), recipe.optimisation.batch_size)):
        batch = pool.take(rows)
        yield Batch(batch, mixing.plan(rng, batch))


def cuts(rows: int, batch: int) -> list[int]:
    """Where to cut ``rows`` into batches; a last batch of one row, which BatchNorm refuses, joins the one before."""
    found = list(range(batch, rows, batch))
    if found and rows - found[-1] == 1:
        found.pop()
    return found
