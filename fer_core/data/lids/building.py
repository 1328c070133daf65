"""Data sets of real faces in three states: each face as it is, with lids half closed, and with lids closed.

All three pictures of a face go one way: cut and shrunk, lids lowered (of the waking one too, by a few hundredths),
shrunk again and compressed alike, so that nothing but the lids tells them apart.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from fer_core.contracts import FaceBox
from fer_core.data.dataset import Dataset
from fer_core.data.landmarks import COLUMNS as LANDMARKS
from fer_core.data.lids.closing import close_lids
from fer_core.data.people.render import openness
from fer_core.faces import FaceFinder
from fer_core.pictures import UnreadablePicture
from fer_core.seeds import stream

Reader = Callable[[np.ndarray, Sequence[FaceBox]], np.ndarray]
"""How open the eyes of faces are: a picture and its F faces -> ``(F, 2)`` in [0, 1]; `EyeReader.openness` is one."""

SIZE = 192
"""Side in pixels of the pictures written."""

WIDEST, NARROWEST = 3.4, 2.6
"""Side of the square that is cut, in distances between the eyes: the widest that the picture holds."""

SMALLEST = 20.0
"""Least distance between the eyes in pixels: below it an open eye is three pixels high."""

OPEN = 0.85
"""Least openness of both eyes of a face that counts as awake. Of 130 faces of three collections 118 are above."""

OPENINGS: Mapping[str, tuple[float, float]] = {"Awake": (0.88, 1.0), "Drowsy": (0.35, 0.65), "Asleep": (0.0, 0.0)}
"""Label -> between which shares of the waking opening its lids are drawn."""

STREAM = "lids"
COLUMNS = ("path", "label", "subject", "session", "split", "source", "origin", "opening", "openness_left",
           "openness_right", "read_left", "read_right", *LANDMARKS)  # fmt: skip
"""``origin`` is the picture's name in its data set, ``opening`` the share of the waking opening; ``openness_*`` is what
`fer data eyes` learns from, ``read_*`` what the run of eyes says of the picture; landmarks as `landmarks.COLUMNS`."""


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
        datasets: Pictures of real people, one face of interest each: the largest.
        out: The folder to write; it must not hold anything.
        reader: Who says how open eyes are.
        limit: Faces of each data set at most; all where None.
        each: Faces of each person at most; pictures without a subject are a person each.
        seed: Chooses among pictures, and draws openings, variation of the lids and compression.
        finder: Who looks for faces.

    Returns:
        What was written, by data set: faces, why others were left out; by label: pictures, in how many a face is found
        again, and what the reader says of them.

    Raises:
        ValueError: two data sets of one name, drawn people, or a limit below 1.
        FileExistsError: ``out`` holds something.
    """
    names = [dataset.name for dataset in datasets]
    if len(set(names)) < len(names):
        raise ValueError(f"data sets must differ in name, got {', '.join(names)}")
    for given, name in ((limit, "limit"), (each, "each")):
        if given is not None and given < 1:
            raise ValueError(f"{name} must be at least 1, got {given}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} already holds something; choose another --out")
    finder = finder or FaceFinder()
    rows: list[dict[str, Any]] = []
    sources: dict[str, Any] = {}
    for dataset in datasets:
        lost: Counter[str] = Counter()
        before = len(rows)
        for row, picture, face in _awake(dataset, reader, finder, limit, each, seed, lost):
            rows += _three(dataset, row, picture, face, out, reader, finder, seed)
        faces = (len(rows) - before) // len(OPENINGS)
        people = {one["subject"] for one in rows[before:] if one["subject"]}
        sources[dataset.name] = {"pictures": len(dataset), "faces": faces, "people": len(people)}
        sources[dataset.name]["left_out"] = dict(lost.most_common())
    out.mkdir(parents=True, exist_ok=True)
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    labels = {label: _about([one for one in rows if one["label"] == label]) for label in OPENINGS}
    return {"out": str(out), "n": len(rows), "seed": seed, "sources": sources, "labels": labels}


