"""What was measured of leakage, as tables and in words, and what stands beside it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from app.services.leaking import Asked
from app.services.provenance import Provenance, people
from fer_core.leakage.stored import stored_leakage
from fer_core.published import find_table
from fer_core.runs import find_run

PUBLISHED = "deviation-8"
"""Paper A's table of leakage."""


def of_figures(
    asked: Asked, documents: Mapping[str, Mapping[str, Any]], probe: bool = False, beside: bool = False
) -> Provenance:
    """Where figures of some spaces come from.

    Args:
        asked: The table.
        documents: Space -> what was measured.
        probe: Whether probes are shown.
        beside: Whether `published` numbers are shown.
    """
    first = next(iter(documents.values()))
    made = asked.made
    parts = [f"run {asked.name}" if asked.split else f"your table {asked.name}"]
    if made.get("data"):
        parts.append(f"data {made['data']}")
    if asked.split:
        parts.append(f"split {made.get('split') or asked.split}")
    parts += [f"n = {first['n']:,} of {first['of']:,}", f"state {first['state']}", f"{first['subjects']} people"]
    if first["subjects_left_out"]:
        parts.append(f"{first['subjects_left_out']} people left out (fewer than two sessions)")
    parts += [f"{first['trials']} trials", f"seed {first['seed']}"]
    if asked.split:
        parts.append("in-sample (the run learned from it)" if made.get("in_sample") else "held-out")
        run = find_run(asked.name)
        parts.append(people(run, bool(made.get("synthetic", run.synthetic))))
    else:
        parts.append("synthetic or real: not said")
    if beside:
        parts.append(f"diamonds: paper A, {find_table(PUBLISHED).number}")
    commands = [
        f"fer leakage {asked.where} --space {shlex.quote(space)} --state {shlex.quote(one['state'])} "
        f"--trials {one['trials']} --seed {one['seed']}{' --probe' if probe else ''} --json"
        for space, one in documents.items()
    ]
    commands += [f"fer published {PUBLISHED} --json"] if beside else []
    return Provenance(" · ".join(parts), " && ".join(commands))


def figures(documents: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Space by space: ``space accuracy low high chance dimension effective_rank auc hard_auc zero_rows``."""
    return pd.DataFrame(
        [
            {
                "space": space,
                "accuracy": one["accuracy"],
                "low": one["ci95"][0],
                "high": one["ci95"][1],
                "chance": one["chance"],
                "dimension": one["dimension"],
                "effective_rank": one["effective_rank"],
                "auc": one["verification"]["auc"],
                "hard_auc": (one["verification"]["hard"] or {"auc": np.nan})["auc"],
                "zero_rows": one["zero_rows"],
            }
            for space, one in documents.items()
        ]
    )


def published() -> pd.DataFrame:
    """What paper A printed: ``name space accuracy``."""
    table = find_table(PUBLISHED)
    words = {"w/ DM": "with the deviation module", "w/o DM": "without the module"}
    rows = [
        {"name": words.get(row.name, row.name), "space": row.space, "accuracy": row.values[0]} for row in table.rows
    ]
    return pd.DataFrame(rows).sort_values("accuracy", ascending=False)


def acquainted(asked: Asked, documents: Mapping[str, Mapping[str, Any]]) -> tuple[pd.DataFrame, str]:
    """People whom the run has learned from, and strangers: ``space part accuracy low high chance subjects``.

    Args:
        asked: The table.
        documents: Space -> what was measured.

    Returns:
        The rows, and in words where they come from. Both kinds of people stand in the table where it has both; else
        what the training wrote down at its end, where it did; else nothing.
    """
    both = {space: one for space, one in documents.items() if one["seen"] and one["unseen"]}
    if both:
        rows = [_part(space, part, one[part]) for space, one in both.items() for part in ("unseen", "seen")]
        return pd.DataFrame(rows), "both in this table"
    stored = stored_leakage(find_run(asked.name).path) if asked.split else {}
    rows = [
        _part(space, part, one[part])
        for space, one in stored.get("spaces", {}).items()
        for part in ("unseen", "seen")
        if one.get(part)
    ]
    told = f"measured at the end of the training: strangers {stored.get('data')}, and the training's own people"
    return pd.DataFrame(rows), told


def _part(space: str, part: str, one: Mapping[str, Any]) -> dict[str, Any]:
    low, high = one["ci95"]
    kept = {key: one[key] for key in ("accuracy", "chance", "subjects")}
    return {"space": space, "part": part, **kept, "low": low, "high": high}
