"""A run with as many points as a bench asks for: a shipped run's network, and a feature table of drawn people."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from fer_core.data import open_data
from fer_core.features import FeatureTable, write_features
from fer_core.runs import find_run

NAME = "many-points"
SHIPPED = "drowsiness"
"""Whose labels and network the run has."""
_FRAMES = 17
_EACH = 3 * 2 * _FRAMES
"""Pictures of one person: three states in two sessions."""
_SIZE = 32


def many_points(home: Path, points: int) -> str:
    """Makes the run; gives its name. Its vectors are drawn from a seed and say nothing about any network.

    Args:
        home: A folder of runs.
        points: Rows of its feature table.

    Raises:
        ValueError: fewer than two points.
        FileNotFoundError: the shipped run is not there.
    """
    if points < 2:
        raise ValueError(f"points must be 2 or more, got {points}")
    shipped, place = find_run(SHIPPED), home / NAME
    shutil.copytree(shipped.path, place, ignore=shutil.ignore_patterns("features", "projections", "leakage.json"))
    source = f"people:subjects={-(-points // _EACH)},sessions=2,states=drowsiness,frames={_FRAMES}"
    table = open_data(source).table.iloc[:points].reset_index(drop=True)
    samples = table[["label", "subject", "session"]].assign(
        sample=table["path"], predicted=table["label"], split="all", run=NAME
    )
    rng = np.random.default_rng(0)
    who, how = (samples[name].astype("category").cat.codes.to_numpy() for name in ("subject", "label"))
    spaces = {}
    for space, codes in (("v_face", who), ("v_state", how)):
        centres = rng.normal(size=(int(codes.max()) + 1, _SIZE))
        spaces[space] = (centres[codes] + 0.5 * rng.normal(size=(points, _SIZE))).astype(np.float32)
    made = {
        "run": NAME, "seed": 0, "data": source, "source": source, "split": "all", "n": points, "of": points,
        "synthetic": True, "in_sample": False, "selected_on": False,
    }  # fmt: skip
    folder = place / "features"
    folder.mkdir()
    write_features(folder / "all.parquet", FeatureTable(samples, spaces, made=made))
    return NAME
