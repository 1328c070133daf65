"""Pictures decoded once into one uint8 array, cached on disk by content.

The cache lies in ``$FER_CACHE`` (default ``~/.cache/fer``), holds pictures of data sets only (never uploads), and may
be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from fer_core.caching import cache_home, filling
from fer_core.data.dataset import Dataset
from fer_core.pictures import UnreadablePicture
from fer_core.preprocessing import luminance, square
from fer_core.tables import PROBABILITY

VERSION = 4
"""Raised when the same settings would give other pixels or hashes."""


class Pixels(Protocol):
    """Pictures by row, as an array gives them."""

    @property
    def shape(self) -> tuple[int, ...]:
        """``(N, S, S)`` or ``(N, S, S, 3)``."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...

    def __array__(self, dtype: Any = None, /, *, copy: bool | None = None) -> np.ndarray: ...


@dataclass(frozen=True)
class Decoded:
    """A data set's pictures as one array, row for row with its table."""

    pixels: Pixels
    """``(N, S, S)`` grey or ``(N, S, S, 3)`` RGB uint8, memory-mapped; rows that could not be read are zero."""
    about: pd.DataFrame
    """N rows: ``hash`` (of the whole decoded picture), ``dhash`` (perceptual, 64 bits), ``width``, ``height`` in
    pixels,
    ``detected`` (a detector found the face), ``error`` (one sentence, or None)."""
    fingerprint: str
    """Of the decoded pictures, labels, label distributions and splits: equal for equal content in any format."""
    key: str = ""
    """Names the pixels: data set, size, and how faces were cut; empty where nothing names them."""
    parts: tuple[Decoded, ...] = ()
    """Those of joined data sets, in the order of the rows."""
    sources: tuple[Mapping[str, Any], ...] = ()
    """``name``, ``source``, ``fingerprint``, ``synthetic`` and ``samples`` of each part of joined data sets."""

    @property
    def readable(self) -> np.ndarray:
        """``(N,)`` bool."""
        return self.about["error"].isna().to_numpy()


Crop = Callable[[np.ndarray], tuple[np.ndarray | None, bool]]
"""Upright RGB picture -> its face ``(S, S, 3)`` (None where there is none) and whether a detector found it."""


def decode(
    dataset: Dataset, size: int, grey: bool = False, crop: Crop | None = None, crop_name: str = "whole"
) -> Decoded:
    """A data set's pictures at one size, from the cache where they are there; joined data sets each from their own.

    Args:
        dataset: What `open_data` returned.
        size: S, rows and columns.
        grey: Keep luminance only: a third of the memory.
        crop: How a face is cut out; None takes the centre square of the whole picture.
        crop_name: Names ``crop`` and its settings in the cache.

    Raises:
        ValueError: not one picture can be read; the sentence gives the first reason.
    """
    if dataset.parts:
        return _together(dataset.parts, [decode(one, size, grey, crop, crop_name) for one in dataset.parts])
    if not dataset.lasting:
        shown = np.zeros(_shape(dataset, size, grey), dtype=np.uint8)
        found = _read(dataset, size, grey, crop, shown)
        found["error"] = found["error"].astype(object).where(found["error"].notna(), None)
        _check(dataset, found)
        return Decoded(shown, found, _fingerprint(dataset.table, found))
    key = hashlib.blake2b(f"{VERSION} {dataset.stamp} {size} {grey} {crop_name}".encode(), digest_size=12).hexdigest()
    home = cache_home() / key
    stored = _load(home)
    if stored is None:
        with filling(home):
            stored = _load(home)
            if stored is None:
                _fill(dataset, size, grey, crop, home)
                stored = _load(home)
    if stored is None:
        raise OSError(f"the cache at {home} cannot be read back; free disk space or set FER_CACHE to another folder")
    pixels, about, fingerprint = stored
    _check(dataset, about)
    return Decoded(pixels, about, fingerprint, key)


def _check(dataset: Dataset, about: pd.DataFrame) -> None:
    if len(about) and not about["error"].isna().any():
        raise ValueError(f"no picture of {dataset.name} can be read; the first: {about['error'].iloc[0]}")


def _shape(dataset: Dataset, size: int, grey: bool) -> tuple[int, ...]:
    return (len(dataset), size, size) if grey else (len(dataset), size, size, 3)


class _Stacked:
    """Arrays one below the other without a copy of them: rows are gathered when they are asked for."""

    def __init__(self, arrays: Sequence[Pixels]) -> None:
        self._arrays = arrays
        self._ends = np.cumsum([len(one) for one in arrays])

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self._arrays[0].shape[1:])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, rows: Any, /) -> Any:
        wanted = np.arange(len(self))[rows]
        flat = np.atleast_1d(wanted)
        found = np.empty((len(flat), *self.shape[1:]), dtype=np.uint8)
        part = np.searchsorted(self._ends, flat, side="right")
        for number, one in enumerate(self._arrays):
            mine = part == number
            found[mine] = one[flat[mine] - (self._ends[number] - len(one))]
        return found if np.ndim(wanted) else found[0]

    def __array__(self, dtype: Any = None, /, *, copy: bool | None = None) -> np.ndarray:
        return np.concatenate([np.asarray(one, dtype=dtype) for one in self._arrays])


