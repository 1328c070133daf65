"""A list of test pictures laid over the data set that holds them: a data set of its own, with a manifest.

The label is the list's, for published scores are against it; where the data set says something else, the row is
reported. A repeated row stays repeated, because published counts (735) include it; it is reported too.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.data.files import Folder, csv_table, is_picture
from fer_core.data.lists import Listed, name_of, read_list
from fer_core.labels import EXPRESSIONS_CONTEMPT

OCCLUSION = "occlusion"
"""The manifest's column of occlusion types."""


@dataclass(frozen=True)
class Protocol:
    """A list's rows, each with its picture where there is one."""

    name: str
    family: str
    """``RAF-DB``, ``FERPlus`` or ``AffectNet``."""
    dataset: Dataset
    """Where the pictures lie."""
    rows: tuple[Listed, ...]
    paths: tuple[str | None, ...]
    """Each row's picture in the data set; None where it has none."""
    types: Mapping[str, str] | None = None
    """Picture's name -> occlusion type, from the user."""

    def manifest(self) -> pd.DataFrame:
        """``path label split name data_label list_type occlusion`` of the rows with a picture; paths as in the data."""
        own = dict(zip(self.dataset.table["path"], self.dataset.table["label"], strict=True))
        rows = [
            {
                "path": path,
                "label": row.label,
                "split": "test",
                "name": row.name,
                "data_label": own.get(path),
                "list_type": row.type,
                OCCLUSION: (self.types or {}).get(row.name),
            }
            for row, path in zip(self.rows, self.paths, strict=True)
            if path is not None
        ]
        return pd.DataFrame(rows).dropna(axis="columns", how="all")

    def report(self) -> dict[str, Any]:
        """What was found, in plain values: counts, repeated rows, missing pictures, labels that differ, types."""
        names = Counter(row.name for row in self.rows)
        table = self.manifest()
        own = dict(zip(self.dataset.table["path"], self.dataset.table["label"], strict=True))
        placed = list(zip(self.rows, self.paths, strict=True))
        typed = Counter(self.types[row.name] for row in self.rows if row.name in self.types) if self.types else {}
        return {
            "list": self.name,
            "of": self.family,
            "data": self.dataset.source,
            "rows": len(self.rows),
            "pictures": len({path for path in self.paths if path is not None}),
            "n": len(table),
            "labels": {label: int((table["label"] == label).sum()) for label in EXPRESSIONS_CONTEMPT},
            "list_types": dict(sorted(Counter(row.type for row in self.rows if row.type).items())),
            "repeated": [
                {"name": name, "rows": [row.row for row in self.rows if row.name == name]}
                for name, count in names.items()
                if count > 1
            ],
            "missing": [{"row": row.row, "name": row.text} for row, path in placed if path is None],
            "disagreements": [
                {"row": row.row, "name": row.name, "list": row.label, "data": own[path]}
                for row, path in placed
                if path is not None and own.get(path) in EXPRESSIONS_CONTEMPT and own[path] != row.label
            ],
            OCCLUSION: None
            if self.types is None
            else {
                "types": dict(sorted(typed.items())),
                "without": sum(row.name not in self.types for row in self.rows),
                "not_in_list": sorted(set(self.types) - set(names)),
            },
        }


def open_protocol(list_file: Path, dataset: Dataset, types_file: Path | None = None) -> Protocol:
    """A list laid over a data set.

    Args:
        list_file: A list that `lists.read_list` knows.
        dataset: The data set that the list names pictures of, in any supported format.
        types_file: A csv ``name,type`` of occlusion types in the user's words; a name may be a path or a row's text.

    Raises:
        FileNotFoundError: there is no such list or types file.
        ValueError: a broken list or types file, or not one picture of the list is in the data.
    """
    family, rows = read_list(_content(list_file), list_file.name)
    index = _index(dataset)
    paths = tuple(_find(row, index) for row in rows)
    if not any(paths):
        hint = " (AffectNet's new release renamed its pictures; these lists need the old names)" * (
            family == "AffectNet"
        )
        raise ValueError(
            f"{list_file.name} row {rows[0].row}: {rows[0].text} is not in {dataset.source}, nor is any other of the "
            f"{len(rows):,} pictures; give the folder of {family} with --pictures{hint}"
        )
    types = None if types_file is None else read_types(_content(types_file), types_file.name)
    return Protocol(list_file.name, family, dataset, rows, paths, types)


