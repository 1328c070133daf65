"""The runs on this machine: what the frame offers and the overview lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from fer_core import metrics
from fer_core.labels import LABEL_SETS, index_of
from fer_core.origin import partly_synthetic
from fer_core.runs import Run, find_run, list_runs
from fer_core.seeds import BOOTSTRAP, stream
from fer_core.tables import probabilities_of

SPLIT_ORDER = ("test", "validation", "train")
"""Which evaluated split speaks for a run: the one farthest from its training."""


@dataclass(frozen=True)
class RunCard:
    """What a person needs to know of a run before choosing it."""

    name: str
    about: str
    status: str
    usable: bool
    why_not: str | None
    shipped: bool
    synthetic: bool
    """Whether nobody exists whom it learned from."""
    partly_synthetic: bool
    """Whether some of them do not exist, and others do."""
    labels: tuple[str, ...]
    label_set: str
    data: str
    splits: tuple[str, ...]
    split: str | None
    """The split that the headline was measured on; None where nothing was evaluated."""
    n: int | None
    accuracy: float | None
    interval: tuple[float, float] | None
    baseline: float | None
    """What always answering the split's most frequent label would score."""
    size: int | None
    seed: int | None
    finished: str | None


def cards() -> tuple[RunCard, ...]:
    """Every run on this machine: those that can predict first, own ones before shipped ones, newest first.

    Of two with one name, the own.
    """
    seen: dict[str, RunCard] = {}
    for run in list_runs():
        seen.setdefault(run.name, card_of(run))
    return tuple(sorted(seen.values(), key=lambda one: not one.usable))


def card(name: str) -> RunCard:
    """One run.

    Args:
        name: As in `RunCard.name`.

    Raises:
        FileNotFoundError: there is none; the sentence names those there are.
    """
    return card_of(find_run(name))


def model_card(name: str) -> str:
    """The run's own card in Markdown, its headings made small; empty where it has none.

    Raises:
        FileNotFoundError: no such run.
    """
    lines = find_run(name).card().splitlines()
    return "\n".join(f"####{line}" if line.startswith("#") else line for line in lines)


def default(found: tuple[RunCard, ...]) -> str | None:
    """The run to begin with: the first that can predict, else the first that was evaluated, else the first."""
    chosen = sorted(found, key=lambda one: (not one.usable, not one.splits))
    return chosen[0].name if chosen else None


def stamp(run: Run) -> int:
    """A number that differs when the run's files were written again; with the path, the key of every cache."""
    names = ("run.json", "predictions.parquet", "history.csv", "weights.safetensors", "ood.safetensors")
    files = [run.path / name for name in names]
    return max((file.stat().st_mtime_ns for file in files if file.is_file()), default=0)


def stamped(name: str | None) -> int:
    """`stamp` of a run by its name; 0 without a run.

    Raises:
        FileNotFoundError: no such run.
    """
    return 0 if name is None else stamp(find_run(name))


def splits(run: Run) -> tuple[str, ...]:
    """The evaluated splits, the one farthest from training first."""
    there = [split for split in run.evaluated if (run.path / "predictions.parquet").is_file()]
    return tuple(
        sorted(there, key=lambda split: SPLIT_ORDER.index(split) if split in SPLIT_ORDER else len(SPLIT_ORDER))
    )


def card_of(run: Run) -> RunCard:
    """The card of an opened run; a damaged one gets a card that says so."""
    return _card(str(run.path), stamp(run))


# For ten seconds only: a training may end or die without writing a file.
@st.cache_data(max_entries=256, ttl=10, show_spinner=False)
def _card(path: str, changed: int) -> RunCard:
    run = find_run(path)
    there = splits(run)
    headline: Mapping[str, Any] = _headline(path, changed, there[0]) if there else {}
    data = run.info.get("data") or {}
    return RunCard(
        name=run.name,
        about=str(run.recipe.get("about") or ""),
        status=run.status,
        usable=run.usable,
        why_not=run.why_not,
        shipped=run.shipped,
        synthetic=run.synthetic,
        partly_synthetic=partly_synthetic(run),
        labels=run.labels,
        label_set=label_set_name(run.labels),
        data=str(data.get("name") or "unknown data"),
        splits=there,
        split=there[0] if headline else None,
        n=headline.get("n"),
        accuracy=headline.get("accuracy"),
        interval=headline.get("interval"),
        baseline=headline.get("baseline"),
        size=run.preprocessing.get("size"),
        seed=run.info.get("seed"),
        finished=run.info.get("finished"),
    )


def label_set_name(labels: tuple[str, ...]) -> str:
    """``7 expressions``, ``3 states of drowsiness`` ... or ``5 labels`` where the set has no name."""
    for name, known in LABEL_SETS.items():
        if labels and set(labels) == set(known):
            word = {
                "expressions-contempt": "expressions",
                "drowsiness": "states of drowsiness",
                "eyes": "states of the eyes",
            }
            return f"{len(labels)} {word.get(name, name)}"
    return f"{len(labels)} labels"


@st.cache_data(max_entries=128, show_spinner=False)
def _headline(path: str, changed: int, split: str) -> dict[str, Any]:
    """n, accuracy with interval and baseline; empty where the stored predictions cannot be read."""
    run = find_run(path)
    try:
        table = run.predictions(split)
        table = table[table["label"].isin(run.labels)]
        true = index_of(table["label"].tolist(), run.labels)
        said = index_of(table["predicted"].tolist(), run.labels)
        # The stream of `fer evaluate`, so that card, page and command show the same interval.
        told = metrics.summary(true, said, probabilities_of(table, run.labels), run.labels, rng=stream(0, BOOTSTRAP))
    except (ValueError, FileNotFoundError):
        return {}
    return {
        "n": told["n"],
        "accuracy": told["accuracy"],
        "interval": tuple(told["ci95"]),
        "baseline": float(np.bincount(true).max() / true.size),
    }
