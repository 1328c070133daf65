"""Identity taken out of features linearly, in closed form, with the state kept.

Paper: Belrose, Schneider-Joseph, Ravfogel, Cotterell, Raff and Biderman 2023, "LEACE: Perfect linear concept erasure
    in closed form", https://arxiv.org/abs/2306.03819, theorem 4.3: ``r(x) = x - W+ P W (x - E[x])`` with W the
    whitening of x and P the orthogonal projection onto the columns of ``W Sigma_xz``, z here the person as one-hot.
    No linear classifier then does better than a constant one on the fitted samples, and no affine map that achieves
    this changes x less.
Departs: with states, covariances are those within states (each state's mean is taken away from x and from z), and
    among the maps without a trace of the person the one is taken that changes x least and leaves the states' means
    exactly where they were: what is read of identity is read at right angles (whitened) to the states' differences.
    With Q a basis of these, M the whitened means of people and ``(1 - QQ') M = A S B'``, the readers are A and what is
    taken away per unit read is ``M B S^-1``, which is A plus steps along Q. Where no such map leaves no trace (more
    people than coordinates), or only one whose steps are long (see `STEPS`), A itself is taken away, so what people
    differ in along Q stays: that somebody looks sleepier than others in every state cannot be taken away without the
    state. Without states it is the formula itself.
Directions are ordered by the share of their variance within states that lies between people, the largest first: in
    whitened coordinates that is the order of singular values, with people weighted by their number of samples
    (Fisher's discriminant of identity). Tried on the shipped drowsiness run beside the order by identity's variance
    in feature units, and beside shrunk covariances: neither took more identity out of unseen people at any rank.
The package concept-erasure 0.2.4 (MIT) computes the same without states; a test compares where it is importable. It
    needs torch, and drops singular values of ``W Sigma_xz`` below .01: with some hundred people that is everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.erasure.moments import ROWS, Moments

FLOOR = 1e-10
"""Directions with less than this share of the largest variance, columns scaled to 1, do not vary: nothing is learned
from them. A float32's rounding is about 1e-14 of it."""
FAINT = 1e-7
"""Singular values below are rounding: the root of a share of variance, so 1 is all."""
LEFT = 1e-6
"""No trace: what people differ in along the states' differences after all steps; 1 is a standard deviation."""
STEPS = 1.0
"""Most that squared steps along the states' differences may sum to, for each of the differences: by them what is read
of identity comes back on the state, which then varies (whitened: by 1 before) at most twice as much. On the shipped
drowsiness run they sum to less than .15. Four numbers of 22 real people (UTA-RLDD), where no steps leave no trace, lost
.10 of the state's macro-F1 by them, and .002 without."""


@dataclass(frozen=True)
class Eraser:
    """An affine map that takes r directions away; apply it to anybody's vectors of the same space."""

    mean: np.ndarray
    """``(D,)`` where nothing is taken away: mean of the fitted samples."""
    readers: np.ndarray
    """``(r, D)`` how much of a direction is in a vector, ordered by what it says of the person."""
    directions: np.ndarray
    """``(r, D)`` what is taken away, once per unit read; ``readers @ directions.T`` is the identity matrix."""
    shares: np.ndarray
    """``(r,)`` in [0, 1]: share of the direction's variance within states that lies between the fitted people."""
    people: int
    """How many were fitted."""
    n: int
    """From how many samples."""

    @property
    def rank(self) -> int:
        """Directions there are: at most D and people - 1, less up to K - 1 for the state where people are many."""
        return len(self.readers)

    def apply(self, vectors: np.ndarray, rank: int | None = None) -> np.ndarray:
        """Vectors without identity.

        Args:
            vectors: ``(n, D)``.
            rank: Only the first so many directions; None takes all, 0 changes nothing.

        Returns:
            ``(n, D)``, float64 where the vectors are, else float32.

        Raises:
            ValueError: vectors of another dimension, or a rank that is not there.
        """
        if vectors.ndim != 2 or vectors.shape[1] != len(self.mean):
            raise ValueError(f"this eraser takes vectors (n, {len(self.mean)}), got {vectors.shape}")
        if rank is not None and not 0 <= rank <= self.rank:
            raise ValueError(f"rank must lie between 0 and {self.rank}, got {rank}")
        readers, directions = self.readers[:rank], self.directions[:rank]
        found = np.empty(vectors.shape, dtype=np.float64 if vectors.dtype == np.float64 else np.float32)
        for start in range(0, len(vectors), ROWS):
            part = vectors[start : start + ROWS].astype(np.float64)
            found[start : start + ROWS] = part - ((part - self.mean) @ readers.T) @ directions
        return found


@dataclass(frozen=True)
class Whitened:
    """Samples in coordinates of unit variance within states; k of D directions vary."""

    mean: np.ndarray
    """``(D,)``."""
    forth: np.ndarray
    """``(k, D)``: vectors to whitened coordinates."""
    back: np.ndarray
    """``(D, k)``: and back."""
    scale: np.ndarray
    """``(D,)`` standard deviation within states; 1 where nothing varies."""
    steps: np.ndarray
    """``(D, K')`` the states' means about their mean, in vectors' units."""
    kept: np.ndarray
    """``(k, m)`` orthonormal basis of the whitened ``steps``, which stay."""
    between: np.ndarray
    """``(k, S)`` differences of people, weighted by their samples."""
    n: int
    """Samples."""


