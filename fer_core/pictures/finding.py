"""Which pictures a person meant by naming files, folders and zips.

- A file that is named is always answered, whatever its extension says: its content decides.
- In folders (recursively, in sorted order) and in zips, files with a picture's extension are taken. Videos and archives
  lying there are listed too, with a sentence why they are not read; other files (lists, notes, hidden files, the
  ``__MACOSX`` shadow) are passed over in silence.
- Nothing is ever unpacked to the disk, so a member's hostile name is only a name. A member is read up to `MAX_BYTES`,
  whatever size it declares.
"""

from __future__ import annotations

import lzma
import os
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fer_core.pictures.opening import MAX_BYTES, UnreadablePicture, read_bytes

MAX_MEMBERS = 1_000_000
"""A zip with more entries is refused: its table of contents alone would fill the memory."""

PICTURE_EXTENSIONS = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff")
    + (".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".jp2", ".j2k", ".jpx", ".heic", ".heif")
)
"""Taken from folders and zips. HEIC is among them although it cannot be read: phones write it, and it deserves an
answer."""

_VIDEO_EXTENSIONS = frozenset((".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv"))
_ARCHIVE_EXTENSIONS = frozenset((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"))

_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    LookupError,
    OverflowError,
    MemoryError,
)
"""What zipfile was seen to raise on damaged archives; NotImplementedError (unknown compression) is a RuntimeError."""


@dataclass(frozen=True)
class PictureSource:
    """A picture that was found, not yet read."""

    path: str
    """What to call it: the path as given, or ``archive.zip/member``."""
    reader: Callable[[], bytes]

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            UnreadablePicture: one sentence: missing, too large, encrypted, damaged archive, a video ...
        """
        return self.reader()


def find_pictures(sources: Sequence[Path]) -> list[PictureSource]:
    """The pictures that files, folders and zips hold, in the order given; nothing is read yet but tables of contents.

    What cannot be used (a missing path, a broken zip, a folder without pictures) becomes a source whose `read` says so:
    every path that is named is answered.

    Args:
        sources: Paths of files, folders or zips.
    """
    found: list[PictureSource] = []
    for source in sources:
        try:
            here = list(_in_path(Path(source)))
        except UnreadablePicture as fault:
            here = [_refused(_shown(source), str(fault))]
        found.extend(here)
    return found


def find_in_upload(name: str, data: bytes) -> list[PictureSource]:
    """The pictures in one file that lies in memory only: itself, or the members of a zip. Nothing touches the disk.

    Args:
        name: What the file was called where it came from.
        data: Its bytes.
    """
    shown = _shown(name)
    if not _begins_like_zip(data[:4]):
        return [PictureSource(shown, lambda: read_bytes(data))]
    try:
        return list(_in_zip(_Archive(BytesIO(data), name), shown))
    except UnreadablePicture as fault:
        return [_refused(shown, str(fault))]


def _in_path(path: Path) -> Iterator[PictureSource]:
    try:
        if path.is_dir():
            return _in_folder(path)
        if path.is_file() and _looks_like_zip(path):
            return _in_zip(_Archive(path, path.name), _shown(path))
    except UnreadablePicture:
        raise
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise UnreadablePicture(f"{path.name or path} could not be read: {reason}") from fault
    return iter([PictureSource(_shown(path), lambda: read_bytes(path))])


def _in_folder(folder: Path) -> Iterator[PictureSource]:
    closed: list[OSError] = []
    count = 0
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        for name in sorted(files):
            path = Path(parent, name)
            shown = _shown(path)
            reader = _file_reader(path)
            for source in _wanted(name, shown, reader):
                count += 1
                yield source
    for fault in closed:
        yield _refused(_shown(fault.filename), f"the folder could not be read: {fault.strerror}")
    if not count and not closed:
        yield _refused(_shown(folder), f"{folder.name or folder} holds no pictures")


def _in_zip(archive: _Archive, shown: str) -> Iterator[PictureSource]:
    count = 0
    for member in archive.members():
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        if member.is_dir() or not parts or any(_hidden(part) for part in parts):
            continue
        for source in _wanted(parts[-1], f"{shown}/{_shown(member.filename)}", archive.reader(member)):
            count += 1
            yield source
    if not count:
        yield _refused(shown, f"{archive.name} holds no pictures")


def _wanted(name: str, shown: str, reader: Callable[[], bytes]) -> Iterator[PictureSource]:
    """The file as a source, as a refusal, or not at all."""
    extension = PurePosixPath(name).suffix.lower()
    if _hidden(name):
        return
    if extension in PICTURE_EXTENSIONS:
        yield PictureSource(shown, reader)
    elif extension in _VIDEO_EXTENSIONS:
        yield _refused(shown, f"{_shown(name)} is a video, not a picture; export a frame as JPEG or PNG")
    elif extension in _ARCHIVE_EXTENSIONS:
        yield _refused(shown, f"{_shown(name)} is an archive, which is only opened where it is named by itself")


class _Archive:
    """An open zip, shared by the sources of its members and closed with the last of them."""

    def __init__(self, file: Path | BinaryIO, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        try:
            self._zip = zipfile.ZipFile(file)
        except _ZIP_FAULTS as fault:
            raise UnreadablePicture(f"{name} is a zip that is damaged or cut off; save or download it again") from fault

    def members(self) -> list[zipfile.ZipInfo]:
        """All entries, in the archive's order.

        Raises:
            UnreadablePicture: there are more than `MAX_MEMBERS`.
        """
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise UnreadablePicture(f"{self.name} has more than {MAX_MEMBERS} entries; split it")
        return members

    def reader(self, member: zipfile.ZipInfo) -> Callable[[], bytes]:
        """A function that reads one member."""
        return lambda: self._read(member)

    def _read(self, member: zipfile.ZipInfo) -> bytes:
        name = _shown(PurePosixPath(member.filename).name)
        if member.flag_bits & 0x1:
            raise UnreadablePicture(f"{name} is encrypted; unpack the zip with its password first")
        too_large = f"{name} has more than {MAX_BYTES // 2**20} MB; save a smaller copy"
        if member.file_size > MAX_BYTES:
            raise UnreadablePicture(too_large)
        try:
            # One reader at a time: members share the archive's file handle.
            with self._lock, self._zip.open(member) as stream:
                data = stream.read(MAX_BYTES + 1)
        except _ZIP_FAULTS as fault:
            raise UnreadablePicture(f"{name} is damaged inside the zip; pack or download it again") from fault
        if len(data) > MAX_BYTES:
            raise UnreadablePicture(too_large)
        return data


def _looks_like_zip(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4)
    return _begins_like_zip(head) or (path.suffix.lower() == ".zip" and zipfile.is_zipfile(path))


def _begins_like_zip(head: bytes) -> bool:
    return head in (b"PK\x03\x04", b"PK\x05\x06")


def _file_reader(path: Path) -> Callable[[], bytes]:
    return lambda: read_bytes(path)


def _refused(shown: str, sentence: str) -> PictureSource:
    def reader() -> bytes:
        raise UnreadablePicture(sentence)

    return PictureSource(shown, reader)


def _hidden(name: str) -> bool:
    return (name.startswith(".") and name not in (".", "..")) or name == "__MACOSX"


def _shown(path: Path | str) -> str:
    """The path as text that can be printed and written as JSON, also where the file system's bytes are no UTF-8."""
    return str(path).encode("utf-8", "replace").decode("utf-8")
