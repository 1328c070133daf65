"""Labels of videos, one per second: read, checked, and matched with files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import pandas as pd

from fer_core.data.manifest import read_table
from fer_core.labels import LABEL_SETS, canonical

KNOWN = tuple(dict.fromkeys(name for names in LABEL_SETS.values() for name in names))
"""Labels that a second may have."""

_LONGEST = 24 * 3600
_SHOWN = 5


@dataclass
class Coding:
    """The labels of one video."""

    labels: dict[int, str] = field(default_factory=dict)
    """Second -> label in house names; second 0 is the time from 0 up to 1 s."""
    subject: str | None = None
    session: str | None = None


def read_codings(path: Path) -> dict[str, Coding]:
    """Every video's labels from one table: ``video,second,label`` or ``video,start,end,label``, and optionally
    ``subject,session``.

    Args:
        path: A csv or parquet file; ``end`` is the first second that does not count any more.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a column is missing, or rows are wrong; all unknown labels at once.
    """
    table = _read(path)
    if "video" not in table:
        raise ValueError(f"{path.name} needs a column 'video'; it has {', '.join(map(str, table.columns))}")
    return _codings(table, path.name)


def read_sidecar(video: Path) -> Coding | None:
    """The labels beside a video: ``<video>.csv`` or its name with the ending csv; None where there is neither.

    Args:
        video: The video's path; the table has ``second,label`` or ``start,end,label``.

    Raises:
        ValueError: as `read_codings`.
    """
    for path in (video.with_name(video.name + ".csv"), video.with_suffix(".csv")):
        if path.is_file():
            return _codings(_read(path).assign(video="this"), path.name).get("this", Coding())
    return None


def match(videos: Sequence[Path], codings: Mapping[str, Coding]) -> tuple[dict[Path, Coding], list[str]]:
    """Which coding belongs to which file.

    A name in a table means a file by its path, by the end of its path, by its name, or by its name without ending.

    Returns:
        Codings by file, and the names that no file has.

    Raises:
        ValueError: a name fits several files, or two names the same one.
    """
    found: dict[Path, Coding] = {}
    strangers = []
    for name, coding in codings.items():
        parts = PurePath(name.replace("\\", "/")).parts
        fitting = [video for video in videos if video.parts[-len(parts) :] == parts or video.stem == name]
        if len(fitting) > 1:
            raise ValueError(f"'{name}' may be {fitting[0]} or {fitting[1]}; write more of the path")
        if not fitting:
            strangers.append(name)
        elif fitting[0] in found:
            raise ValueError(f"{fitting[0]} is labelled under two names, one of them '{name}'; use one")
        else:
            found[fitting[0]] = coding
    return found, strangers


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise FileNotFoundError(f"no table of labels at {path}")
    table = read_table(path.read_bytes(), path.name)
    return table.rename(columns={column: str(column).strip().lower() for column in table.columns})


def _codings(table: pd.DataFrame, name: str) -> dict[str, Coding]:
    ranges = {"start", "end"} <= set(table.columns)
    if "label" not in table or not (ranges or "second" in table):
        there = ", ".join(map(str, table.columns))
        raise ValueError(f"{name} needs the columns second,label or start,end,label; it has {there}")
    table = table[table["label"].notna() & (table["label"].astype(str).str.strip() != "")]
    labels = table["label"].map(canonical)
    unknown = sorted(set(labels) - set(KNOWN))
    if unknown:
        raise ValueError(f"unknown labels in {name}: {', '.join(unknown)}; a label is one of {', '.join(KNOWN)}")
    begin = _numbers(table, "start" if ranges else "second", name)
    end = _numbers(table, "end", name) if ranges else begin + 1
    wrong = (begin < 0) | (end <= begin) | (end > _LONGEST)
    if wrong.any():
        rows = ", ".join(str(row + 2) for row in table.index[wrong][:_SHOWN])
        raise ValueError(f"{name}: times must grow and lie in one day, which those of row {rows} do not")
    found: dict[str, Coding] = {}
    for column in ("subject", "session"):
        if column not in table:
            table = table.assign(**{column: None})
    words = zip(table["video"].astype(str).str.strip(), table["subject"], table["session"], strict=True)
    for (video, subject, session), label, first, last in zip(words, labels, begin, end, strict=True):
        coding = found.setdefault(video, Coding())
        for second in range(int(first), max(int(first) + 1, int(last))):
            if coding.labels.setdefault(second, label) != label:
                raise ValueError(
                    f"{name}: second {second} of {video} has the labels {coding.labels[second]} and {label}; keep one"
                )
        coding.subject = _one("subject", coding.subject, subject, video, name)
        coding.session = _one("session", coding.session, session, video, name)
    return found


def _numbers(table: pd.DataFrame, column: str, name: str) -> pd.Series:
    numbers = pd.to_numeric(table[column], errors="coerce")
    if numbers.isna().any():
        row = int(table.index[numbers.isna()][0])
        raise ValueError(f"{name}: '{column}' must be seconds, got {table[column].loc[row]!r} in row {row + 2}")
    return numbers


def _one(column: str, before: str | None, now: object, video: str, name: str) -> str | None:
    """A video has one subject and one session."""
    word = None if now is None or now != now or not str(now).strip() else str(now).strip()
    if before is not None and word is not None and word != before:
        raise ValueError(f"{name}: {video} has the {column}s {before} and {word}; a video has one")
    return before if word is None else word
