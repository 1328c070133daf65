"""What a run's stored predictions say: computed by `fer_core.metrics`, so that pages and commands cannot disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.services.runs import stamp
from fer_core import metrics
from fer_core.labels import index_of
from fer_core.runs import find_run
from fer_core.seeds import BOOTSTRAP, stream
from fer_core.tables import probabilities_of


@dataclass(frozen=True)
class Results:
    """One run on one split."""

    run: str
    split: str
    labels: tuple[str, ...]
    n: int
    summary: dict[str, Any]
    """As `fer evaluate --json` prints it."""
    baseline: dict[str, Any]
    """What always answering the most frequent label would score: ``label accuracy macro_f1``."""
    confusion: pd.DataFrame
    """``(K, K)`` counts; index = true, columns = what the model says."""
    per_class: pd.DataFrame
    """``label precision recall f1 support``."""
    reliability: pd.DataFrame
    """``lower upper count confidence accuracy`` of 15 bins."""
    answers: pd.DataFrame
    """``confidence``, ``right``; one row per picture."""
    twins: pd.DataFrame
    """``name n accuracy low high``: all pictures, and those without a twin in training where there are any."""
    selected_on: bool
    in_sample: bool


def results(name: str, split: str) -> Results:
    """Everything the results page shows of one split.

    Args:
        name: The run.
        split: An evaluated split.

    Raises:
        FileNotFoundError: no such run, or nothing was evaluated.
        ValueError: that split was not, or the stored table is damaged.
    """
    run = find_run(name)
    return _results(str(run.path), stamp(run), split)


def mistakes(name: str, split: str) -> pd.DataFrame:
    """Every wrong answer, the surest first: ``row sample label predicted confidence``.

    ``row`` is the place in the split's `predictions`.

    Args:
        name: The run.
        split: An evaluated split.

    Raises:
        FileNotFoundError: no such run, or nothing was evaluated.
        ValueError: that split was not, or the stored table is damaged.
    """
    run = find_run(name)
    table = predictions(str(run.path), stamp(run), split)
    wrong = table.loc[table["label"] != table["predicted"], ["sample", "label", "predicted", "confidence"]]
    wrong = wrong.assign(row=wrong.index)
    return wrong.sort_values("confidence", ascending=False, kind="stable").reset_index(drop=True)


def history(name: str) -> tuple[pd.DataFrame, int | None]:
    """One row per epoch, and the epoch whose weights were kept; empty before the first is done."""
    run = find_run(name)
    best = run.info.get("best_epoch") or (run.info.get("best") or {}).get("epoch")
    return _history(str(run.path), stamp(run)), int(best) if best is not None else None


@st.cache_data(max_entries=32, show_spinner=False)
def _history(path: str, changed: int) -> pd.DataFrame:
    return find_run(path).history()


@st.cache_data(max_entries=32, show_spinner=False)
def predictions(path: str, changed: int, split: str) -> pd.DataFrame:
    """Stored predictions of one split whose label the run knows, with ``confidence`` of the given answer."""
    run = find_run(path)
    table = run.predictions(split)
    table = table[table["label"].isin(run.labels)].reset_index(drop=True)
    if table.empty:
        raise ValueError(f"run {run.name} has no predictions of split '{split}' with a label it knows")
    sure = probabilities_of(table, run.labels)
    said = index_of(table["predicted"].tolist(), run.labels)
    return table.assign(confidence=sure[np.arange(len(table)), said])


@st.cache_data(max_entries=32, show_spinner=False)
def _results(path: str, changed: int, split: str) -> Results:
    run = find_run(path)
    table = predictions(path, changed, split)
    labels = run.labels
    true = index_of(table["label"].tolist(), labels)
    said = index_of(table["predicted"].tolist(), labels)
    sure = probabilities_of(table, labels)
    twin = table["twin"].to_numpy(dtype=bool) if "twin" in table else None
    told = metrics.summary(true, said, sure, labels, twins=twin, rng=stream(0, BOOTSTRAP))
    return Results(
        run=run.name,
        split=split,
        labels=labels,
        n=told["n"],
        summary=told,
        baseline=baseline(true, labels),
        confusion=pd.DataFrame(told["confusion"], index=list(labels), columns=list(labels)),
        per_class=pd.DataFrame(
            [{"label": label, **row} for label, row in told["per_class"].items()],
            columns=["label", "precision", "recall", "f1", "support"],
        ).astype({"precision": float, "recall": float, "f1": float}),
        reliability=pd.DataFrame(metrics.reliability(sure, true)),
        answers=pd.DataFrame({"confidence": table["confidence"].to_numpy(), "right": true == said}),
        twins=_twins(told, true, said, sure, labels, twin),
        selected_on=bool(run.provenance(split)["selected_on"]),
        in_sample=bool(run.provenance(split)["in_sample"]),
    )


def baseline(true: np.ndarray, labels: tuple[str, ...]) -> dict[str, Any]:
    """What always answering the most frequent label would score: ``label accuracy macro_f1``.

    Args:
        true: ``(n,)`` positions in the labels, n at least 1.
        labels: The K labels of the model.
    """
    most = int(np.bincount(true, minlength=len(labels)).argmax())
    cells = metrics.confusion(true, np.full_like(true, most), len(labels))
    return {"label": labels[most], "accuracy": metrics.accuracy(cells), "macro_f1": metrics.macro_f1(cells)}


def _twins(
    told: dict[str, Any],
    true: np.ndarray,
    said: np.ndarray,
    sure: np.ndarray,
    labels: tuple[str, ...],
    twin: np.ndarray | None,
) -> pd.DataFrame:
    low, high = told["ci95"]
    rows = [{"name": "all pictures", "n": told["n"], "accuracy": told["accuracy"], "low": low, "high": high}]
    if twin is not None and twin.any() and not twin.all():
        kept = metrics.summary(true[~twin], said[~twin], sure[~twin], labels, rng=stream(0, BOOTSTRAP))
        low, high = kept["ci95"]
        rows.append({"name": "without twins", "n": kept["n"], "accuracy": kept["accuracy"], "low": low, "high": high})
    return pd.DataFrame(rows)
