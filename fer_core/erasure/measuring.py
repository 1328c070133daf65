"""What features say of the person and of the state, and how much of them is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fer_core.erasure.moments import ROWS
from fer_core.features import FeatureTable
from fer_core.leakage import leakage_of
from fer_core.leakage.probes import probe

_LEAKAGE = (
    "accuracy", "std", "ci95", "chance", "subjects", "subjects_left_out", "state", "n", "trials", "verification",
)  # fmt: skip


def figures(
    table: FeatureTable,
    vectors: np.ndarray,
    rows: np.ndarray,
    state: str | None,
    trials: int,
    seed: int,
    whole: bool = True,
    verified: bool = False,
) -> dict[str, Any]:
    """Leakage, state and spread of some rows of a space that was changed.

    Args:
        table: Whose samples.
        vectors: ``(n, D)`` of all its rows, as they are now.
        rows: ``(m,)`` positions of those to measure.
        state: As in `leakage.leakage_of`.
        trials: Of identification.
        seed: As in `leakage.leakage_of`.
        whole: Also ``dimension``, ``effective_rank`` and ``identity_probe``.
        verified: Also ``verification``, the slowest.

    Returns:
        ``accuracy std ci95 chance subjects subjects_left_out state n trials`` as `leakage.leakage_of` has them;
        ``macro_f1`` and ``state_probe``: of a linear probe that leaves persons out (None where there are no two states
        or people), ``spread``: total variance, and ``identity_probe``: who it is, by a linear probe that leaves
        sessions out.

    Raises:
        ValueError: no two people with two sessions among these rows.
    """
    part = FeatureTable(table.samples.iloc[rows].reset_index(drop=True), {"": vectors[rows]}, table.source)
    leak = leakage_of(part, "", state, trials, seed, verified=verified)
    said = _linear_probes(part, "", seed, ("persons_out", "sessions_out") if whole else ("persons_out",))
    told = said["state"]["linear"].get("persons_out") if said["state"] else None
    found: dict[str, Any] = {key: leak[key] for key in _LEAKAGE if verified or key != "verification"}
    found["macro_f1"] = None if told is None else _finite(told["macro_f1"])
    found["state_probe"] = None
    if told is not None:
        people = {key: said[key] for key in ("people", "rows", "left_out")}
        found["state_probe"] = {**people, "accuracy": told["accuracy"], "chance": said["state"]["chance"]}
    found["spread"] = spread(part.space(""))
    if whole:
        found["identity_probe"] = _named(said)
        found |= {key: leak[key] for key in ("dimension", "effective_rank")}
    return found


def within_parts(
    table: FeatureTable,
    sides: Mapping[str, np.ndarray],
    parts: Sequence[np.ndarray],
    state: str | None,
    trials: int,
    seed: int,
) -> dict[str, Any] | None:
    """Identification of each part's people among themselves, the mean over parts.

    Parts that were changed by erasers of their own may be told apart by that; within one there is no such help.

    Args:
        table: Whose samples.
        sides: By name, ``(n, D)`` of all its rows.
        parts: Positions of each part's rows.
        state: As in `leakage.leakage_of`.
        trials: Of identification.
        seed: As in `leakage.leakage_of`.

    Returns:
        By the names of ``sides`` the mean ``accuracy``, of identification, and ``identity_probe``, of a linear probe
        that leaves sessions out; the mean ``chance``, and ``parts``: how many could be measured. None where none of
        them has two people with two sessions.
    """
    found: list[dict[str, float | None]] = []
    for rows in parts:
        part = FeatureTable(table.samples.iloc[rows].reset_index(drop=True), {n: v[rows] for n, v in sides.items()})
        one: dict[str, float | None] = {}
        try:
            for name in sides:
                leak = leakage_of(part, name, state, trials, seed, verified=False)
                who = _named(_linear_probes(part, name, seed, ("sessions_out",)))
                one |= {f"{name} accuracy": leak["accuracy"], "chance": leak["chance"]}
                one[f"{name} identity_probe"] = None if who is None else who["accuracy"]
        except ValueError:  # fewer than two people
            continue
        found.append(one)
    if not found:
        return None

    def mean(key: str) -> float | None:
        known = [value for one in found if (value := one[key]) is not None]
        return float(np.mean(known)) if known else None

    told = {name: {key: mean(f"{name} {key}") for key in ("accuracy", "identity_probe")} for name in sides}
    return {**told, "chance": mean("chance"), "parts": len(found)}


def spread(vectors: np.ndarray) -> float:
    """Total variance: the sum over coordinates, n in the denominator.

    Args:
        vectors: ``(n, D)``, one row or more.
    """
    centre = vectors.mean(axis=0, dtype=np.float64)
    parts = (vectors[start : start + ROWS].astype(np.float64) - centre for start in range(0, len(vectors), ROWS))
    return float(sum((part**2).sum() for part in parts) / len(vectors))


def _linear_probes(table: FeatureTable, space: str, seed: int, schemes: tuple[str, ...]) -> dict[str, Any]:
    return probe(
        table.space(space),
        _column(table, "label"),
        table.samples["subject"].to_numpy(dtype=object),
        _column(table, "session"),
        seed,
        ("linear",),
        schemes,
    )


def _named(said: dict[str, Any]) -> dict[str, Any] | None:
    """How often a probe names the person in sessions that were left out."""
    told = said["identity"]["linear"].get("sessions_out") if said["identity"] else None
    return None if told is None else {"accuracy": told["accuracy"], "classes": said["identity"]["classes"]}


def _column(table: FeatureTable, name: str) -> np.ndarray | None:
    known = name in table.samples and bool(table.samples[name].notna().any())
    return table.samples[name].to_numpy(dtype=object) if known else None


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
