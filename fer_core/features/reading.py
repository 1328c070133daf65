"""Feature tables from parquet, csv, or a zip that holds one; ours or made by others."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from fer_core.features.table import FeatureTable, missing
from fer_core.labels import canonical

FORMATS = (".parquet", ".csv")

_NUMBERED = re.compile(r"(.+)_(\d+)")


def read_features(
    path: Path,
    spaces: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> FeatureTable:
    """A feature table from disk, or from memory.

    Args:
        path: A ``.parquet`` or ``.csv`` file, or a zip that holds one of them.
        spaces: Which spaces; None reads all. Several columns of numbers with commas between them make a space too.
        columns: Our name of a column -> its name in the file, e.g. ``{"subject": "Participant"}``.
        content: The file itself, where it is on no disk; ``path`` then only names it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no such table, has none of a space (names those there), or a space with rows of
            different lengths or with what is no number.
    """
    if content is None and not path.is_file():
        raise FileNotFoundError(f"there is no feature table {path}")
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path if content is None else io.BytesIO(content)) as archive:
                inside = [name for name in archive.namelist() if Path(name).suffix.lower() in FORMATS]
                if len(inside) != 1:
                    raise ValueError(f"{path.name} must hold one .parquet or .csv file, it holds {len(inside)}")
                with archive.open(inside[0]) as opened:
                    return _read(opened, Path(inside[0]).suffix.lower(), path.name, spaces, columns or {})
        with path.open("rb") if content is None else io.BytesIO(content) as opened:
            return _read(opened, path.suffix.lower(), path.name, spaces, columns or {})
    except (zipfile.BadZipFile, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{path.name} is no feature table ({' '.join(str(error).split())[:120]})") from None


def stored_features(folder: Path, split: str | None = None, spaces: Sequence[str] | None = None) -> FeatureTable:
    """A table that a run keeps.

    Args:
        folder: The run's folder of features.
        split: Whose; None takes test, validation, all or train, the first that is there.
        spaces: As in `read_features`.

    Raises:
        FileNotFoundError: there is none of that split; names those there are.
        ValueError: as in `read_features`.
    """
    there = sorted(path.stem for path in folder.glob("*.parquet"))
    taken = split or next((one for one in ("test", "validation", "all", "train") if one in there), None)
    if taken is None or taken not in there:
        of = f" of split '{split}'" if split else ""
        told = f"there are: {', '.join(there)}" if there else "fer embed --store makes some"
        raise FileNotFoundError(f"run {folder.parent.name} has no stored features{of}; {told}")
    return read_features(folder / f"{taken}.parquet", spaces)


def _read(
    opened: IO[bytes], ending: str, source: str, wanted: Sequence[str] | None, columns: Mapping[str, str]
) -> FeatureTable:
    if ending not in FORMATS:
        raise ValueError(f"{source} must be a .parquet or .csv file, or a zip that holds one")
    if ending == ".csv":
        samples, spaces, made = _from_csv(opened, source, wanted)
    else:
        samples, spaces, made = _from_parquet(opened, source, wanted)
    absent = [name for name in columns.values() if name not in samples]
    if absent:
        there = ", ".join(map(str, samples.columns)) or "none"
        raise ValueError(f"{source} has no column '{absent[0]}'; it has: {there}")
    # Copied, not renamed: a column may be meant twice.
    samples = samples.assign(**{ours: samples[theirs] for ours, theirs in columns.items()})
    for name, told in (("label", canonical), ("subject", str), ("session", str)):
        if name in samples:
            values = [None if pd.isna(one) else told(_plain(one)) for one in samples[name]]
            samples[name] = pd.Series(values, dtype=object, index=samples.index)
    return FeatureTable(samples.reset_index(drop=True), spaces, source, made)


def _plain(value: Any) -> str:
    """``3.0`` and ``3`` name the same person."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _from_csv(
    opened: IO[bytes], source: str, wanted: Sequence[str] | None
) -> tuple[pd.DataFrame, dict[str, np.ndarray], dict[str, Any]]:
    table = pd.read_csv(opened)
    found: dict[str, dict[int, str]] = {}
    for column in map(str, table.columns):
        match = _NUMBERED.fullmatch(column)
        if match is not None:
            found.setdefault(match[1], {})[int(match[2])] = column
    there = {name: parts for name, parts in found.items() if 0 in parts}
    spaces = {}
    for name in there if wanted is None else wanted:
        if name in there:
            parts = there[name]
            gaps = [number for number in range(len(parts)) if number not in parts]
            if gaps:
                raise ValueError(f"{source} has no column '{name}_{gaps[0]}', but {len(parts)} columns of that space")
            chosen = [parts[number] for number in range(len(parts))]
        else:
            chosen = _columns_named(name, table, source, there)
        spaces[name] = _numbers(table, chosen, source, name)
    numbered = {column for parts in there.values() for column in parts.values()}
    return table[[column for column in table.columns if column not in numbered]], spaces, {}


