"""Eye crops to learn from: labelled ones as they are, and those cut out of faces whose eye openness is known."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from fer_core.data.dataset import Dataset
from fer_core.faces import FaceFinder
from fer_core.framing import EYE_SIDE, eye_crops
from fer_core.labels import EYES
from fer_core.pictures import UnreadablePicture
from fer_core.tables import PROBABILITY

SIZE = 64
"""Side of the crops cut from faces: twice what the network reads, so that shifts and turns find pixels."""

SMALLEST = 12
"""Side in the face's pixels of the smallest eye that is cut: below it lids are a smear."""

SIDES = ("left", "right")
"""Of the picture, not of the person."""

_SPLIT = {0: "test", 1: "validation"}
"""Of the groups, counted from the chosen fold."""

COLUMNS = ("path", "label", "subject", "session", "split", "source", *(f"{PROBABILITY}{label}" for label in EYES))


@dataclass(frozen=True)
class Eye:
    """One eye crop and what is known of it."""

    name: str
    """Where it comes from, without a suffix."""
    pixels: np.ndarray = field(repr=False)
    """``(H, W, 3)`` uint8."""
    label: str
    subject: str
    session: str | None
    openness: float | None
    """In [0, 1]; None where only the label is known."""


def build(
    datasets: Sequence[Dataset], out: Path, fold: int = 0, folds: int = 6, finder: FaceFinder | None = None
) -> dict[str, Any]:
    """Writes eye crops as a data set: PNG files and ``manifest.csv``, nobody in two splits.

    The people of each data set are dealt into ``folds`` groups; group ``fold`` is the test split, the next one
    validates, the others train. Over all folds everybody is tested exactly once. Beside real people rendered ones only
    train: what counts is how real eyes are judged.

    Args:
        datasets: Each either eye crops labelled closed or open, or faces with a numeric column ``openness`` (or
            ``openness_left`` and ``openness_right``, of the picture's sides) in [0, 1].
        out: The folder to write; it must not hold anything.
        fold: In ``0 .. folds - 1``.
        folds: At least 3.
        finder: Who looks for faces.

    Returns:
        What was written: counts by data set, split and label, and the people of each split.

    Raises:
        ValueError: a fold that is not there, data of neither kind, without subjects or with fewer people than folds,
            an openness outside [0, 1], or two data sets of one name.
        FileExistsError: ``out`` holds something.
    """
    if folds < 3 or not 0 <= fold < folds:
        raise ValueError(f"folds must be at least 3 and fold in 0 ... folds - 1, got folds {folds} and fold {fold}")
    names = [dataset.name for dataset in datasets]
    if len(set(names)) < len(names):
        raise ValueError(f"data sets must differ in name, got {', '.join(names)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} already holds something; choose another --out")
    # All mistakes of all data sets are told before the first file is written.
    known = [_openness(dataset) for dataset in datasets]
    judged = [dataset for dataset in datasets if not dataset.synthetic] or list(datasets)
    groups = {dataset.name: deal(dataset, folds) for dataset in judged}
    finder = finder or FaceFinder()
    rows: list[dict[str, Any]] = []
    sources = {}
    for dataset, openness in zip(datasets, known, strict=True):
        lost: Counter[str] = Counter()
        (out / dataset.name).mkdir(parents=True, exist_ok=True)
        group = groups.get(dataset.name, {})
        splits = {person: _SPLIT.get((place - fold) % folds, "train") for person, place in group.items()}
        eyes = _eyes(dataset, openness, finder, lost)
        found = [_written(eye, dataset.name, splits.get(eye.subject, "train"), out) for eye in eyes]
        sources[dataset.name] = {"pictures": len(dataset), "eyes": len(found), "left_out": dict(lost.most_common())}
        rows += found
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    parts = dict(iter(table.groupby("split")))
    return {
        "out": str(out),
        "n": len(rows),
        "fold": fold,
        "folds": folds,
        "sources": sources,
        "splits": {
            split: {
                "n": len(parts[split]),
                "labels": {label: int((parts[split]["label"] == label).sum()) for label in EYES},
                "subjects": sorted(parts[split]["subject"].unique()),
            }
            for split in ("train", "validation", "test")
            if split in parts
        },
    }


