"""RAF-DB as distributed: ``EmoLabel/list_patition_label.txt`` (their spelling) beside ``Image/aligned/``.

A row is ``train_00001.jpg 5``; its picture ``Image/aligned/train_00001_aligned.jpg``, or where no aligned picture is
there at all, ``Image/original/train_00001.jpg``. Source: Li, Deng & Du 2017, "Reliable Crowdsourcing and Deep
Locality-Preserving Learning for Expression Recognition in the Wild": 12,271 training and 3,068 test pictures.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

import pandas as pd

from fer_core.data.dataset import LeftOut, sample_table
from fer_core.data.files import Files, is_picture, text_stream
from fer_core.data.ledger import Ledger
from fer_core.labels import RAFDB_CODES

_CODES = frozenset(map(str, RAFDB_CODES))
LISTS = ("list_patition_label.txt", "list_partition_label.txt")


def find_rafdb(names: Sequence[str]) -> str | None:
    """The partition list nearest to the top; None where there is none."""
    found = [name for name in names if posixpath.basename(name).lower() in LISTS]
    return min(found, key=lambda name: (name.count("/"), name), default=None)


def read_rafdb(files: Files, list_name: str) -> tuple[pd.DataFrame, tuple[LeftOut, ...]]:
    """The sample table of RAF-DB, and the rows of its list that are broken or have no picture.

    Args:
        files: Where everything lies.
        list_name: From `find_rafdb`.

    Raises:
        ValueError: a code that is not RAF-DB's (then all labels are in doubt), or no row has a picture.
    """
    folder = posixpath.dirname(list_name)
    root = posixpath.dirname(folder) if posixpath.basename(folder).lower() == "emolabel" else folder
    pictures = _pictures(files.names, root)
    rows = _rows(text_stream(files.read(list_name)).read(), list_name, ledger := Ledger())
    aligned = any(f"{stem}_aligned" in pictures for _, stem, _ in rows)
    kept: list[tuple[str, str, str]] = []
    for number, stem, label in rows:
        wanted = f"{stem}_aligned" if aligned else stem
        if wanted in pictures:
            kept.append((pictures[wanted], label, stem.split("_")[0]))
        else:
            ledger.add("no such picture", f"{list_name} row {number}", f"{wanted}.jpg is not there")
    if not kept:
        raise ValueError(
            f"{ledger.first() or list_name + ' has no rows'}; none of the {len(rows):,} pictures of RAF-DB's list lies "
            f"below {root or 'the top'} (expected Image/aligned/train_00001_aligned.jpg{_packed(files.names)})"
        )
    return sample_table(dict(zip(("path", "label", "split"), zip(*kept, strict=True), strict=True))), ledger.found()


def _rows(text: str, list_name: str, ledger: Ledger) -> list[tuple[int, str, str]]:
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        where, words = f"{list_name} row {number}", line.split()
        stem = posixpath.splitext(words[0])[0].lower().removesuffix("_aligned")
        if len(words) != 2 or stem.split("_")[0] not in ("train", "test"):
            ledger.add("broken row", where, f"expected 'train_00001.jpg 5', got {line.strip()[:60]!r}")
            continue
        code = int(words[1]) if words[1] in _CODES else -1
        if code not in RAFDB_CODES:
            raise ValueError(f"{where}: the code must be 1 to 7, got {words[1][:20]!r} for {words[0]}")
        rows.append((number, stem, RAFDB_CODES[code]))
    return rows


def _pictures(names: Sequence[str], root: str) -> Mapping[str, str]:
    """Lower-case stem -> path of every picture below the data set's root."""
    below = f"{root}/" if root else ""
    return {
        posixpath.splitext(posixpath.basename(name))[0].lower(): name
        for name in names
        if name.startswith(below) and is_picture(name)
    }


def _packed(names: Sequence[str]) -> str:
    """A hint where the pictures are still packed, as they are downloaded."""
    packed = [name for name in names if name.lower().endswith((".zip", ".rar", ".7z", ".tar.gz"))]
    return f"; unpack {packed[0]} first" if packed else ""
