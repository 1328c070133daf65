"""Plans as JSON: what a run keeps, a command prints and a page draws, and back again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fer_core.contracts import Blend, PassPlan, TermPlan


def plan_to_json(plan: Sequence[PassPlan]) -> list[dict[str, Any]]:
    """The passes of a step as lists, numbers and words; `plan_from_json` makes an equal plan of them."""
    return [
        {
            "pictures": blend_to_json(one.pictures),
            "terms": [
                {"role": term.role, "weight": term.weight, "at": term.at, "blend": blend_to_json(term.blend)}
                for term in one.terms
            ],
        }
        for one in plan
    ]


def plan_from_json(written: Sequence[Mapping[str, Any]]) -> tuple[PassPlan, ...]:
    """A plan from what `plan_to_json` gave.

    Raises:
        ValueError: something is missing or of another shape.
    """
    try:
        return tuple(
            PassPlan(
                blend_from_json(one["pictures"]),
                tuple(
                    TermPlan(term["role"], term["weight"], blend_from_json(term["blend"]), term["at"])
                    for term in one["terms"]
                ),
            )
            for one in written
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no plan of a mixing ({type(error).__name__}: {error})") from None


def blend_to_json(blend: Blend) -> dict[str, Any]:
    """Rows as lists; what a blend does not use is null."""
    return {
        "main": blend.main.tolist(),
        "partner": blend.partner.tolist(),
        "lam": blend.lam.tolist(),
        "region": None if blend.region is None else blend.region.tolist(),
        "fill": blend.fill,
        "sides": None if blend.sides is None else blend.sides.tolist(),
        "guided": blend.guided,
    }


def blend_from_json(written: Mapping[str, Any]) -> Blend:
    """A blend from what `blend_to_json` gave.

    Raises:
        KeyError: something is missing.
        ValueError: shapes do not fit each other.
    """
    count = len(written["main"])
    region, sides = written["region"], written["sides"]
    return Blend(
        main=np.array(written["main"], dtype=np.int64),
        partner=np.array(written["partner"], dtype=np.int64),
        lam=np.array(written["lam"], dtype=np.float64),
        region=None if region is None else np.array(region, dtype=np.float64).reshape(count, 4),
        fill=written["fill"],
        sides=None if sides is None else np.array(sides, dtype=np.float64).reshape(count, -1, 2),
        guided=written["guided"],
    )
