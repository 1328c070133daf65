"""A zip whose folders or manifest name labels: taken into memory, and judged as `fer evaluate` judges it.

Nothing touches the disk: neither the zip nor what its pictures become.
"""

from __future__ import annotations

import hashlib
import io
import shlex
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from app.services import parquet_apart
from app.services.predicting import FacesMode
from app.services.provenance import Provenance
from app.services.results import baseline
from app.services.runs import SPLIT_ORDER
from fer_core.data.dataset import Dataset
from fer_core.data.files import Files, Zip
from fer_core.data.formats import read_files
from fer_core.data.manifest import NAMES
from fer_core.labels import index_of
from fer_core.runs import find_run

MOST_JUDGED = 1_000
"""Pictures of a zip that a page judges: with a detector about a minute on two cores."""
AT_ONCE = 200
"""So many are judged without being asked to."""
MOST_MEMBERS = 20_000
MOST_TABLE = 5 * 10**6
"""Bytes of a manifest."""
FAULTS = (struct.error, LookupError, OverflowError, MemoryError, ValueError)
"""What zipfile raises on damaged archives besides its own errors."""
_TABLES = (".csv", ".npy")

Told = Callable[[int, int], None]
"""Takes how many pictures were read so far, and of how many."""

_JUDGING = threading.Lock()


@dataclass(frozen=True)
class LabelledZip:
    """One zip in memory, with the labels that it gives its pictures."""

    name: str
    key: str
    """Differs when name or bytes differ."""
    size: int
    """Bytes held."""
    dataset: Dataset | None = field(repr=False, default=None)
    why_not: str | None = None
    """One sentence, where its labels cannot be read."""


@dataclass(frozen=True)
class Judged:
    """What `fer evaluate` says of a zip."""

    report: Mapping[str, Any]
    """As ``fer evaluate RUN --data ZIP --json`` prints it."""
    facts: Mapping[str, Any]
    baseline: Mapping[str, Any]
    """What always answering the most frequent label would score."""
    excluded: tuple[Mapping[str, str], ...]
    labels: tuple[str, ...]

    @property
    def cells(self) -> pd.DataFrame:
        """``(K, K)`` counts; index = true, columns = answers."""
        return pd.DataFrame(self.report["confusion"], index=list(self.labels), columns=list(self.labels))


class _Brought(Zip):
    """A zip of a stranger."""

    def read(self, name: str) -> bytes:
        """The bytes of one member; of a table no more than `MOST_TABLE`, and never as a stranger packed it."""
        table = name.lower().rpartition("/")[2] in NAMES
        if table and self._members[name].file_size > MOST_TABLE:
            raise ValueError(f"{name} has more than {MOST_TABLE // 10**6} MB; judge it with fer evaluate")
        try:
            content = super().read(name)
        except FAULTS as error:
            raise ValueError(f"{name} cannot be unpacked ({type(error).__name__})") from None
        if table and name.lower().endswith(".parquet"):
            return parquet_apart.cleaned(name, content, MOST_MEMBERS, 100, 100 * MOST_MEMBERS)
        return content


def take(name: str, data: bytes) -> LabelledZip | None:
    """A zip that labels its pictures; None where it is no zip, or a zip that labels nothing.

    Args:
        name: The file's name.
        data: Its bytes.
    """
    if data[:4] != b"PK\x03\x04":
        return None
    shown = PurePath(name).name
    key = hashlib.sha1(name.encode("utf-8", "replace") + b"\0" + data, usedforsecurity=False).hexdigest()
    files = _Brought(io.BytesIO(data))
    try:
        names = files.names
    except (*FAULTS, RuntimeError):
        return None  # told where its pictures are taken
    manifest = any(one.lower().rpartition("/")[2] in NAMES for one in names)
    # The tables of published data sets are large, and what is read from them would be cached on the disk.
    if len(names) > MOST_MEMBERS or (not manifest and any(one.lower().endswith(_TABLES) for one in names)):
        return None
    try:
        dataset = read_files(files, PurePath(name).stem, shown)
    except (ValueError, OSError) as error:
        # Without a manifest it is only a zip of pictures that are nobody's data set.
        sentence = " ".join(str(error).split())[:300]
        return LabelledZip(shown, key, len(data), None, sentence) if manifest else None
    return LabelledZip(shown, key, len(data), replace(dataset, lasting=False)) if dataset.labels else None


