"""A folder (or zip) of class folders, with or without split folders above them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fer_core.data.dataset import sample_table, split_name
from fer_core.data.files import is_picture


def read_class_folders(names: Sequence[str], source: str) -> pd.DataFrame:
    """``[<anything>/][<split>/]<class>/<picture>`` as a sample table.

    The class is the folder that holds a picture; a split is the nearest folder above it that is named like one
    (train, val, PublicTest ...). A picture right inside the data set or right inside a split folder has no label.

    Args:
        names: All files, with forward slashes.
        source: For the error sentence.

    Raises:
        ValueError: no picture at all.
    """
    paths = [name for name in names if is_picture(name)]
    if not paths:
        raise ValueError(
            f"{source} holds no pictures, no manifest.csv or manifest.parquet, and no table of FER2013, RAF-DB, "
            "FERPlus or AffectNet"
        )
    top = _shared_depth(paths)
    labels, splits = [], []
    for path in paths:
        folders = path.split("/")[:-1]
        named = [index for index, folder in enumerate(folders) if split_name(folder)]
        splits.append(split_name(folders[named[-1]]) if named else None)
        below = folders[named[-1] + 1 :] if named else folders[top:]
        labels.append(below[-1] if below else None)
    return sample_table({"path": paths, "label": labels, "split": splits})


def _shared_depth(paths: Sequence[str]) -> int:
    """How many leading folders wrap everything: they are packaging, unless classes would vanish with them."""
    folders = [path.split("/")[:-1] for path in paths]
    depth = 0
    shortest = min(len(steps) for steps in folders)
    while depth < shortest and len({steps[depth] for steps in folders}) == 1:
        depth += 1
    # A single class folder is still a class: `faces/happy/1.jpg` alone keeps its label.
    return min(depth, max(0, shortest - 1))
