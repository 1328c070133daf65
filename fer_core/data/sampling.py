"""Fewer pictures on purpose: undersampled to the rarest class, capped by class, or a stratified subset of a given size.

Everything is decided by one ranking of all samples, so that a smaller number keeps a part of what a larger one keeps,
but for rounding.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def undersample(rows: np.ndarray, labels: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """As many rows of each label as the rarest has of those that occur.

    Args:
        rows: ``(n,)`` row numbers.
        labels: ``(N,)`` class numbers of all samples.
        rank: ``(N,)`` a permutation: which samples are kept first.

    Returns:
        Row numbers, ascending.
    """
    if not len(rows):
        return rows
    counts = np.bincount(labels[rows])
    return _first(rows, labels[rows], np.full(len(counts), counts[counts > 0].min()), rank)


def undersample_subjects(
    rows: np.ndarray, labels: np.ndarray, subjects: pd.Series, classes: int, rank: np.ndarray
) -> np.ndarray:
    """As many rows of each label as the rarest has, subject by subject; a subject who lacks a label is left out.

    Paper: Asaeda and Takemura 2025 (paper A), section 4.1: of 53 people the 27 "who had data for all labels" take part.

    Args:
        rows: ``(n,)`` row numbers.
        labels: ``(N,)`` class numbers of all samples.
        subjects: N names.
        classes: K.
        rank: ``(N,)`` a permutation: which samples are kept first.

    Returns:
        Row numbers, ascending.

    Raises:
        ValueError: a row has no subject.
    """
    unknown = subjects.iloc[rows].isna().to_numpy()
    if unknown.any():
        raise ValueError(
            f"data.balance subject_and_class needs the subject of every sample, {int(unknown.sum())} of {len(rows)} "
            "have none; add a column 'subject' to the data, or set data.balance to class"
        )
    if not len(rows):
        return rows
    subject = pd.factorize(subjects.iloc[rows])[0]
    cell = subject * classes + labels[rows]
    counts = np.bincount(cell, minlength=(subject.max() + 1) * classes).reshape(-1, classes)
    return _first(rows, cell, np.repeat(counts.min(axis=1), classes), rank)


def capped(rows: np.ndarray, labels: np.ndarray, most: int, rank: np.ndarray) -> np.ndarray:
    """At most ``most`` rows of each label; see `undersample` for the other arguments."""
    return _first(rows, labels[rows], np.full(int(labels.max()) + 1, most), rank)


def stratified(rows: np.ndarray, labels: np.ndarray, count: int, rank: np.ndarray) -> np.ndarray:
    """Exactly ``count`` rows, labels in the proportions they have (largest remainders), but each at least once.

    Args:
        rows: ``(n,)`` row numbers.
        labels: ``(N,)`` class numbers of all samples.
        count: How many to keep.
        rank: ``(N,)`` a permutation: which samples are kept first.

    Returns:
        Row numbers, ascending.

    Raises:
        ValueError: there are fewer rows, or ``count`` is too small for the labels that occur.
    """
    if count > len(rows):
        raise ValueError(
            f"data.limit asks for {count} training pictures, {len(rows)} can be used; set it to that or less"
        )
    counts = np.bincount(labels[rows])
    if count < (counts > 0).sum():
        raise ValueError(
            f"data.limit {count} is too small: {int((counts > 0).sum())} labels need a training picture each"
        )
    quota = shares(counts, count)
    quota[(quota == 0) & (counts > 0)] = 1
    for _ in range(int(quota.sum()) - count):
        quota[quota.argmax()] -= 1
    return _first(rows, labels[rows], quota, rank)


def shares(counts: np.ndarray, total: int) -> np.ndarray:
    """``(K,)`` int64 that sum to ``total``: each label's share of it, by the largest remainders.

    Args:
        counts: ``(K,)`` how many samples each label has; the label's number decides a tie.
        total: At most the sum of the counts.
    """
    exact = counts * total / counts.sum()
    quota = np.floor(exact + 1e-9).astype(np.int64)
    quota[np.argsort(quota - exact, kind="stable")[: total - int(quota.sum())]] += 1
    return quota


def _first(rows: np.ndarray, key: np.ndarray, quota: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Of each key, the ``quota[key]`` rows that rank first; ascending."""
    order = np.lexsort((rank[rows], key))
    place = np.arange(len(rows)) - np.searchsorted(key[order], key[order])
    return np.sort(rows[order[place < quota[key[order]]]])
