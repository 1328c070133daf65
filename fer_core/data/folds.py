"""Subjects dealt into groups: who is tested together, and who was kept from an identity encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.data.people.source import read_line
from fer_core.sections import Data
from fer_core.seeds import GROUPS, stream

KNOWN_PERSON = "this person helped to pre-train the identity part of the model"
"""Why a sample is not judged."""


def met(dataset: Dataset, known: frozenset[str]) -> np.ndarray:
    """``(N,)`` bool: whether a sample shows one of the people in ``known``; see `subject_keys`."""
    if not known:
        return np.zeros(len(dataset), dtype=bool)
    return np.array([key in known for key in subject_keys(dataset)], dtype=bool)


def deal(subjects: pd.Series, groups: int, seed: int, first: Collection[str] = ()) -> np.ndarray:
    """``(N,)`` int64 group of each sample's subject, 0 to ``groups`` - 1; -1 where nobody is named.

    Subjects are shuffled in the order of their names, then dealt one by one, so groups differ by one subject at most.

    Args:
        subjects: N names.
        groups: How many.
        seed: Of the shuffle.
        first: Subjects that are dealt before the others, so that groups differ by one of them at most, too.

    Raises:
        ValueError: fewer subjects than groups.
    """
    names = sorted(str(one) for one in subjects.dropna().unique())
    if len(names) < groups:
        raise ValueError(f"{len(names)} subjects cannot be dealt into {groups} groups; ask for fewer groups")
    order = [names[place] for place in stream(seed, GROUPS).permutation(len(names))]
    order.sort(key=lambda name: name not in first)  # stable: shuffled among themselves
    group = {name: position % groups for position, name in enumerate(order)}
    return np.array([group.get(str(one), -1) for one in subjects], dtype=np.int64)


def groups_of(table: pd.DataFrame, numbers: np.ndarray, classes: int, plan: Data) -> np.ndarray:
    """``(N,)`` int64: the group of each sample, 0 to ``plan.groups`` - 1; -1 where nobody who is used is named.

    The data's column ``group`` says it where it names as many groups as are wanted, in the order of their names
    (numbers by size); else subjects are dealt. Where ``balance`` leaves out subjects who lack a class, those who have
    every class are dealt first.

    Args:
        table: N samples.
        numbers: ``(N,)`` class numbers; -1 where a sample cannot be used.
        classes: K.
        plan: How many groups, and the seed of the dealing.

    Raises:
        ValueError: a sample without a subject, a subject in two groups, or fewer subjects than groups.
    """
    wanted, usable = plan.groups or 0, np.flatnonzero(numbers >= 0)
    subjects = table["subject"].iloc[usable]
    group = np.full(len(table), -1, dtype=np.int64)
    written = table["group"].iloc[usable] if "group" in table else pd.Series(dtype=object)
    if len(written) and written.notna().all() and written.nunique() == wanted:
        try:
            group[usable] = np.unique(written.astype(float), return_inverse=True)[1]
        except (TypeError, ValueError):  # words
            group[usable] = np.unique(written.astype(str), return_inverse=True)[1]
        places = pd.Series(group[usable]).groupby(subjects.to_numpy()).nunique()
        if (places > 1).any():
            raise ValueError(f"subject {places.idxmax()} stands in several groups of the column 'group'")
        return _with_unused(group, table["subject"], numbers)
    unknown = int(subjects.isna().sum())
    if unknown:
        raise ValueError(
            f"data.groups needs the subject of every sample, {unknown} of {len(usable)} have none; add a column "
            "'subject' to the data, or leave out data.groups"
        )
    whole: frozenset[str] = frozenset()
    if plan.balance == "subject_and_class":
        held = pd.Series(numbers[usable]).groupby(subjects.to_numpy()).nunique()
        whole = frozenset(str(one) for one in held.index[held == classes])
        if len(whole) < wanted:
            raise ValueError(
                f"{len(whole)} subjects have every label, too few for {wanted} groups; ask for fewer groups "
                "(data.groups), or set data.balance to class"
            )
    group[usable] = deal(subjects, wanted, plan.sample_seed, whole)
    return _with_unused(group, table["subject"], numbers)


def _with_unused(group: np.ndarray, subjects: pd.Series, numbers: np.ndarray) -> np.ndarray:
    """Samples that cannot be used stand with their subject: a fold counts the faces that were not found in it."""
    place = dict(zip(subjects[numbers >= 0], group[numbers >= 0], strict=True))
    return np.where(numbers >= 0, group, [-1 if pd.isna(one) else place.get(one, -1) for one in subjects])


def fold_splits(groups: np.ndarray, plan: Data) -> pd.Series:
    """N objects: each sample's split when one group is left out; None where it is in no group.

    Paper: Asaeda and Takemura 2025 (paper A), section 4.2: one group tests, one validates, the others train.
    Departs: which one validates is not said; here the next one, cyclically. With two groups, the half that is not
        tested trains, and gives a share to validate.

    Args:
        groups: ``(N,)`` as `groups_of` gives them.
        plan: How many groups, and which one is tested.

    Raises:
        ValueError: no group to test is named.
    """
    if plan.groups is None or plan.test_group is None:
        raise ValueError(
            f"data.groups is {plan.groups} and no group to test is named: set data.test_group to one of them, or "
            "let fer crossvalidate test each in turn"
        )
    split = np.full(len(groups), "train", dtype=object)
    if plan.groups > 2:
        split[groups == (plan.test_group + 1) % plan.groups] = "validation"
    split[groups == plan.test_group] = "test"
    split[groups < 0] = None
    return pd.Series(split)


def dealt(dataset: Dataset, numbers: np.ndarray, classes: int, plan: Data) -> Dataset:
    """The same samples with the splits that a fold gives them, as a training with this plan deals them.

    Args:
        dataset: N samples.
        numbers: ``(N,)`` class numbers; -1 where a sample cannot be used.
        classes: K.
        plan: With ``groups`` and ``test_group``.

    Raises:
        ValueError: see `groups_of` and `fold_splits`.
    """
    split = fold_splits(groups_of(dataset.table, numbers, classes, plan), plan)
    parts, start = [], 0
    for part in dataset.parts:
        piece = split.iloc[start : start + len(part)].to_numpy()
        parts.append(replace(part, table=part.table.assign(split=piece)))
        start += len(part)
    table = dataset.table.assign(split=split.to_numpy())
    return replace(dataset, table=table, parts=tuple(parts), stamp=f"{dataset.stamp}-fold{plan.test_group}")


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
