"""Data sets of real faces in three states, made of faces that are awake; whoever is left out is counted."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from fer_core.contracts import FaceBox
from fer_core.data.dataset import Dataset
from fer_core.data.landmarks import COLUMNS as LANDMARKS
from fer_core.data.lids.states import OPENINGS, SIZE, State, three_states
from fer_core.data.people.render import openness
from fer_core.faces import FaceFinder
from fer_core.labels import LABEL_SETS
from fer_core.pictures import UnreadablePicture
from fer_core.seeds import stream

Reader = Callable[[np.ndarray, Sequence[FaceBox]], np.ndarray]
"""How open the eyes of faces are: a picture and its F faces -> ``(F, 2)`` in [0, 1]; `EyeReader.openness` is one."""

SMALLEST = 20.0
"""Least distance between the eyes in pixels: below it an open eye is three pixels high."""

OPEN = 0.85
"""Least openness of both eyes of a face that counts as awake. Of 135 faces of three collections 118 are above."""

SHUT = 0.6
"""Most openness of an eye that was closed: where more is read, lids were drawn beside the eye, or it lies in the dark
or behind a glint, and the label would be wrong."""

STREAM = "lids"
COLUMNS = ("path", "label", "subject", "session", "split", "source", "origin", "opening", "openness_left",
           "openness_right", "read_left", "read_right", *LANDMARKS)  # fmt: skip
"""``origin`` is the picture's name in its data set, ``opening`` the share of the waking opening; ``openness_*`` is what
`fer data eyes` learns from, ``read_*`` what the run of eyes says of the picture; landmarks as `landmarks.COLUMNS`."""


@dataclass(frozen=True)
class _Source:
    """A data set being gone through."""

    dataset: Dataset
    people: Sequence[str | None]
    limit: int | None
    each: int | None
    lost: Counter[str] = field(default_factory=Counter)
    """Reason -> pictures left out."""
    shut: list[bool] = field(default_factory=list)
    """For each closed eye, whether it was read as closed; of all faces, before any was left out for that."""


def build(
    datasets: Sequence[Dataset],
    out: Path,
    reader: Reader,
    limit: int | None = None,
    each: int | None = None,
    seed: int = 0,
    finder: FaceFinder | None = None,
) -> dict[str, Any]:
    """Writes three pictures of every face that is awake: JPEG files below ``out`` and ``manifest.csv``.

    Args:
        datasets: Pictures of real people, one face of interest each: the largest. Where no subject is named and no
            label is a state, each label is taken for a person.
        out: The folder to write; it must not hold anything.
        reader: Who says how open eyes are.
        limit: Faces of each data set at most; all where None.
        each: Faces of each person at most; pictures without a person count as one each.
        seed: Chooses among pictures, and draws openings, variation of the lids and compression.
        finder: Who looks for faces.

    Returns:
        What was written. By data set: faces, people, why others were left out, and which share of all eyes that were
        closed reads as closed, also of faces left out for it. By label: pictures, in how many a face is found again,
        and what the reader says of them.

    Raises:
        ValueError: two data sets of one name, drawn people, or a limit below 1.
        FileExistsError: ``out`` holds something.
    """
    names = [dataset.name for dataset in datasets]
    if len(set(names)) < len(names):
        raise ValueError(f"data sets must differ in name, got {', '.join(names)}")
    drawn = [dataset.name for dataset in datasets if dataset.synthetic]
    if drawn:
        raise ValueError(f"{drawn[0]} shows people who do not exist, whose lids are drawn anyway; give real faces")
    for given, name in ((limit, "limit"), (each, "each")):
        if given is not None and given < 1:
            raise ValueError(f"{name} must be at least 1, got {given}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} already holds something; choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    finder = finder or FaceFinder()
    rows: list[dict[str, Any]] = []
    sources: dict[str, Any] = {}
    for dataset in datasets:
        source = _Source(dataset, _people(dataset), limit, each)
        mine = [
            row for states in _faces(source, reader, finder, seed) for row in _written(source, *states, out, finder)
        ]
        sources[dataset.name] = {
            "pictures": len(dataset),
            "faces": len(mine) // len(OPENINGS),
            "people": len({row["subject"] for row in mine if row["subject"]}),
            "left_out": dict(source.lost.most_common()),
            "shut": float(np.mean(source.shut)) if source.shut else None,
        }
        rows += mine
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    labels = {label: _about([row for row in rows if row["label"] == label]) for label in OPENINGS}
    return {"out": str(out), "n": len(rows), "seed": seed, "sources": sources, "labels": labels}


def _about(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the pictures of one label."""
    read = np.array([(row["read_left"], row["read_right"]) for row in rows], dtype=np.float64)
    return {
        "n": len(rows),
        "found": sum(row["found"] for row in rows),
        "read": float(read.mean()) if rows else None,
        "read_closed": float((read < 0.5).mean()) if rows else None,
    }


