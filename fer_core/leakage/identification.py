"""Finding a person again in another session.

Paper: Asaeda and Takemura 2025 (paper A), section 4.5: gallery and probe are one random image of each subject from
    different sessions; the nearest in the gallery by cosine similarity; the share of correct ones; the mean of 100
    trials.
Departs: the text does not say what a tie is. Among m equally near people the right one counts 1 / m, as a fair draw
    would give on average. A row of zeros has no direction and is near to nobody: as a probe or as its person's gallery
    it is never right, also where all others are zero as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.leakage.draws import people_of

CMC_RANKS = 20
TIE = 1e-12
"""Cosines (float64) that differ by less are equal: products of the same vectors may differ in their last digits."""
ROUGH = 1e-5
"""Cosines from float32 products that differ by less are computed again in float64."""
_FEW = 4


@dataclass(frozen=True)
class Matches:
    """Whom each of S probes was taken for in one trial."""

    taken: np.ndarray
    """``(S,)`` positions among the people; -1 where the probe is a row of zeros and near to nobody."""
    likeness: np.ndarray
    """``(S,)`` cosine with the one it was taken for; NaN where there is none."""
    own: np.ndarray
    """``(S,)`` cosine with its own person's gallery; NaN where one of the two is a row of zeros."""
    right: np.ndarray
    """``(S,)`` as in `Identification.right`; a share below 1 where others are as near as the own one."""


@dataclass(frozen=True)
class Identification:
    """Trials of finding S people again."""

    subjects: np.ndarray
    """``(S,)`` the people."""
    left_out: int
    """People with fewer than two sessions."""
    right: np.ndarray
    """``(trials, S)`` in [0, 1]: whether the nearest was the same person; a share where several are equally near."""
    cmc: np.ndarray
    """``(min(S, CMC_RANKS),)``: how often the person is among the nearest 1, 2, ...; the first is the accuracy."""
    rows: int
    """How many samples could be drawn."""
    probes: np.ndarray
    """``(trials, S)`` positions of the samples asked about, among those given to `identification`."""
    galleries: np.ndarray
    """``(trials, S)`` positions of those they were compared with: column s of both is person s."""

    @property
    def accuracy(self) -> float:
        """Mean over trials of the share of people found."""
        return float(self.right.mean())

    @property
    def std(self) -> float:
        """Standard deviation (n - 1) over trials; 0 for a single one."""
        return float(self.right.mean(axis=1).std(ddof=1)) if len(self.right) > 1 else 0.0

    @property
    def chance(self) -> float:
        """What features that say nothing give: 1 / S."""
        return 1 / len(self.subjects)

    def interval(self, rng: np.random.Generator, resamples: int = 2000) -> tuple[float, float]:
        """The 95 % interval of the accuracy had other people of the same kind been there.

        People are resampled, each with the mean over its trials; whom they are compared with stays as it was.
        """
        each = self.right.mean(axis=0)
        drawn = each[rng.integers(len(each), size=(resamples, len(each)))].mean(axis=1)
        low, high = np.quantile(drawn, (0.025, 0.975))
        return float(low), float(high)


