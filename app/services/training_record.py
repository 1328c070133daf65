"""What a run wrote down about its training: what it minimised, and which pictures were left out, counted by reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_core.runs import Run, find_run


def objective(name: str) -> str:
    """What the training loss of a run is, in words.

    Raises:
        FileNotFoundError: no such run.
    """
    recipe = find_run(name).recipe
    loss = _part(recipe, "loss")
    words = _LOSSES.get(str(loss.get("kind", "")), str(loss.get("kind") or "a loss that the recipe does not name"))
    words = words.format_map(_Blank(loss))
    if loss.get("label_smoothing"):
        words += f" with targets smoothed by {loss['label_smoothing']:g}"
    mixing = str(_part(recipe, "mixing").get("kind", "none"))
    if mixing != "none":
        words += f", of samples mixed by {mixing}"
    penalty = _part(recipe, "penalty")
    if penalty.get("kind") == "independence":
        terms = [
            f" + {penalty[key]:g} x {what.format(space=penalty.get('space', 'v_state'))}"
            for key, what in (("weight", "the dependence of {space} on identity"), ("spread_weight", "the spread term"))
            if penalty.get(key)
        ]
        words += "".join(terms)
    elif penalty.get("kind") == "reversal" and penalty.get("weight"):
        words += f" + {penalty['weight']:g} x the loss of an adversary that reads identity from {penalty.get('space')}"
    elif penalty.get("kind") not in (None, "none") and penalty.get("weight"):
        words += f" + {penalty['weight']:g} x {penalty['kind']}"
    return words


_LOSSES: Mapping[str, str] = {
    "cross_entropy": "cross-entropy",
    "fusion": "cross-entropies of a high-level and a mid-level branch, the first weighed by {beta}",
    "margin": "cross-entropy with a margin of {margin}",
}


class _Blank(dict[str, Any]):
    """A number that the recipe leaves to its default is not made up here."""

    def __missing__(self, key: str) -> str:
        return "its default"


def exclusions(name: str) -> pd.DataFrame:
    """Where pictures were left out, why, and how many: ``stage reason n``; reasons with 0 say that it was looked for.

    Args:
        name: The run; an old one recorded fewer reasons.

    Raises:
        FileNotFoundError: no such run.
    """
    run = find_run(name)
    data: Mapping[str, Any] = run.info.get("data") or {}
    rows = [("reading the data", str(reason), int(n)) for reason, n in _counts(data, "left_out")]
    excluded = _counts(data, "excluded")
    rows += [("opening the pictures", str(reason), int(n)) for reason, n in excluded]
    if "excluded" in data and not excluded:
        rows.append(("opening the pictures", "unreadable, without a face, or without a label that the run knows", 0))
    if "twins_dropped" in data:
        reason = "an exact twin stands in a split that is judged"
        rows.append(("choosing what to learn from", reason, int(data["twins_dropped"])))
    rows += [
        ("choosing what to learn from", f"undersampled, {split}", int(n)) for split, n in _counts(data, "undersampled")
    ]
    for key, reason in (("over_cap", "above the cap of a label"), ("over_limit", "not drawn into the subset")):
        if key in data:
            rows.append(("choosing what to learn from", reason, int(data[key])))
    rest = remainder(run)
    if rest:
        rows.append(("choosing what to learn from", "in no split that the run used", rest))
    rows += [
        (
            f"judging on {split}",
            "unreadable, without a face, or without a label that the run knows",
            int(about["excluded"]),
        )
        for split, about in run.evaluated.items()
        if about.get("excluded") is not None
    ]
    return pd.DataFrame(rows, columns=["stage", "reason", "n"])


def used(name: str) -> dict[str, int]:
    """How many pictures the data hold and how many each split got: ``samples train validation test``, as recorded."""
    data = find_run(name).info.get("data") or {}
    return {key: int(data[key]) for key in ("samples", "train", "validation", "test") if data.get(key) is not None}


def remainder(run: Run) -> int:
    """Samples that neither a split nor a recorded reason accounts for; 0 where the run recorded too little to say."""
    data: Mapping[str, Any] = run.info.get("data") or {}
    if not all(isinstance(data.get(key), int) for key in ("samples", "train", "validation", "test", "twins_dropped")):
        return 0
    known = sum(int(data[key]) for key in ("train", "validation", "test", "twins_dropped"))
    known += sum(int(n) for key in ("excluded", "undersampled") for _, n in _counts(data, key))
    return max(0, int(data["samples"]) - known - int(data.get("over_cap", 0)) - int(data.get("over_limit", 0)))


def _counts(data: Mapping[str, Any], key: str) -> list[tuple[str, int]]:
    found = data.get(key)
    return list(found.items()) if isinstance(found, Mapping) else []


def _part(recipe: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = recipe.get(name)
    return found if isinstance(found, Mapping) else {}
