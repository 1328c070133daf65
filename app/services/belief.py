"""Whether a run is as sure as it is right, at any temperature: computed by `fer_core.calibration`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.services.provenance import Provenance, of_split
from app.services.results import predictions
from app.services.runs import stamp
from fer_core import metrics
from fer_core.calibration import calibrate, figures, fit_temperature, scaled
from fer_core.labels import index_of
from fer_core.runs import Run, find_run
from fer_core.tables import probabilities_of

REACH = (0.25, 4.0)
"""Temperatures that the curves show; wider where the fitted one lies outside."""
POINTS = 61
FOLDS = 5
"""As `fer calibrate` has it; fewer where fewer people are known."""
MOST_STEPS = 400
"""Points of the curve of coverage that are drawn; the table behind it is thinned alike."""


@dataclass(frozen=True)
class Judged:
    """What the temperature and a threshold do where they were not fitted."""

    document: dict[str, Any] | None
    """As ``fer calibrate --json`` prints it; None where the split cannot be judged so."""
    why_not: str | None
    source: Provenance


def fitted(name: str, split: str) -> float:
    """The temperature under which a split's true labels are most likely.

    Raises:
        FileNotFoundError: no such run.
        ValueError: that split was not evaluated.
    """
    run = find_run(name)
    return _fitted(str(run.path), stamp(run), split)


def at(name: str, split: str, temperature: float) -> dict[str, Any]:
    """See `fer_core.calibration.figures`: of a split's answers at one temperature.

    Args:
        name: The run.
        split: An evaluated split.
        temperature: 1: the answers as they are stored, to the last digit.
    """
    run = find_run(name)
    return _at(str(run.path), stamp(run), split, temperature)


def curve(name: str, split: str) -> pd.DataFrame:
    """``temperature nll ece`` of a split's answers over a range of temperatures."""
    run = find_run(name)
    return _curve(str(run.path), stamp(run), split)


def coverage(name: str, split: str) -> pd.DataFrame:
    """``coverage accuracy threshold``: how often the surest answers are right; see `fer_core.metrics.abstention`."""
    run = find_run(name)
    return _coverage(str(run.path), stamp(run), split)


def judged(name: str, split: str, wish: float) -> Judged:
    """The fitted temperature and the threshold for a wished accuracy, judged where they were not fitted.

    Args:
        name: The run.
        split: An evaluated split, which fits both.
        wish: The accuracy wished of the answers that are given.
    """
    run = find_run(name)
    folds = _folds(run, split)
    command = f"fer calibrate {shlex.quote(name)} --split {split} --accuracy {wish:g}"
    command += f" --folds {folds}" if folds not in (FOLDS, None) else ""
    source = Provenance(of_split(name, split).text, f"{command} --json")
    if folds is None:
        return Judged(None, "one person alone cannot be left out of anything", source)
    try:
        return Judged(_judged(str(run.path), stamp(run), split, wish, folds), None, source)
    except ValueError as error:
        return Judged(None, str(error), source)


def _folds(run: Run, split: str) -> int | None:
    """How many parts there can be; None: not two."""
    subjects = predictions(str(run.path), stamp(run), split)["subject"]
    most = subjects.nunique() + int(subjects.isna().sum())
    return None if most < 2 else min(FOLDS, most)


@st.cache_data(max_entries=64, show_spinner=False)
def _judged(path: str, changed: int, split: str, wish: float, folds: int) -> dict[str, Any]:
    return calibrate(find_run(path), split, folds=folds, wish=wish)


@st.cache_data(max_entries=64, show_spinner=False)
def _fitted(path: str, changed: int, split: str) -> float:
    return fit_temperature(*_answers(path, changed, split))


@st.cache_data(max_entries=256, show_spinner=False)
def _at(path: str, changed: int, split: str, temperature: float) -> dict[str, Any]:
    shares, true = _answers(path, changed, split)
    return figures(shares if temperature == 1 else scaled(shares, temperature), true)


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(path: str, changed: int, split: str) -> pd.DataFrame:
    shares, true = _answers(path, changed, split)
    best = _fitted(path, changed, split)
    low, high = min(REACH[0], best / 1.5), max(REACH[1], best * 1.5)
    rows = []
    for temperature in np.geomspace(low, high, POINTS):
        softer = scaled(shares, temperature)
        rows.append((temperature, metrics.nll(softer, true), metrics.ece(softer, true)))
    return pd.DataFrame(rows, columns=["temperature", "nll", "ece"])


@st.cache_data(max_entries=64, show_spinner=False)
def _coverage(path: str, changed: int, split: str) -> pd.DataFrame:
    shares, true = _answers(path, changed, split)
    found = metrics.abstention(shares.max(axis=1), shares.argmax(axis=1) == true)
    table = pd.DataFrame({key: found[key] for key in ("coverage", "accuracy", "threshold")})
    if len(table) > MOST_STEPS:
        kept = np.unique(np.linspace(0, len(table) - 1, MOST_STEPS).round().astype(int))
        table = table.iloc[kept].reset_index(drop=True)
    return table


def _answers(path: str, changed: int, split: str) -> tuple[np.ndarray, np.ndarray]:
    run = find_run(path)
    table = predictions(path, changed, split)
    return probabilities_of(table, run.labels), index_of(table["label"].tolist(), run.labels)
