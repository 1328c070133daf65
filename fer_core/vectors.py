"""Feature tables by the name that a person gives: a file, or a run with stored features. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fer_core.features import FORMATS, FeatureTable, read_features
from fer_core.labels import suggestion
from fer_core.runs import find_run

COLUMNS = ("sample", "label", "subject", "session", "split")
"""What a table of others may name otherwise."""


def find_vectors(
    source: str, spaces: Sequence[str], split: str | None = None, columns: Mapping[str, str] | None = None
) -> FeatureTable:
    """Spaces of a feature table.

    Args:
        source: A parquet or csv file, a zip that holds one, or a run's name or path.
        spaces: Which.
        split: Rows of that split only. None takes all rows of a file; of a run, the first split with stored features
            among test, validation, all and train.
        columns: Our name of a column -> its name in the file.

    Raises:
        FileNotFoundError: no such file or run, or no stored features of it.
        ValueError: as in `features.read_features`, or no rows of that split.
    """
    path = file_of(source)
    if path is None:
        return find_run(source).features(split, spaces)
    table = read_features(path, spaces, columns)
    if split is None:
        return table
    named = table.column("split").astype(str).to_numpy()
    if split not in named:
        raise ValueError(f"{table.source} has no rows of split '{split}'{suggestion(split, set(named))}")
    return table.take(named == split)


def file_of(source: str) -> Path | None:
    """The file that a person means; None where it is a run."""
    path = Path(source).expanduser()
    return path if path.suffix.lower() in (*FORMATS, ".zip") or path.is_file() else None


def columns_from(text: str | None) -> dict[str, str]:
    """``subject=Participant,label=Y`` as a mapping: our names of columns -> those in a file.

    Raises:
        ValueError: not of that form, or a column we do not know.
    """
    found = {}
    for part in (text or "").split(","):
        ours, equals, theirs = (word.strip() for word in part.partition("="))
        if not part.strip():
            continue
        if not equals or not theirs or ours not in COLUMNS:
            raise ValueError(f"columns must read like subject=Participant,label=Y with {', '.join(COLUMNS)}: '{part}'")
        found[ours] = theirs
    return found
