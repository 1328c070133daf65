"""Where the figures about a clip come from, and the command that makes their numbers again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from app.services import clip_film
from app.services.clips import Held, eyes
from app.services.provenance import Provenance, people
from fer_core.runs import find_run

__all__ = ["Provenance", "of_clip"]


def of_clip(run: str, held: Held, told: Mapping[str, Any]) -> Provenance:
    """Of a timeline.

    Args:
        run: Who said the probabilities.
        held: The clip.
        told: The document about it.
    """
    options = told["options"]
    synthetic = held.origin == "synthetic"
    parts = [
        f"run {run}, eyes by run {eyes()}",
        f"{'synthetic clip' if synthetic else 'your clip'} {held.name}",
        f"n = {len(told['seconds']):,} seconds, {told['frames']['looked_at']:,} frames looked at",
        f"alarm on at {options.alarm_on:g}, off at {options.alarm_off:g}, own eyes from {options.baseline:g} s",
        "no true states: nothing here is a score",
        f"learned from {people(find_run(run), find_run(run).synthetic)}",
    ]
    words = ["fer", "clip", held.name, "--run", run, "--baseline", f"{options.baseline:g}"]
    words += ["--alarm-on", f"{options.alarm_on:g}", "--alarm-off", f"{options.alarm_off:g}", "--json"]
    first = f"{clip_film.command()} && " if synthetic else ""
    return Provenance(" · ".join(parts), first + shlex.join(words))
