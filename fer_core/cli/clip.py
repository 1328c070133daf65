"""`fer clip`: a video by time: faces, eye openness, blinks, PERCLOS, states, alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

app = program("Watch a video: faces, eyes and what a run says, second by second.")

SHOWN = 40
"""Rows of the table of seconds that people see; neighbouring seconds alike are one row. --json has every second."""


@command(app)
def clip(
    video: Annotated[Path, typer.Argument(help="Any video: phone, camera, screen; variable frame rates are fine.")],
    run: Annotated[
        str | None, typer.Option(help="A run whose probabilities are wanted, too: its name or path. None: eyes only.")
    ] = None,
    eyes: Annotated[str | None, typer.Option(help="The run that reads eye openness; default: the shipped one.")] = None,
    rate: Annotated[
        float, typer.Option(help="Frames looked at per second, at most. Below 10, short blinks are missed.")
    ] = 15.0,
    baseline: Annotated[
        float, typer.Option(help="The person's own open eyes are taken from so many seconds at the beginning.")
    ] = 10.0,
    alarm_on: Annotated[float, typer.Option(help="Smoothed score at which an alarm goes on.")] = 0.5,
    alarm_off: Annotated[float, typer.Option(help="... and below which it goes off.")] = 0.3,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Watch a video to its end and say, second by second, how far the eyes are open and what follows from it.

    Blinks, PERCLOS and states are of the person whose face is there longest and largest. Where no face is found,
    because nobody is there or looks away, nothing is said. Eyes that look down are read as closed: lids cover them.

    Raises:
        FileNotFoundError: no such file or run.
        ValueError: it is no video, a run cannot be used, or a setting is out of range.
    """
    from tqdm import tqdm

    from fer_core.assembly import pick_device
    from fer_core.clip import document, watch
    from fer_core.eyes import EyeReader
    from fer_core.faces import FaceFinder
    from fer_core.predictor import Predictor
    from fer_core.runs import find_run
    from fer_core.timeline import TimelineOptions, judge
    from fer_core.video import open_video

    options = TimelineOptions(baseline=baseline, alarm_on=alarm_on, alarm_off=alarm_off)
    # Before the networks are loaded, which takes seconds.
    length = open_video(video).declared_duration
    reader = EyeReader(find_run(eyes) if eyes else None, device)
    predictor = Predictor(find_run(run), device) if run else None
    finder = predictor.finder if predictor is not None else FaceFinder(str(pick_device(device)))
    with tqdm(total=length, unit="s", disable=None, leave=False, bar_format="{percentage:3.0f}% {n:.0f} s") as bar:
        watched = watch(video, reader, finder, predictor, rate, lambda time: _advance(bar, time))
    found = {"run": run, "eyes": reader.run.name, "rate": rate, **document(watched, judge(watched.samples, options))}
    return Answer(found, _text(found))


def _advance(bar: Any, time: float) -> None:
    bar.update(time - bar.n)


def _text(found: Mapping[str, Any]) -> str:
    from fer_core.timeline import clock

    frames = found["frames"]
    lines = [
        f"{found['video']}: {clock(found['duration'])} at {found['fps']:.3g} frames a second; "
        f"{frames['looked_at']:,} frames looked at."
    ]
    if frames["unreadable"]:
        lines.append(f"{frames['unreadable']:,} damaged frames or packets were skipped.")
    if len(found["people"]) > 1:
        lines.append(f"{len(found['people'])} people; the one that is there longest and largest is described.")
    lines += ["", found["sentence"]]
    if found["perclos"] == found["perclos"]:
        lines += [
            f"Eyes seen for {found['seen']:.0f} s. PERCLOS {found['perclos']:.3f}; {found['blinks']} blinks, "
            f"{found['blinks_per_minute']:.1f} a minute; open eyes of this person: {found['baseline']['open']:.2f} "
            f"({found['baseline']['from']})."
        ]
    if found["alarms"]:
        lines.append("Eyes that look down, at a telephone say, are read as closed: look at the video yourself.")
    lines += [
        f"Alarm {clock(one['start'])} to {clock(one['end'])}: {one['reason']}, up to {one['peak']:.2f}"
        for one in found["alarms"]
    ]
    return "\n".join([*lines, "", _seconds(found["seconds"], found["labels"])])


def _seconds(seconds: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> str:
    """A table of seconds, neighbours alike folded into one row."""
    from fer_core.timeline import clock

    def alike(second: Mapping[str, Any]) -> tuple[Any, ...]:
        said = second["probabilities"]
        return second["faces"], second["state"], max(said, key=said.get) if said else None

    folded = [list(group) for _, group in groupby(seconds, alike)]
    rows: list[list[object]] = []
    for group in folded[:SHOWN]:
        faces, state, label = alike(group[0])
        open_eyes = [one["openness"] for one in group if one["openness"] == one["openness"]]
        when = clock(group[0]["t"]) if len(group) == 1 else f"{clock(group[0]['t'])} to {clock(group[-1]['t'])}"
        mean = f"{sum(open_eyes) / len(open_eyes):.2f}" if open_eyes else None
        rows.append([when, faces, mean, state, *([label] if labels else [])])
    header = ["seconds", "faces", "openness", "state", *(["the model says"] if labels else [])]
    more = f"\n({SHOWN} of {len(folded)} rows; --json has every second)" if len(folded) > SHOWN else ""
    return table(header, rows) + more
