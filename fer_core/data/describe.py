"""What is in a data set: one JSON-able document that a page and a command show alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from fer_core.data.dataset import SPLITS, Dataset
from fer_core.data.store import decode

NO_SPLIT = "none"
"""What a sample that names no split is counted under."""
SIZE = 48
"""Rows and columns at which pictures are decoded for looking at: small, and what FER2013's trainings decode anyway."""


def describe(dataset: Dataset) -> dict[str, Any]:
    """What is in a data set: samples per split, class, subject and session, and picture sizes. Decodes once (cached).

    Returns:
        Plain values under ``data name format synthetic n readable left_out fingerprint labels unlabelled splits``
        and ``subjects groups sessions timed sizes``.
        ``left_out`` counts by reason what the reader did not take for a sample.
        ``splits`` maps each split to ``n labels unlabelled subjects``; ``subjects.per_subject`` lists all.
        ``groups`` lists what the data's own column ``group`` says (paper A, Table 2); empty where there is none.

    Raises:
        ValueError: not one picture can be read.
    """
    table, decoded, left_out = dataset.table, decode(dataset, SIZE, grey=True), dataset.everything_left_out
    splits = splits_of(table)
    per_subject: list[dict[str, Any]] = [
        {
            "subject": str(subject),
            "n": len(rows),
            "sessions": int(rows["session"].nunique()),
            "labels": _counts(rows["label"], dataset.labels),
        }
        for subject, rows in table.groupby("subject", sort=True)
    ]
    known = table[table["subject"].notna() & table["session"].notna()]
    return {
        "data": dataset.source,
        "name": dataset.name,
        "format": dataset.format,
        "synthetic": dataset.synthetic,
        "n": len(table),
        "readable": int(decoded.readable.sum()),
        "left_out": {"n": sum(one.n for one in left_out), "reasons": [asdict(one) for one in left_out]},
        "fingerprint": decoded.fingerprint,
        "labels": _counts(table["label"], dataset.labels),
        "unlabelled": int(table["label"].isna().sum()),
        "splits": {
            split: {
                "n": int((splits == split).sum()),
                "labels": _counts(table["label"][splits == split], dataset.labels),
                "unlabelled": int(table["label"][splits == split].isna().sum()),
                "subjects": int(table["subject"][splits == split].nunique()),
            }
            for split in in_order(splits)
        },
        "subjects": {
            "n": len(per_subject),
            "without": int(table["subject"].isna().sum()),
            "pictures": _spread([row["n"] for row in per_subject]),
            "per_subject": per_subject,
        },
        "groups": _groups(table, dataset.labels),
        "sessions": {
            "n": len(known[["subject", "session"]].drop_duplicates()),
            "without": int(table["session"].isna().sum()),
            "per_subject": _spread([row["sessions"] for row in per_subject if row["sessions"]]),
        },
        "timed": int(table["time"].notna().sum()),
        "sizes": _sizes(decoded.about[decoded.readable]),
    }


def splits_of(table: pd.DataFrame) -> np.ndarray:
    """``(N,)`` the split of each sample as text; `NO_SPLIT` where it names none."""
    return table["split"].astype(object).where(table["split"].notna(), NO_SPLIT).to_numpy(dtype=str)


def in_order(splits: np.ndarray) -> list[str]:
    """The splits that occur, in the usual order."""
    present = set(splits.tolist())
    return [split for split in (*SPLITS, NO_SPLIT) if split in present]


def _groups(table: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """People who are tested together, as the data name them, in the order of their names."""
    if "group" not in table:
        return []
    return [
        {
            "group": str(group),
            "n": len(rows),
            "subjects": int(rows["subject"].nunique()),
            "labels": _counts(rows["label"], names),
        }
        for group, rows in table.groupby("group", sort=True)
    ]


def _counts(labels: pd.Series, names: Sequence[str]) -> dict[str, int]:
    found = labels.value_counts()
    return {name: int(found.get(name, 0)) for name in names}


def _spread(numbers: Sequence[int] | np.ndarray) -> dict[str, float] | None:
    if not len(numbers):
        return None
    return {"min": int(np.min(numbers)), "median": float(np.median(numbers)), "max": int(np.max(numbers))}


def _sizes(about: pd.DataFrame) -> dict[str, Any]:
    found = about[["width", "height"]].value_counts()
    return {
        "distinct": len(found),
        "width": _spread(about["width"].to_numpy()),
        "height": _spread(about["height"].to_numpy()),
        "most_common": [
            {"width": int(size[0]), "height": int(size[1]), "n": int(n)}
            for size, n in zip(found.index.tolist()[:10], found.tolist(), strict=False)
        ],
    }
