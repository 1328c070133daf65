"""`fer data framing`: how the faces of a data set are cut."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.data.wording import Data

if TYPE_CHECKING:
    import numpy as np

    from fer_core.data import Dataset


def framing(
    data: Data,
    sample: Annotated[int, typer.Option(min=30, help="Pictures to look at: 1,500 give medians to about 0.002.")] = 1500,
    split: Annotated[str, typer.Option(help="Where they come from: train, validation, test or all.")] = "all",
    seed: Annotated[int, typer.Option(min=0, help="Which pictures are drawn.")] = 0,
) -> Answer:
    """Measure where the detector sees faces in a data set's crops, so that photos can be cut to the same framing.

    Raises:
        FileNotFoundError: there is no such data.
        ValueError: it is in no supported format, has no such split, or shows too few faces.
    """
    from fer_core.data import open_data
    from fer_core.faces import FaceFinder, measure_framing
    from fer_core.seeds import stream

    dataset = open_data(data).select(split)
    drawn = stream(seed, "framing").permutation(len(dataset))[:sample]
    unreadable: list[str] = []
    found = measure_framing(dataset.name, _pictures(dataset, drawn, unreadable), FaceFinder())
    if found.landmarks is None:
        raise ValueError(f"the detector gave no landmarks for {dataset.name}")
    document = {"data": data, "split": split, "seed": seed, "unreadable": unreadable, **vars(found)}
    points = ("eye at left", "eye at right", "nose", "mouth at left", "mouth at right")
    rows = [
        [name, *(f"{value:.4f}" for value in (*point, *spread))]
        for name, point, spread in zip(points, found.landmarks.tolist(), found.spread.tolist(), strict=True)
    ]
    left, top, right, bottom = found.box
    return Answer(
        document,
        f"{dataset.name}: one face in {found.n:,} of {found.looked_at:,} crops; fractions of the crop's side.\n\n"
        f"{table(['median', 'x', 'y', 'deviation x', 'deviation y'], rows)}\n\n"
        f"box: left {left:.4f}, top {top:.4f}, right {right:.4f}, bottom {bottom:.4f}",
    )


def _pictures(dataset: Dataset, rows: np.ndarray, unreadable: list[str]) -> Iterator[np.ndarray]:
    """The pictures of some rows; what cannot be read is named in ``unreadable``."""
    from tqdm import tqdm

    for row in tqdm(rows.tolist(), desc="looking for faces", unit="picture", file=sys.stderr, disable=None):
        try:
            yield dataset.picture(row)
        except (ValueError, OSError):
            unreadable.append(str(dataset.table["path"].iloc[row]))