def _together(parts: Sequence[Dataset], decoded: Sequence[Decoded]) -> Decoded:
    """The pictures of joined data sets; the order of the parts does not change the fingerprint."""
    digest = hashlib.blake2b("\n".join(sorted(one.fingerprint for one in decoded)).encode(), digest_size=12)
    about = pd.concat([one.about for one in decoded], ignore_index=True)
    about["error"] = about["error"].astype(object).where(about["error"].notna(), None)
    sources = tuple(
        {
            "name": part.name,
            "source": part.source,
            "fingerprint": one.fingerprint,
            "synthetic": part.synthetic,
            "samples": len(part),
        }
        for part, one in zip(parts, decoded, strict=True)
    )
    stacked = _Stacked([one.pixels for one in decoded])
    return Decoded(stacked, about, digest.hexdigest(), parts=tuple(decoded), sources=sources)


def _load(home: Path) -> tuple[np.ndarray, pd.DataFrame, str] | None:
    try:
        about = pd.read_parquet(home / "about.parquet")
        fingerprint = str(about.attrs.pop("fingerprint"))
        pixels = np.load(home / "pixels.npy", mmap_mode="r")
    except (OSError, ValueError, KeyError):
        return None  # never filled, or damaged: fill it again
    about["error"] = about["error"].astype(object).where(about["error"].notna(), None)
    return (pixels, about, fingerprint) if len(pixels) == len(about) else None


def _fill(dataset: Dataset, size: int, grey: bool, crop: Crop | None, home: Path) -> None:
    part = home.with_name(f"{home.name}.{os.getpid()}.part")
    part.mkdir(parents=True, exist_ok=True)
    shape = _shape(dataset, size, grey)
    pixels = np.lib.format.open_memmap(part / "pixels.npy", mode="w+", dtype=np.uint8, shape=shape)
    about = _read(dataset, size, grey, crop, pixels)
    pixels.flush()
    about.attrs["fingerprint"] = _fingerprint(dataset.table, about)
    about.to_parquet(part / "about.parquet")
    shutil.rmtree(home, ignore_errors=True)  # damaged, if there
    os.replace(part, home)


def _read(dataset: Dataset, size: int, grey: bool, crop: Crop | None, pixels: np.ndarray) -> pd.DataFrame:
    """Writes every picture into its row of the pixels; tells what is stored as ``about``."""
    paths = dataset.table["path"].tolist()

    def one(row: int) -> dict[str, Any]:
        try:
            picture = dataset.files.picture(paths[row])
        except (UnreadablePicture, ValueError, OSError) as error:
            return {**_NOTHING, "error": _sentence(paths[row], error)}
        face, detected = (picture, False) if crop is None else crop(picture)
        facts = {**_facts(picture), "hash": dataset.files.digest(paths[row], picture)}
        if face is None:
            return {**facts, "detected": False, "error": f"{paths[row]}: no face found"}
        face = square(face, size)
        pixels[row] = luminance(face) if grey else face
        return {**facts, "detected": detected, "error": None}

    # A detector is not shared. Small pictures spend their time under the interpreter's lock, where four threads took
    # 14.8 s for FER2013 and one took 9.1 s; only large ones decode long enough beside each other.
    workers = min(4, os.cpu_count() or 1) if crop is None and (dataset.files.slow or _large(dataset)) else 1
    with ThreadPoolExecutor(workers) as pool:
        rows = pool.map(one, range(len(paths)), chunksize=256)
        bar = tqdm(
            rows, total=len(paths), desc=f"decoding {dataset.name}", unit="picture", file=sys.stderr, disable=None
        )
        return pd.DataFrame(list(bar), columns=list(_NOTHING))


def _large(dataset: Dataset, sample: int = 8, least: int = 50_000) -> bool:
    """Whether the files are large ones, judged by the median size of a few, in bytes."""
    rows = np.linspace(0, len(dataset) - 1, min(sample, len(dataset))).astype(int)
    sizes = []
    for row in rows:
        try:
            sizes.append(len(dataset.read(int(row))))
        except (ValueError, OSError):
            continue  # told where it is decoded
    return bool(sizes) and float(np.median(sizes)) >= least


_NOTHING = {"hash": "", "dhash": np.uint64(0), "width": 0, "height": 0, "detected": False, "error": None}


def _facts(picture: np.ndarray) -> dict[str, Any]:
    return {"dhash": difference_hash(picture), "width": picture.shape[1], "height": picture.shape[0]}


def difference_hash(picture: np.ndarray) -> np.uint64:
    """64 bits: whether each of 8 x 8 areas is darker than its right neighbour.

    Args:
        picture: ``(H, W, 3)`` uint8.
    """
    small = luminance(cv2.resize(picture, (9, 8), interpolation=cv2.INTER_AREA)).astype(np.int16)
    return np.packbits((small[:, 1:] > small[:, :-1]).ravel()).view(np.uint64)[0]


def _sentence(path: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{path}: the file is not there"
    text = " ".join(str(error).split())
    return text if path in text else f"{path}: {text}"


def _fingerprint(table: pd.DataFrame, about: pd.DataFrame) -> str:
    named = sorted(str(column) for column in table if str(column).startswith(PROBABILITY))
    shares = table[named].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    given = ["".join(f" {share:.6f}" for share in row) for row in shares]
    columns = zip(about["hash"], table["label"].fillna(""), table["split"].fillna(""), given, strict=True)
    digest = hashlib.blake2b(digest_size=12)
    for line in sorted(f"{one} {label} {split}{rest}\n" for one, label, split, rest in columns):
        digest.update(line.encode())
    return digest.hexdigest()
