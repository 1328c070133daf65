"""Data sets: one sample table whatever the format. `open_data` finds the format, `decode` the pixels."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from fer_core.caching import cache_home
from fer_core.data.affectnet import is_affectnet
from fer_core.data.dataset import Dataset, LeftOut, without_nan
from fer_core.data.fer2013 import is_fer2013
from fer_core.data.ferplus import is_votes
from fer_core.data.files import Folder, Zip, open_files
from fer_core.data.formats import MANIFEST, read_fer2013_csv, read_files, stamp_of
from fer_core.data.joined import SEPARATOR, join
from fer_core.data.manifest import read_manifest
from fer_core.data.people import SCHEME, open_people
from fer_core.data.store import Decoded, decode
from fer_core.tables import write_parquet

__all__ = ["SCHEME", "SEPARATOR", "Dataset", "Decoded", "decode", "homes", "locate", "open_data"]

DATA_HOME = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Where data sets are kept beside a checkout of this software, if anywhere."""

TABLE_VERSION = 2
"""Raised when the same files would give another table."""


def open_data(source: str | Path | Sequence[str]) -> Dataset:
    """A data set from a path to any supported format; nothing is decoded yet.

    Supported: a manifest csv or parquet; a FER2013 csv; a folder or zip that holds one of them, or RAF-DB, FERPlus or
        AffectNet as they are distributed, or class folders with or without split folders above; and people who do not
        exist, by a line that begins with ``people:``.

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
            raise ValueError(
                f"{text} is neither a folder, a zip nor a csv or parquet table; of RAF-DB give the folder that holds "
                "EmoLabel and Image, and turn a list of test pictures into data with: fer data protocol"
            )
        return _from_table(path, text)
    files = open_files(path)
    if isinstance(files, Zip):
        return _from_zip(path, text, files)
    return read_files(files, path.stem, text)


def _there(text: str) -> bool:
    try:
        return locate(text).exists()
    except FileNotFoundError:
        return False


def _from_zip(path: Path, text: str, files: Zip) -> Dataset:
    """As `read_files`; a zip that has not changed is not listed again: that alone takes a second for FER2013."""
    status = path.stat()
    place = f"{path.resolve()} {status.st_size} {status.st_mtime_ns}".encode()
    kept = cache_home() / f"table-{hashlib.blake2b(place, digest_size=12).hexdigest()}-{TABLE_VERSION}.parquet"
    try:
        table = pd.read_parquet(kept)
        about = table.attrs.pop("about")
        left_out = tuple(LeftOut(**{**one, "first": tuple(one["first"])}) for one in about["left_out"])
    except (OSError, ValueError, KeyError):
        found = read_files(files, path.stem, text)
        if found.files is files:
            kept.parent.mkdir(parents=True, exist_ok=True)
            stored = found.table.copy()
            left = [asdict(one) for one in found.left_out]
            stored.attrs["about"] = {"stamp": found.stamp, "format": found.format, "left_out": left}
            write_parquet(kept, stored)
        return found
    stamp, kind = str(about["stamp"]), str(about["format"])
    return Dataset(path.stem, text, without_nan(table), files, stamp, format=kind, left_out=left_out)


def homes() -> tuple[Path, ...]:
    """The folders in which a bare name of data is looked for: those of ``$FER_DATA`` (default `DATA_HOME`)."""
    named = os.environ.get("FER_DATA", str(DATA_HOME)).split(os.pathsep)
    return tuple(Path(folder).expanduser() for folder in named if folder)


def locate(source: str) -> Path:
    """Where a data set lies: the path itself, or below a folder named in ``$FER_DATA`` (default `DATA_HOME`).

    Raises:
        FileNotFoundError: nowhere.
    """
    path = Path(source).expanduser()
    places = [path]
    if not path.is_absolute():
        places += [folder / path for folder in homes()]
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(f"no data at {source}; give the path of a manifest, a folder, a zip or a FER2013 csv")


def _from_table(path: Path, text: str) -> Dataset:
    files = _Beside(path.parent)
    head = files.head(path.name) if path.suffix.lower() == ".csv" else b""
    if is_votes(head) or is_affectnet(head):
        name = "FERPlus" if is_votes(head) else "AffectNet"
        raise ValueError(f"{text} is only the table of {name}; give the folder that holds it and its pictures")
    if is_fer2013(head):
        status = path.stat()
        return read_fer2013_csv(
            path.stem, text, path.read_bytes, f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"
        )
    content = path.read_bytes()
    table = read_manifest(content, path.name)
    return Dataset(
        path.stem if path.stem != "manifest" else path.parent.name,
        text,
        table,
        files,
        stamp_of(files.stamp_of(table), content),
        format=MANIFEST,
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
