"""AffectNet in both forms in which it is distributed.

- Old: tables with ``subDirectory_filePath, ..., expression`` (training.csv, validation.csv) and pictures below folders.
- New: ``train_set|val_set/images/<id>.jpg`` with one small array per picture, ``annotations/<id>_exp.npy``.

Codes 0 to 7 are expressions; 8 to 10 (none, uncertain, no face) are left out and counted. Whether contempt is learned
is the recipe's choice of labels. AffectNet's own test split was never published: papers report its validation split.

Source: Mollahosseini, Hasani & Mahoor 2017, "AffectNet", https://arxiv.org/abs/1708.03985.
"""

from __future__ import annotations

import os
import posixpath
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from fer_core.data.dataset import LeftOut, sample_table
from fer_core.data.files import Files, columns_of, csv_table, is_picture
from fer_core.data.ledger import Ledger
from fer_core.labels import AFFECTNET_CODES, AFFECTNET_UNUSABLE

PATH, CODE = "subdirectory_filepath", "expression"

_ANNOTATION = re.compile(r"(?P<set>(?:.*/)?(?P<split>train|val|test)_set)/annotations/(?P<id>[^/]+)_exp\.npy", re.I)


def is_affectnet(head: bytes) -> bool:
    """Whether a file's first bytes are the header of one of AffectNet's tables."""
    return {PATH, CODE} <= columns_of(head)


def find_annotations(names: Sequence[str]) -> list[str]:
    """The expression arrays of the new form."""
    return [name for name in names if name.endswith("_exp.npy") and _ANNOTATION.fullmatch(name)]


def read_tables(files: Files, tables: Sequence[str]) -> tuple[pd.DataFrame, tuple[LeftOut, ...]]:
    """The sample table of the old form.

    A picture is found by its folder and name, wherever the folders lie.

    Args:
        files: Where everything lies.
        tables: Tables of this form; their names say the split, ``automatically_annotated.csv`` is train.

    Raises:
        ValueError: a code from outside 0 to 10, a table that is none, or not one picture is there.
    """
    ledger = Ledger()
    pictures = {"/".join(name.split("/")[-2:]): name for name in files.names if is_picture(name)}
    found = [_rows(files.read(name), name, pictures, ledger) for name in tables]
    return _whole(pd.concat(found, ignore_index=True), ledger), ledger.found()


def _rows(content: bytes, name: str, pictures: dict[str, str], ledger: Ledger) -> pd.DataFrame:
    table = csv_table(
        content, name, usecols=lambda column: str(column).strip().lower() in (PATH, CODE), skip_blank_lines=False
    )
    table.columns = [str(column).strip().lower() for column in table.columns]
    paths, rows = table[PATH].fillna("").str.strip().to_numpy(dtype=object), np.arange(len(table)) + 2
    broken = (paths == "") | table[CODE].isna().to_numpy()
    ledger.add_rows("a row without a path or an expression", name, rows[broken], paths[broken])
    numbers = pd.to_numeric(table[CODE], errors="coerce").to_numpy(dtype=np.float64)
    known = np.isin(numbers, [*AFFECTNET_CODES, *AFFECTNET_UNUSABLE])
    if (~known & ~broken).any():
        row = int((~known & ~broken).argmax())
        raise ValueError(f"{name} row {row + 2}: the expression must be 0 to 10, got {table[CODE].iloc[row]!r}")
    for code, meaning in AFFECTNET_UNUSABLE.items():
        left = ~broken & (numbers == code)
        ledger.add_rows(f"expression {code}: {meaning}", name, rows[left], paths[left])
    usable = ~broken & np.isin(numbers, list(AFFECTNET_CODES))
    place = np.array([pictures.get("/".join(path.split("/")[-2:])) for path in paths], dtype=object)
    absent = usable & (place == None)  # noqa: E711 NumPy compares the elements
    ledger.add_rows("no such picture", name, rows[absent], paths[absent])
    usable &= ~absent
    # "automatically_annotated.csv" and whatever else is no validation is learned from.
    split = "validation" if posixpath.basename(name).lower().startswith("val") else "train"
    labels = [AFFECTNET_CODES[int(code)] for code in numbers[usable]]
    return sample_table({"path": place[usable], "label": labels, "split": [split] * len(labels)})


