"""Where a figure comes from, in one line, and the command that makes its numbers again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from app.services.predicting import HeatMap
from fer_core import origin
from fer_core.origin import people, views
from fer_core.runs import Run, find_run

__all__ = ["Provenance", "of_map", "of_split", "of_training", "of_uploads", "people"]

MOST_NAMED = 12
"""Pictures that a command names; a longer line helps nobody."""


@dataclass(frozen=True)
class Provenance:
    """What stands, small and grey, under a figure."""

    text: str
    command: str


def of_split(name: str, split: str) -> Provenance:
    """Of a figure made from a run's stored predictions of one split."""
    run = find_run(name)
    return Provenance(origin.of_split(run, split), origin.evaluating(run, split))


def of_training(name: str) -> Provenance:
    """Of a figure made from a run's history."""
    run = find_run(name)
    recipe = shlex.quote(str(run.path / "recipe.yaml"))
    command = f"fer train {recipe} --data {shlex.quote(origin.source_of(run))} --json"
    return Provenance(origin.of_training(run), command)


def of_uploads(name: str, faces: str, pictures: Sequence[str], count: int, synthetic: bool) -> Provenance:
    """Of what a run says about pictures that somebody brought.

    Args:
        name: The run.
        faces: How faces were found: auto, detect or whole.
        pictures: Names of the pictures that were read.
        count: How many faces they show.
        synthetic: Whether every picture was drawn by this software.
    """
    run = find_run(name)
    kind = "synthetic pictures" if synthetic else "your pictures"
    parts = [
        f"run {run.name}",
        f"{kind}: {len(pictures):,}, faces: {count:,}",
        f"faces {faces}",
        "no true labels: nothing here is a score",
        f"learned from {people(run, run.synthetic)}",
        views(_run_views(run)),
    ]
    # Members of a zip are asked for with the zip.
    files = list(dict.fromkeys(picture.partition(".zip/")[0] + ".zip" * (".zip/" in picture) for picture in pictures))
    named = " ".join(shlex.quote(file) for file in files[:MOST_NAMED])
    more = " ..." if len(files) > MOST_NAMED else ""
    return Provenance(" · ".join(parts), f"fer predict {named}{more} --run {shlex.quote(name)} --faces {faces} --json")


def of_map(name: str, told: HeatMap, picture: str, face: int, faces: str) -> Provenance:
    """Of one heat map.

    Args:
        name: The run.
        told: The map.
        picture: The picture's name.
        face: Which of its faces, 1 is the largest.
        faces: How faces were found.
    """
    parts = [
        f"run {find_run(name).name}",
        f"{told.method} at {told.layer}",
        f"evidence for '{told.label}'",
        f"peak {told.peak:.2g} logit units",
        "1 view",
    ]
    command = (
        f"fer explain {shlex.quote(picture)} --run {shlex.quote(name)} --faces {faces} --face {face} --method gradcam "
        f"--layer {shlex.quote(told.layer)} --target {shlex.quote(told.label)} --out map.png --json"
    )
    return Provenance(" · ".join(parts), command)


def _run_views(run: Run) -> int | None:
    return (run.recipe.get("evaluation") or {}).get("views")
