"""A small table of samples to compose plans over."""

from __future__ import annotations

import numpy as np
import torch

ROWS = 12


class Table:
    """Twelve random pictures of four classes with a stored V_id and landmarks; counts how often a row is read."""

    def __init__(self):
        generator = torch.Generator().manual_seed(0)
        self.pixels = torch.rand(ROWS, 3, 8, 6, generator=generator)
        self.labels = torch.nn.functional.one_hot(torch.arange(ROWS) % 4, 4).float()
        self.v_id = torch.rand(ROWS, 5, generator=generator)
        upright = np.array([[0.35, 0.4], [0.65, 0.4], [0.5, 0.6], [0.4, 0.8], [0.6, 0.8]])
        self.faces = upright + np.linspace(-0.1, 0.1, ROWS)[:, None, None]
        self.read = []

    def images(self, rows):
        self.read.append(rows)
        return self.pixels[rows]

    def targets(self, rows):
        return self.labels[rows]

    def frozen(self, rows):
        return {"v_id": self.v_id[rows]}

    def landmarks(self, rows):
        return self.faces[rows]

    def normalise(self, images):
        return images * 2 - 1
