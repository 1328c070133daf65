"""`fer data prepare`: a user's own labelled videos become a data set of face crops."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import DONE, MISTAKE, Answer, table, to_json


def prepare(
    videos: Annotated[list[Path], typer.Argument(help="Videos, or folders of videos.")],
    out: Annotated[Path, typer.Option(help="Folder of the new data set; the same call goes on where it stopped.")],
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Table video,second,label or video,start,end,label, optionally subject,session. Default: <video>.csv "
            "beside each video, without the column video."
        ),
    ] = None,
    rate: Annotated[float, typer.Option(help="Frames per second that are cut, at most.")] = 10.0,
    min_face: Annotated[float, typer.Option(help="Side in pixels of the smallest face that is kept.")] = 60.0,
    size: Annotated[int, typer.Option(help="Side of the crops in pixels.")] = 160,
    framing: Annotated[str, typer.Option(help="How faces are cut: facenet (MTCNN's box), fer2013 ...")] = "facenet",
) -> Answer:
    """Cut the faces of labelled videos: one label per second, the person the video is about, and a manifest.

    The report says for each state how many frames show no face: a detector loses faces that look down, which is not
    the same in all states. A video that cannot be read is a sentence in it; the others go on.

    Raises:
        FileNotFoundError: a video or the labels are not there.
        ValueError: wrong labels or settings, or a folder that holds something else.
    """
    from tqdm import tqdm

    from fer_core.data.videos import CutOptions, prepare_videos, write_report
    from fer_core.faces import FaceFinder

    options = CutOptions(rate, min_face, size, framing)
    with tqdm(unit="s", desc="cutting", file=sys.stderr, disable=None, leave=False, bar_format="{desc}") as bar:
        report = prepare_videos(videos, labels, out, FaceFinder(), options, _teller(bar))
    write_report(out, to_json(report))
    broken = [one for one in report["videos"] if one["error"] is not None]
    complaint = broken[0]["error"] if len(broken) == len(report["videos"]) else None
    return Answer(report, _text(report), DONE if complaint is None else MISTAKE, complaint)


def _teller(bar: Any) -> Callable[[str, float], None]:
    def tell(name: str, time: float) -> None:
        bar.set_description_str(f"{name}: {time:.0f} s", refresh=False)
        bar.update()

    return tell


def _text(report: Mapping[str, Any]) -> str:
    done = [one for one in report["videos"] if one["error"] is None]
    parts = [
        f"{report['kept']:,} faces of {report['labelled']:,} labelled frames from {len(done)} videos: {report['out']}"
    ]
    rows = [
        [label, one["frames"], one["kept"], one["without_face"], f"{one['without_face'] / one['frames']:.1%}"]
        + [one["too_small"], one["other_person"]]
        for label, one in report["states"].items()
    ]
    header = ["state", "frames", "kept", "no face", "share", "too small", "somebody else"]
    if rows:
        parts.append(table(header, rows))
    notes = [
        (report["unlabelled"], "frames lie in seconds without a label"),
        (report["others_dropped"], "frames show other people, who were left out"),
        (report["unreadable"], "damaged frames or packets were skipped"),
    ]
    parts.append("\n".join(f"{count:,} {what}." for count, what in notes if count))
    broken = [f"{one['path']}: {one['error']}" for one in report["videos"] if one["error"] is not None]
    parts.append("\n".join(["Left out:", *broken]) if broken else "")
    strangers = report["labels_without_video"]
    parts.append(f"Labelled, but not given: {', '.join(strangers[:10])}" if strangers else "")
    parts.append(f"Next: fer data describe {report['out']}" if report["kept"] else "")
    return "\n\n".join(part for part in parts if part)
