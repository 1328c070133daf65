"""Data sets: one sample table whatever the format. `open_data` finds the format, `decode` the pixels."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from fer_core.data.dataset import Dataset, without_nan
from fer_core.data.fer2013 import is_fer2013, read_fer2013
from fer_core.data.files import Files, Folder, Zip, open_files
from fer_core.data.folders import read_class_folders
from fer_core.data.joined import SEPARATOR, join
from fer_core.data.manifest import NAMES, read_manifest
from fer_core.data.people import SCHEME, open_people
from fer_core.data.store import Decoded, cache_home, decode
from fer_core.tables import write_parquet

__all__ = ["SCHEME", "SEPARATOR", "Dataset", "Decoded", "decode", "locate", "open_data"]

DATA_HOME = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Where data sets are kept beside a checkout of this software, if anywhere."""

TABLE_VERSION = 1
"""Raised when the same files would give another table."""


def open_data(source: str | Path | Sequence[str]) -> Dataset:
    """A data set from a path to any supported format; nothing is decoded yet.

    Supported: a manifest csv or parquet; a FER2013 csv; a folder or zip that holds one of them, or class folders with
        or without split folders above; and people who do not exist, by a line that begins with ``people:``.

    Args:
        source: The path, or ``people:...``; a relative path is also looked for in the folders of ``$FER_DATA``.
            Several, in a list or in one line with `SEPARATOR` between them, are joined (see `joined.join`).

    Raises:
        FileNotFoundError: nothing is there.
        ValueError: it is in no supported format, or a table in it has a mistake.
    """
    if not isinstance(source, (str, Path)):
        return join([open_data(one) for one in source])
    text = str(source)
    if SEPARATOR in text and not _there(text):
        return open_data(text.split(SEPARATOR))
    if text.startswith(SCHEME):
        return open_people(text)
    path = locate(text)
    if path.is_file() and not zipfile.is_zipfile(path):
        if path.suffix.lower() not in (".csv", ".parquet"):
            raise ValueError(f"{text} is neither a folder, a zip nor a csv or parquet table")
        return _from_table(path, text)
    files = open_files(path)
    if isinstance(files, Zip):
        return _from_zip(path, text, files)
    return _from_files(path, text, files)


def _there(text: str) -> bool:
    try:
        return locate(text).exists()
    except FileNotFoundError:
        return False


def _from_zip(path: Path, text: str, files: Zip) -> Dataset:
    """As `_from_files`; a zip that has not changed is not listed again: that alone takes a second for FER2013."""
    status = path.stat()
    place = f"{path.resolve()} {status.st_size} {status.st_mtime_ns}".encode()
    kept = cache_home() / f"table-{hashlib.blake2b(place, digest_size=12).hexdigest()}-{TABLE_VERSION}.parquet"
    try:
        table = pd.read_parquet(kept)
        stamp = str(table.attrs.pop("stamp"))
    except (OSError, ValueError, KeyError):
        found = _from_files(path, text, files)
        if found.files is files:
            kept.parent.mkdir(parents=True, exist_ok=True)
            stored = found.table.copy()
            stored.attrs["stamp"] = found.stamp
            write_parquet(kept, stored)
        return found
    return Dataset(path.stem, text, without_nan(table), files, stamp)


def _from_files(path: Path, text: str, files: Files) -> Dataset:
    table_name = _find_table(files)
    if table_name is None:
        table = read_class_folders(files.names, text)
        return Dataset(path.stem, text, table, files, files.stamp())
    if is_fer2013(files.head(table_name)):
        return _fer2013(path.stem, text, lambda: files.read(table_name), files.stamp())
    content = files.read(table_name)
    return Dataset(path.stem, text, read_manifest(content, table_name), files, _stamp(files.stamp(), content))


def locate(source: str) -> Path:
    """Where a data set lies: the path itself, or below a folder named in ``$FER_DATA`` (default `DATA_HOME`).

    Raises:
        FileNotFoundError: nowhere.
    """
    path = Path(source).expanduser()
    places = [path]
    if not path.is_absolute():
        places += [
            Path(folder).expanduser() / path
            for folder in os.environ.get("FER_DATA", str(DATA_HOME)).split(os.pathsep)
            if folder
        ]
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(f"no data at {source}; give the path of a manifest, a folder, a zip or a FER2013 csv")


def _from_table(path: Path, text: str) -> Dataset:
    files = _Beside(path.parent)
    if path.suffix.lower() == ".csv" and is_fer2013(files.head(path.name)):
        status = path.stat()
        return _fer2013(path.stem, text, path.read_bytes, f"{path.resolve()} {status.st_size} {status.st_mtime_ns}")
    content = path.read_bytes()
    table = read_manifest(content, path.name)
    return Dataset(
        path.stem if path.stem != "manifest" else path.parent.name,
        text,
        table,
        files,
        _stamp(files.stamp_of(table), content),
    )


class _Beside(Folder):
    """The files that a manifest names, without listing the whole folder it lies in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names = ()

    def stamp_of(self, table: pd.DataFrame) -> str:
        """From the sizes and modification times of the files named."""
        digest = hashlib.blake2b(str(self.root.resolve()).encode(), digest_size=12)
        for name in table["path"]:
            try:
                status = (self.root / name).stat()
                digest.update(f"{status.st_size} {status.st_mtime_ns}\n".encode())
            except OSError:
                digest.update(b"missing\n")
        return digest.hexdigest()


def _find_table(files: Files) -> str | None:
    """The manifest nearest to the top, else a FER2013 csv; None where there is neither."""
    by_depth = sorted(files.names, key=lambda name: (name.count("/"), name))
    for name in by_depth:
        if name.rsplit("/", 1)[-1].lower() in NAMES:
            return name
    for name in by_depth:
        if name.lower().endswith(".csv") and is_fer2013(files.head(name)):
            return name
    return None


def _fer2013(name: str, text: str, read: Callable[[], bytes], where: str) -> Dataset:
    stamp = _stamp(where, b"fer2013")
    table, files = read_fer2013(read, text, cache_home() / f"fer2013-{stamp}.npz")
    return Dataset(name, text, table, files, stamp)


def _stamp(first: str, content: bytes) -> str:
    return hashlib.blake2b(first.encode() + hashlib.blake2b(content).digest(), digest_size=12).hexdigest()