def read_release(files: Files, annotations: Sequence[str], cache: Path) -> tuple[pd.DataFrame, tuple[LeftOut, ...]]:
    """The sample table of the new form.

    Args:
        files: Where everything lies.
        annotations: From `find_annotations`.
        cache: A file to keep the codes in (``.npy``): 290,000 small files are read once.

    Raises:
        ValueError: an array that holds no code from 0 to 10, or not one picture is there.
    """
    ledger = Ledger()
    codes = _codes(files, annotations, cache)
    pictures = {posixpath.splitext(name)[0]: name for name in files.names if is_picture(name)}
    path, label, split = [], [], []
    for name, code in zip(annotations, codes.tolist(), strict=True):
        found = _ANNOTATION.fullmatch(name)
        picture = pictures.pop(f"{found['set']}/images/{found['id']}", None) if found else None
        if code in AFFECTNET_UNUSABLE:
            ledger.add(f"expression {code}: {AFFECTNET_UNUSABLE[code]}", name)
        elif picture is None or found is None:
            ledger.add("no such picture", name)
        else:
            path.append(picture)
            label.append(AFFECTNET_CODES[code])
            split.append(found["split"].lower())
    sets = {found["set"] for found in map(_ANNOTATION.fullmatch, annotations) if found}
    for stem, name in pictures.items():
        if (
            posixpath.dirname(posixpath.dirname(stem)) in sets
            and posixpath.basename(posixpath.dirname(stem)) == "images"
        ):
            ledger.add("a picture without annotation", name)
    return _whole(sample_table({"path": path, "label": label, "split": split}), ledger), ledger.found()


def _codes(files: Files, annotations: Sequence[str], cache: Path) -> np.ndarray:
    """``(n,)`` int64 codes, in the order of the names."""
    if cache.is_file():
        kept = np.load(cache, allow_pickle=False)
        if len(kept) == len(annotations):
            return kept
    bar = tqdm(annotations, desc="reading annotations", unit="file", file=sys.stderr, disable=None)
    codes = np.array([_code(files.read(name), name) for name in bar], dtype=np.int64)
    cache.parent.mkdir(parents=True, exist_ok=True)
    part = cache.with_suffix(f".{os.getpid()}.part.npy")
    np.save(part, codes)
    os.replace(part, cache)
    return codes


def _code(content: bytes, name: str) -> int:
    """The code in an array of one element, which is text as distributed; nothing is ever unpickled."""
    start = 10 + int.from_bytes(content[8:10], "little")
    try:
        dtype, count = _layout(content[:start])
        if count != 1 or len(content) < start + dtype.itemsize:
            raise ValueError(f"it holds {count} values in {len(content) - start} bytes")
        code = float(np.frombuffer(content, dtype, 1, start)[0].item())
    except ValueError as error:
        raise ValueError(f"{name} is no array of one expression code ({' '.join(str(error).split())[:100]})") from None
    if code not in AFFECTNET_CODES and code not in AFFECTNET_UNUSABLE:
        raise ValueError(f"{name}: the expression must be 0 to 10, got {code:g}")
    return int(code)


@lru_cache(maxsize=64)
def _layout(header: bytes) -> tuple[np.dtype, int]:
    """Type and number of elements after a .npy header; headers of one data set are all alike."""
    file = BytesIO(header)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("another version of the npy format than 1.0")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject or dtype.kind not in "iufUS":
        raise ValueError(f"elements of type {dtype}")
    return dtype, int(np.prod(shape))


def _whole(table: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    if table.empty:
        raise ValueError(
            f"{ledger.first() or 'the tables have no rows'}; not one usable picture of AffectNet is there: "
            "they must lie below the given folder as the tables name them, or in train_set/images and val_set/images"
        )
    return table
