"""Reports of a run, as `fer report` writes them, and the reviewer's protocol."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app.services.comparing import rivals
from app.services.provenance import Provenance, of_split, of_training
from app.services.runs import stamp
from fer_core.report import NAMES, Case, Report, checks, report, title_of
from fer_core.runs import Run, find_run


@dataclass(frozen=True)
class Written:
    """One report."""

    html: str
    sections: tuple[str, ...]
    absent: tuple[str, ...]
    """Titles of those sections that had nothing stored to show."""
    command: str
    """Writes the same file."""
    name: str
    """Of the file."""


def sections() -> dict[str, str]:
    """Name of every section -> its title, in the order of reading."""
    return {name: title_of(name) for name in NAMES}


def beside(name: str, split: str | None) -> tuple[str, ...]:
    """Runs that may be laid beside a run: see `comparing.rivals`.

    Raises:
        FileNotFoundError: no such run.
    """
    return rivals(name, split) if split else ()


def written(name: str, wanted: Sequence[str], split: str | None, other: str | None, names: bool) -> Written:
    """A report, as ``fer report`` writes it.

    Args:
        name: The run.
        wanted: Names of sections.
        split: An evaluated split; None where the run has no stored predictions.
        other: A run to lay beside it.
        names: Whether people and samples are named although some may exist.

    Raises:
        FileNotFoundError: no such run.
        ValueError: no section, a damaged run or table, or runs that cannot be laid beside each other.
    """
    run = find_run(name)
    rival = None if other is None else find_run(other)
    changed = (_stamp(run), None if rival is None else _stamp(rival))
    path = None if rival is None else str(rival.path)
    found = _written(str(run.path), changed, tuple(wanted), split, path, names)
    words = ["fer report", shlex.quote(name)]
    words += [] if found.sections == NAMES else ["--sections", ",".join(found.sections)]
    words += [] if split is None else ["--split", split]
    words += [] if other is None else ["--beside", shlex.quote(other)]
    words += ["--names"] if names else []
    file = f"{run.name}-report.html"
    absent = tuple(title_of(one) for one in found.absent)
    command = " ".join([*words, "--out", shlex.quote(file)])
    return Written(found.html, found.sections, absent, command, file)


def protocol(name: str, split: str | None) -> pd.DataFrame:
    """The reviewer's checks of a run: ``check``, ``stored result``, ``what to look for``, ``command``, ``measured``.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the stored table is damaged.
    """
    run = find_run(name)
    return _protocol(str(run.path), _stamp(run), split)


def of_report(name: str, split: str | None, command: str) -> Provenance:
    """Of everything on the page: that of the split, with the command that writes the file.

    Args:
        name: The run.
        split: An evaluated split; None where the run has no stored predictions.
        command: Writes the report.
    """
    told = of_split(name, split) if split else of_training(name)
    return Provenance(told.text, command)


def _stamp(run: Run) -> int:
    """Differs when anything that a report reads was written again."""
    files = [*run.path.glob("*.json"), *run.path.glob("*.parquet"), *run.path.glob("*/*.parquet")]
    files += [*run.path.glob("*.safetensors"), run.path / "card.md"]
    return max([stamp(run), *(file.stat().st_mtime_ns for file in files if file.is_file())])


@st.cache_data(max_entries=16, show_spinner=False)
def _written(
    path: str,
    changed: tuple[int, int | None],
    wanted: tuple[str, ...],
    split: str | None,
    other: str | None,
    names: bool,
) -> Report:
    rival = None if other is None else find_run(other)
    return report(find_run(path), wanted, rival, split, names)


@st.cache_data(max_entries=32, show_spinner=False)
def _protocol(path: str, changed: int, split: str | None) -> pd.DataFrame:
    found = checks(Case(find_run(path), split))
    return pd.DataFrame(
        [
            {
                "check": one.question,
                "stored result": one.found,
                "what to look for": one.meaning,
                "command": one.command,
                "measured": one.measured,
            }
            for one in found
        ]
    )
