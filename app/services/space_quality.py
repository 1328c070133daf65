"""How far a map can be trusted, and what two maps beside each other say about people and states, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.services.space import Laid
from fer_core.projection import NEIGHBOURS

GONE = 0.5
"""Islands are called dissolved where what neighbours share beyond chance falls to this part of itself."""
SAME = 0.05
"""A change by less than this part of itself is called none."""


def figures(laid: Laid) -> pd.DataFrame:
    """The numbers beside a map.

    Args:
        laid: The map.

    Returns:
        ``question``, ``map``, ``space``, ``chance``; NaN where a number has no meaning. As `fer project --json`.
    """
    told = laid.figures
    rows = [("Are neighbours on the map neighbours in the space? (trustworthiness)", told.get("trustworthiness"), {})]
    whose = {"subject": "the same person", "label": "in the same state"}
    for name, words in whose.items():
        purity = (told.get("knn_purity") or {}).get(name)
        if purity:
            rows.append((f"Share of neighbours who are {words} (kNN purity)", purity["map"], purity))
    groups = {"subject": "people", "label": "states"}
    for name, words in groups.items():
        apart = (told.get("silhouette") or {}).get(name)
        if apart:
            rows.append((f"How well do {words} stand apart? (silhouette, -1 to 1)", apart["map"], apart))
    return pd.DataFrame(
        [
            {"question": words, "map": on_map, "space": both.get("space"), "chance": both.get("chance")}
            for words, on_map, both in rows
        ]
    ).astype({"map": float, "space": float, "chance": float})


def sentence(left: Laid, right: Laid) -> str:
    """What happens from left to right, decided by the numbers in the spaces themselves and on the maps.

    Args:
        left: One map.
        right: The other, of the same rows.
    """
    if left.space == right.space:
        return "Both sides show the same space: choose two to compare them."
    told = []
    people = _change(left.figures, right.figures, "subject")
    if people:
        verdict, numbers = people
        words = {
            "gone": "identity islands dissolve from left to right",
            "less": "identity islands weaken from left to right, but do not dissolve",
            "same": "identity islands stay as they are from left to right",
            "more": "identity islands grow from left to right",
            "mixed": "map and space disagree about the identity islands",
            "none": "there are no identity islands on either side",
        }
        told.append(f"**{words[verdict]}**: of the {NEIGHBOURS} nearest neighbours {numbers} are the same person")
    states = _change(left.figures, right.figures, "label")
    if states:
        verdict, numbers = states
        words = {
            "gone": "states lose their neighbourhoods",
            "less": "states mix",
            "same": "states stay about as near each other",
            "more": "states gather",
            "mixed": "map and space disagree about the states",
            "none": "states are not told apart on either side",
        }
        told.append(f"**{words[verdict]}**: {numbers} show the same state")
    if not told:
        return "This table names neither people nor states: the maps show shapes, and nothing says what they are."
    text = "; ".join(told) + "."
    return text[:2] + text[2].upper() + text[3:]


def _change(left: Mapping[str, Any], right: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    before, after = ((one.get("knn_purity") or {}).get(name) for one in (left, right))
    if not before or not after:
        return None
    chance = before["chance"]
    said = _agreed({_verdict(before[one] - chance, after[one] - chance, 1 - chance) for one in ("space", "map")})
    numbers = (
        f"{before['space']:.3f} in {left['space']} and {after['space']:.3f} in {right['space']} "
        f"(on the maps {before['map']:.3f} and {after['map']:.3f}; by chance {chance:.3f})"
    )
    return said, numbers


def _verdict(before: float, after: float, most: float) -> str:
    """What became of the part beyond chance, of which there can be ``most``."""
    little = 0.05 * most
    if before <= little and after <= little:
        return "none"
    if after > before * (1 + SAME):
        return "more"
    if after >= before * (1 - SAME):
        return "same"
    return "gone" if after <= GONE * before else "less"


def _agreed(verdicts: set[str]) -> str:
    """The weaker word where both point the same way."""
    if len(verdicts) == 1:
        return verdicts.pop()
    for weaker, stronger in (("less", "gone"), ("same", "less"), ("same", "more")):
        if verdicts == {weaker, stronger}:
            return weaker
    return "mixed"
