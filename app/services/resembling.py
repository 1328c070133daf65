"""Which stored faces a face resembles, space by space, as `fer neighbours` tells it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from app.services import portraits, space, space_people
from app.services.predicting import loaded
from app.services.provenance import Provenance, people
from app.services.space import Table
from fer_core.neighbours import nearest
from fer_core.runs import find_run

COUNT = 5
"""Neighbours in each space."""


def stored(name: str) -> Table | None:
    """The faces that others are compared with: the run's stored features, else the people drawn for it; None: neither.

    Args:
        name: The run.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the stored table is damaged.
    """
    there = space.splits(name)
    return space.table(name, there[0] if there else space.DRAWN)


def storing(name: str) -> str:
    """The command that gives a run faces to compare with.

    Args:
        name: The run.

    Raises:
        FileNotFoundError: no such run.
    """
    source = str((find_run(name).info.get("data") or {}).get("source") or "DATA")
    return f"fer embed {shlex.quote(name)} --data {shlex.quote(source)} --store"


def vectors(name: str, crop: np.ndarray) -> dict[str, np.ndarray]:
    """What a run makes of one face.

    Args:
        name: A usable run.
        crop: ``(S, n S, 3)`` uint8, the pixels that the network saw; of two eyes the mean counts, as in the answer.

    Returns:
        ``(1, D)`` float32 of each feature space.

    Raises:
        FileNotFoundError: no such run.
        ValueError: it cannot be used.
    """
    parts = np.stack(np.split(crop, crop.shape[1] // crop.shape[0], axis=1))
    return {one: found.mean(axis=0)[None] for one, found in loaded(name).spaces(parts).items()}


def neighbours(told: Table, seen: Mapping[str, np.ndarray]) -> dict[str, pd.DataFrame]:
    """The nearest stored faces in every space that the table and the run share.

    Args:
        told: Of `stored`.
        seen: Of `vectors`.

    Returns:
        Space -> `COUNT` rows or fewer, the nearest first: the sample's columns and ``cosine``.

    Raises:
        FileNotFoundError: the table is gone.
        ValueError: the table is of another network.
    """
    found = {}
    for one in (name for name in told.spaces if name in seen):
        table = space.vectors(told.run, told.split, one)
        rows, cosines = nearest(seen[one], table, one, COUNT)
        found[one] = table.samples.iloc[rows[0]].reset_index(drop=True).assign(cosine=cosines[0])
    return found


def faces(told: Table, samples: Sequence[str]) -> tuple[list[str | None], str | None]:
    """Small pictures of stored samples, and one sentence why there are none.

    Args:
        told: The table they stand in.
        samples: Their names.
    """
    try:
        return portraits.tiles(portraits.source_of(told.run, told.made), samples), None
    except (FileNotFoundError, ValueError) as fault:
        return [None] * len(samples), str(fault)


def of_neighbours(told: Table, picture: str, how: str) -> Provenance:
    """Of the neighbours of one picture's faces.

    Args:
        told: The table.
        picture: The picture's name.
        how: How faces were found.
    """
    run, made = find_run(told.run), told.made
    parts = [
        f"run {told.run}",
        f"cosine to stored features of {made.get('data') or 'unknown data'}",
        f"split {made.get('split') or told.split}",
        f"n = {len(told.samples):,}",
        "in-sample (the run learned from it)" if made.get("in_sample") else "held-out",
        f"seed {made.get('seed', run.info.get('seed'))}",
        people(run, bool(made.get("synthetic", run.synthetic))),
    ]
    if told.split == space.DRAWN:
        return Provenance(" · ".join(parts), space_people.command(run))
    asked = f"fer neighbours {shlex.quote(_file(picture))} --run {shlex.quote(told.run)}"
    command = f"{asked} --split {shlex.quote(told.split)} --k {COUNT} --faces {how} --json"
    return Provenance(" · ".join(parts), command)


def _file(picture: str) -> str:
    """A member of a zip is asked for with the zip."""
    head, zipped, _ = picture.partition(".zip/")
    return head + ".zip" if zipped else picture
