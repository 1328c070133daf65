"""How far a map can be trusted, and what two maps beside each other say about people and states, in a sentence."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.services.space import Laid
from fer_core.projection import NEIGHBOURS

GONE = 0.5
"""Islands are called dissolved where what neighbours share beyond chance falls to this part of itself."""
SAME = 0.05
"""A change by less than this part of itself is called none."""
NAMELESS = "This table names neither people nor states: maps show shapes, and nothing says what they are."
LITTLE = 0.25
"""One by less than this is called little."""


def figures(left: Laid, right: Laid) -> pd.DataFrame:
    """The numbers beside both maps.

    Args:
        left: One map.
        right: The other, of the same rows.

    Returns:
        ``question``, and of each side ``map_left space_left``, ``map_right space_right`` (not of one map twice) and
        ``chance``; NaN where a number has no meaning. As `fer project --json`.
    """
    asked = (
        ("Neighbours stay neighbours (trustworthiness)", "trustworthiness", None),
        ("Neighbours are the same person (kNN purity)", "knn_purity", "subject"),
        ("Neighbours are in the same state (kNN purity)", "knn_purity", "label"),
        ("People stand apart (silhouette, -1 to 1)", "silhouette", "subject"),
        ("States stand apart (silhouette, -1 to 1)", "silhouette", "label"),
    )
    sides = [("left", left), ("right", right)][: 1 if left.space == right.space else 2]
    rows = []
    for question, name, of in asked:
        row: dict[str, Any] = {"question": question}
        for side, laid in sides:
            told = laid.figures.get(name)
            both = {"map": told} if of is None else (told or {}).get(of) or {}
            row |= {f"map_{side}": both.get("map"), f"space_{side}": both.get("space")}
            row["chance"] = both.get("chance", row.get("chance"))
        rows.append(row)
    numbers = [*(f"{where}_{side}" for side, _ in sides for where in ("map", "space")), "chance"]
    found = pd.DataFrame(rows).astype(dict.fromkeys(numbers, float))
    return found.dropna(subset=numbers, how="all")[["question", *numbers]].reset_index(drop=True)


def sentence(left: Laid, right: Laid) -> str:
    """What happens from left to right, decided by the numbers in the spaces themselves and on the maps.

    Args:
        left: One map.
        right: The other, of the same rows.
    """
    if left.space == right.space:
        return _alone(left)
    told = []
    people = _change(left, right, "subject")
    if people:
        verdict, numbers = people
        words = {
            "gone": "identity islands dissolve from left to right",
            "less": "identity islands weaken from left to right, but do not dissolve",
            "little": "identity islands weaken a little from left to right, and do not dissolve",
            "same": "identity islands stay as they are from left to right",
            "more": "identity islands grow from left to right",
            "somewhat": "identity islands grow a little from left to right",
            "mixed": "map and space disagree about the identity islands",
            "none": "there are no identity islands on either side",
        }
        told.append(f"**{words[verdict]}**: of the {NEIGHBOURS} nearest neighbours {numbers} are the same person")
    states = _change(left, right, "label")
    if states:
        verdict, numbers = states
        words = {
            "gone": "states lose their neighbourhoods",
            "less": "states mix",
            "little": "states mix a little",
            "same": "states stay about as near each other",
            "more": "states gather",
            "somewhat": "states gather a little",
            "mixed": "map and space disagree about the states",
            "none": "states are not told apart on either side",
        }
        told.append(f"**{words[verdict]}**: {numbers} show the same state")
    if not told:
        return NAMELESS
    text = "; ".join(told) + "."
    return text[:2] + text[2].upper() + text[3:]


def _alone(laid: Laid) -> str:
    told = []
    for name, words in (("subject", "are the same person"), ("label", "show the same state")):
        found = (laid.figures.get("knn_purity") or {}).get(name)
        if found:
            numbers = f"(on the map {found['map']:.3f}; by chance {found['chance']:.3f})"
            told.append(f"{found['space']:.3f} {words} {numbers}")
    return f"Of the {NEIGHBOURS} nearest neighbours in {laid.space}, {', '.join(told)}." if told else NAMELESS


def _change(left: Laid, right: Laid, name: str) -> tuple[str, str] | None:
    before, after = ((one.figures.get("knn_purity") or {}).get(name) for one in (left, right))
    if not before or not after:
        return None
    chance = before["chance"]
    said = _agreed({_verdict(before[one] - chance, after[one] - chance, 1 - chance) for one in ("space", "map")})
    numbers = (
        f"{before['space']:.3f} in {left.space} and {after['space']:.3f} in {right.space} "
        f"(on the maps {before['map']:.3f} and {after['map']:.3f}; by chance {chance:.3f})"
    )
    return said, numbers


def _verdict(before: float, after: float, most: float) -> str:
    """What became of the part beyond chance, of which there can be ``most``."""
    little = 0.05 * most
    if before <= little and after <= little:
        return "none"
    if after > before * (1 + SAME):
        return "more" if after > before * (1 + LITTLE) else "somewhat"
    if after >= before * (1 - SAME):
        return "same"
    if after >= before * (1 - LITTLE):
        return "little"
    return "gone" if after <= GONE * before else "less"


def _agreed(verdicts: set[str]) -> str:
    """The weaker word where both point the same way."""
    if len(verdicts) == 1:
        return verdicts.pop()
    for way in (("same", "little", "less", "gone"), ("same", "somewhat", "more")):
        places = [way.index(one) for one in verdicts if one in way]
        if len(places) == len(verdicts) and max(places) - min(places) == 1:
            return way[min(places)]
    return "mixed"
