"""The samples of a data set that a finished model can be judged on, as the crops that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core.cropping import cropper
from fer_core.data.dataset import Dataset
from fer_core.data.folds import KNOWN_PERSON, met
from fer_core.data.preparation import exclusions
from fer_core.data.sampling import shares
from fer_core.data.store import Decoded, decode
from fer_core.labels import index_of


@dataclass(frozen=True)
class Gathered:
    """One split of a data set, decoded for one model."""

    split: str
    chosen: Dataset
    """The split's N samples."""
    decoded: Decoded
    """Their N pictures."""
    why: pd.Series
    """N sentences: why a sample cannot be judged; None where it can."""
    rows: np.ndarray
    """``(n,)`` the samples that can, of the N."""
    labels: np.ndarray
    """``(n,)`` their class numbers."""

    @property
    def pixels(self) -> np.ndarray:
        """``(n, S, S)`` or ``(n, S, S, 3)`` uint8: crops of the samples that can be judged."""
        return self.decoded.pixels[self.rows]

    @property
    def hashes(self) -> np.ndarray:
        """``(n,)`` uint64: what is in the pictures of the samples that can be judged."""
        return np.array([int(one, 16) for one in self.decoded.about["hash"].iloc[self.rows]], dtype=np.uint64)


def gather(
    dataset: Dataset,
    split: str | None,
    preprocessing: Mapping[str, Any],
    labels: tuple[str, ...],
    faces: str = "auto",
    known: frozenset[str] = frozenset(),
) -> Gathered:
    """One split of a data set as a model reads it.

    Args:
        dataset: What `open_data` returned.
        split: ``train``, ``validation``, ``test`` or ``all``; None takes ``test``, or everything where the data set
            names no split.
        preprocessing: A run's ``preprocessing`` section.
        labels: The K labels of the model.
        faces: ``auto``, ``detect`` or ``whole``: see `cropping.cropper`.
        known: People whom a frozen part of the model has learned to know; their samples are refused.

    Raises:
        ValueError: no such split, or no sample with one of the labels.
    """
    split = split or ("test" if dataset.splits else "all")
    chosen = dataset.select(split)
    size, framing = preprocessing["size"], preprocessing["framing"]
    decoded = decode(chosen, size, preprocessing["grey"], *cropper(faces, framing, size))
    why = exclusions(chosen, decoded, labels)
    why[why.isna().to_numpy() & met(chosen, known)] = KNOWN_PERSON
    rows = np.flatnonzero(why.isna().to_numpy())
    if not len(rows):
        raise ValueError(f"no sample of {dataset.name} ({split}) can be judged; the first: {why.iloc[0]}")
    return Gathered(split, chosen, decoded, why, rows, index_of(chosen.table["label"].iloc[rows].tolist(), labels))


def subset(labels: np.ndarray, limit: int, rng: np.random.Generator) -> np.ndarray:
    """So many of the samples, each label with its share of them, in their old order.

    Shares are those of `sampling.shares`, so exactly ``limit`` are chosen.

    Args:
        labels: ``(n,)`` class numbers.
        limit: How many; n or more takes all.
        rng: Draws which.

    Returns:
        ``(min(limit, n),)`` positions, ascending.

    Raises:
        ValueError: a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be 1 or more samples, got {limit}")
    if limit >= len(labels):
        return np.arange(len(labels))
    classes, counts = np.unique(labels, return_counts=True)
    taken = zip(classes, shares(counts, limit), strict=True)
    chosen = [rng.permutation(np.flatnonzero(labels == one))[:count] for one, count in taken]
    return np.sort(np.concatenate(chosen))
