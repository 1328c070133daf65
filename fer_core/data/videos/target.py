"""Whose face a video is about, found before it is cut.

A look over the whole video, a few dozen frames far apart, sorts the faces by likeness; the person who is there most and
largest is the target, in all the poses and lights that were seen. So somebody who walks by first is not taken for the
target, and a cutting that goes on after an interruption judges as the uninterrupted one did.

Paper: Asaeda & Takemura, VISAPP 2025, 4.1: other people are removed by face size and similarity.
Departs: likeness at a glance (`fer_core.tracking.appearance`) stands for similarity; no identity network takes part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from fer_core.contracts import FaceBox
from fer_core.tracking import ALIKE, ALIKE_ALONE, Finder, appearance, likeness
from fer_core.video import Frame, Frames, Video

LOOKS = 40
"""Frames looked at: of a person who is there a tenth of the time, four are expected."""

NEAREST = 0.5
"""Seconds between them at least."""

ALIKE_ENOUGH = 0.35
"""Least likeness to one of the target's looks: less than for knowing somebody again, because the target is expected."""

LEAST_SIDE = 0.5
"""A face smaller than this share of the target's usual side is somebody else in the background."""

_MOST_LOOKS = 24


@dataclass(frozen=True)
class Target:
    """The person to be cut."""

    looks: tuple[np.ndarray, ...]
    """Appearances; none where no face was found."""
    side: float
    """Usual side of the face in pixels."""
    alone: bool
    """Whether never two faces were seen at once: then any face of the right size is the target."""

    def likeness(self, look: np.ndarray) -> float:
        """To the nearest of the looks; 1 for anybody where nobody else was ever seen."""
        return 1.0 if self.alone else likeness(look, self.looks)

    def plain(self) -> dict[str, Any]:
        """As JSON, to the last bit."""
        return {"looks": [look.tolist() for look in self.looks], "side": self.side, "alone": self.alone}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Target:
        """What `plain` wrote."""
        looks = tuple(np.array(look, dtype=np.float32) for look in plain["looks"])
        return cls(looks, float(plain["side"]), bool(plain["alone"]))


@dataclass
class _Somebody:
    looks: list[np.ndarray]
    sides: list[float]
    frames: set[int]


def find_target(video: Video, finder: Finder, min_face: float, long_side: int) -> Target:
    """The person a video is about.

    Args:
        video: What `fer_core.video.open_video` returned.
        finder: Who detects.
        min_face: Smaller faces are not looked at: side in pixels of the video.
        long_side: Frames are shrunk to it.
    """
    people: list[_Somebody] = []
    stretch = max(1.0, max(video.width, video.height) / long_side)
    several = False
    for number, frame in enumerate(_frames(video, long_side)):
        faces = [face for face in finder.find(frame.picture) if side_of(face) * stretch >= min_face]
        several |= len(faces) > 1
        for face in faces:
            look = appearance(frame.picture, face)
            likely = [
                (likeness(look, one.looks), place) for place, one in enumerate(people) if number not in one.frames
            ]
            share, place = max(likely, default=(-1.0, -1))
            if share < ALIKE:
                people.append(_Somebody([], [], set()))
                place = len(people) - 1
            people[place].looks.append(look)
            people[place].sides.append(side_of(face) * stretch)
            people[place].frames.add(number)
    if not people:
        return Target((), 0.0, alone=True)
    people.sort(key=lambda one: -sum(one.sides))
    target = people[0]
    for other in people[1:]:
        # The same person in another pose was never seen beside the target, and is about as large and somewhat alike.
        apart = not target.frames & other.frames
        size = 0.5 <= np.median(other.sides) / np.median(target.sides) <= 2
        if apart and size and max(likeness(look, target.looks) for look in other.looks) >= ALIKE_ALONE:
            target.looks += other.looks
            target.sides += other.sides
            target.frames |= other.frames
    kept = target.looks[:: -(-len(target.looks) // _MOST_LOOKS)]
    return Target(tuple(kept), float(np.median(target.sides)), alone=not several)


def side_of(face: FaceBox) -> float:
    """Side of the square as large as the face, in pixels."""
    return face.area**0.5


def _frames(video: Video, long_side: int) -> Iterator[Frame]:
    """Frames far apart; where the length is unknown, one a second at the beginning."""
    if video.declared_duration is None:
        frames = Frames(video, rate=1.0, long_side=long_side)
        yield from islice(frames, LOOKS)
        return
    step = max(NEAREST, video.declared_duration / LOOKS)
    for place in range(min(LOOKS, max(1, int(video.declared_duration / step)))):
        yield from islice(Frames(video, start=place * step, long_side=long_side), 1)
