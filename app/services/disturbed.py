"""What is left of a model's accuracy on disturbed faces: stored by ``fer robustness`` and by sweeps that ask for it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app.services.provenance import Provenance, people
from app.services.runs import stamp
from app.services.sweeps import again, folders
from fer_core.disturbances import KINDS
from fer_core.runs import find_run
from fer_core.studies import STUDIES, StoredStudy

EVERY = "all kinds"
"""The mean over the kinds."""


@dataclass(frozen=True)
class Curves:
    """Accuracy by strength."""

    rows: pd.DataFrame
    """``name kind strength accuracy low high``; strength 0: clean pictures. ``low`` and ``high`` end the 95 % interval
    of a run, and are the lowest and highest seed of a study's row."""
    kinds: tuple[str, ...]
    n: int
    summary: Mapping[str, Any]
    """Of a run, as ``fer robustness --json`` prints it; empty for a study."""
    source: Provenance


def meaning(kind: str) -> str:
    """What the strengths of a kind are, with the five values; empty for one that is not known here."""
    found = KINDS.get(kind)
    return "" if found is None else f"{found.quantity}: {', '.join(f'{one:.3g}' for one in found.values)}"


def of_run(name: str) -> Curves | None:
    """A run's own curves; None where none are stored.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the stored table is damaged.
    """
    run = find_run(name)
    file = run.path / "robustness.parquet"
    return _of_run(str(run.path), stamp(run), file.stat().st_mtime_ns) if file.is_file() else None


def studies() -> tuple[str, ...]:
    """Studies with stored curves: own ones by path, shipped ones by name."""
    return tuple(_named(path) for path in folders("robustness.parquet"))


def of_study(name: str) -> Curves:
    """A study's curves: of each row, the mean of its seeds.

    Args:
        name: Of `studies`.

    Raises:
        FileNotFoundError: there is none of that name.
        ValueError: a table is damaged.
    """
    path = next((one for one in folders("robustness.parquet") if _named(one) == name), None)
    if path is None:
        raise FileNotFoundError(f"no study '{name}' with stored robustness")
    return _of_study(str(path), name, (path / "robustness.parquet").stat().st_mtime_ns)


def _named(path: Path) -> str:
    return path.name if path.parent == STUDIES else str(path)


@st.cache_data(max_entries=16, show_spinner=False)
def _of_run(path: str, changed: int, stored: int) -> Curves:
    run = find_run(path)
    table = run.robustness()
    facts, summary = table.attrs.get("facts") or {}, table.attrs.get("summary") or {}
    lacking = [name for name in ("kind", "strength", "accuracy", "low", "high") if name not in table]
    if lacking or not summary:
        raise ValueError(f"{path}/robustness.parquet is no table of fer robustness; measure again")
    rows = table.assign(name=table["kind"])[["name", "kind", "strength", "accuracy", "low", "high"]]
    kinds = tuple(dict.fromkeys(rows["kind"]))
    clean = summary["clean"]
    begin = [{"name": kind, "kind": kind, "strength": 0, **_ends(clean)} for kind in kinds]
    parts = [
        f"run {run.name}",
        f"data {facts.get('data')}",
        f"split {facts.get('split')}",
        f"n = {summary['n']:,}",
        _how(facts),
        f"seed {facts.get('seed')}",
        people(run, bool(facts.get("synthetic"))),
    ]
    own = run.info.get("data") or {}
    source = str(own.get("source") if facts.get("data") == own.get("name") else facts.get("data") or "DATA")
    command = f"fer robustness {shlex.quote(run.name)} --data {shlex.quote(source)}"
    for option in ("split", "faces", "views", "seed"):
        if facts.get(option) is not None:
            command += f" --{option} {facts[option]}"
    if summary["n"] != facts.get("of", summary["n"]):
        command += f" --limit {summary['n']}"
    origin = Provenance(" · ".join(parts), f"{command} --json")
    return Curves(pd.concat([pd.DataFrame(begin), rows], ignore_index=True), kinds, int(summary["n"]), summary, origin)


def _how(facts: Mapping[str, Any]) -> str:
    if facts.get("in_sample"):
        return "in-sample (the run learned from it)"
    return "held-out, but the best epoch was selected on it" if facts.get("selected_on") else "held-out"


def _ends(clean: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(clean[key]) for key in ("accuracy", "low", "high")}


@st.cache_data(max_entries=8, show_spinner=False)
def _of_study(path: str, name: str, changed: int) -> Curves:
    study = StoredStudy(Path(path))
    table, runs = study.robustness(), study.table
    kinds = tuple(dict.fromkeys(table["kind"]))
    several = table["study"].nunique() > 1
    who = table["study"] + ": " + table["row"] if several else table["row"]
    whole = table.assign(name=who)
    mean = whole.groupby(["name", "seed", "strength"], sort=False, as_index=False)["accuracy"].mean()
    rows = pd.concat([whole[["name", "seed", "strength", "kind", "accuracy"]], mean.assign(kind=EVERY)])
    clean = _clean(runs, several)
    if len(clean):
        rows = pd.concat([clean.assign(kind=kind) for kind in (EVERY, *kinds)] + [rows])
    found = rows.groupby(["name", "kind", "strength"], sort=False)["accuracy"].agg(["mean", "min", "max"]).reset_index()
    found.columns = pd.Index(["name", "kind", "strength", "accuracy", "low", "high"])
    done = runs[runs["status"] == "finished"]
    n = int(table["n"].iloc[0])
    seeds = ", ".join(str(one) for one in sorted(table["seed"].unique()))
    parts = [
        f"study {study.name}",
        f"data {done['data'].iloc[0]}",
        f"split {done['split'].iloc[0]}",
        f"n = {n:,} of each run",
        "held-out, but the best epoch was selected on it" if done["split"].iloc[0] == "validation" else "held-out",
        f"seeds {seeds}",
        "synthetic faces" if bool(done["synthetic"].iloc[0]) else "real faces",
    ]
    return Curves(found, (EVERY, *kinds), n, {}, Provenance(" · ".join(parts), again(Path(path))))


def _clean(runs: pd.DataFrame, several: bool) -> pd.DataFrame:
    """``name seed strength accuracy`` on the same pictures undisturbed, where the sweep kept it."""
    if "robust_clean" not in runs:
        return pd.DataFrame()
    there = runs[runs["robust_clean"].notna()]
    names = there["study"] + ": " + there["row"] if several else there["row"]
    return pd.DataFrame({"name": names, "seed": there["seed"], "strength": 0, "accuracy": there["robust_clean"]})
