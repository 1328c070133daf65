"""`fer bench app`: how long a visitor of the dashboard waits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer, table


def app(
    rounds: Annotated[int, typer.Option(min=1, help="Counted rounds; the medians are told.")] = 5,
    points: Annotated[
        int, typer.Option(min=0, help="On the maps of Feature space; 0 leaves the selection out.")
    ] = 20_000,
    browser: Annotated[Path | None, typer.Option(help="A Chromium; default: the system's.")] = None,
) -> Answer:
    """Open the dashboard in a real browser and time page switches, first paints, an upload and a selection.

    Raises:
        FileNotFoundError: no Chromium, or no playwright to drive it.
        ValueError: one point.
    """
    from fer_core.benchmarks.app import app_times

    found = app_times(rounds, points, browser)
    rows: list[list[object]] = []
    for name, one in found["pages"].items():
        switch, paint = one["switch"], one["paint"]
        figures = [switch["seconds"], switch["complete"], switch["ratio"]]
        figures += [paint["seconds"], paint["complete"], paint["ratio"]]
        rows.append([name, *(round(value, 2) for value in figures)])
    header = ["page", "switch s", "complete s", "times empty", "paint s", "complete s", "times empty"]
    here, targets, upload = found["machine"], found["targets"], found["upload_to_label"]
    load = "unknown" if here["load"][0] is None else f"{here['load'][0]:.1f}"
    lines = [
        f"{found['browser']}, everything warm, medians of {rounds} rounds; {here['cores']} cores, load before {load}",
        table(header, rows),
        f"targets on two free cores: switch {targets['switch']} s, paint {targets['paint']} s",
        f"upload to label {upload['seconds']:.2f} s (target {targets['upload_to_label']} s)",
    ]
    chosen = found["selection_to_faces"]
    if chosen:
        lines.append(
            f"selection to {chosen['faces']} faces at {points:,} points {chosen['seconds']:.2f} s, of which the server "
            f"{chosen['server']:.2f} s (target {targets['selection_to_faces']} s)"
        )
    return Answer(found, "\n".join(lines))
