"""What a report is about: a run, one of its splits, and what its stored predictions say."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from fer_core import metrics, origin
from fer_core.labels import index_of
from fer_core.runs import Run
from fer_core.seeds import BOOTSTRAP, stream
from fer_core.tables import probabilities_of

SPLITS = ("test", "validation", "train")
"""Which evaluated split speaks for a run: the one farthest from its training."""


@dataclass(frozen=True)
class Judgement:
    """A run's stored predictions of one split: n answers."""

    table: pd.DataFrame
    """As `tables.prediction_table`; ``row`` is the place in the stored table of this split."""
    true: np.ndarray
    """``(n,)`` positions in the run's labels."""
    said: np.ndarray
    """``(n,)`` the same of the answers."""
    shares: np.ndarray
    """``(n, K)`` probabilities."""
    summary: Mapping[str, Any]
    """`metrics.summary`: what ``fer evaluate --json`` prints."""
    baseline: Mapping[str, Any]
    """What always answering the most frequent label would score: ``label accuracy macro_f1``."""
    left_out: int
    """Stored predictions whose true label the run does not know."""

    @property
    def right(self) -> np.ndarray:
        """``(n,)`` bool."""
        return self.true == self.said

    @property
    def confidence(self) -> np.ndarray:
        """``(n,)`` the probability of each given answer."""
        return self.shares[np.arange(len(self.said)), self.said]


@dataclass(frozen=True)
class Case:
    """What the sections of one report look at."""

    run: Run
    split: str | None
    """None where the run has no stored predictions."""
    other: Run | None = None
    """Another run to lay beside it."""
    names: bool = False
    """Whether people and samples are named although some of them exist."""

    @cached_property
    def judged(self) -> Judgement | None:
        """The split's predictions; None where there are none.

        Raises:
            ValueError: the stored table is damaged, or the run knows none of its labels.
        """
        return None if self.split is None else judgement(self.run, self.split)

    @property
    def told(self) -> Mapping[str, Any]:
        """How the split was judged: see `Run.evaluated`."""
        return self.run.evaluated.get(self.split or "", {})

    @property
    def named(self) -> bool:
        """Whether people and samples may be named: everybody is drawn, or whoever asked wants it."""
        return self.names or bool(self.run.provenance(self.split)["synthetic"])

    @cached_property
    def origin(self) -> str:
        """Where figures made from the split's predictions come from, in one line."""
        n = None if self.judged is None else self.judged.summary["n"]
        return self.learned if self.split is None else origin.of_split(self.run, self.split, n)

    @property
    def learned(self) -> str:
        """Where figures of the training come from, in one line."""
        return origin.of_training(self.run)

    @property
    def evaluating(self) -> str:
        """The command that judges the split again."""
        name = shlex.quote(self.run.name)
        return (
            f"fer evaluate {name} --data DATA --json" if self.split is None else origin.evaluating(self.run, self.split)
        )

    @property
    def source(self) -> str:
        """The data that the split was judged on, else those the run learned from, as commands name them."""
        return origin.source_of(self.run, self.split)

    def on_space(self, command: str, options: str = "") -> str:
        """A command about the space that the run decides by; its features are stored first where there are none.

        Args:
            command: As ``fer leakage``.
            options: Behind the space.
        """
        name = shlex.quote(self.run.name)
        space = shlex.quote(str((self.run.recipe.get("head") or {}).get("space") or "v_state"))
        first = (
            ""
            if (self.run.path / "features").is_dir()
            else f"fer embed {name} --data {shlex.quote(self.source)} --store"
        )
        return " && ".join(filter(None, [first, f"{command} {name} --space {space} {options}".rstrip()]))

    def reporting(self, section: str) -> str:
        """The command that writes one section again.

        Args:
            section: Its name.
        """
        split = f" --split {shlex.quote(self.split)}" if self.split else ""
        named = " --names" if self.names else ""
        return f"fer report {shlex.quote(self.run.name)} --sections {section}{split}{named}"


def splits_of(run: Run) -> tuple[str, ...]:
    """The splits with stored predictions, the one farthest from training first."""
    there = [split for split in run.evaluated if (run.path / "predictions.parquet").is_file()]
    return tuple(sorted(there, key=lambda one: SPLITS.index(one) if one in SPLITS else len(SPLITS)))


def judgement(run: Run, split: str) -> Judgement:
    """A run's stored predictions of one split, with every headline number.

    Raises:
        FileNotFoundError: no stored predictions.
        ValueError: none of that split, the table is damaged, or the run knows none of its labels.
    """
    stored = run.predictions(split)
    stored = stored.assign(row=np.arange(len(stored)))
    table = stored[stored["label"].isin(run.labels)].reset_index(drop=True)
    if table.empty:
        raise ValueError(f"run {run.name} has no predictions of split '{split}' with a label it knows")
    true, said = (index_of(table[key].tolist(), run.labels) for key in ("label", "predicted"))
    shares = probabilities_of(table, run.labels)
    twins = table["twin"].to_numpy(dtype=bool) if "twin" in table else None
    # The stream of `fer evaluate`, so that report, pages and command show the same ends.
    found = metrics.summary(true, said, shares, run.labels, twins=twins, rng=stream(0, BOOTSTRAP))
    most = int(np.bincount(true, minlength=len(run.labels)).argmax())
    cells = metrics.confusion(true, np.full_like(true, most), len(run.labels))
    always = {"label": run.labels[most], "accuracy": metrics.accuracy(cells), "macro_f1": metrics.macro_f1(cells)}
    return Judgement(table, true, said, shares, found, always, len(stored) - len(table))
