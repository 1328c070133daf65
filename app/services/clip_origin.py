"""Where the figures about a clip come from, and the command that makes their numbers again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from app.services import camera, clip_film, live
from app.services.clips import Held, Origin, eyes
from app.services.provenance import Provenance, people
from fer_core.runs import find_run
from fer_core.timeline import TimelineOptions

__all__ = ["Provenance", "of_clip", "of_live"]

KINDS: Mapping[Origin, str] = {
    "synthetic": "synthetic clip",
    "upload": "your clip",
    "snapshots": f"your camera's pictures, {camera.SECONDS} s each, as the clip",
    "live": "your camera's recording",
}


def of_live(run: str, seconds: int, samples: int, options: TimelineOptions) -> Provenance:
    """Of the timeline of a running camera.

    Args:
        run: Who says the probabilities.
        seconds: So far.
        samples: Pictures looked at so far.
        options: Thresholds.
    """
    parts = [
        f"run {run}, eyes by run {eyes()}",
        "your running camera",
        f"n = {seconds:,} seconds, {samples:,} pictures looked at so far",
        _thresholds(options),
        "no true states: nothing here is a score",
        f"learned from {people(find_run(run), find_run(run).synthetic)}",
    ]
    return Provenance(" · ".join(parts), _command(live.NAME, run, options))


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
        f"{KINDS[held.origin]} {held.name}",
        f"n = {len(told['seconds']):,} seconds, {told['frames']['looked_at']:,} frames looked at",
        _thresholds(options),
        "no true states: nothing here is a score",
        f"learned from {people(find_run(run), find_run(run).synthetic)}",
    ]
    first = f"{clip_film.command()} && " if synthetic else ""
    return Provenance(" · ".join(parts), first + _command(held.name, run, options))


def _thresholds(options: TimelineOptions) -> str:
    return f"alarm on at {options.alarm_on:g}, off at {options.alarm_off:g}, own eyes from {options.baseline:g} s"


def _command(name: str, run: str, options: TimelineOptions) -> str:
    words = ["fer", "clip", name, "--run", run, "--baseline", f"{options.baseline:g}"]
    return shlex.join(
        [*words, "--alarm-on", f"{options.alarm_on:g}", "--alarm-off", f"{options.alarm_off:g}", "--json"]
    )