def identification(
    vectors: np.ndarray,
    subjects: np.ndarray,
    sessions: np.ndarray | None,
    trials: int,
    rng: np.random.Generator,
) -> Identification:
    """The published test on n samples of S people.

    Time ``O(n log n)`` to sort them by person and session, and ``O(trials * S^2 * D)``, whatever n, to compare;
    memory ``O(n + S^2 + S * D)``.

    Args:
        vectors: ``(n, D)``.
        subjects: ``(n,)`` who; None where unknown, such rows are left out.
        sessions: ``(n,)`` when; None: each row is a session of its own.
        trials: How often one gallery and one probe of each person are drawn.
        rng: Draws them.

    Raises:
        ValueError: fewer than one trial, arrays of different lengths, or fewer than two people with two sessions.
    """
    if trials < 1:
        raise ValueError(f"trials must be 1 or more, got {trials}")
    if vectors.ndim != 2 or len(vectors) != len(subjects):
        raise ValueError(f"vectors must be (n, D) with n={len(subjects)} subjects, got {vectors.shape}")
    people = people_of(subjects, sessions)
    count = len(people.names)
    if count < 2:
        raise ValueError(
            f"identification needs two people with two sessions each, there {'is' if count == 1 else 'are'} "
            f"{count or 'none'} (and {people.left_out} with fewer sessions)"
        )
    probes, galleries = people.pairs(np.tile(np.arange(count), (trials, 1)), rng)
    right, ranks = np.empty((trials, count)), np.arange(1, min(count, CMC_RANKS) + 1)
    cmc = np.zeros(len(ranks))
    for trial in range(trials):
        better, equal, able = _standing(directions(vectors[probes[trial]]), directions(vectors[galleries[trial]]))
        # Where m are equally near, the person is at each of their m places equally often.
        within = np.clip((ranks - better[:, None]) / (1 + equal[:, None]), 0, 1) * able[:, None]
        right[trial] = within[:, 0]
        cmc += within.mean(axis=0)
    return Identification(people.names, people.left_out, right, cmc / trials, len(people.rows), probes, galleries)


def matches(vectors: np.ndarray, found: Identification, trial: int) -> Matches:
    """One trial pair by pair: time ``O(S^2 * D)``.

    Args:
        vectors: ``(n, D)`` as given to `identification`.
        found: What it returned.
        trial: 0 to trials - 1.

    Returns:
        The nearest of each probe: its own person where nobody is nearer, else the first of those equally near.

    Raises:
        ValueError: no such trial.
    """
    if not 0 <= trial < len(found.probes):
        raise ValueError(f"trial must be 0 to {len(found.probes) - 1}, got {trial}")
    probes, gallery = directions(vectors[found.probes[trial]]), directions(vectors[found.galleries[trial]])
    alike = probes @ gallery.T
    alike[:, ~gallery.any(axis=1)] = -np.inf
    able = probes.any(axis=1) & np.isfinite(alike).any(axis=1)
    own, right = np.diag(alike), found.right[trial]
    taken = np.where(right > 0, np.arange(len(own)), alike.argmax(axis=1))
    return Matches(
        np.where(able, taken, -1),
        np.where(able, alike[np.arange(len(own)), taken], np.nan),
        np.where(able & np.isfinite(own), own, np.nan),
        right,
    )


def directions(vectors: np.ndarray) -> np.ndarray:
    """``(n, D)`` float64 rows of length 1; a row of zeros stays one."""
    rows = vectors.astype(np.float64)
    rows /= np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-300)  # squares neither overflow nor vanish
    return rows / np.maximum(np.sqrt((rows**2).sum(axis=1, keepdims=True)), 1e-300)


def _standing(probes: np.ndarray, gallery: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``(S,)`` each: how many others are nearer than the own one, how many equally near, and whether any is near."""
    there: np.ndarray = np.asarray(gallery.any(axis=1))
    able: np.ndarray = np.asarray(there & probes.any(axis=1))
    own = np.einsum("sd,sd->s", probes, gallery)
    gap = probes.astype(np.float32) @ gallery.astype(np.float32).T
    gap -= own[:, None].astype(np.float32)
    gap[:, ~there] = -np.inf
    np.fill_diagonal(gap, -np.inf)
    row, column = np.nonzero(np.abs(gap) <= ROUGH)
    if len(row) > _FEW * len(own):
        gap = probes @ gallery.T - own[:, None]
        gap[:, ~there] = -np.inf
        np.fill_diagonal(gap, -np.inf)
        better, equal = (gap > TIE).sum(axis=1), (np.abs(gap) <= TIE).sum(axis=1)
    else:
        exact = np.einsum("pd,pd->p", probes[row], gallery[column]) - own[row]
        better = (gap > ROUGH).sum(axis=1) + np.bincount(row[exact > TIE], minlength=len(own))
        equal = np.bincount(row[np.abs(exact) <= TIE], minlength=len(own))
    return better, equal, able
