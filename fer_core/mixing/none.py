"""No mixing: one pass, one term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fer_core.contracts import Blend, PassPlan
from fer_core.mixing.batch import one_pass

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.catalogue.mixings import NoneOptions


class Plain:
    """Every row of the batch as it came."""

    def __init__(self, options: NoneOptions) -> None:
        self.options = options

    def pairs(self, rng: np.random.Generator, table: pd.DataFrame) -> Blend | None:
        """Adds nothing to the training set."""
        return None

    def plan(self, rng: np.random.Generator, rows: Blend) -> tuple[PassPlan, ...]:
        """One pass over ``rows``, judged by their own labels."""
        return (one_pass("main", 1.0, rows),)
