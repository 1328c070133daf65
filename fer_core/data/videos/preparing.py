"""Many labelled videos to one data set of face crops, with a report of what was left out and in which state."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.data.videos.coding import Coding, match, read_codings, read_sidecar
from fer_core.data.videos.cutting import OUTCOMES, CutOptions, cut_video, read_log
from fer_core.labels import order
from fer_core.tracking import Finder

EXTENSIONS = frozenset(
    (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".ts", ".mts", ".flv")
)
"""Taken from folders; a file that is named is tried whatever its name."""

COLUMNS = (
    "path",
    "label",
    "subject",
    "session",
    "time",
    "left",
    "top",
    "right",
    "bottom",
    "detection",
    "face",
    "video",
)
"""Of the manifest: time in seconds, the box and the face's side in pixels of the upright frame."""

_LOGS = "progress"


@dataclass(frozen=True)
class _Job:
    """A video that is to be cut."""

    path: Path
    key: str
    """Its name in the output, different from all others'."""
    coding: Coding


def find_videos(sources: Sequence[Path]) -> list[Path]:
    """Files as named, and every video in folders, sorted; hidden ones are passed over.

    Raises:
        FileNotFoundError: a path does not exist.
        ValueError: a folder without videos, or one video named twice.
    """
    found: list[Path] = []
    for source in sources:
        if not source.exists():
            raise FileNotFoundError(f"{source} was not found; check the path")
        if not source.is_dir():
            found.append(source)
            continue
        inside = sorted(path for path in source.rglob("*") if path.suffix.lower() in EXTENSIONS and path.is_file())
        inside = [path for path in inside if not any(part.startswith(".") for part in path.relative_to(source).parts)]
        if not inside:
            raise ValueError(f"{source} holds no videos")
        found += inside
    twice = [str(path) for path, count in Counter(path.resolve() for path in found).items() if count > 1]
    if twice:
        raise ValueError(f"{twice[0]} is named twice")
    return found


def prepare_videos(
    sources: Sequence[Path],
    labels: Path | None,
    out: Path,
    finder: Finder,
    options: CutOptions,
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, Any]:
    """Face crops and a manifest of labelled videos. The same call goes on where an earlier one stopped.

    Args:
        sources: Videos and folders of videos.
        labels: A table of labels for all; None looks beside each video only.
        out: The data set's folder; ``faces/<video>/``, ``manifest.csv``, ``report.json``, ``progress/``.
        finder: Who detects and follows faces.
        options: How faces are cut.
        progress: Told a video's name and the seconds of it that are done.

    Returns:
        The report: see `report.json`; every labelled frame is counted once, as one of `OUTCOMES`, by state.

    Raises:
        FileNotFoundError: a video or the labels are not there.
        ValueError: labels are wrong, no video has any, or ``out`` holds something else.
    """
    videos = find_videos(sources)
    jobs, strangers = _jobs(videos, labels)
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / _LOGS).is_dir())):
        raise ValueError(f"{out} is not empty and was not prepared by this command; choose another --out")
    logs = out / _LOGS
    logs.mkdir(parents=True, exist_ok=True)
    errors: dict[str, str] = {}
    for job in jobs:
        if not job.coding.labels:
            errors[job.key] = f"{job.path.name} has no labels, neither in the table nor beside it"
            continue
        tell = None if progress is None else (lambda time, name=job.path.name: progress(name, time))
        try:
            cut_video(job.path, job.coding, out / "faces" / job.key, _log(logs, job), finder, options, tell)
        except (ValueError, FileNotFoundError, PermissionError) as fault:
            errors[job.key] = str(fault)
    _write_manifest(out, jobs, errors)
    report = {"out": str(out), "options": options, **_report(logs, jobs, errors), "labels_without_video": strangers}
    return report


def _log(logs: Path, job: _Job) -> Path:
    return logs / f"{job.key}.jsonl"


