"""What was seen of one person, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Samples:
    """What was seen of one person, in order of time."""

    time: np.ndarray
    """``(n,)`` float64 seconds, increasing."""
    openness: np.ndarray
    """``(n, 2)`` float32 in [0, 1], the eye at the picture's left first; NaN where an eye was not read."""
    duration: float
    """Of the clip in seconds."""
    faces: np.ndarray | None = None
    """``(n,)`` faces in the picture, this person's or not; None where everybody is this person."""
    labels: tuple[str, ...] = ()
    """K labels of a run, or none."""
    probabilities: np.ndarray | None = None
    """``(n, K)`` float32; rows of NaN where the run was not asked."""

    def __post_init__(self) -> None:
        n = len(self.time)
        if self.time.ndim != 1 or self.openness.shape != (n, 2):
            raise ValueError(f"openness must be ({n}, 2) for {n} times, got {self.openness.shape}")
        if (np.diff(self.time) <= 0).any():
            raise ValueError("times must increase")
        if self.probabilities is not None and self.probabilities.shape != (n, len(self.labels)):
            expected = (n, len(self.labels))
            raise ValueError(f"probabilities must be {expected}, got {self.probabilities.shape}")

    @property
    def eyes(self) -> np.ndarray:
        """``(n,)`` float64: the mean of the eyes that were read; NaN where none was."""
        read = np.isfinite(self.openness)
        total = np.where(read, self.openness, 0).sum(axis=1, dtype=np.float64)
        return np.where(read.any(axis=1), total / np.maximum(read.sum(axis=1), 1), np.nan)
