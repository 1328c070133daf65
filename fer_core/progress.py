"""Where a training stands."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Progress:
    """Where a training stands: what the resume file keeps besides tensors."""

    epoch: int = 0
    """Epochs done."""
    step: int = 0
    """Steps done."""
    scores: list[float] = field(default_factory=list)
    """The selected validation figure after each epoch; higher is better."""
    history: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, float] = field(default_factory=dict)
    """The history row of the epoch that is kept."""

    def stale(self) -> int:
        """Epochs since the last improvement."""
        return 0 if not self.scores else len(self.scores) - 1 - int(np.argmax(self.scores))