def _about(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the pictures of one label."""
    read = np.array([[one["read_left"], one["read_right"]] for one in rows], dtype=np.float64).reshape(-1, 2)
    found = sum(bool(one["found"]) for one in rows)
    told: dict[str, Any] = {"n": len(rows), "found": found}
    told["read"] = float(np.nanmean(read)) if np.isfinite(read).any() else None
    told["read_closed"] = float((read[np.isfinite(read)] < 0.5).mean()) if np.isfinite(read).any() else None
    return told


def _awake(
    dataset: Dataset,
    reader: Reader,
    finder: FaceFinder,
    limit: int | None,
    each: int | None,
    seed: int,
    lost: Counter[str],
) -> Iterator[tuple[int, np.ndarray, FaceBox]]:
    """Row, picture and face of those who are awake, people in turn; ``lost`` counts the others, and why."""
    taken: Counter[str] = Counter()
    order = _in_turn(dataset, seed)
    for row in tqdm(order, desc=f"lids of {dataset.name}", unit="picture", file=sys.stderr, disable=None):
        if limit is not None and taken.total() >= limit:
            return
        person = _person(dataset, row)
        if each is not None and taken[person] >= each:
            continue
        try:
            picture = dataset.picture(row)
        except (UnreadablePicture, ValueError, OSError):
            lost["unreadable"] += 1
            continue
        faces = finder.find(picture)
        if not faces or faces[0].landmarks is None:
            lost["no face found"] += 1
        elif float(np.hypot(*(faces[0].landmarks[1] - faces[0].landmarks[0]))) < SMALLEST:
            lost["eyes too small"] += 1
        elif not (reader(picture, faces[:1])[0] >= OPEN).all():
            lost["eyes not clearly open"] += 1
        else:
            taken[person] += 1
            yield row, picture, faces[0]


def _person(dataset: Dataset, row: int) -> str:
    subject = dataset.table["subject"].iloc[row]
    return f"picture {row}" if subject is None else str(subject)


def _in_turn(dataset: Dataset, seed: int) -> list[int]:
    """Rows in chance order, each person's first before anybody's second."""
    turns: Counter[str] = Counter()
    keyed = []
    for row in stream(seed, STREAM).permutation(len(dataset)).tolist():
        person = _person(dataset, row)
        keyed.append((turns[person], len(keyed), row))
        turns[person] += 1
    return [row for _, _, row in sorted(keyed)]


def _three(
    dataset: Dataset,
    row: int,
    picture: np.ndarray,
    face: FaceBox,
    out: Path,
    reader: Reader,
    finder: FaceFinder,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Writes the pictures of one face; the manifest's rows."""
    points = face.landmarks
    if points is None:
        return
    origin = str(dataset.table["path"].iloc[row])
    subject, session, split = (dataset.table[column].iloc[row] for column in ("subject", "session", "split"))
    rng = stream(seed, STREAM, row)
    crop, points = _cut(picture, points)
    quality = int(rng.integers(80, 97))
    for label, (least, most) in OPENINGS.items():
        opening = float(rng.uniform(least, most))
        drawn = _shrunk(close_lids(crop, points, opening, rng))
        path = f"{dataset.name}/{row:06d}-{label.lower()}.jpg"
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        _, packed = cv2.imencode(".jpg", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
        (out / path).write_bytes(packed.tobytes())
        written = cv2.cvtColor(cv2.imdecode(packed, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        share = (points + 0.5) / len(crop)
        there = FaceBox((0.0, 0.0, SIZE, SIZE), 1.0, (share * SIZE - 0.5).astype(np.float32))
        left, right = reader(written, [there])[0].tolist()
        yield {
            "path": path,
            "label": label,
            "subject": subject,
            # Pictures of unknown occasions are an occasion each, which the three share.
            "session": origin if session is None else session,
            "split": split,
            "source": dataset.name,
            "origin": origin,
            "opening": round(opening, 4),
            "openness_left": round(openness(opening), 4),
            "openness_right": round(openness(opening), 4),
            "read_left": round(left, 4),
            "read_right": round(right, 4),
            **dict(zip(LANDMARKS, np.round(share.ravel(), 5).tolist(), strict=True)),
            "found": finder.find(written),
        }


def _cut(picture: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A square about the face, of at most twice `SIZE` pixels a side and never enlarged, and the landmarks in it."""
    distance = float(np.hypot(*(points[1] - points[0])))
    height, width = picture.shape[:2]
    side = max(min(WIDEST * distance, height, width), NARROWEST * distance)
    middle = points.mean(axis=0).astype(np.float64)
    # Moved into the picture where it fits there; what does not fit goes on with the edge's pixels.
    room = np.maximum(np.array([width, height]) - side, 0)
    corner = np.clip(middle + 0.5 - side / 2, np.minimum(0, room), room)
    corner = np.where(np.array([width, height]) < side, middle + 0.5 - side / 2, corner)
    pixels = max(1, min(2 * SIZE, round(side)))
    scale = pixels / side
    part, offset = picture, np.zeros(2)
    if scale < 0.75:
        # Averaged down first: the warp below looks at four pixels only.
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        part = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        offset = np.array(small) / np.array([width, height])
    factor = scale / offset if offset.any() else np.full(2, scale)
    place = np.column_stack([np.diag(factor), -scale * corner + 0.5 * factor - 0.5])
    crop = cv2.warpAffine(part, place, (pixels, pixels), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return crop, (scale * (points + 0.5 - corner) - 0.5).astype(np.float32)


def _shrunk(picture: np.ndarray) -> np.ndarray:
    area = len(picture) > SIZE
    return cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA if area else cv2.INTER_CUBIC)
