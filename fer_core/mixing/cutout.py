"""Cutout: a painted square."""

from __future__ import annotations

import numpy as np

from fer_core.catalogue.mixings import CutoutOptions
from fer_core.contracts import Blend
from fer_core.mixing.batch import SharedTraining
from fer_core.mixing.regions import squares


class Cutout(SharedTraining[CutoutOptions]):
    """A square around a random point of the picture is painted over; the label stays. Edges of the picture cut it off.

    Paper: DeVries and Taylor 2017, "Improved Regularization of Convolutional Neural Networks with Cutout", section 3;
        compared with FERMix by paper D, Fig. 8. https://arxiv.org/abs/1708.04552
    Departs: the fill is a brightness before normalisation (0 is black, paper D: "zeros"); DeVries and Taylor's zeros
        come after it and are the data set's mean: set ``fill`` to that mean for theirs.
    """

    name = "cutout"

    def _mix(self, rng: np.random.Generator, main: np.ndarray) -> Blend:
        count = len(main)
        drawn = count if self.options.per_row else 1
        region = squares(rng.random(drawn), rng.random(drawn), np.full(drawn, self.options.side))
        return Blend(main, main, np.ones(count), np.broadcast_to(region, (count, 4)).copy(), self.options.fill)