def _people(dataset: Dataset) -> list[str | None]:
    subjects: list[str | None] = dataset.table["subject"].tolist()
    states = {label for labels in LABEL_SETS.values() for label in labels}
    if any(subject is not None for subject in subjects) or states & set(dataset.labels):
        return subjects
    labels: list[str | None] = dataset.table["label"].tolist()
    return labels


def _faces(
    source: _Source, reader: Reader, finder: FaceFinder, seed: int
) -> Iterator[tuple[int, tuple[State, ...], np.ndarray]]:
    """Row, the three states of its face, and ``(3, 2)`` how open the reader finds them; people take turns."""
    taken: Counter[str] = Counter()
    dataset, people, lost = source.dataset, source.people, source.lost
    order = _in_turn(people, seed)
    for row in tqdm(order, desc=f"lids of {dataset.name}", unit="picture", file=sys.stderr, disable=None):
        if source.limit is not None and taken.total() >= source.limit:
            return
        person = people[row] or f"picture {row}"
        if source.each is not None and taken[person] >= source.each:
            continue
        try:
            picture = dataset.picture(row)
        except (UnreadablePicture, ValueError, OSError):
            lost["unreadable"] += 1
            continue
        faces = finder.find(picture)
        points = faces[0].landmarks if faces else None
        if points is None:
            lost["no face found"] += 1
        elif float(np.hypot(*(points[1] - points[0]))) < SMALLEST:
            lost["eyes too small"] += 1
        elif not (reader(picture, faces[:1])[0] >= OPEN).all():
            lost["eyes not clearly open"] += 1
        else:
            states = three_states(picture, points, stream(seed, f"{STREAM} {dataset.name}", row))
            read = np.stack([reader(one.pixels, [_as_face(one)])[0] for one in states])
            source.shut.extend((read[-1] < 0.5).tolist())
            if (read[-1] <= SHUT).all():
                taken[person] += 1
                yield row, states, read
            else:
                lost["closed lids not read as closed"] += 1


def _in_turn(people: Sequence[str | None], seed: int) -> list[int]:
    """Rows in chance order, each person's first before anybody's second."""
    turns: Counter[str] = Counter()
    keyed: list[tuple[int, int, int]] = []
    for row in stream(seed, STREAM).permutation(len(people)).tolist():
        person = people[row] or f"picture {row}"
        keyed.append((turns[person], len(keyed), row))
        turns[person] += 1
    return [row for _, _, row in sorted(keyed)]


def _as_face(state: State) -> FaceBox:
    return FaceBox((0.0, 0.0, SIZE, SIZE), 1.0, (state.landmarks * SIZE - 0.5).astype(np.float32))


def _written(
    source: _Source, row: int, states: Sequence[State], read: np.ndarray, out: Path, finder: FaceFinder
) -> Iterator[dict[str, Any]]:
    """The manifest's rows of a face whose files are now there."""
    table = source.dataset.table
    origin, session, split = (table[column].iloc[row] for column in ("path", "session", "split"))
    for state, (left, right) in zip(states, read.tolist(), strict=True):
        path = f"{source.dataset.name}/{row:06d}-{state.label.lower()}.jpg"
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(state.packed)
        seen = round(openness(state.opening), 4)
        # Pictures of unknown occasions are an occasion each, which the three share.
        values = (path, state.label, source.people[row], origin if session is None else session, split,
                  source.dataset.name, origin, round(state.opening, 4), seen, seen, round(left, 4), round(right, 4),
                  *np.round(state.landmarks.ravel(), 5).tolist())  # fmt: skip
        yield {**dict(zip(COLUMNS, values, strict=True)), "found": bool(finder.find(state.pixels))}
