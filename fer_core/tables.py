"""Tables on disk: predictions now, features later. Parquet, written whole or not at all. Torch-free."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

PROBABILITY = "p_"
"""Prefix of a label's probability column."""


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Writes a table whole or not at all."""
    part = path.with_name(path.name + ".part")
    table.to_parquet(part, index=False)
    os.replace(part, path)


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def read_parquet(path: Path) -> pd.DataFrame:
    """A table.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the file is damaged.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no table at {path}")
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is damaged ({' '.join(str(error).split())[:120]})") from None


def prediction_table(
    samples: pd.DataFrame, probabilities: np.ndarray, labels: Sequence[str], twin: np.ndarray
) -> pd.DataFrame:
    """The stored form of predictions.

    Args:
        samples: n rows with ``path, label, subject, session, split``.
        probabilities: ``(n, K)``.
        labels: K names.
        twin: ``(n,)`` bool: an exact twin stands in the training split.
    """
    columns = {
        "sample": samples["path"].to_numpy(),
        **{name: samples[name].to_numpy() for name in ("label", "subject", "session", "split")},
        "twin": twin,
        "predicted": np.array(labels, dtype=object)[probabilities.argmax(1)],
    }
    columns.update(
        {f"{PROBABILITY}{label}": probabilities[:, place].astype(np.float32) for place, label in enumerate(labels)}
    )
    return pd.DataFrame(columns)


def probabilities_of(table: pd.DataFrame, labels: Sequence[str]) -> np.ndarray:
    """``(n, K)`` float64 probabilities of a stored prediction table.

    Raises:
        ValueError: a label's column is missing.
    """
    missing = [label for label in labels if f"{PROBABILITY}{label}" not in table]
    if missing:
        raise ValueError(f"the predictions have no probabilities of {', '.join(missing)}")
    return table[[f"{PROBABILITY}{label}" for label in labels]].to_numpy(dtype=np.float64)
