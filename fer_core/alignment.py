"""The stored predictions of several runs, brought to one order of samples and one order of labels. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_core import metrics
from fer_core.labels import index_of
from fer_core.runs import Run
from fer_core.seeds import BOOTSTRAP, stream
from fer_core.tables import probabilities_of


@dataclass(frozen=True)
class Judged:
    """What one run says about one split of one data set."""

    name: str
    labels: tuple[str, ...]
    table: pd.DataFrame
    """See `tables.prediction_table`."""
    facts: Mapping[str, Any]
    """``data fingerprint split seed views faces synthetic selected_on`` as far as they are known."""


@dataclass(frozen=True)
class Aligned:
    """R runs on the N samples that all of them judged."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    """K, in the first run's order."""
    samples: np.ndarray
    """``(N,)`` names, in the first run's order."""
    true: np.ndarray
    """``(N,)`` int64 positions in ``labels``."""
    predicted: np.ndarray
    """``(R, N)`` int64: each run's stored answers."""
    probabilities: np.ndarray
    """``(R, N, K)`` float64."""
    twins: np.ndarray
    """``(N,)`` bool: an exact twin stood in the training split of at least one of the runs."""
    subjects: int | None
    """How many people the N samples are of; None where nobody knows. Of few people, intervals over samples are too
    narrow."""
    left_out: Mapping[str, int]
    """Per run, how many of its samples are not among the N."""
    facts: Mapping[str, Mapping[str, Any]]
    """`Judged.facts` of each run."""

    def summary(self, place: int) -> dict[str, Any]:
        """`metrics.summary` of one run on the N samples."""
        rng = stream(0, BOOTSTRAP)
        shares = self.probabilities[place]
        return metrics.summary(self.true, self.predicted[place], shares, self.labels, self.twins, rng)


def stored(runs: Sequence[Run], split: str) -> list[Judged]:
    """The stored predictions of one split of each run, under names that differ.

    Raises:
        FileNotFoundError: a run has none at all.
        ValueError: a run has none of that split, or is named twice.
    """
    return [
        Judged(name, run.labels, run.predictions(split), run.provenance(split))
        for name, run in zip(distinct_names(runs), runs, strict=True)
    ]


def distinct_names(runs: Sequence[Run]) -> list[str]:
    """A name for each run: its own, or its path where several have that.

    Raises:
        ValueError: a run is named twice.
    """
    paths = [run.path.resolve() for run in runs]
    twice = sorted({run.name for run, path in zip(runs, paths, strict=True) if paths.count(path) > 1})
    if twice:
        raise ValueError(f"run {', '.join(twice)} is named twice; name runs that differ")
    names = [run.name for run in runs]
    return [run.name if names.count(run.name) == 1 else str(run.path) for run in runs]


def align(judged: Sequence[Judged]) -> Aligned:
    """Samples are matched by their names, labels by theirs; the order of neither decides anything.

    A sample that the data name several times counts as often; its rows are matched in their order.

    Raises:
        ValueError: fewer than two runs, other labels, other data, a sample that one run judged more often than
            another or that has two true labels, or no sample in common.
    """
    if len(judged) < 2:
        raise ValueError(f"this needs at least two runs, got {len(judged)}")
    first = judged[0]
    for one in judged:
        _check_same(first, one)
    keyed = [one.table.set_index(_keys(one.table["sample"])) for one in judged]
    common = keyed[0].index
    for one, table in zip(judged[1:], keyed[1:], strict=True):
        _check_as_often(first, one)
        common = common[common.isin(table.index)]
    if not len(common):
        raise ValueError(
            f"runs {first.name} and {judged[-1].name} judged no sample of the same name; "
            "evaluate both on the same files"
        )
    tables = [one.loc[common] for one in keyed]
    samples = tables[0]["sample"].to_numpy()
    true = tables[0]["label"].to_numpy()
    for one, table in zip(judged, tables, strict=True):
        differs = np.flatnonzero(table["label"].to_numpy() != true)
        if len(differs):
            row = differs[0]
            raise ValueError(
                f"sample {samples[row]} is {true[row]} for run {first.name} and {table['label'].iloc[row]} for "
                f"run {one.name}; evaluate both on the same data"
            )
    return Aligned(
        tuple(one.name for one in judged),
        first.labels,
        samples,
        index_of(true.tolist(), first.labels),
        np.stack([index_of(table["predicted"].tolist(), first.labels) for table in tables]),
        np.stack([probabilities_of(table, first.labels) for table in tables]),
        np.any([table["twin"].to_numpy(dtype=bool) for table in tables], axis=0),
        int(tables[0]["subject"].nunique()) or None,
        {one.name: len(one.table) - len(common) for one in judged},
        {one.name: one.facts for one in judged},
    )


def _keys(samples: pd.Series) -> pd.MultiIndex:
    """A sample's name and which of its rows this is: a published list may name a picture twice, and it counts twice."""
    return pd.MultiIndex.from_arrays([samples, samples.groupby(samples).cumcount()])


def _check_as_often(first: Judged, other: Judged) -> None:
    counts = [one.table["sample"].value_counts() for one in (first, other)]
    both = counts[0].index.intersection(counts[1].index)
    differ = both[(counts[0][both] != counts[1][both]).to_numpy()]
    if len(differ):
        here, there = (int(count[differ[0]]) for count in counts)
        raise ValueError(
            f"run {first.name} has {here} and run {other.name} has {there} predictions of sample {differ[0]}; "
            "evaluate both on the same data"
        )


def _check_same(first: Judged, other: Judged) -> None:
    if set(first.labels) != set(other.labels):
        own, others = set(first.labels) - set(other.labels), set(other.labels) - set(first.labels)
        said = [
            f"only {name} knows {', '.join(sorted(labels))}"
            for name, labels in ((first.name, own), (other.name, others))
            if labels
        ]
        raise ValueError(f"runs {first.name} and {other.name} have different labels: {'; '.join(said)}")
    marks = [one.facts.get("fingerprint") for one in (first, other)]
    if marks[0] != marks[1]:
        raise ValueError(
            f"runs {first.name} and {other.name} were judged on different data "
            f"({first.facts.get('data')}, fingerprint {marks[0]}; {other.facts.get('data')}, fingerprint {marks[1]})"
        )


def origin(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What of a run's facts belongs beside every figure."""
    wanted = ("data", "fingerprint", "split", "seed", "views", "faces", "synthetic", "selected_on")
    return {key: facts.get(key) for key in wanted}
