"""Mixup of random pairs within a batch."""

from __future__ import annotations

import numpy as np

from fer_core.catalogue.mixings import MixupOptions
from fer_core.contracts import Blend
from fer_core.mixing.batch import SharedTraining


class Mixup(SharedTraining[MixupOptions]):
    """Pictures and labels as convex combinations of random pairs: x~ = lam x_i + (1 - lam) x_j, y~ likewise.

    Partners are a permutation of the batch, so a row may meet itself; lam ~ Beta(alpha, alpha).

    Paper: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", section 2; as used by MixAugment's baseline
        (paper B, eq. 1 and 2). https://arxiv.org/abs/1710.09412
    """

    name = "mixup"

    def _mix(self, rng: np.random.Generator, main: np.ndarray) -> Blend:
        return pair(rng, main, self.options.alpha, self.options.per_row)


def pair(rng: np.random.Generator, main: np.ndarray, alpha: float, per_row: bool) -> Blend:
    """Whole pictures blended with a permutation of themselves.

    Args:
        rng: Draws lambda, then the permutation.
        main: ``(M,)`` rows of the sample table.
        alpha: Both parameters of the Beta distribution.
        per_row: One lambda for each row.
    """
    count = len(main)
    lam = rng.beta(alpha, alpha, size=count if per_row else 1)
    return Blend(main, main[rng.permutation(count)], np.broadcast_to(lam, (count,)).copy())