def deal(dataset: Dataset, folds: int) -> dict[str, int]:
    """Subject -> group in ``0 .. folds - 1``, by nothing but the table.

    People are dealt in the order of their share of open eyes: with some who hardly open or close theirs on record,
    random groups may hold one state only.

    Raises:
        ValueError: no subjects, or fewer than folds.
    """
    known = dataset.table[dataset.table["subject"].notna()]
    if known.empty:
        raise ValueError(f"{dataset.name} names no subjects, so people cannot be kept whole; add a column 'subject'")
    is_open = (known["label"] == EYES[1]).astype(float)
    columns = _openness_columns(dataset)
    if columns:
        is_open = known[list(columns)].apply(pd.to_numeric, errors="coerce").mean(axis=1)
    share = is_open.groupby(known["subject"]).mean()
    people = sorted(share.index, key=lambda subject: (round(float(share[subject]), 9), str(subject)))
    if len(people) < folds:
        raise ValueError(f"{dataset.name} has {len(people)} people, fewer than {folds} folds; give --folds")
    return {str(subject): rank % folds for rank, subject in enumerate(people)}


def _written(eye: Eye, source: str, split: str, out: Path) -> dict[str, Any]:
    """The manifest's row of an eye whose file is now there."""
    path = f"{source}/{eye.name}.png"
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(out / path), cv2.cvtColor(eye.pixels, cv2.COLOR_RGB2BGR)):
        raise OSError(f"{out / path} cannot be written")
    row = dict(zip(COLUMNS, (path, eye.label, eye.subject, eye.session, split, source), strict=False))
    if eye.openness is not None:
        row |= {f"{PROBABILITY}{EYES[0]}": f"{1 - eye.openness:.4f}", f"{PROBABILITY}{EYES[1]}": f"{eye.openness:.4f}"}
    return row


def _openness_columns(dataset: Dataset) -> tuple[str, ...]:
    """The columns that say how far the eyes of a face are open, left before right; none for eye crops."""
    both = tuple(f"openness_{side}" for side in SIDES)
    if all(column in dataset.table for column in both):
        return both
    return ("openness",) if "openness" in dataset.table else ()


def _eyes(dataset: Dataset, openness: np.ndarray | None, finder: FaceFinder, lost: Counter[str]) -> Iterator[Eye]:
    """The eyes of a data set in the table's order; ``lost`` counts what was left out, and why."""
    table = dataset.table
    for row in tqdm(range(len(table)), desc=f"eyes of {dataset.name}", unit="picture", file=sys.stderr, disable=None):
        path, label, subject, session = (table[column].iloc[row] for column in ("path", "label", "subject", "session"))
        name = _plain_name(path)
        if subject is None or (openness is None and label not in EYES):
            lost["no subject" if subject is None else "no label closed or open"] += 1
            continue
        try:
            picture = dataset.picture(row)
        except (UnreadablePicture, ValueError, OSError):
            lost["unreadable"] += 1
            continue
        if openness is None:
            yield Eye(name, picture, label, subject, session, None)
            continue
        for side, crop, share in _of_face(picture, openness[row], finder, lost):
            yield Eye(f"{name}-{side}", crop, EYES[int(share >= 0.5)], subject, session, share)


def _of_face(
    picture: np.ndarray, openness: Iterable[float], finder: FaceFinder, lost: Counter[str]
) -> Iterator[tuple[str, np.ndarray, float]]:
    """Side, crop and openness of the largest face's eyes."""
    faces = [face for face in finder.find(picture) if face.landmarks is not None]
    if not faces or faces[0].landmarks is None:
        lost["no face found"] += 1
        return
    points = faces[0].landmarks
    if EYE_SIDE * float(np.hypot(*(points[1] - points[0]))) < SMALLEST:
        lost["eyes too small"] += 1
        return
    for side, crop, share in zip(SIDES, eye_crops(picture, points, SIZE), openness, strict=True):
        if np.isfinite(share):
            yield side, crop, float(share)
        else:
            lost["openness unknown"] += 1


def _openness(dataset: Dataset) -> np.ndarray | None:
    """``(N, 2)`` in [0, 1], left and right, NaN where the table is silent; None for eye crops.

    Raises:
        ValueError: neither faces nor eye crops; or a value that is no number, or outside.
    """
    columns = _openness_columns(dataset)
    if not columns:
        if not set(EYES) & set(dataset.labels):
            raise ValueError(
                f"{dataset.name} holds neither eye crops labelled {' and '.join(EYES)} nor faces with a column "
                "'openness'"
            )
        return None
    written = dataset.table[list(columns)]
    values = written.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    silent = written.isna().to_numpy()
    wrong = ~silent & ~((values >= 0) & (values <= 1))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        path, given = dataset.table["path"].iloc[row], written.iloc[row, column]
        raise ValueError(f"{path}: {columns[column]} must lie in [0, 1], got {given}")
    return np.broadcast_to(values, (len(values), 2)) if len(columns) == 1 else values


def _plain_name(path: str) -> str:
    """A sample's path without suffix, safe below any folder."""
    parts = [part for part in PurePosixPath(path.replace("\\", "/")).with_suffix("").parts if part not in ("/", "..")]
    return "/".join(parts)