def read_types(content: bytes, file: str) -> dict[str, str]:
    """A user's occlusion types: picture's name -> type, lower-case.

    Raises:
        ValueError: no columns ``name,type``, a row without either or with a name of none of the data sets, or two types
            for one name.
    """
    table = csv_table(content, file)
    table.columns = [str(column).strip().lower() for column in table.columns]
    if not {"name", "type"} <= set(table.columns):
        raise ValueError(f"{file} needs the columns name,type; it has {', '.join(table.columns)}")
    types: dict[str, str] = {}
    for number, (text, kind) in enumerate(
        zip(table["name"].fillna(""), table["type"].fillna(""), strict=True), start=2
    ):
        name, kind = name_of(text), kind.strip().lower()
        if name is None or not kind:
            raise ValueError(
                f"{file} row {number}: expected a picture's name and a type, e.g. 'test_0003_aligned.jpg,upper', got "
                f"{text!r}, {kind!r}"
            )
        if types.setdefault(name, kind) != kind:
            raise ValueError(f"{file} row {number}: {name} is {kind!r} here and {types[name]!r} above")
    return types


def write_protocol(protocol: Protocol, out: Path) -> Path:
    """Writes ``out/manifest.csv``. Pictures that are files stay where they are; those in a zip or csv are copied.

    Raises:
        FileExistsError: ``out`` holds something else.
        ValueError: a picture cannot be read.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} is not empty; name a new folder for the protocol")
    out.mkdir(parents=True, exist_ok=True)
    table, files = protocol.manifest(), protocol.dataset.files
    if isinstance(files, Folder):
        places = {path: str((files.root / path).resolve()) for path in table["path"].unique()}
    else:
        (out / "pictures").mkdir()
        places = {}
        for number, path in enumerate(table["path"].unique()):
            places[path] = f"pictures/{number:05d}_{posixpath.basename(path)}"
            (out / places[path]).write_bytes(files.read(path))
    manifest = out / "manifest.csv"
    table.assign(path=table["path"].map(places)).to_csv(manifest, index=False)
    return manifest


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(f"no list at {path}")
    return path.read_bytes()


def _index(dataset: Dataset) -> dict[str, list[str]]:
    """A picture's name -> its paths, samples of the data set first. What its reader left out can still be listed."""
    samples = dataset.table["path"].tolist()
    known = set(samples)
    found: dict[str, list[str]] = {}
    for path in [*samples, *(name for name in dataset.files.names if name not in known and is_picture(name))]:
        name = name_of(path)
        if name is not None:
            found.setdefault(name, []).append(path)
    return found


def _find(row: Listed, index: Mapping[str, list[str]]) -> str | None:
    """A row's picture: the very path, else a file of that name, else the picture of a folder of that name.

    RAN cut each face of AffectNet into a folder named like the picture; ``8.jpg`` in it is the whole face.
    """
    there = index.get(row.name, [])
    exact = [path for path in there if path == row.text or path.endswith(f"/{row.text}")]
    own = [path for path in there if name_of(posixpath.basename(path)) == row.name]
    aligned = [path for path in own if "_aligned" in posixpath.basename(path)]
    whole = [path for path in there if posixpath.splitext(posixpath.basename(path))[0] == "8"]
    for found in (exact, aligned, own, whole, there if len(there) == 1 else []):
        if found:
            return found[0]
    return None