def _from_parquet(
    opened: IO[bytes], source: str, wanted: Sequence[str] | None
) -> tuple[pd.DataFrame, dict[str, np.ndarray], dict[str, Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(opened)
        schema = file.schema_arrow
        lists = {one.name for one in schema if _is_list(one.type)}
        chosen = lists if wanted is None else lists & set(wanted)
        plain = [one.name for one in schema if one.name not in lists]
        samples = file.read(plain).to_pandas()
        spaces = {name: _vectors(file.read([name])[name], source, name) for name in schema.names if name in chosen}
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{source} is damaged ({' '.join(str(error).split())[:120]})") from None
    for name in wanted or ():
        if name not in spaces:
            spaces[name] = _numbers(samples, _columns_named(name, samples, source, sorted(lists)), source, name)
    try:
        made = json.loads((schema.metadata or {}).get(b"PANDAS_ATTRS", b"{}"))
    except ValueError:
        made = {}
    return samples, spaces, made if isinstance(made, dict) else {}


def _columns_named(name: str, table: pd.DataFrame, source: str, there: Sequence[str] | Mapping[str, Any]) -> list[str]:
    """``EAR,MAR``: a space that is spelled out as columns of numbers."""
    chosen = [part.strip() for part in name.split(",") if part.strip()]
    if not chosen or any(part not in table for part in chosen):
        raise ValueError(missing(source, name, there))
    return chosen


def _numbers(table: pd.DataFrame, chosen: Sequence[str], source: str, space: str) -> np.ndarray:
    values = table[list(chosen)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float32)
    return _finite(values, source, space)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _vectors(column: Any, source: str, space: str) -> np.ndarray:
    import pyarrow as pa
    from pyarrow import compute

    kind = column.type.value_type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise ValueError(f"space '{space}' of {source} must hold numbers, it holds {kind}")
    lengths = list(compute.unique(compute.list_value_length(column)).to_pylist())
    if len(lengths) > 1 or lengths == [None]:
        told = ", ".join("missing" if one is None else str(one) for one in lengths[:4])
        raise ValueError(f"the rows of space '{space}' of {source} must be equally long; lengths: {told}")
    # Chunk by chunk: the offsets of one long chunk would not fit into 32 bits.
    flat = [chunk.flatten().to_numpy(zero_copy_only=False).astype(np.float32) for chunk in column.chunks]
    values = np.concatenate(flat) if flat else np.empty(0, dtype=np.float32)
    width = lengths[0] if lengths else 0
    return _finite(values.reshape(len(column), width), source, space)


def _finite(values: np.ndarray, source: str, space: str) -> np.ndarray:
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise ValueError(
            f"space '{space}' of {source} holds what is no number in {len(bad)} of {len(values)} rows, "
            f"the first is row {bad[0]}"
        )
    if not values.size:
        raise ValueError(f"space '{space}' of {source} is empty")
    return values
