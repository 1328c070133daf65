"""FERMix: parts of the face pasted from a partner."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fer_core.catalogue.mixings import FERMixOptions
from fer_core.contracts import Blend
from fer_core.mixing.batch import SharedTraining

Sides = tuple[tuple[int, int], ...]

PATTERNS: Mapping[str, Mapping[str, Sides]] = {
    "horizontal": {"upper half": ((0, -1),), "lower half": ((0, 1),)},
    "vertical": {"left half": ((-1, 0),), "right half": ((1, 0),)},
    "corner": {"upper left quarter": ((-1, 0), (0, -1)), "upper right quarter": ((1, 0), (0, -1))},
    "diagonal": {
        "upper left triangle": ((-1, -1),),
        "upper right triangle": ((1, -1),),
        "lower left triangle": ((-1, 1),),
        "lower right triangle": ((1, 1),),
    },
}
"""Pattern -> its types -> the sides of lines that make the region: right and down of the centre are positive (the first
three: paper D, eq. 1 to 3)."""


class FERMix(SharedTraining[FERMixOptions]):
    """One region of the face, the same for the whole step, pasted from the partner: x~ = M x_A + (1 - M) x_B.

    "Only one type is selected as the input of each training iteration by probability." lam = 0.5 for halves, 0.75 for
    quarters.

    Paper: Huang et al., FERMixNet (paper D), section 3.2.1, eq. 1 to 5; the diagonal pattern and guided regions are
        named there for later, without a formula.
    Departs: ``diagonal`` cuts from corner to corner, four triangles of lam 0.5. ``guided`` cuts through the main face's
        nose, along its eyes, its ridge, or half-way between both; lam stays that of the type, because half of a face is
        half of it wherever it lies in the picture. Faces without landmarks keep the fixed region.
    """

    name = "fermix"

    def types(self) -> Mapping[str, float]:
        """Probability of each type that the options allow; they sum to 1."""
        chosen = self.options.patterns
        total = sum(self._chance(pattern) for pattern in chosen)
        return {
            one: self._chance(pattern) / total / len(PATTERNS[pattern])
            for pattern in chosen
            for one in PATTERNS[pattern]
        }

    def _chance(self, pattern: str) -> float:
        return float(getattr(self.options, pattern))

    def _mix(self, rng: np.random.Generator, main: np.ndarray) -> Blend:
        types = self.types()
        every = [sides for pattern in self.options.patterns for sides in PATTERNS[pattern].values()]
        sides = every[rng.choice(len(types), p=list(types.values()))]
        partner = main[rng.permutation(len(main))]
        lam = np.full(len(main), 1 - 0.5 ** len(sides))
        if self.options.guided or all(all(side) for side in sides):
            told = np.tile(np.array(sides, dtype=np.float64), (len(main), 1, 1))
            return Blend(main, partner, lam, sides=told, guided=self.options.guided)
        return Blend(main, partner, lam, np.tile(_rectangle(sides), (len(main), 1)))


def type_of(blend: Blend) -> str | None:
    """Which type's region a blend's first row takes, a name in `PATTERNS`; None where it is none of FERMix's."""
    for types in PATTERNS.values():
        for name, sides in types.items():
            if blend.sides is not None and np.array_equal(blend.sides[0], sides):
                return name
            if blend.region is not None and np.array_equal(blend.region[0], _rectangle(sides)):
                return name
    return None


def _rectangle(sides: Sides) -> np.ndarray:
    """``(4,)`` left, top, right, bottom of a region between lines along the picture's edges."""
    return np.array(
        [
            0.5 if (1, 0) in sides else 0.0,
            0.5 if (0, 1) in sides else 0.0,
            0.5 if (-1, 0) in sides else 1.0,
            0.5 if (0, -1) in sides else 1.0,
        ]
    )
