"""Sentences on what differs between a study and the table it lies beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_core.beside.measured import Laid, Measured


def remarks_on(
    cells: Sequence[Laid], placed: Sequence[Measured], published_facts: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Sentences, each once.

    Args:
        cells: What lies beside each other.
        placed: Our rows that lie there.
        published_facts: Name of a row of ours -> how the paper trains it, in the words of `Measured.facts`.
    """
    remarks: dict[str, None] = {}
    for cell in cells:
        mine = _pictures(cell.data, cell.n)
        theirs = _pictures(cell.published_data, cell.published_n)
        if cell.metric == "robust_accuracy":
            remarks[
                "Ours beside occluded pictures is the mean accuracy under drawn disturbances of every kind and "
                "strength, the paper's is of pictures with real occlusions: another question."
            ] = None
        elif cell.metric == "identification" and cell.n and cell.published_n and cell.n != cell.published_n:
            remarks[
                f"Ours tells {cell.n} people apart (chance {1 / cell.n:.2f}), the paper {cell.published_n} (chance "
                f"{1 / cell.published_n:.2f}): fewer are an easier question. Compare the rows, not the numbers."
            ] = None
        elif cell.metric != "parameters" and not cell.same_pictures:
            remarks[
                f"Data differ: ours is {mine}, the paper's {theirs}. Compare gains over the baseline, not the numbers."
            ] = None
    for ours in placed:
        known = published_facts.get(ours.name, {})
        keys = [key for key in ours.facts if key in known and ours.facts[key] != known[key]]
        if keys:
            mine, theirs = (", ".join(f"{key} {facts[key]}" for key in keys) for facts in (ours.facts, known))
            remarks[f"Size and budget differ: ours has {mine}; the paper's recipe {theirs}."] = None
    if any(ours.chose_epoch for ours in placed):
        remarks["Ours is judged on the pictures that also chose its epoch, which flatters a little."] = None
    if any(cell.interval and cell.interval.startswith("t over") for cell in cells):
        remarks["An interval over seeds speaks of other seeds on the same pictures, not of other pictures."] = None
    return list(remarks)


def _pictures(data: str | None, n: int | None) -> str:
    return f"{data or 'data that is not named'}, n {'not known' if n is None else f'{n:,}'}"
