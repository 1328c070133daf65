"""Identity taken out of one space of a table, and what that did to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from fer_core.erasure.eraser import Eraser
from fer_core.erasure.measuring import figures, within_parts
from fer_core.erasure.plan import NOTHING, Parts, dealt, kept_column
from fer_core.features import FeatureTable
from fer_core.leakage import TRIALS, leakage_of

ERASED = "_erased"
"""The erased space is called like the space, with this behind."""
ORIGIN = ("run", "data", "fingerprint", "split", "in_sample", "selected_on", "synthetic")
"""What a table says of how it was made that must stand beside every figure of it."""

_CURVE = ("accuracy", "ci95", "macro_f1", "variance")


def erase(
    table: FeatureTable,
    space: str,
    split: str | None = None,
    folds: int | None = None,
    keep: str | None = None,
    rank: int | None = None,
    ranks: Sequence[int] = (),
    state: str | None = None,
    trials: int = TRIALS,
    seed: int = 0,
) -> tuple[np.ndarray, dict[str, Any]]:
    """Takes identity out of a space, and measures before and after.

    Args:
        table: Needs a column ``subject``; ``session``, ``label`` and ``split`` where it has them.
        space: One of its spaces.
        split: Fit on the people of this split and apply to everybody.
        folds: Deal people into so many folds; each is changed by what was fitted on the others. Without either, people
            are dealt into five folds, or as many as there are people.
        keep: Column whose differences stay; ``none`` keeps nothing; None takes ``label`` where there are two or more.
        rank: Take only the first so many directions away; None takes all that tell the fitted people apart.
        ranks: Also measure taking so many away, for a trade-off curve.
        state: Label whose samples people are found again by, as in `leakage.leakage_of`.
        trials: Of identification.
        seed: Of the dealing, of the control and of everything drawn.

    Returns:
        ``(n, D)`` float32, and what was measured, of people whom the eraser applied to them was not fitted on
        (``people`` says ``unseen``; ``seen`` where there are no two of those):

        - ``before`` and ``after``: as `measuring.figures`, and ``variance``, the share of the total variance that is
          left. With folds ``identity_probe`` is None: a linear probe would tell the folds apart by their erasers;
        - ``control``: the same without ``verification``, with as many random directions taken away;
        - ``seen``: ``before`` and ``after`` of the people fitted on, with an eraser fitted on all of them. Below chance
          is no mistake: a person's mean is gone, so what is left of one session is the reverse of the others;
        - ``within_folds``: as `measuring.within_parts`, people among those of their fold only (None with a split);
        - ``ranks``: for each of ``ranks`` the ``accuracy ci95 macro_f1 variance``, and ``seen``: those of seen people;

        ``space erased dimension keep rank fit fit_subjects fit_n applied_subjects n parts shares state trials seed
        source`` and what the table says of its origin. ``shares``: of each direction's variance within states, that
        between the people fitted on; ``parts``: of each eraser, on how many it was fitted and to how many applied.

    Raises:
        ValueError: no such space, column, split or state, split and folds together, a rank that is not there, or too
            few people with two sessions.
    """
    if split is not None and folds is not None:
        raise ValueError("fit on a split, or on folds, not on both")
    # Every mistake about the table is said before the work.
    leakage_of(table, space, state, min(trials, 1), seed, verified=False)
    vectors, kept = table.space(space), kept_column(table, keep)
    parts = dealt(table, vectors, kept, split, folds, seed)
    wanted = sorted(set(ranks))
    for one in [*wanted, *([] if rank is None else [rank])]:
        if not 0 <= one <= parts.rank:
            raise ValueError(
                f"{parts.rank} directions tell the fitted people apart, so a rank must be 0 to {parts.rank}, got {one}"
            )
    named = table.samples["subject"].notna().to_numpy()
    measure = partial(figures, table, state=state, trials=trials, seed=seed)
    unseen = _before(measure, vectors, np.flatnonzero(named & ~parts.seen), parts, True)
    if parts.folds is None:
        seen = _before(measure, vectors, np.flatnonzero(named & parts.seen), parts, unseen is None)
    else:  # nobody is seen; what an eraser does to whom it knows is asked of one fitted on everybody
        seen = unseen and replace(unseen, by=parts.everybody)
    shown = unseen or seen
    if shown is None:
        raise ValueError(f"{table.source} has no two people with two sessions, neither fitted on nor among the others")
    erased = parts.apply(vectors, rank)
    sides = {"before": vectors, "after": erased}
    document: dict[str, Any] = {
        "space": space,
        "erased": space + ERASED,
        "dimension": vectors.shape[1],
        "keep": kept or NOTHING,
        "rank": parts.rank if rank is None else rank,
        "fit": f"split={split}" if parts.folds is None else f"folds={parts.folds}",
        "fit_subjects": _names(table, parts.fitted),
        "fit_n": int(parts.fitted.sum()),
        "applied_subjects": _names(table, named),
        "n": len(table),
        "people": "seen" if unseen is None else "unseen",
        "before": shown.relative(shown.base),
        "after": shown.measured(erased, verified=True),
        "control": shown.measured(parts.control(vectors, rank, seed)),
        "seen": seen and {"before": seen.relative(seen.base), "after": seen.limited(rank)},
        "within_folds": parts.folds and within_parts(table, sides, parts.rows[: parts.folds], state, trials, seed),
        "ranks": [
            {"rank": one, **shown.point(one), "seen": None if seen is None else seen.point(one)} for one in wanted
        ],
        "parts": [
            {"fit_subjects": eraser.people, "fit_n": eraser.n, "applied_n": len(rows), "rank": eraser.rank}
            for rows, eraser in zip(parts.rows, parts.erasers, strict=True)
        ],
        "shares": parts.everybody.shares.tolist(),
        "state": shown.base["state"],
        "trials": trials,
        "seed": seed,
        "source": table.source,
        **{key: table.made[key] for key in ORIGIN if key in table.made},
    }
    if parts.folds:
        for side in ("before", "after", "control"):
            document[side]["identity_probe"] = None
    return erased, document


@dataclass(frozen=True)
class _Group:
    """People to measure, and what takes identity out of their vectors."""

    measure: Callable[..., dict[str, Any]]
    vectors: np.ndarray
    rows: np.ndarray
    by: Parts | Eraser
    base: dict[str, Any]
    """Figures before."""

    def relative(self, found: dict[str, Any]) -> dict[str, Any]:
        """Figures with the variance as a share of what it was."""
        told = {key: value for key, value in found.items() if key != "spread"}
        return {**told, "variance": found["spread"] / self.base["spread"] if self.base["spread"] > 0 else None}

    def measured(self, changed: np.ndarray, whole: bool = True, verified: bool = False) -> dict[str, Any]:
        return self.relative(self.measure(changed, self.rows, whole=whole, verified=verified))

    def limited(self, rank: int | None, whole: bool = True) -> dict[str, Any]:
        """With so many directions taken away, or all."""
        # A state that only one fold shows costs the eraser of everybody a direction that others have.
        count = None if rank is None else min(rank, self.by.rank)
        return self.measured(self.by.apply(self.vectors, count), whole)

    def point(self, rank: int) -> dict[str, Any]:
        """One of the trade-off curve."""
        found = self.limited(rank, whole=False)
        return {key: found[key] for key in _CURVE}


def _before(
    measure: Callable[..., dict[str, Any]], vectors: np.ndarray, rows: np.ndarray, by: Parts | Eraser, verified: bool
) -> _Group | None:
    """None where these are no two people who can be found again."""
    try:
        return _Group(measure, vectors, rows, by, measure(vectors, rows, verified=verified))
    except ValueError:  # the whole table was asked before: it is these people who are too few
        return None


def _names(table: FeatureTable, rows: np.ndarray) -> list[str]:
    return sorted({str(one) for one in table.samples["subject"][rows].dropna()})
