"""An erased space and its report, written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.features import FeatureTable, read_features, write_features
from fer_core.features.writing import add_space
from fer_core.runs import Run
from fer_core.tables import write_text

_SETTINGS = ("space", "fit", "keep", "rank", "seed")


def write_erased(
    source: Path,
    out: Path,
    table: FeatureTable,
    erased: np.ndarray,
    document: Mapping[str, Any],
    columns: Mapping[str, str] | None = None,
) -> None:
    """Writes a table once more, with the erased space as one column more.

    Args:
        source: Where the table came from. What else stands in a parquet file passes by some thousand rows at a time;
            csv and zip are read whole.
        out: A parquet file; may be ``source``.
        table: What was read of it.
        erased: ``(n, D)``.
        document: What `erase` said of it: the file keeps how the column was made.
        columns: As `table` was read with; our names of these columns are written, too.

    Raises:
        ValueError: the file has changed in the meantime.
    """
    name = str(document["erased"])
    made = dict(table.made)
    made["erasure"] = {**made.get("erasure", {}), name: {key: document[key] for key in _SETTINGS}}
    if isinstance(made.get("spaces"), Mapping):
        made["spaces"] = {**made["spaces"], name: erased.shape[1]}
    if source.suffix.lower() == ".parquet":
        add_space(source, out, name, erased, made, {ours: table.samples[ours].tolist() for ours in columns or {}})
        return
    whole = read_features(source, None, columns)
    if len(whole) != len(erased):
        raise ValueError(f"{source.name} has {len(whole)} rows, {len(erased)} vectors were given")
    write_features(out, FeatureTable(whole.samples, {**whole.spaces, name: erased}, whole.source, made))


def store_erasure(run: Run, table: FeatureTable, erased: np.ndarray, document: Mapping[str, Any]) -> Path:
    """Keeps an erased space with its run: in the run's table of features, and the figures as ``erasure-<space>.json``.

    Args:
        run: Whose.
        table: What `Run.features` gave.
        erased: ``(n, D)``.
        document: Of `erase`.

    Returns:
        Where the figures lie.

    Raises:
        ValueError: a space whose name cannot be part of a file's.
    """
    name = f"erasure-{document['space']}.json"
    if Path(name).name != name:
        raise ValueError(f"space '{document['space']}' cannot be part of a file's name")
    features = run.path / "features" / table.source
    write_erased(features, features, table, erased, document)
    path = run.path / name
    write_text(path, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return path
