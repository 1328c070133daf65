"""What every in-batch mixing shares: partners from the batch, and how mixed and plain rows share a training step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from fer_core.contracts import Blend, PassPlan, TermPlan

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.catalogue.mixings import TrainingOptions
    from fer_core.parts import Options

AnyOptions = TypeVar("AnyOptions", bound="Options")
Sharing = TypeVar("Sharing", bound="TrainingOptions")


class InBatch(ABC, Generic[AnyOptions]):
    """A mixing whose partners are a permutation of the batch, so that a row may meet itself or its own class."""

    name: str
    """As recipes write it; named in errors."""

    def __init__(self, options: AnyOptions) -> None:
        self.options = options

    def pairs(self, rng: np.random.Generator, table: pd.DataFrame) -> Blend | None:
        """Adds nothing to the training set."""
        return None

    def mix(self, rng: np.random.Generator, rows: Blend) -> Blend:
        """The mixed rows of one step.

        Raises:
            ValueError: the batch holds rows that are already blended.
        """
        if rows.partial or np.any(rows.lam != 1):
            raise ValueError(f"{self.name} blends plain rows; this batch holds rows that a pairing has already blended")
        return self._mix(rng, rows.main)

    @abstractmethod
    def plan(self, rng: np.random.Generator, rows: Blend) -> tuple[PassPlan, ...]:
        """The passes of one training step over a batch of plain ``rows``."""

    @abstractmethod
    def _mix(self, rng: np.random.Generator, main: np.ndarray) -> Blend:
        """The mixed rows of the table rows ``main`` (M,)."""


class SharedTraining(InBatch[Sharing]):
    """An in-batch mixing that trains on mixed pictures, or on mixed and plain ones, as its options say.

    "If r < p_mix, the model input includes both the main image and the mixed image. If r >= p_mix, the model input only
    contains the main image." Eq. 9: alpha L_mix + (1 - alpha) L_main.

    Paper: FERMixNet (paper D), section 3.2.2, eq. 9 and Fig. 5.
    Departs: mixed and plain pictures are two passes with BatchNorm statistics of their own; the paper does not say. The
        plain pass is the last, so that the running statistics lean to the pictures that the network will judge.
    """

    def plan(self, rng: np.random.Generator, rows: Blend) -> tuple[PassPlan, ...]:
        """The mixed pass, the plain pass, or both, the mixed one first.

        Raises:
            ValueError: the batch holds rows that are already blended.
        """
        options = self.options
        if options.training == "mixed":
            return (one_pass("mixed", 1.0, self.mix(rng, rows)),)
        if rng.random() >= options.p_mix:
            return (one_pass("main", 1.0, rows),)
        if options.training == "either":
            return (one_pass("mixed", 1.0, self.mix(rng, rows)),)
        weight = options.mixed_weight
        return (one_pass("mixed", weight, self.mix(rng, rows)), one_pass("main", 1 - weight, rows))


def one_pass(role: str, weight: float, blend: Blend) -> PassPlan:
    """A forward pass over ``blend``, judged by its own soft labels."""
    return PassPlan(blend, (TermPlan(role, weight, blend),))
