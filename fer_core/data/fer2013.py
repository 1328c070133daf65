"""FER2013 as its csv: ``emotion,pixels,Usage`` with 2,304 grey values a row.

The folder form (``train|validation|test/<class>/``) and the two-folder form need no reader of their own: class folders.
Source: Goodfellow et al. 2013, "Challenges in Representation Learning"; 0 angry 1 disgust 2 fear 3 happy 4 sad 5
surprise 6 neutral; PublicTest is the validation split, PrivateTest the test split.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from fer_core.data.dataset import sample_table
from fer_core.data.files import Memory, columns_of, text_stream
from fer_core.labels import FER2013_CODES

SIDE = 48


def is_fer2013(head: bytes) -> bool:
    """Whether a file's first bytes are the header of a FER2013 csv, with columns in any order."""
    return {"emotion", "pixels"} <= columns_of(head)


def read_fer2013(read: Callable[[], bytes], source: str, cache: Path) -> tuple[pd.DataFrame, Memory]:
    """The sample table and the pictures of the csv. Parsed once; afterwards read from ``cache``.

    Args:
        read: Gives the csv; not called where the cache holds it.
        source: For the error sentences.
        cache: A file to keep the parsed pixels in (``.npz``).

    Raises:
        ValueError: no rows, a row without 2,304 grey values, or with an unknown emotion code.
    """
    pixels, emotion, usage = read_pixels(read, source, cache)
    paths = [f"{place or 'row'}_{row:05d}.png" for row, place in enumerate(usage.tolist())]
    table = sample_table(
        {
            "path": paths,
            "label": [FER2013_CODES[int(code)] for code in emotion],
            "split": [place or None for place in usage.tolist()],
        }
    )
    return table, PixelRows(paths, pixels)


def read_pixels(read: Callable[[], bytes], source: str, cache: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``(N, 48, 48)`` uint8 pixels, ``(N,)`` int8 emotion codes and ``(N,)`` usages as written; see `read_fer2013`."""
    if cache.is_file():
        stored = np.load(cache)
        return stored["pixels"], stored["emotion"], stored["usage"]
    pixels, emotion, usage = _parse(read(), source)
    cache.parent.mkdir(parents=True, exist_ok=True)
    part = cache.with_suffix(f".{os.getpid()}.part.npz")
    np.savez(part, pixels=pixels, emotion=emotion, usage=usage)
    os.replace(part, cache)
    return pixels, emotion, usage


class PixelRows(Memory):
    """Grey pictures held as one array, handed out as PNG bytes."""

    def __init__(self, paths: list[str], pixels: np.ndarray) -> None:
        """Names for the rows of an array.

        Args:
            paths: N names.
            pixels: ``(N, 48, 48)`` uint8.
        """
        super().__init__({})
        self.names = tuple(paths)
        self._rows = {path: row for row, path in enumerate(paths)}
        self._pixels = pixels

    def read(self, name: str) -> bytes:
        """One picture as PNG."""
        if name not in self._rows:
            raise FileNotFoundError(f"{name} is not in the data")
        return cv2.imencode(".png", self._pixels[self._rows[name]])[1].tobytes()


def _parse(content: bytes, source: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = pd.read_csv(text_stream(content), dtype=str, skipinitialspace=True)
    table.columns = [str(column).strip().lower() for column in table.columns]
    if table.empty:
        raise ValueError(f"{source} has no rows")
    pixels = np.empty((len(table), SIDE, SIDE), dtype=np.uint8)
    for row, text in enumerate(table["pixels"].fillna("")):
        try:
            values = np.array(text.split(), dtype=np.int64)
        except (ValueError, OverflowError):
            values = np.empty(0, dtype=np.int64)
        if values.size != SIDE * SIDE or values.min() < 0 or values.max() > 255:
            raise ValueError(
                f"{source} row {row + 2}: expected {SIDE * SIDE} grey values of 0 to 255, got {values.size}"
                + ("" if values.size != SIDE * SIDE else f" from {values.min()} to {values.max()}")
            )
        pixels[row] = values.reshape(SIDE, SIDE)
    emotion = pd.to_numeric(table["emotion"], errors="coerce")
    wrong = ~emotion.isin(list(FER2013_CODES)).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"{source} row {row + 2}: emotion must be 0 to 6, got {table['emotion'].iloc[row]!r}")
    usage = table["usage"].fillna("").to_numpy(dtype=str) if "usage" in table else np.full(len(table), "")
    return pixels, emotion.to_numpy(dtype=np.int8), usage
