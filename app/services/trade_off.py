"""Leakage against macro-F1: what trainings of a sweep, and erasing ever more directions afterwards, cost and gain."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app.services import sweeps
from app.services.provenance import Provenance
from app.services.runs import stamp
from fer_core.published import find_table
from fer_core.runs import Run, find_run
from fer_core.studies import StoredStudy, summarised

POINTS = ("name", "space", "accuracy", "low", "high", "macro_f1", "rank", "chance", "n")
_SPACES = ("v_state", "v_face")
_F1 = ("strangers_macro_f1", "macro_f1")
"""Of the very people who are looked for, where the sweep has it; else of its own judged people."""


@dataclass(frozen=True)
class Curve:
    """Points of one picture."""

    points: pd.DataFrame
    """`POINTS`: a share of people found again, its interval (NaN for none), a macro-F1, effective rank (NaN) ..."""
    source: Provenance


def studies() -> dict[str, tuple[str, str]]:
    """What is shown -> (folder, study) of every study with leakage on this machine, own ones first."""
    found: dict[str, tuple[str, str]] = {}
    for folder in sweeps.folders("sweep.parquet"):
        for study in _names(str(folder), (folder / "sweep.parquet").stat().st_mtime_ns):
            found.setdefault(f"{folder.name}: {study}", (str(folder), study))
    return found


def telling(studies: Mapping[str, tuple[str, str]]) -> str:
    """The study to begin with: one about a remedy, where there is one, else the first.

    Args:
        studies: Not empty.
    """
    return next((one for one, (_, study) in studies.items() if "remedy" in study), next(iter(studies)))


@st.cache_data(max_entries=32, show_spinner=False)
def _names(folder: str, changed: int) -> list[str]:
    try:
        table = StoredStudy(Path(folder)).table
    except ValueError:
        return []  # a damaged sweep of one's own hides no other
    wanted = [f"identification_{space}" for space in _SPACES if f"identification_{space}" in table]
    known = table[table[wanted].notna().any(axis=1)] if wanted else table.iloc[:0]
    return [str(one) for one in known["study"].drop_duplicates()]


def of_study(folder: str, study: str) -> Curve:
    """Every finished row of a study; means over its seeds, with Student's intervals where there are several.

    Args:
        folder: Of the sweep.
        study: One of its studies.

    Raises:
        FileNotFoundError: the sweep is gone.
        ValueError: it is damaged.
    """
    table = StoredStudy(Path(folder)).table
    mine = table[table["study"] == study]
    rows = []
    for entry in summarised(mine, _F1):
        f1 = next((entry[key] for name in _F1 for key in (f"{name}_folds", name) if key in entry), None)
        for space in _SPACES:
            found = entry.get(f"identification_{space}")
            if f1 is None or found is None:
                continue
            rank, known = entry.get(f"effective_rank_{space}"), entry.get(f"people_{space}")
            rows.append(
                {
                    "name": entry["row"],
                    "space": space,
                    "accuracy": found["mean"],
                    "low": found["low"],
                    "high": found["high"],
                    "macro_f1": f1["mean"],
                    "rank": rank["mean"] if rank else None,
                    "chance": 1 / known["mean"] if known and known["mean"] else None,
                    "n": len(entry["seeds"]),
                }
            )
    done = mine[mine["status"] == "finished"]
    synthetic = bool(done["synthetic"].all()) if "synthetic" in done and len(done) else False
    parts = [
        f"study {study} of {Path(folder).name}",
        f"data {', '.join(map(str, done['data'].dropna().unique()))}",
        f"{len(done):,} trainings",
        "people nobody learned from",
        f"seeds {', '.join(map(str, sorted(done['seed'].unique())))}",
        "intervals over seeds",
        "synthetic faces" if synthetic else "real faces",
    ]
    return Curve(_points(rows), Provenance(" · ".join(parts), sweeps.again(Path(folder))))


def published() -> Curve:
    """What paper A printed of its two networks: Table 8's people found again against Table 3's mean of the folds.

    Its people are found by V_state of the network with the deviation module, and by V_face of the other network.
    """
    leakage, f1 = find_table("deviation-8"), find_table("deviation-3")
    scores = {row.name: row.values[0] for row in f1.rows}
    rows = [
        {
            "name": row.name,
            "space": row.space,
            "accuracy": row.values[0],
            "macro_f1": scores[row.name],
            "chance": 1 / leakage.columns[0].n,
        }
        for row in leakage.rows
    ]
    text = f"published: {f1.number} and {leakage.number} of the paper, {leakage.columns[0].data}"
    return Curve(_points(rows), Provenance(text, "fer published deviation-3 && fer published deviation-8"))


def of_erasure(name: str) -> Curve | None:
    """What erasing ever more directions left, of every space whose report is stored with a run; None without any.

    Args:
        name: The run.

    Raises:
        FileNotFoundError: no such run.
        ValueError: a report is damaged.
    """
    run = find_run(name)
    reports = [_report(run, path.name) for path in sorted(run.path.glob("erasure-*.json"))]
    rows = [one for report in reports for one in _erased(report)]
    if not rows:
        return None
    first = reports[0]
    parts = [
        f"run {run.name}",
        f"data {first.get('data', 'unknown')}",
        f"n = {first['n']:,}",
        f"{len(first['applied_subjects'])} people, erasers fitted on others ({first['fit']})",
        "macro-F1: linear probe, persons left out",
        f"{first['trials']} trials",
        f"seed {first['seed']}",
        "synthetic faces" if first.get("synthetic") else "real faces",
    ]
    return Curve(_points(rows), Provenance(" · ".join(parts), " && ".join(_again(run, one) for one in reports)))


def _report(run: Run, file: str) -> dict[str, Any]:
    path = run.path / file
    return _read(str(path), path.stat().st_mtime_ns ^ stamp(run))


@st.cache_data(max_entries=32, show_spinner=False)
def _read(path: str, changed: int) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as opened:
            found = json.load(opened)
        lacking = {"space", "before", "after", "ranks", "n", "applied_subjects", "fit", "trials", "seed"} - set(found)
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{path} is damaged ({' '.join(str(error).split())[:80]})") from None
    if lacking:
        raise ValueError(f"{path} is damaged: it says nothing of {', '.join(sorted(lacking))}")
    return dict(found)


def _erased(report: dict[str, Any]) -> list[dict[str, Any]]:
    steps = [("0 erased", report["before"]), *((f"{one['rank']} erased", one) for one in report["ranks"])]
    steps.append((f"{report.get('rank', 'all')} erased", report["after"]))
    if report.get("control"):
        steps.append(("random directions", report["control"]))
    rows = {
        name: {
            "name": name,
            "space": report["space"],
            "accuracy": one["accuracy"],
            "low": one["ci95"][0],
            "high": one["ci95"][1],
            "macro_f1": one["macro_f1"],
            "rank": one.get("effective_rank"),
            "chance": report["before"].get("chance"),
            "n": report["n"],
        }
        for name, one in steps
        if one and one.get("accuracy") is not None and one.get("macro_f1") is not None
    }
    return list(rows.values())


def _again(run: Run, report: dict[str, Any]) -> str:
    kind, _, value = str(report["fit"]).partition("=")
    fit = f"--folds {value}" if kind == "folds" else f"--fit {shlex.quote(report['fit'])}"
    ranks = ",".join(str(one["rank"]) for one in report["ranks"])
    wanted = f" --ranks {ranks}" if ranks else ""
    return (
        f"fer erase {shlex.quote(run.name)} --space {shlex.quote(report['space'])} {fit} "
        f"--keep {shlex.quote(str(report.get('keep', 'label')))}{wanted} "
        f"--trials {report['trials']} --seed {report['seed']} --out erased.parquet --json"
    )


def _points(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(POINTS))
    numbers = ["accuracy", "low", "high", "macro_f1", "rank", "chance"]
    return table.astype(dict.fromkeys(numbers, float))
