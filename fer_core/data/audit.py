"""What is wrong with a data set. One JSON-able document that a page and a command show alike; tables on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.data.describe import SIZE, in_order, splits_of
from fer_core.data.duplicates import DISTANCE, SAME, exact_groups, look, near_groups
from fer_core.data.store import decode


def audit(dataset: Dataset) -> dict[str, Any]:
    """What is wrong with a data set: unreadable files, twins, look-alikes, contradictions, subjects in several splits.

    Returns:
        `findings` of the decoded pictures, and ``data name fingerprint readable unreadable`` (path and reason).

    Raises:
        ValueError: not one picture can be read.
    """
    decoded = decode(dataset, SIZE, grey=True)
    readable = decoded.readable
    hashes = decoded.about["hash"].to_numpy(dtype=str)
    hashes[~readable] = ""
    unreadable = [
        {"path": path, "reason": reason}
        for path, reason in zip(dataset.table["path"][~readable], decoded.about["error"][~readable], strict=True)
    ]
    return {
        "data": dataset.source,
        "name": dataset.name,
        "fingerprint": decoded.fingerprint,
        "readable": int(readable.sum()),
        "unreadable": unreadable,
        **findings(np.asarray(decoded.pixels), hashes, dataset.table),
    }


def findings(pixels: np.ndarray, hashes: np.ndarray, table: pd.DataFrame) -> dict[str, Any]:
    """What `audit` finds, from plain arrays.

    Args:
        pixels: ``(N, H, W)`` or ``(N, H, W, 3)`` uint8.
        hashes: ``(N,)`` text, one per decoded picture; empty where a picture could not be read.
        table: N rows with ``path label subject split``.

    Returns:
        - ``n``, ``splits`` (split: n), ``blank``: paths of pictures without contrast.
        - ``exact``: ``groups``, ``pictures`` in them, superfluous ``copies``; ``within`` (split: pictures with a twin
          in their own split); ``across`` (for each two splits, the pictures of each with a twin in the other);
          ``conflicting``: groups with more than one label.
        - ``near``: the same of pictures that look alike. Its groups have at least two distinct contents and take in
          their exact copies; ``within`` and ``across`` count only pictures without an exact twin there; ``pairs``,
          ``mirrored_pairs``, and the ``thresholds``.
        - ``shared_subjects``: each subject in more than one split, with its pictures per split.
        - ``duplicate_groups``: each group of either kind with its pictures.
    """
    if not len(pixels) == len(hashes) == len(table):
        raise ValueError(
            f"pixels, hashes and table must be of one length, got {len(pixels)}, {len(hashes)}, {len(table)}"
        )
    hashes, splits, looks = np.asarray(hashes, dtype=str), splits_of(table), look(pixels)
    names = in_order(splits)
    exact, likeness = exact_groups(hashes), near_groups(looks, hashes)
    same = _group_list("exact", exact, table)
    near = _group_list("near", _of_several(likeness.groups, hashes), table)

    def twins(one: str, other: str) -> np.ndarray:
        return _twinned(exact, splits, one, other)

    def lookalikes(one: str, other: str) -> np.ndarray:
        return _twinned(likeness.groups, splits, one, other) & ~twins(one, other)

    return {
        "n": len(table),
        "splits": {split: int((splits == split).sum()) for split in names},
        "blank": table["path"][looks.flat & (hashes != "")].tolist(),
        "exact": {**_totals(same, names, twins), "copies": int((exact >= 0).sum()) - len(same)},
        "near": {
            **_totals(near, names, lookalikes),
            "pairs": likeness.pairs,
            "mirrored_pairs": likeness.mirrored,
            "thresholds": {"bits": DISTANCE, "correlation": SAME},
        },
        "shared_subjects": _shared_subjects(table, splits),
        "duplicate_groups": [*same, *near],
    }


def _totals(
    groups: list[dict[str, Any]], names: Sequence[str], twins: Callable[[str, str], np.ndarray]
) -> dict[str, Any]:
    return {
        "groups": len(groups),
        "pictures": sum(len(group["pictures"]) for group in groups),
        "within": {split: int(twins(split, split).sum()) for split in names},
        "across": [
            {
                "splits": [one, other],
                "pictures": {one: int(twins(one, other).sum()), other: int(twins(other, one).sum())},
            }
            for one, other in combinations(names, 2)
        ],
        "conflicting": sum(group["conflict"] for group in groups),
    }


def _twinned(groups: np.ndarray, splits: np.ndarray, one: str, other: str) -> np.ndarray:
    """``(N,)`` bool: the picture is in split ``one`` and another of its group is in split ``other``."""
    grouped = groups >= 0
    there = np.bincount(groups[grouped & (splits == other)], minlength=int(groups.max(initial=-1)) + 1)
    enough = 2 if one == other else 1
    found = np.zeros(len(groups), dtype=bool)
    found[grouped] = there[groups[grouped]] >= enough
    return found & (splits == one)


def _of_several(groups: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """``(N,)`` the groups with at least two distinct contents, -1 elsewhere."""
    contents = pd.Series(hashes).groupby(groups).transform("nunique").to_numpy()
    return np.where((groups >= 0) & (contents > 1), groups, -1)


def _group_list(kind: str, groups: np.ndarray, table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.loc[groups >= 0, ["path", "label", "subject", "split"]].astype(object)
    pictures = rows.where(rows.notna(), None).to_dict("records")
    members: dict[int, list[dict[Any, Any]]] = {}
    for group, picture in zip(groups[groups >= 0].tolist(), pictures, strict=True):
        members.setdefault(group, []).append(picture)
    labels = [{picture["label"] for picture in together} - {None} for together in members.values()]
    return [
        {"kind": kind, "conflict": len(given) > 1, "pictures": together}
        for given, together in zip(labels, members.values(), strict=True)
    ]


def _shared_subjects(table: pd.DataFrame, splits: np.ndarray) -> list[dict[str, Any]]:
    known = table["subject"].notna().to_numpy()
    counted = pd.crosstab(table["subject"][known], splits[known])
    shared = counted[(counted > 0).sum(axis=1) > 1]
    return [
        {
            "subject": str(subject),
            "pictures": {split: int(row[split]) for split in in_order(splits) if row.get(split, 0)},
        }
        for subject, row in shared.iterrows()
    ]
