"""Where a data set's files lie: a folder or a zip, read by name, with a stamp that changes when the content does."""

from __future__ import annotations

import codecs
import hashlib
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import pandas as pd

from fer_core.pictures import MAX_BYTES, PICTURE_EXTENSIONS, open_picture

_HIDDEN = ("__MACOSX", ".")
_HEAD = 1024


class Files(Protocol):
    """Files by name; names use forward slashes and are relative."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every file."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises OSError or ValueError with a sentence."""
        ...

    def head(self, name: str) -> bytes:
        """The first bytes of one file, enough for a table's header."""
        ...

    def stamp(self) -> str:
        """A short text that differs when any file differs; reads no file's content."""
        ...

    def picture(self, name: str) -> np.ndarray:
        """``(H, W, 3)`` uint8: one file as an upright picture. Raises as `read` does, and UnreadablePicture."""
        ...

    def digest(self, name: str, picture: np.ndarray) -> str:
        """A hash that two samples share if and only if they show the same picture."""
        ...

    @property
    def slow(self) -> bool:
        """Whether getting a picture works outside the interpreter's lock for so long that threads pay."""
        ...


class _Readable(Protocol):
    def read(self, name: str) -> bytes: ...


class Stored:
    """What files have in common whose pictures are encoded in bytes."""

    slow = False

    def picture(self: _Readable, name: str) -> np.ndarray:
        """``(H, W, 3)`` uint8: one file, decoded upright."""
        return open_picture(self.read(name))

    def digest(self, name: str, picture: np.ndarray) -> str:
        """Of the picture's pixels, whatever its file is called."""
        height, width = picture.shape[:2]
        found = hashlib.blake2b(f"{width}x{height}".encode(), digest_size=8)
        found.update(np.ascontiguousarray(picture).data)
        return found.hexdigest()


class Folder(Stored):
    """The files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        sizes: dict[str, tuple[int, int]] = {}
        for here, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith(_HIDDEN))
            for name in names:
                if not name.startswith(_HIDDEN):
                    path = os.path.join(here, name)
                    try:
                        status = os.stat(path)
                    except OSError:
                        continue  # a dangling link is no file
                    sizes[os.path.relpath(path, root).replace(os.sep, "/")] = (status.st_size, status.st_mtime_ns)
        self._sizes: Mapping[str, tuple[int, int]] = sizes
        self.names = tuple(sorted(sizes))

    def read(self, name: str) -> bytes:
        """The bytes of one file; a manifest may also name an absolute path or one outside the folder."""
        return (self.root / name).read_bytes()

    def head(self, name: str) -> bytes:
        """The first bytes of one file."""
        with open(self.root / name, "rb") as file:
            return file.read(_HEAD)

    def stamp(self) -> str:
        """From names, sizes and modification times."""
        return _digest(f"{name}\0{self._sizes[name]}\n" for name in self.names)


class Zip(Stored):
    """The files inside a zip, whose table of contents is read when first asked for.

    Reading is safe from several threads: zipfile locks its shared handle.
    """

    def __init__(self, path: Path | BinaryIO) -> None:
        self._path = path

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._path)
        except (zipfile.BadZipFile, OSError) as error:
            what = self._path if isinstance(self._path, Path) else "this"
            raise ValueError(f"{what} is not a zip that can be read ({error})") from None

    @cached_property
    def _members(self) -> Mapping[str, zipfile.ZipInfo]:
        return {
            member.filename: member
            for member in self._archive.infolist()
            if not member.is_dir() and not any(step.startswith(_HIDDEN) for step in member.filename.split("/"))
        }

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every member but folders and hidden files."""
        return tuple(sorted(self._members))

    def read(self, name: str) -> bytes:
        """The bytes of one member.

        Raises:
            FileNotFoundError: no such member.
            ValueError: the member is damaged, encrypted, packed by an unknown method, or a picture of absurd size.
        """
        if name not in self._members:
            raise FileNotFoundError(f"{name} is not in the zip")
        # zipfile unpacks no more than a member declares, so the declared size is the one to ask.
        if is_picture(name) and self._members[name].file_size > MAX_BYTES:
            raise ValueError(f"{name} would unpack to more than {MAX_BYTES >> 20} MB; no picture needs so much")
        try:
            return self._archive.read(self._members[name])
        except (
            zipfile.BadZipFile,
            RuntimeError,
            NotImplementedError,
            OSError,
            EOFError,
            zlib.error,
            lzma.LZMAError,
        ) as error:
            raise ValueError(f"{name} cannot be unpacked ({error})") from None

    def head(self, name: str) -> bytes:
        """The first bytes of one member; empty where it cannot be unpacked."""
        try:
            with self._archive.open(self._members[name]) as file:
                return file.read(_HEAD)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, zlib.error):
            return b""

    def stamp(self) -> str:
        """From names, sizes and checksums of the central directory."""
        return _digest(f"{name}\0{self._members[name].file_size}\0{self._members[name].CRC}\n" for name in self.names)


class Memory(Stored):
    """Files held in memory, by name: what a reader makes of a table of pixels."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents
        self.names = tuple(contents)

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        if name not in self._contents:
            raise FileNotFoundError(f"{name} is not in the data")
        return self._contents[name]

    def head(self, name: str) -> bytes:
        """The first bytes of one file."""
        return self.read(name)[:_HEAD]

    def stamp(self) -> str:
        """From names and contents."""
        return _digest(f"{name}\0{hashlib.blake2b(self._contents[name]).hexdigest()}\n" for name in self.names)


def is_picture(name: str) -> bool:
    """Whether a file's name ends like a picture's."""
    return os.path.splitext(name)[1].lower() in PICTURE_EXTENSIONS


def open_files(path: Path) -> Files:
    """A folder or a zip as `Files`.

    Raises:
        FileNotFoundError: there is nothing at ``path``.
        ValueError: it is a file, but no zip.
    """
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise FileNotFoundError(f"no data at {path}")
    return Zip(path)


def columns_of(head: bytes) -> set[str]:
    """The columns that a csv's first bytes name, trimmed and lower-case; a byte-order mark is none of their letters."""
    first = head.removeprefix(codecs.BOM_UTF8).decode("latin-1").splitlines()
    return {word.strip().strip('"').strip().lower() for word in first[0].split(",")} if first else set()


def text_stream(content: bytes) -> io.StringIO:
    """UTF-8 text (with or without a byte-order mark, else Latin-1) as a stream."""
    try:
        return io.StringIO(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return io.StringIO(content.decode("latin-1"))


def csv_table(content: bytes, name: str, **options: Any) -> pd.DataFrame:
    """A csv as text cells; every cell as it stands, but for spaces before it.

    Args:
        content: The file's bytes.
        name: For the error sentence.
        options: Of `pandas.read_csv`.

    Raises:
        ValueError: it is no table.
    """
    try:
        return pd.read_csv(text_stream(content), **{"dtype": str, "skipinitialspace": True, **options})
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError(f"{name} is not a table that can be read ({' '.join(str(error).split())[:160]})") from None


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for line in lines:
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