def labels_known(brought: LabelledZip, labels: tuple[str, ...]) -> bool:
    """Whether a run can be judged on a zip: they share a label. Folders called "holiday" label nothing.

    Args:
        brought: The zip.
        labels: The run's.
    """
    return brought.dataset is not None and bool(set(brought.dataset.labels) & set(labels))


def count(brought: LabelledZip) -> int:
    """How many of its samples would be judged.

    Args:
        brought: One with a data set.
    """
    return len(brought.dataset.select(_split(brought.dataset))) if brought.dataset is not None else 0


class _Counted:
    """The files of a data set, which say how many of their pictures were read."""

    def __init__(self, files: Files, of: int, told: Told) -> None:
        self._files, self._of, self._told = files, of, told
        self._done, self._lock = 0, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def picture(self, name: str) -> np.ndarray:
        """As `Files.picture`; one that cannot be read was read, too."""
        try:
            return self._files.picture(name)
        finally:
            with self._lock:
                self._done += 1
                self._told(min(self._done, self._of), self._of)


def judge(name: str, brought: LabelledZip, faces: FacesMode, told: Told = lambda done, of: None) -> Judged:
    """What `fer evaluate` says of a run on a zip.

    Args:
        name: A usable run.
        brought: The zip.
        faces: How faces are found.
        told: Called by whatever thread read a picture.

    Raises:
        FileNotFoundError: no such run.
        ValueError: nothing in it can be judged, it is too large for a page, or the run cannot be used.
    """
    from fer_core.evaluation import evaluate

    if brought.dataset is None:
        raise ValueError(brought.why_not or f"{brought.name} labels nothing")
    if count(brought) > MOST_JUDGED:
        raise ValueError(
            f"{brought.name} holds {count(brought):,} labelled pictures, a page judges {MOST_JUDGED:,}; use "
            f"{_command(name, brought, faces)}"
        )
    # One after the other: each loads the weights once more.
    with _JUDGING:
        files = _Counted(brought.dataset.files, max(1, count(brought)), told)
        found = evaluate(find_run(name), replace(brought.dataset, files=files), _split(brought.dataset), faces)
    true = index_of(found.predictions["label"].tolist(), found.labels)
    return Judged(found.report(), found.facts, baseline(true, found.labels), found.excluded, found.labels)


def of_judged(name: str, brought: LabelledZip, found: Judged) -> Provenance:
    """Of every figure about a zip.

    Args:
        name: The run.
        brought: The zip.
        found: What was said of it.
    """
    facts = found.facts
    parts = [
        f"run {name}",
        f"your zip {brought.name}",
        f"split {facts['split']}",
        f"n = {facts['n']:,}, excluded {facts['excluded']:,}",
        f"faces {facts['faces']}, {facts['faces_detected']:,} detected",
        f"{facts['views']} view{'' if facts['views'] == 1 else 's'} a face",
        "whether its people exist is not known here",
        f"seed {find_run(name).info.get('seed')}, intervals: 0",
    ]
    return Provenance(" · ".join(parts), _command(name, brought, facts["faces"]) + " --json")


def _command(name: str, brought: LabelledZip, faces: str) -> str:
    split = "all" if brought.dataset is None else _split(brought.dataset)
    return f"fer evaluate {shlex.quote(name)} --data {shlex.quote(brought.name)} --split {split} --faces {faces}"


def _split(dataset: Dataset) -> str:
    """Which split is judged: as `fer evaluate` chooses, and where there is no test split the one nearest to it."""
    return next((one for one in SPLIT_ORDER if one in dataset.splits), "all")
