"""CutMix of random pairs within a batch."""

from __future__ import annotations

import numpy as np

from fer_core.catalogue.mixings import CutMixOptions
from fer_core.contracts import Blend
from fer_core.mixing.batch import SharedTraining
from fer_core.mixing.regions import area, squares


class CutMix(SharedTraining[CutMixOptions]):
    """A rectangle of area 1 - lam, of the picture's proportions and around a random point, pasted from the partner.

    lam ~ Beta(alpha, alpha); where the picture's edge cuts the rectangle, lam is set to the area that is left of x_i.

    Paper: Yun et al. 2019, "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features",
        section 3.1; compared with FERMix by paper D, Fig. 8. https://arxiv.org/abs/1905.04899
    Departs: lam counts the exact rectangle, a plan knows no pixels; `compose` rounds its edges to whole pixels.
    """

    name = "cutmix"

    def _mix(self, rng: np.random.Generator, main: np.ndarray) -> Blend:
        count, alpha = len(main), self.options.alpha
        drawn = count if self.options.per_row else 1
        lam = rng.beta(alpha, alpha, size=drawn)
        region = squares(rng.random(drawn), rng.random(drawn), np.sqrt(1 - lam))
        region = np.broadcast_to(region, (count, 4)).copy()
        return Blend(main, main[rng.permutation(count)], 1 - area(region), region)
