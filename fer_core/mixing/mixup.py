"""Mixup of random pairs within a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fer_core.contracts import Blend, PassPlan, TermPlan

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.catalogue.mixings import MixupOptions


class Mixup:
    """Pictures and labels as convex combinations of random pairs: x~ = lam x_i + (1 - lam) x_j, y~ likewise.

    Partners are a permutation of the batch, so a row may meet itself; lam ~ Beta(alpha, alpha).

    Paper: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", section 2; as used by MixAugment's baseline
        (paper B, eq. 1 and 2). https://arxiv.org/abs/1710.09412
    """

    def __init__(self, options: MixupOptions) -> None:
        self.options = options

    def pairs(self, rng: np.random.Generator, table: pd.DataFrame) -> Blend | None:
        """Adds nothing to the training set: the mixed rows replace the plain ones."""
        return None

    def plan(self, rng: np.random.Generator, rows: Blend) -> tuple[PassPlan, ...]:
        """One mixed pass over a batch of plain rows.

        Raises:
            ValueError: the batch holds rows that are already blended.
        """
        if rows.region is not None or np.any(rows.lam != 1):
            raise ValueError("mixup blends plain rows; this batch holds rows that a pairing has already blended")
        count = len(rows)
        lam = rng.beta(self.options.alpha, self.options.alpha, size=count if self.options.per_row else 1)
        mixed = Blend(rows.main, rows.main[rng.permutation(count)], np.broadcast_to(lam, (count,)).copy())
        return (PassPlan(mixed, (TermPlan("mixed", 1.0, mixed),)),)
