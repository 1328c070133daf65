"""Feature tables to parquet, batch by batch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_core.features.table import COLUMNS, FeatureTable

_BATCH = 8192
_GROUP = 4096


def write_features(path: Path, table: FeatureTable) -> None:
    """Writes a table as parquet, whole or not at all."""
    names = [name for name in table.samples.columns if name not in table.spaces]

    def batches() -> Iterator[FeatureTable]:
        for start in range(0, len(table), _BATCH):
            yield table.take(np.arange(start, min(start + _BATCH, len(table))))

    stream_features(path, batches(), names, tuple(table.spaces), table.made)


def stream_features(
    path: Path,
    batches: Iterator[FeatureTable],
    columns: Sequence[str],
    spaces: Sequence[str],
    made: Mapping[str, Any],
) -> int:
    """Writes a table batch by batch, whole or not at all; memory holds some thousand rows.

    Args:
        path: A parquet file.
        batches: Rows in order.
        columns: Names of the sample columns. Those in `COLUMNS`, and those of mixed values, are
            written as text.
        spaces: Names of the spaces.
        made: How the table was made: kept in the file, where pandas finds it as ``attrs``.

    Returns:
        How many rows were written.
    """
    from pyarrow import parquet

    part, writer, count = path.with_name(path.name + ".part"), None, 0
    kept = {"PANDAS_ATTRS": json.dumps(dict(made))}
    try:
        for rows in _groups(batches, columns, spaces):
            if writer is None:
                schema = rows.schema.with_metadata(kept)
                # Vectors do not repeat, names do.
                writer = parquet.ParquetWriter(part, schema, compression="zstd", use_dictionary=list(columns))
            writer.write_table(rows.cast(writer.schema))
            count += len(rows)
        if writer is None:
            raise ValueError(f"there are no rows to write into {path.name}")
        writer.close()
        os.replace(part, path)
    finally:
        if writer is not None:
            writer.close()
        part.unlink(missing_ok=True)
    return count


def add_space(
    source: Path,
    out: Path,
    space: str,
    vectors: np.ndarray,
    made: Mapping[str, Any],
    columns: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """Writes a parquet table once more with one space more, whole or not at all; what is in it stays as it was.

    Some thousand rows of the table are in memory at a time.

    Args:
        source: The table.
        out: May be the same file.
        space: The new space's name; a column of that name is replaced.
        vectors: ``(n, D)`` of the table's rows.
        made: How the table was made, as in `stream_features`.
        columns: Also these, n values each, unless the table has them.

    Raises:
        ValueError: not as many vectors as rows.
    """
    import pyarrow as pa
    from pyarrow import parquet

    part, writer, start = out.with_name(out.name + ".part"), None, 0
    try:
        with parquet.ParquetFile(source) as file:
            if file.metadata.num_rows != len(vectors):
                raise ValueError(f"{source.name} has {file.metadata.num_rows} rows, {len(vectors)} vectors were given")
            names = [name for name in file.schema_arrow.names if name != space]
            more = {name: values for name, values in (columns or {}).items() if name not in names}
            kept = {**(file.schema_arrow.metadata or {}), b"PANDAS_ATTRS": json.dumps(dict(made)).encode()}
            for batch in file.iter_batches(_GROUP, columns=names):
                rows = pa.Table.from_batches([batch])
                stop = start + len(rows)
                for name, values in more.items():
                    rows = rows.append_column(name, pa.array(list(values[start:stop]), pa.string()))
                rows = rows.append_column(space, _lists(vectors[start:stop])).replace_schema_metadata(kept)
                writer = writer or parquet.ParquetWriter(part, rows.schema, compression="zstd")
                writer.write_table(rows)
                start = stop
        if writer is None:
            raise ValueError(f"there are no rows to write into {out.name}")
        writer.close()
        os.replace(part, out)
    finally:
        if writer is not None:
            writer.close()
        part.unlink(missing_ok=True)


def _groups(batches: Iterator[FeatureTable], columns: Sequence[str], spaces: Sequence[str]) -> Iterator[Any]:
    """Batches joined to row groups that are worth their overhead."""
    import pyarrow as pa

    waiting: list[Any] = []
    for batch in batches:
        arrays = {name: _text(batch, name) for name in columns}
        arrays |= {name: _lists(batch.spaces[name]) for name in spaces}
        waiting.append(pa.table(arrays))
        if sum(map(len, waiting)) >= _GROUP:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _text(batch: FeatureTable, name: str) -> Any:
    import pyarrow as pa

    values = batch.samples[name]
    if name not in COLUMNS and values.dtype != object:
        return pa.Array.from_pandas(values)
    return pa.array([None if pd.isna(one) else str(one) for one in values.tolist()], pa.string())


def _lists(vectors: np.ndarray) -> Any:
    import pyarrow as pa

    ends = np.arange(len(vectors) + 1, dtype=np.int32) * vectors.shape[1]
    return pa.ListArray.from_arrays(ends, np.ascontiguousarray(vectors, dtype=np.float32).ravel())