def _jobs(videos: Sequence[Path], labels: Path | None) -> tuple[list[_Job], list[str]]:
    codings, strangers = match(videos, read_codings(labels)) if labels is not None else ({}, [])
    stems = Counter(video.stem for video in videos)
    jobs, used = [], set()
    for video in videos:
        key = video.stem if stems[video.stem] == 1 else f"{video.resolve().parent.name}-{video.stem}"
        number = 2
        while key in used:
            key, number = f"{key}-{number}", number + 1
        used.add(key)
        coding = codings.get(video) or read_sidecar(video) or Coding()
        # Whoever is in no other video is a subject of its own, so that nobody is in two splits.
        coding.subject, coding.session = coding.subject or key, coding.session or key
        jobs.append(_Job(video, key, coding))
    if not any(job.coding.labels for job in jobs):
        where = f"{labels.name} labels none of them" if labels is not None else "no table lies beside them"
        raise ValueError(
            f"no video has labels: {where}; give --labels a table with the columns video,second,label, "
            "where video is a file's name"
        )
    return jobs, strangers


def _write_manifest(out: Path, jobs: Iterable[_Job], errors: Mapping[str, str]) -> None:
    """All crops in order of videos and time, row by row; whole or not at all."""
    part = out / "manifest.csv.part"
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for job in jobs:
            if job.key in errors:
                continue
            for line in read_log(_log(out / _LOGS, job)):
                for name, label, time, *rest in line.get("rows", ()):
                    path = f"faces/{job.key}/{name}"
                    row = [path, label, job.coding.subject, job.coding.session, time, *rest, job.path.name]
                    writer.writerow(row)
    os.replace(part, out / "manifest.csv")


def _report(logs: Path, jobs: Sequence[_Job], errors: Mapping[str, str]) -> dict[str, Any]:
    videos = [_video(_log(logs, job), job, errors.get(job.key)) for job in jobs]
    total: Counter[tuple[str, str]] = Counter()
    for video in videos:
        for label, counts in video["states"].items():
            total.update({(label, outcome): counts[outcome] for outcome in OUTCOMES})
    summed = ("frames", "labelled", *OUTCOMES, "unlabelled", "unreadable", "others_dropped")
    sums = {name: sum(video[name] for video in videos if name in video) for name in summed if name != "without_face"}
    states = _states(total)
    return {
        "videos": videos,
        **sums,
        "without_face": {
            label: {"frames": one["without_face"], "of": one["frames"], "share": one["without_face"] / one["frames"]}
            for label, one in states.items()
        },
        "states": states,
    }


def _video(log: Path, job: _Job, error: str | None) -> dict[str, Any]:
    found: Counter[tuple[str, str]] = Counter()
    sums: Counter[str] = Counter()
    end: Mapping[str, Any] = {}
    for line in read_log(log) if error is None else ():
        for label, counts in line.get("outcomes", {}).items():
            found.update({(label, outcome): count for outcome, count in counts.items()})
        sums.update({name: int(line.get(name, 0)) for name in ("unlabelled", "unreadable", "beside", "decoded")})
        end = line
    states = _states(found)
    labelled = sum(found.values())
    return {
        "path": str(job.path),
        "faces": f"faces/{job.key}",
        "subject": job.coding.subject,
        "session": job.coding.session,
        "seconds": end.get("last"),
        "fps": (sums["decoded"] - 1) / end["last"] if end.get("last") else None,
        "frames": labelled + sums["unlabelled"],
        "labelled": labelled,
        **{name: sum(one[name] for one in states.values()) for name in OUTCOMES},
        "unlabelled": sums["unlabelled"],
        "unreadable": sums["unreadable"],
        "others_dropped": sums["beside"] + sum(one["other_person"] for one in states.values()),
        "states": states,
        "error": error,
    }


def _states(found: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """State -> frames and what became of them."""
    labels = order({label for label, _ in found})
    counts = {label: {outcome: found[label, outcome] for outcome in OUTCOMES} for label in labels}
    return {label: {"frames": sum(one.values()), **one} for label, one in counts.items()}


def write_report(out: Path, report: str) -> None:
    """``report.json`` beside the manifest, whole or not at all."""
    part = out / "report.json.part"
    part.write_text(report, encoding="utf-8")
    os.replace(part, out / "report.json")
