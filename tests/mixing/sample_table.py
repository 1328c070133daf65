"""A small table of samples to compose plans over."""

from __future__ import annotations

import torch

ROWS = 12


class Table:
    """Twelve random pictures of four classes with a stored V_id; counts how often a row is read."""

    def __init__(self):
        generator = torch.Generator().manual_seed(0)
        self.pixels = torch.rand(ROWS, 3, 8, 6, generator=generator)
        self.labels = torch.nn.functional.one_hot(torch.arange(ROWS) % 4, 4).float()
        self.v_id = torch.rand(ROWS, 5, generator=generator)
        self.read = []

    def images(self, rows):
        self.read.append(rows)
        return self.pixels[rows]

    def targets(self, rows):
        return self.labels[rows]

    def frozen(self, rows):
        return {"v_id": self.v_id[rows]}

    def normalise(self, images):
        return images * 2 - 1
