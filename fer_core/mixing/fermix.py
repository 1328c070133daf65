"""FERMix: parts of the face pasted from a partner."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fer_core.catalogue.mixings import FERMixOptions
from fer_core.contracts import Blend
from fer_core.mixing.batch import SharedTraining
from fer_core.mixing.regions import area

PATTERNS: Mapping[str, Mapping[str, tuple[float, float, float, float]]] = {
    "horizontal": {"upper half": (0, 0, 1, 0.5), "lower half": (0, 0.5, 1, 1)},
    "vertical": {"left half": (0, 0, 0.5, 1), "right half": (0.5, 0, 1, 1)},
    "corner": {"upper left quarter": (0, 0, 0.5, 0.5), "upper right quarter": (0.5, 0, 1, 0.5)},
}
"""Pattern -> its two types -> left, top, right, bottom of the region, as fractions (paper D, eq. 1 to 3)."""


class FERMix(SharedTraining[FERMixOptions]):
    """One of six regions of the face, the same for the whole step, pasted from the partner: x~ = M x_A + (1 - M) x_B.

    "Only one type is selected as the input of each training iteration by probability." lam = 0.5 for halves, 0.75 for
    quarters.

    Paper: Huang et al., FERMixNet (paper D), section 3.2.1, eq. 1 to 5.
    Departs: the diagonal pattern and the landmark-guided regions that the authors name for later are not offered: a
        `Blend` takes rectangles and knows no landmarks.
    """

    name = "fermix"

    def types(self) -> Mapping[str, float]:
        """Probability of each type that the options allow; they sum to 1."""
        chosen = self.options.patterns
        total = sum(self._chance(pattern) for pattern in chosen)
        return {one: self._chance(pattern) / total / 2 for pattern in chosen for one in PATTERNS[pattern]}

    def _chance(self, pattern: str) -> float:
        return float(getattr(self.options, pattern))

    def _mix(self, rng: np.random.Generator, main: np.ndarray) -> Blend:
        types = self.types()
        regions = np.array([PATTERNS[pattern][one] for pattern in self.options.patterns for one in PATTERNS[pattern]])
        drawn = rng.choice(len(types), p=list(types.values()))
        region = np.tile(regions[drawn], (len(main), 1))
        return Blend(main, main[rng.permutation(len(main))], 1 - area(region), region)
