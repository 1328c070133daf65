"""People on paper: a contact sheet, and pictures written as a data set with a manifest."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from fer_core.data.dataset import Dataset
from fer_core.data.landmarks import COLUMNS
from fer_core.data.people.render import POINTS
from fer_core.data.people.source import Drawings

GAP = 4
"""Pixels between the pictures of a sheet."""


def contact_sheet(dataset: Dataset, columns: int, rows: int) -> np.ndarray:
    """Pictures spread evenly over people: each row shows one person in several states and sessions.

    Args:
        dataset: Of `open_people`.
        columns: Pictures in a row.
        rows: People at most.

    Returns:
        ``(H, W, 3)`` uint8.
    """
    people = list(dict.fromkeys(dataset.table["subject"]))
    chosen = [people[int(place)] for place in np.linspace(0, len(people) - 1, min(rows, len(people)))]
    lines: list[Sequence[int]] = []
    for person in chosen:
        mine = np.flatnonzero((dataset.table["subject"] == person).to_numpy())
        # Not at the first frame of each state: recordings begin alike.
        places = (np.arange(min(columns, len(mine))) + 0.5) * len(mine) / min(columns, len(mine))
        lines.append(mine[places.astype(int)].tolist())
    size = dataset.picture(0).shape[0]
    wide = max(len(line) for line in lines)
    sheet = np.full((len(lines) * (size + GAP) - GAP, wide * (size + GAP) - GAP, 3), 255, dtype=np.uint8)
    for row, line in enumerate(lines):
        for column, sample in enumerate(line):
            top, left = row * (size + GAP), column * (size + GAP)
            sheet[top : top + size, left : left + size] = dataset.picture(sample)
    return sheet


def export(dataset: Dataset, out: Path) -> pd.DataFrame:
    """Writes every picture as PNG below ``out``, and ``manifest.csv`` with all that is true of them.

    Args:
        dataset: Of `open_people`.
        out: A folder; it must not hold anything.

    Returns:
        The manifest: the data set's table with landmarks in pixels, face width and light added, and the landmarks once
        more as trainings read them (`fer_core.data.landmarks`).

    Raises:
        FileExistsError: ``out`` holds something.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} already holds something; choose another folder")
    files = dataset.files
    if not isinstance(files, Drawings):
        raise ValueError(f"{dataset.name} is not drawn; only people: can be exported")
    paths = dataset.table["path"].tolist()

    def one(path: str) -> dict[str, float]:
        picture, truth = files.draw(path)
        place = out / path
        place.parent.mkdir(parents=True, exist_ok=True)
        write_png(place, picture)
        points = {
            f"{name}_{axis}": round(float(value), 3)
            for name, point in zip(POINTS, truth.landmarks, strict=True)
            for axis, value in zip("xy", point, strict=True)
        }
        shares = [round(float(value), 5) for value in (truth.landmarks.ravel() + 0.5) / len(picture)]
        points |= dict(zip(COLUMNS, shares, strict=True))
        light = dict(zip(("light_x", "light_y", "light_z"), truth.light, strict=True))
        return {**points, "face_width": round(truth.face_width, 3), **light}

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        drawn = pool.map(one, paths)
        bar = tqdm(drawn, total=len(paths), desc="drawing", unit="picture", file=sys.stderr, disable=None)
        more = pd.DataFrame(list(bar))
    manifest = pd.concat([dataset.table.reset_index(drop=True), more], axis=1)
    part = out / "manifest.csv.part"
    manifest.to_csv(part, index=False)
    os.replace(part, out / "manifest.csv")
    return manifest


def write_png(path: Path, picture: np.ndarray) -> None:
    """Writes a picture whole or not at all.

    Args:
        path: Where to.
        picture: ``(H, W, 3)`` uint8 RGB.
    """
    part = path.with_name(path.name + ".part")
    part.write_bytes(bytes(cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1]))
    os.replace(part, path)
