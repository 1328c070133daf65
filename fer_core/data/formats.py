"""Which of the known formats a place of files is in: found by content, wherever below the top it lies."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from fer_core.caching import cache_home
from fer_core.data import affectnet, ferplus, rafdb
from fer_core.data.dataset import Dataset, LeftOut
from fer_core.data.fer2013 import PixelRows, is_fer2013, read_fer2013, read_pixels
from fer_core.data.files import Files
from fer_core.data.folders import read_class_folders
from fer_core.data.ledger import Ledger
from fer_core.data.manifest import NAMES, read_manifest

MANIFEST, FER2013, FERPLUS, RAFDB, AFFECTNET = "manifest", "FER2013 csv", "FERPlus", "RAF-DB", "AffectNet"
CLASS_FOLDERS = "class folders"


def read_files(files: Files, name: str, text: str) -> Dataset:
    """A folder or zip as a data set: the manifest nearest to the top, else the first of the formats below that fits.

    RAF-DB by its list; FERPlus by ``fer2013new.csv`` or the folders with ``label.csv``; AffectNet by its tables or its
    annotations; FER2013 by its csv; class folders.

    Args:
        files: The files.
        name: What to call the data set.
        text: As the user wrote it.

    Raises:
        ValueError: it is in no supported format, or a table in it has a mistake.
    """
    by_depth = sorted(files.names, key=lambda name: (name.count("/"), name))
    for table in by_depth:
        if posixpath.basename(table).lower() in NAMES:
            content = files.read(table)
            read = read_manifest(content, table)
            return Dataset(name, text, read, files, stamp_of(files.stamp(), content), format=MANIFEST)
    partition = rafdb.find_rafdb(by_depth)
    if partition is not None:
        return _found(name, text, files, RAFDB, rafdb.read_rafdb(files, partition))
    heads = {one: files.head(one) for one in by_depth if one.lower().endswith(".csv")}
    pixels = next((one for one, head in heads.items() if is_fer2013(head)), None)
    votes = next((one for one, head in heads.items() if ferplus.is_votes(head)), None)
    named = next((one for one in heads if posixpath.basename(one).lower() == ferplus.TABLE), None)
    if named is not None and votes is None:
        wanted = ", ".join(("Usage", "Image name", *ferplus.VOTES))
        raise ValueError(f"{named} has FERPlus's name, but not the columns of its votes: {wanted}")
    folders = ferplus.find_folders(by_depth)
    if votes is not None and pixels is not None:
        return _voted_pixels(name, text, files, votes, pixels)
    if folders:
        return _found(name, text, files, FERPLUS, ferplus.read_folders(files, folders))
    if votes is not None:
        return _found(name, text, files, FERPLUS, ferplus.read_named(files, votes))
    tables = [one for one, head in heads.items() if affectnet.is_affectnet(head)]
    if tables:
        return _found(name, text, files, AFFECTNET, affectnet.read_tables(files, tables))
    annotations = affectnet.find_annotations(files.names)
    if annotations:
        cache = cache_home() / f"affectnet-{files.stamp()}.npy"
        return _found(name, text, files, AFFECTNET, affectnet.read_release(files, annotations, cache))
    if pixels is not None:
        return read_fer2013_csv(name, text, lambda: files.read(pixels), files.stamp())
    return Dataset(name, text, read_class_folders(files.names, text), files, files.stamp(), format=CLASS_FOLDERS)


def read_fer2013_csv(name: str, text: str, read: Callable[[], bytes], where: str) -> Dataset:
    """A FER2013 csv as a data set.

    Args:
        name: What to call the data set.
        text: As the user wrote it.
        read: Gives the csv; not called where its pixels are cached.
        where: Differs when the csv differs.

    Raises:
        ValueError: a row is broken.
    """
    stamp = stamp_of(where, b"fer2013")
    table, files = read_fer2013(read, text, _pixel_cache(stamp))
    return Dataset(name, text, table, files, stamp, format=FER2013)


def stamp_of(first: str, content: bytes) -> str:
    """A short text that differs when either differs."""
    return hashlib.blake2b(first.encode() + hashlib.blake2b(content).digest(), digest_size=12).hexdigest()


def _found(name: str, text: str, files: Files, kind: str, read: tuple[pd.DataFrame, tuple[LeftOut, ...]]) -> Dataset:
    return Dataset(name, text, read[0], files, files.stamp(), format=kind, left_out=read[1])


def _voted_pixels(name: str, text: str, files: Files, votes: str, csv: str) -> Dataset:
    """FERPlus's votes on the rows of fer2013.csv."""
    ledger = Ledger()
    rows = ferplus.read_votes(files.read(votes), votes, ledger)
    where = files.stamp()
    pixels, _, usage = read_pixels(lambda: files.read(csv), csv, _pixel_cache(stamp_of(where, b"fer2013")))
    if len(pixels) != len(rows):
        raise ValueError(
            f"{votes} has {len(rows):,} rows and {csv} has {len(pixels):,}; they belong together row by row"
        )
    differ = rows["split"].fillna("").to_numpy(dtype=str) != usage
    if usage.any() and differ.any():
        row = int(differ.argmax())
        raise ValueError(
            f"{votes} row {row + 2}: its usage is {rows['split'].iloc[row]}, but {usage[row]} in {csv}; the two tables "
            "must have the same order"
        )
    paths = ferplus.names_of(rows)
    table = ferplus.samples_of(rows, paths, votes, ledger)
    stamp = stamp_of(where, b"ferplus")
    return Dataset(name, text, table, PixelRows(paths, pixels), stamp, format=FERPLUS, left_out=ledger.found())


def _pixel_cache(stamp: str) -> Path:
    return cache_home() / f"fer2013-{stamp}.npz"
