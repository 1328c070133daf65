"""A video watched to its end: whose face, how far the eyes are open, what a run says, by time.

Frames stream through: followed faces, eye crops and face crops are collected into batches for the networks, pixels are
dropped as soon as they are judged, and a few numbers a frame remain. What they mean is `fer_core.timeline`'s business.
Whoever finds, reads and judges is handed in, so nothing here imports torch.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fer_core.contracts import FaceBox
from fer_core.timeline import Samples, Timeline
from fer_core.tracking import Finder, TrackedFace, Tracker
from fer_core.video import Frames, Video, open_video

RATE = 15.0
"""Frames looked at per second. A blink that is below half openness for 0.15 s is met at least twice."""

ASKS = 2.5
"""Times per second that a run is asked for probabilities: they are averaged over seconds, and faces change slowly."""

LONG_SIDE = 960
"""Larger frames are shrunk to this many pixels: an eye of a face that fills a third of the height is still 25 wide."""

MOST_READ = 3
"""Largest faces of a frame whose eyes are read: the clip's person is among them, whoever else walks by."""

LEAST_READ = 60.0
"""Side in pixels of the smallest face whose eyes are read, in the watched frame: there an eye is cut 15 pixels wide. Of
50-pixel faces in a sample clip the eyes show neither iris nor lid, and what is read from them is noise."""

BATCH = 64
"""Crops that go through a network together, whichever frames they come from."""


class Eyes(Protocol):
    """What `fer_core.eyes.EyeReader` does."""

    def crops(self, picture: np.ndarray, face: FaceBox) -> np.ndarray | None:
        """``(2, S, S, 3)`` uint8 both eyes of a face; None where they cannot be read."""
        ...

    def openness_of_crops(self, crops: np.ndarray) -> np.ndarray:
        """``(N,)`` in [0, 1] of ``(N, S, S, 3)``."""
        ...


class Judge(Protocol):
    """What `fer_core.predictor.Predictor` does."""

    @property
    def labels(self) -> tuple[str, ...]:
        """K labels."""
        ...

    def crops(self, picture: np.ndarray, face: FaceBox) -> np.ndarray:
        """``(n, S, S, 3)`` uint8: what the network sees of a face, one crop or several."""
        ...

    def probabilities(self, crops: np.ndarray) -> np.ndarray:
        """``(N, K)`` of ``(N, S, S, 3)``."""
        ...


@dataclass(frozen=True)
class Person:
    """Somebody in a clip."""

    track: int
    """Number in order of appearance."""
    first: float
    """Seconds: when seen first."""
    last: float
    """Seconds: when seen last."""
    frames: int
    """Frames in which the face was found."""
    side: float
    """Mean side of the face in pixels of the watched frames."""


@dataclass(frozen=True)
class Clip:
    """What was seen in a video."""

    video: Video
    fps: float
    """Mean frames per second, by the stamps."""
    duration: float
    """Seconds, by the stamps."""
    decoded: int
    """Frames."""
    looked_at: int
    """Frames in which faces were looked for."""
    unreadable: int
    """Damaged packets and frames, which were skipped."""
    people: tuple[Person, ...]
    """Everybody, the main person first."""
    samples: Samples
    """Of the main person: whose face was there longest and largest."""


