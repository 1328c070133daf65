"""Subjects dealt into groups: who is tested together, and who was kept from an identity encoder."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.data.people.source import read_line
from fer_core.seeds import GROUPS, stream

KNOWN_PERSON = "this person helped to pre-train the identity part of the model"
"""Why a sample is not judged."""


def met(dataset: Dataset, known: frozenset[str]) -> np.ndarray:
    """``(N,)`` bool: whether a sample shows one of the people in ``known``; see `subject_keys`."""
    if not known:
        return np.zeros(len(dataset), dtype=bool)
    return np.array([key in known for key in subject_keys(dataset)], dtype=bool)


def deal(subjects: pd.Series, groups: int, seed: int) -> np.ndarray:
    """``(N,)`` int64 group of each sample's subject, 0 to ``groups`` - 1; -1 where nobody is named.

    Subjects are shuffled in the order of their names, then dealt one by one, so groups differ by one subject at most.

    Args:
        subjects: N names.
        groups: How many.
        seed: Of the shuffle.

    Raises:
        ValueError: fewer subjects than groups.
    """
    names = sorted(str(one) for one in subjects.dropna().unique())
    if len(names) < groups:
        raise ValueError(f"{len(names)} subjects cannot be dealt into {groups} groups; ask for fewer groups")
    order = stream(seed, GROUPS).permutation(len(names))
    group = {names[place]: position % groups for position, place in enumerate(order)}
    return np.array([group.get(str(one), -1) for one in subjects], dtype=np.int64)


def subject_keys(dataset: Dataset) -> np.ndarray:
    """``(N,)`` objects: who each sample shows, in words that tell nobody's name; None where nobody is named.

    A synthetic person is ``people <seed> <number>``. Of real ones it is a digest of the data set's name (its column
    ``source``, where a table was made from others) and of the subject's: enough to know them again, not to name them.

    Args:
        dataset: N samples; of joined data the parts' own tables are read.
    """
    if dataset.parts:
        return np.concatenate([subject_keys(one) for one in dataset.parts])
    subjects = dataset.table["subject"]
    if dataset.synthetic:
        seed = read_line(dataset.source).seed
        found = [None if pd.isna(one) else f"people {seed} {one}" for one in subjects]
    else:
        source = dataset.table.get("source", pd.Series(dataset.name, dataset.table.index)).fillna(dataset.name)
        found = [
            None if pd.isna(who) else hashlib.sha256(f"{where}/{who}".encode()).hexdigest()[:16]
            for where, who in zip(source, subjects, strict=True)
        ]
    return np.array(found, dtype=object)
