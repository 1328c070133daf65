"""MixAugment: virtual and real pictures in one step."""

from __future__ import annotations

import numpy as np

from fer_core.catalogue.mixings import MixAugmentOptions
from fer_core.contracts import Blend, PassPlan
from fer_core.mixing.batch import InBatch, one_pass
from fer_core.mixing.mixup import pair


class MixAugment(InBatch[MixAugmentOptions]):
    """CE(x~, y~) + CE(x_i, y_i) + CE(x_j, y_j): the network is fed with both real pictures and their mixture.

    Paper: Psaroudakis and Kollias 2022, "MixAugment & Mixup" (paper B), eq. 3. https://arxiv.org/abs/2205.04442
    Departs: partners are a permutation of the batch, so the sums over x_i and over x_j are equal: the real batch is
        forwarded once with weight 2 instead of twice with weight 1.
    """

    name = "mixaugment"

    def plan(self, rng: np.random.Generator, rows: Blend) -> tuple[PassPlan, ...]:
        """The mixed pass with weight 1, then the real one with weight 2.

        Raises:
            ValueError: the batch holds rows that are already blended.
        """
        return one_pass("mixed", 1.0, self.mix(rng, rows)), one_pass("main", 2.0, rows)

    def _mix(self, rng: np.random.Generator, main: np.ndarray) -> Blend:
        return pair(rng, main, self.options.alpha, self.options.per_row)