@dataclass
class _Track:
    """What is kept of one person."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    sides: array[float] = field(default_factory=lambda: array("f"))
    read: array[int] = field(default_factory=lambda: array("q"))
    """Rows in which the eyes were read ..."""
    openness: array[float] = field(default_factory=lambda: array("f"))
    """... and two values for each."""
    said: dict[int, np.ndarray] = field(default_factory=dict)


def watch(
    path: Path,
    eyes: Eyes,
    finder: Finder,
    judge: Judge | None = None,
    rate: float = RATE,
    progress: Callable[[float], None] | None = None,
) -> Clip:
    """A video, watched to its end in bounded memory.

    Args:
        path: The file.
        eyes: Who reads openness.
        finder: Who finds faces.
        judge: Who says probabilities, or nobody.
        rate: Frames looked at per second, at most.
        progress: Told the seconds that were watched, frame after frame.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is no video, or the rate is out of range.
    """
    video = open_video(path)
    frames = Frames(video, rate, long_side=LONG_SIDE)
    watching = Watcher(finder, eyes, judge)
    for frame in frames:
        watching.see(frame.time, frame.picture)
        if progress is not None:
            progress(frame.time)
    watching.read()
    main, people = watching.people()
    return Clip(
        video=video,
        fps=frames.fps,
        duration=frames.duration,
        decoded=frames.decoded,
        looked_at=len(watching.times),
        unreadable=frames.unreadable,
        people=people,
        samples=watching.samples(main, frames.duration),
    )


class Watcher:
    """Sees frame after frame, of a file or of a camera: the numbers that remain, and the crops that wait.

    Args:
        finder: Who finds faces.
        eyes: Who reads openness.
        judge: Who says probabilities, or nobody.
    """

    def __init__(self, finder: Finder, eyes: Eyes, judge: Judge | None) -> None:
        self.times = array("d")
        self._faces = array("q")
        self._tracker, self._eyes, self._judge = Tracker(finder), eyes, judge
        self._tracks: dict[int, _Track] = {}
        self._next_ask = 0.0
        self._eye_crops: list[tuple[int, int, np.ndarray]] = []
        self._face_crops: list[tuple[int, int, np.ndarray]] = []

    def see(self, time: float, picture: np.ndarray) -> None:
        """One more frame, ``(H, W, 3)`` uint8 RGB, all of one size, at a later time in seconds than the one before."""
        row = len(self.times)
        faces = self._tracker.step(time, picture)
        self.times.append(time)
        self._faces.append(len(faces))
        asked = self._judge is not None and time >= self._next_ask
        if asked:
            self._next_ask = max(self._next_ask + 1 / ASKS, time)
        for one in faces[:MOST_READ]:
            self._take(row, one, picture, asked)
        if sum(len(crops) for *_, crops in self._eye_crops) >= BATCH:
            self._read()
        if sum(len(crops) for *_, crops in self._face_crops) >= BATCH:
            self._ask()

    def _take(self, row: int, one: TrackedFace, picture: np.ndarray, asked: bool) -> None:
        track = self._tracks.setdefault(one.track, _Track())
        track.rows.append(row)
        track.sides.append(one.face.area**0.5)
        both = self._eyes.crops(picture, one.face) if one.face.area >= LEAST_READ**2 else None
        if both is not None:
            self._eye_crops.append((one.track, row, both))
        if asked and self._judge is not None and one.face.area > 0:
            self._face_crops.append((one.track, row, self._judge.crops(picture, one.face)))

    def read(self) -> None:
        """Judges what still waits, before anybody asks for samples."""
        self._read()
        self._ask()

    def _read(self) -> None:
        waiting, self._eye_crops = self._eye_crops, []
        if waiting:
            openness = self._eyes.openness_of_crops(np.concatenate([both for *_, both in waiting])).reshape(-1, 2)
            for (track, row, _), pair in zip(waiting, openness.tolist(), strict=True):
                self._tracks[track].read.append(row)
                self._tracks[track].openness.extend(pair)

    def _ask(self) -> None:
        waiting, self._face_crops = self._face_crops, []
        if waiting and self._judge is not None:
            answers = self._judge.probabilities(np.concatenate([crops for *_, crops in waiting]))
            parts = np.split(answers, np.cumsum([len(crops) for *_, crops in waiting])[:-1])
            for (track, row, _), part in zip(waiting, parts, strict=True):
                self._tracks[track].said[row] = part.mean(axis=0)

    def people(self) -> tuple[int | None, tuple[Person, ...]]:
        """The main person's number and everybody, by the sum of the sides of their faces over the frames."""
        order = sorted(self._tracks, key=lambda number: -float(np.sum(self._tracks[number].sides)))
        return (order[0] if order else None), tuple(
            Person(
                track=number,
                first=self.times[self._tracks[number].rows[0]],
                last=self.times[self._tracks[number].rows[-1]],
                frames=len(self._tracks[number].rows),
                side=float(np.mean(self._tracks[number].sides)),
            )
            for number in order
        )

    def samples(self, number: int | None, duration: float) -> Samples:
        """Everything that was seen of one person of `people`, or of nobody, in so many seconds."""
        track = _Track() if number is None else self._tracks[number]
        n = len(self.times)
        openness = np.full((n, 2), np.nan, dtype=np.float32)
        openness[np.array(track.read, dtype=np.int64)] = np.array(track.openness, dtype=np.float32).reshape(-1, 2)
        labels = self._judge.labels if self._judge is not None else ()
        said = np.full((n, len(labels)), np.nan, dtype=np.float32)
        if track.said:
            said[list(track.said)] = np.stack(list(track.said.values()))
        return Samples(
            time=np.array(self.times),
            openness=openness,
            duration=duration,
            faces=np.array(self._faces, dtype=np.int64),
            labels=labels,
            probabilities=said if labels else None,
        )


def document(clip: Clip, timeline: Timeline) -> dict[str, Any]:
    """A clip and its timeline as plain values: what `fer clip --json` prints and a page shows."""
    rows: Sequence[dict[str, Any]] = timeline.seconds.to_dict("records")  # type: ignore[assignment]
    return {
        "video": str(clip.video.path),
        "width": clip.video.width,
        "height": clip.video.height,
        "fps": clip.fps,
        "duration": clip.duration,
        "frames": {"decoded": clip.decoded, "looked_at": clip.looked_at, "unreadable": clip.unreadable},
        "people": clip.people,
        "labels": clip.samples.labels,
        "seconds": list(_seconds(rows, clip.samples.labels)),
        "perclos": timeline.perclos,
        "seen": timeline.seen,
        "blinks": len(timeline.blinks),
        "blinks_per_minute": timeline.blinks_per_minute,
        "closures": [
            {"start": one.start, "end": one.end, "kind": one.kind, "depth": one.depth} for one in timeline.closures
        ],
        "baseline": {"open": timeline.level, "closed": timeline.shut_level, "from": timeline.level_from},
        "alarms": timeline.alarms,
        "verdict": timeline.verdict,
        "sentence": timeline.sentence,
        "options": timeline.options,
    }


def _seconds(rows: Sequence[dict[str, Any]], labels: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for row in rows:
        said = {label: row[f"p_{label}"] for label in labels if f"p_{label}" in row}
        known = all(value == value for value in said.values())
        yield {
            **{key: row[key] for key in ("t", "faces", "openness", "state", "perclos", "score")},
            "probabilities": said if known else {},
        }