def whitened(moments: Moments) -> Whitened:
    """The coordinates in which identity and state are told apart.

    Args:
        moments: Of the samples to fit. With a single state nothing is kept.

    Raises:
        ValueError: fewer than two people.
    """
    people = int((moments.counts.sum(axis=1) > 0).sum())
    if people < 2:
        raise ValueError(f"identity cannot be told from {people or 'no'} person; an eraser needs two people or more")
    within, mean = moments.within(), moments.mean
    varies = np.diag(within) > 1e-13 * np.maximum(mean**2, 1e-300)  # a float32's last digit, as `effective_rank` says
    scale = np.sqrt(np.where(varies, np.diag(within), 1.0))
    alike = np.where(np.outer(varies, varies), within / np.outer(scale, scale), 0.0)
    values, axes = np.linalg.eigh(alike)
    large = values > FLOOR * max(float(values[-1]), FLOOR)
    root = np.sqrt(values[large])
    forth, back = (axes[:, large] / root).T / scale, scale[:, None] * axes[:, large] * root
    means, _ = moments.state_means()
    steps = (means - means.mean(axis=0)).T
    kept = _basis(forth @ steps)
    return Whitened(mean, forth, back, scale, steps, kept, forth @ moments.person_means().T, moments.n)


def identity_eraser(space: Whitened) -> Eraser:
    """The map that takes away every direction in which people differ, see the head of this file.

    Args:
        space: Of the fitted samples.
    """
    along = space.kept.T @ space.between
    axes, shares, mix = np.linalg.svd(space.between - space.kept @ along, full_matrices=False)
    told = shares > FAINT
    axes, shares, mix = axes[:, told], shares[told], mix[told]
    step = along @ mix.T / shares
    left = np.abs(along - along @ mix.T @ mix).max(initial=0)
    if left > LEFT or (step**2).sum() > STEPS * len(step):
        step[:] = 0
    return Eraser(
        space.mean,
        axes.T @ space.forth,
        (space.back @ (axes + space.kept @ step)).T,
        np.minimum(shares**2, 1.0),
        space.between.shape[1],
        space.n,
    )


def random_eraser(space: Whitened, rank: int, rng: np.random.Generator) -> Eraser:
    """A control: as many directions, drawn evenly among those at right angles to the states' differences.

    Columns are scaled to one variance, but not whitened: of people who were not fitted, whitened directions without
    meaning would mostly amplify what hardly varied in those who were.

    Args:
        space: Of the fitted samples.
        rank: How many.
        rng: Draws them.

    Raises:
        ValueError: more directions than there are.
    """
    steps = _basis(space.steps / space.scale[:, None])
    drawn = rng.normal(size=(len(space.mean), rank))
    axes = _basis(drawn - steps @ (steps.T @ drawn))
    if axes.shape[1] < rank:
        raise ValueError(f"{rank} directions cannot be drawn where {axes.shape[1]} are free")
    whole = space.back @ space.between  # differences of people in vectors' units
    spread = ((axes.T / space.scale @ space.back) ** 2).sum(axis=1)
    shares = ((axes.T / space.scale @ whole) ** 2).sum(axis=1) / np.maximum(spread, 1e-300)
    return Eraser(space.mean, axes.T / space.scale, axes.T * space.scale, shares, space.between.shape[1], space.n)


def fit_eraser(vectors: np.ndarray, subjects: np.ndarray, labels: np.ndarray | None = None) -> Eraser:
    """The eraser of some samples' identity: time ``O(n D^2 + S D^2)``.

    Args:
        vectors: ``(n, D)``.
        subjects: ``(n,)`` who; None where unknown, such rows are left out.
        labels: ``(n,)`` states to keep; None where unknown, such rows are left out, or None for all: nothing is
            kept, and where people show different states some of the state goes as well.

    Raises:
        ValueError: arrays of different lengths, or fewer than two people.
    """
    if vectors.ndim != 2 or len(vectors) != len(subjects) or (labels is not None and len(labels) != len(subjects)):
        raise ValueError(f"vectors must be (n, D) with n={len(subjects)} subjects and labels, got {vectors.shape}")
    person, names = pd.factorize(np.asarray(subjects, dtype=object), sort=True)
    state, states = np.zeros(len(person), dtype=np.int64), np.zeros(1)
    if labels is not None:
        state, states = pd.factorize(np.asarray(labels, dtype=object), sort=True)
    rows = np.flatnonzero((person >= 0) & (state >= 0))
    shape = (len(names), len(states))
    return identity_eraser(whitened(Moments.of(vectors[rows], person[rows], state[rows], shape, centre_of(vectors))))


def centre_of(vectors: np.ndarray) -> np.ndarray:
    """``(D,)`` float64 mean of the first rows: near enough to the mean for `Moments`."""
    return vectors[:ROWS].astype(np.float64).mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1])


def _basis(columns: np.ndarray) -> np.ndarray:
    axes, lengths, _ = np.linalg.svd(columns, full_matrices=False)
    return axes[:, lengths > FAINT]
