"""One labelled video to face crops, written down piece by piece so that a killed cutting goes on.

The log of a video is one JSON document a line: first what it was cut with, then one line for each piece of `PIECE`
seconds after its crops are on the disk, at last its end. A line that was torn by a crash is cut off and its piece done
again. Every piece begins with a full look, so pieces do not depend on each other.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np

from fer_core.contracts import FaceBox
from fer_core.data.videos.coding import Coding
from fer_core.data.videos.target import ALIKE_ENOUGH, LEAST_SIDE, Target, find_target, side_of
from fer_core.framing import FRAMINGS, crop_face
from fer_core.tracking import Finder, Tracker, appearance
from fer_core.video import Frame, Frames, Video, open_video

PIECE = 30.0
"""Seconds between two lines of the log: what a kill costs at most."""

LONG_SIDE = 960
"""Larger frames are shrunk to it before faces are looked for; crops come from the whole frame."""

OUTCOMES = ("kept", "without_face", "too_small", "other_person")
"""What becomes of a labelled frame: exactly one of these."""

_VERSION = 1
_QUALITY = 95


@dataclass(frozen=True)
class CutOptions:
    """How faces are cut.

    Raises:
        ValueError: a value out of range, or an unknown framing.
    """

    rate: float = 10.0
    """Frames per second, at most. Paper A, 4.1: 10 fps."""
    min_face: float = 60.0
    """Side in pixels of the smallest face that is kept. Paper A removes small faces and names no size; enlarged to 160
    pixels, 60 are as coarse as a model can learn from."""
    size: int = 160
    """Side of the crops in pixels. Paper A: 160 x 160."""
    framing: str = "facenet"
    """Name in `FRAMINGS`. Paper A: MTCNN's box."""

    def __post_init__(self) -> None:
        for name, low, high in (("rate", 0.1, 120), ("min_face", 12, 4000), ("size", 16, 1024)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must lie in [{low:g}, {high:g}], got {getattr(self, name):g}")
        if self.framing not in FRAMINGS or FRAMINGS[self.framing].of_eyes:
            faces = [name for name, framing in FRAMINGS.items() if not framing.of_eyes]
            raise ValueError(f"the framing of faces is one of {', '.join(faces)}, got '{self.framing}'")


def cut_video(
    path: Path,
    coding: Coding,
    folder: Path,
    log: Path,
    finder: Finder,
    options: CutOptions,
    progress: Callable[[float], None] | None = None,
) -> None:
    """A video's face crops and its log, from where an earlier cutting stopped.

    Args:
        path: The video.
        coding: Its labels.
        folder: Where the crops go, named by their time in milliseconds; it is this function's own.
        log: Where it is written down what was done.
        finder: Who detects and follows faces.
        options: How they are cut.
        progress: Told the seconds that are done, frame after frame.

    Raises:
        FileNotFoundError: no such video.
        ValueError: it is no video.
    """
    video = open_video(path)
    head = _head(video, coding, options)
    first, last, whole, leaps = _earlier(log)
    same = bool(first) and {key: first.get(key) for key in head} == head
    if same and last.get("done"):
        return
    folder.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    # Where stamps leapt, times after a jump would differ from those of one passage.
    if same and not leaps:
        target = Target.from_plain(first["target"])
    else:
        for old in folder.glob("*.jpg"):
            old.unlink()
        target = find_target(video, finder, options.min_face, LONG_SIDE)
        last, whole = {}, _append(log, {**head, "target": target.plain()}, keep=0)
    cutter = _Cutter(video, coding, folder, finder, options, target)
    for line in cutter.pieces(int(last.get("next_slot", 0)), progress):
        whole = _append(log, line, whole)


def _earlier(log: Path) -> tuple[dict[str, Any], dict[str, Any], int, int]:
    """First and last line of a log, how many bytes of it are whole, and how many stamps had leapt."""
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    whole = leaps = 0
    for line in read_log(log):
        first = first or line
        last = line
        whole += len(_line(line))
        leaps = max(leaps, int(line.get("leaps", 0)))
    return first, last, whole, leaps


def read_log(log: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a log; nothing where there is none."""
    if not log.is_file():
        return
    with log.open("rb") as file:
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:
                return
            if not text.endswith(b"\n") or not isinstance(line, dict):
                return
            yield line


class _Cutter:
    """A video on its way to crops."""

    def __init__(
        self, video: Video, coding: Coding, folder: Path, finder: Finder, options: CutOptions, target: Target
    ) -> None:
        self._video, self._coding, self._folder, self._target = video, coding, folder, target
        self._finder, self._options = finder, options
        self._stretch = max(1.0, max(video.width, video.height) / LONG_SIDE)

    def pieces(self, slot: int, progress: Callable[[float], None] | None) -> Iterator[dict[str, Any]]:
        """The log's lines from a slot on; a piece's crops are on the disk before its line comes."""
        long = max(1, round(PIECE * self._options.rate))
        frames = Frames(self._video, self._options.rate, start=slot / self._options.rate)
        piece = _Piece(slot // long)
        # Counted from a piece's first frame to the next one's: so a jump to a piece counts as a passage does.
        before = (0, 0) if slot == 0 else None
        for frame in frames:
            here = frames.decoded - 1, frames.unreadable
            before = here if before is None else before
            if frame.index // long != piece.number:
                yield piece.line((piece.number + 1) * long, frames.leaps, before, here)
                before, piece = here, _Piece(frame.index // long)
            self._frame(frame, piece)
            if progress is not None:
                progress(frame.time)
        end = frames.decoded, frames.unreadable
        yield piece.line((piece.number + 1) * long, frames.leaps, before or end, end)
        yield {"done": True, "last": frames.last}

    def _frame(self, frame: Frame, piece: _Piece) -> None:
        label = self._coding.labels.get(int(frame.time))
        if label is None:
            piece.unlabelled += 1
            return
        picture = frame.picture
        height, width = picture.shape[:2]
        small = picture
        if self._stretch > 1:
            size = (max(1, round(width / self._stretch)), max(1, round(height / self._stretch)))
            small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        piece.tracker = piece.tracker or Tracker(self._finder, max(20.0, self._options.min_face / self._stretch / 2))
        faces = piece.tracker.step(frame.time, small)
        large = [one for one in faces if side_of(one.face) * self._stretch >= self._options.min_face]
        ours = []
        for one in large:
            best = max(piece.likeness.get(one.track, -1.0), self._target.likeness(appearance(small, one.face)))
            piece.likeness[one.track] = best
            if best >= ALIKE_ENOUGH and side_of(one.face) * self._stretch >= LEAST_SIDE * self._target.side:
                ours.append((best, one.face))
        outcome = "kept" if ours else "other_person" if large else "too_small" if faces else "without_face"
        piece.outcomes[(label, outcome)] += 1
        piece.beside += bool(ours) and len(large) > 1
        if ours:
            # Likeness decides; among faces about as like, size.
            face = max(ours, key=lambda one: (round(one[0], 1), one[1].area))[1]
            piece.rows.append(self._keep(picture, _enlarged(face, self._stretch), frame.time, label))

    def _keep(self, picture: np.ndarray, face: FaceBox, time: float, label: str) -> list[Any]:
        crop = crop_face(picture, face, FRAMINGS[self._options.framing], self._options.size)
        done, data = cv2.imencode(".jpg", crop[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not done:
            raise OSError(f"a crop of {self._video.path.name} cannot be encoded")
        name = f"{round(time * 1000):08d}.jpg"
        (self._folder / name).write_bytes(data.tobytes())
        box = [round(edge, 1) for edge in face.box]
        return [name, label, round(time, 3), *box, round(float(face.detection or 0), 3), round(side_of(face), 1)]


class _Piece:
    """What is counted between two lines."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.tracker: Tracker | None = None
        self.likeness: dict[int, float] = {}
        self.rows: list[list[Any]] = []
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.unlabelled = self.beside = 0

    def line(self, next_slot: int, leaps: int, before: tuple[int, int], after: tuple[int, int]) -> dict[str, Any]:
        """As the log keeps it; before and after are counts of decoded frames and of unreadable ones."""
        counts: dict[str, dict[str, int]] = {}
        for (label, outcome), count in sorted(self.outcomes.items()):
            counts.setdefault(label, {})[outcome] = count
        return {
            "next_slot": next_slot,
            "decoded": after[0] - before[0],
            "outcomes": counts,
            "unlabelled": self.unlabelled,
            "beside": self.beside,
            "unreadable": after[1] - before[1],
            "leaps": leaps,
            "rows": self.rows,
        }


def _head(video: Video, coding: Coding, options: CutOptions) -> dict[str, Any]:
    """What a log belongs to: the same file, labels and settings."""
    status = video.path.stat()
    head = {
        "version": _VERSION,
        "size": status.st_size,
        "modified": status.st_mtime_ns,
        "options": asdict(options),
        "labels": {str(second): label for second, label in sorted(coding.labels.items())},
    }
    return dict(json.loads(json.dumps(head)))


def _line(line: Mapping[str, Any]) -> bytes:
    return json.dumps(line).encode() + b"\n"


def _append(log: Path, line: Mapping[str, Any], keep: int) -> int:
    """Writes one line behind the ``keep`` bytes that are whole, down to the disk; how many bytes are whole now."""
    data = _line(line)
    file: BinaryIO
    with open(log, "r+b" if keep else "wb") as file:
        file.truncate(keep)
        file.seek(keep)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return keep + len(data)


def _enlarged(face: FaceBox, factor: float) -> FaceBox:
    left, top, right, bottom = (edge * factor for edge in face.box)
    landmarks = None if face.landmarks is None else face.landmarks * np.float32(factor)
    return FaceBox((left, top, right, bottom), face.detection, landmarks)
