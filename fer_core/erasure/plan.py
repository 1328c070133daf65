"""Which samples an eraser is fitted on, and to which it is applied."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fer_core.erasure.eraser import Eraser, Whitened, centre_of, identity_eraser, random_eraser, whitened
from fer_core.erasure.moments import Moments, added
from fer_core.features import FeatureTable
from fer_core.labels import suggestion
from fer_core.seeds import GROUPS, stream

FOLDS = 5
NOTHING = "none"

_CONTROL = "erasure control"


@dataclass(frozen=True)
class Parts:
    """Samples dealt out: with folds each part's eraser is fitted on the people of the others."""

    rows: list[np.ndarray]
    """Positions to which each eraser is applied; together every row once."""
    spaces: list[Whitened]
    """What each is fitted on."""
    erasers: list[Eraser]
    fitted: np.ndarray
    """``(n,)`` bool: samples that some eraser was fitted on."""
    seen: np.ndarray
    """``(n,)`` bool: samples of people whom the eraser applied to them was fitted on."""
    everybody: Eraser
    """Fitted on all that are fitted anywhere."""
    folds: int | None
    """None where a split was fitted on."""

    @property
    def rank(self) -> int:
        """Directions that every eraser has."""
        return min(eraser.rank for eraser in self.erasers)

    def apply(self, vectors: np.ndarray, rank: int | None = None) -> np.ndarray:
        """``(n, D)`` float32: each row by its part's eraser; ``rank`` as in `Eraser.apply`."""
        return self._applied(vectors, self.erasers, rank)

    def control(self, vectors: np.ndarray, rank: int | None, seed: int) -> np.ndarray:
        """``(n, D)`` float32: as `apply`, with as many directions drawn at random."""
        counts = [eraser.rank if rank is None else rank for eraser in self.erasers]
        controls = [
            replace(random_eraser(space, count, stream(seed, _CONTROL, place)), mean=self.everybody.mean)
            for place, (space, count) in enumerate(zip(self.spaces, counts, strict=True))
        ]
        return self._applied(vectors, controls, None)

    def _applied(self, vectors: np.ndarray, erasers: list[Eraser], rank: int | None) -> np.ndarray:
        found = np.empty(vectors.shape, dtype=np.float32)
        for rows, eraser in zip(self.rows, erasers, strict=True):
            found[rows] = eraser.apply(vectors[rows], rank)
        return found


def kept_column(table: FeatureTable, keep: str | None) -> str | None:
    """The column whose differences stay; None where nothing is kept.

    Args:
        table: Whose.
        keep: Its name or ``none``; None takes ``label`` where the table has two or more of them.

    Raises:
        ValueError: no such column, or no two values in it.
    """
    if keep == NOTHING:
        return None
    if keep is None:
        known = "label" in table.samples and table.samples["label"].nunique() > 1
        return "label" if known else None
    if table.column(keep).nunique() < 2:
        raise ValueError(f"column '{keep}' of {table.source} has no two values to keep apart; use --keep none")
    if keep == "subject":
        raise ValueError("the subject cannot be kept and erased; keep another column, or none")
    return keep


def dealt(
    table: FeatureTable, vectors: np.ndarray, kept: str | None, split: str | None, folds: int | None, seed: int
) -> Parts:
    """Fits what is to be applied.

    Args:
        table: Needs ``subject``, and ``split`` where one is named.
        vectors: ``(n, D)``.
        kept: As `kept_column` says it.
        split: Fit on people of this split, apply to everybody; None: people are dealt into folds.
        folds: How many; None takes `FOLDS`, or as many as there are people where they are fewer.
        seed: Deals people.

    Raises:
        ValueError: no such split or column, folds below 2, or too few people.
    """
    person, names = pd.factorize(table.column("subject").to_numpy(dtype=object), sort=True)
    state, states = np.zeros(len(table), dtype=np.int64), 1
    if kept is not None:
        state, values = pd.factorize(table.samples[kept].astype(object).map(str, na_action="ignore"), sort=True)
        states = len(values)
    usable = (person >= 0) & (state >= 0)
    shape, centre = (len(names), states), centre_of(vectors)

    def sums(chosen: np.ndarray) -> Moments:
        return Moments.of(vectors[chosen], person[chosen], state[chosen], shape, centre)

    if split is not None:
        fitted = usable & _of_split(table, split)
        space = whitened(sums(fitted))
        eraser = identity_eraser(space)
        seen = np.isin(person, np.unique(person[fitted])) & (person >= 0)
        return Parts([np.arange(len(table))], [space], [eraser], fitted, seen, eraser, None)
    people = np.unique(person[usable])
    folds = min(FOLDS, max(len(people), 2)) if folds is None else folds
    group = _folds(person, people, folds, seed)
    own = [sums(usable & (group == fold)) for fold in range(folds)]
    spaces = [whitened(added([part for place, part in enumerate(own) if place != fold])) for fold in range(folds)]
    everything = whitened(added(own))
    rows = [np.flatnonzero(group == fold) for fold in range(folds)]
    everybody = identity_eraser(everything)
    # One point that stays in its place for all: else folds lay apart, and their people could be told by that.
    erasers = [replace(identity_eraser(space), mean=everybody.mean) for space in spaces]
    seen = np.zeros(len(table), dtype=bool)
    unknown = np.flatnonzero(group < 0)  # nobody, or a person none of whose rows could be fitted
    if len(unknown):
        rows, spaces, erasers = [*rows, unknown], [*spaces, everything], [*erasers, everybody]
    return Parts(rows, spaces, erasers, usable, seen, everybody, folds)


def _of_split(table: FeatureTable, split: str) -> np.ndarray:
    named = table.column("split").astype(str).to_numpy()
    if split not in named:
        raise ValueError(f"{table.source} has no rows of split '{split}'{suggestion(split, set(named))}")
    return named == split


def _folds(person: np.ndarray, people: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """``(n,)`` fold of each sample's person, dealt as `data.folds.deal` deals them; -1 where there is none."""
    if folds < 2:
        raise ValueError(f"folds must be 2 or more, got {folds}")
    count = len(people)
    if count < folds or count - -(-count // folds) < 2:
        raise ValueError(
            f"{count} {'person' if count == 1 else 'people'} cannot be dealt into {folds} folds that leave two others "
            "to fit on; ask for another number of folds, or fit on a split: --fit split=train"
        )
    group = np.full(int(person.max()) + 1, -1, dtype=np.int64)
    group[people[stream(seed, GROUPS).permutation(count)]] = np.arange(count) % folds
    return np.where(person >= 0, group[person], -1)
