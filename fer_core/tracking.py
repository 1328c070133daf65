"""Faces followed through the frames of a video, and known again after a while.

Between full looks only MTCNN's last network runs, on windows around the last places: 4 ms a face instead of 60 to
200 ms a frame. A full look comes at the start, every `LOOK_EVERY` seconds, at a change of scene, and when a face is
lost. A face that the detector does not see, because it looks down or away, is not there: nothing is guessed.

People are told apart by where their faces are and by what they look like at a glance (`appearance`): no network that
knows identities takes part, so a person is known again within one scene and its light, not in another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np

from fer_core.contracts import FaceBox
from fer_core.framing import FRAMINGS, crop_face

LOOK_EVERY = 1.0
"""Seconds between full looks: a second person is seen at most so late."""

LOOK_AGAIN = 0.25
"""Seconds between full looks while somebody is missing: a face that moved too quickly or returns is seen at most so
late. Where the largest face is lost, the look is taken at once."""

SMALLEST = 30
"""Pixels of the smallest face looked for. Its eyes are 4 pixels wide: there is nothing to read in smaller ones."""

MOST_FACES = 8
"""Faces followed at once, the largest. A crowd would cost a crowd's time."""

SAME_PLACE = 0.3
"""Least overlap (intersection over union) at which two boxes of neighbouring looks are one face."""

ALIKE = 0.55
"""Least similarity at which a face that was away is known again. In the sample clips the same person half a second
later has 0.6 to 0.97 (median 0.85), other people in the same light up to 0.6."""

ALIKE_ALONE = 0.2
"""The same in a video in which never two faces were seen at once: it is most likely about one person, whose light and
pose change."""

NEAR_AGAIN = 3.0
"""Seconds during which somebody who was lost is expected near the old place, unless the scene changed."""

FORGET = 300.0
"""Seconds after which somebody who left is not waited for."""

CUT = 0.4
"""Least correlation of one frame's 32 x 18 pixels with those of the next; below, the scene has changed. Quick heads and
stage lights in the sample clips keep 0.48 and more, their cuts 0.07 to 0.30."""

_EXEMPLARS = 8
"""Looks of a person that are remembered."""


class Finder(Protocol):
    """What `fer_core.faces.FaceFinder` does."""

    def find(self, picture: np.ndarray, smallest: float = ...) -> tuple[FaceBox, ...]:
        """The faces in one picture, largest first."""
        ...

    def follow(self, picture: np.ndarray, faces: Sequence[FaceBox]) -> tuple[FaceBox | None, ...]:
        """Where known faces are now; None where one is lost."""
        ...


@dataclass(frozen=True)
class TrackedFace:
    """A face in one frame and whose it is."""

    track: int
    """The person's number in this clip, from 0 in order of appearance."""
    face: FaceBox


@dataclass
class Track:
    """One person through a clip."""

    number: int
    face: FaceBox
    seen: float
    """Seconds: when last."""
    looks: list[np.ndarray] = field(default_factory=list)
    """Up to `_EXEMPLARS` appearances that differ."""

    def remember(self, look: np.ndarray) -> None:
        """Keeps an appearance that is new; the oldest but the first goes."""
        if self.looks and likeness(look, self.looks) > 0.85:
            return
        if len(self.looks) >= _EXEMPLARS:
            del self.looks[1]
        self.looks.append(look)


class Tracker:
    """Who is where, frame after frame; for one video and one thread.

    Args:
        finder: Who detects and follows.
        smallest: Side in pixels of the smallest face looked for.
    """

    def __init__(self, finder: Finder, smallest: float = SMALLEST) -> None:
        self._finder = finder
        self._smallest = smallest
        self._active: list[Track] = []
        self._away: list[Track] = []
        self._count = 0
        self._several = False
        self._looked = self._next_look = -np.inf
        self._thumbnail: np.ndarray | None = None

    def step(self, time: float, picture: np.ndarray) -> tuple[TrackedFace, ...]:
        """The faces in the next frame, largest first.

        Args:
            time: Seconds, later than the frame before.
            picture: ``(H, W, 3)`` uint8 RGB, all of one size.
        """
        cut = self._cut(picture)
        followed = [None] * len(self._active) if cut else self._finder.follow(picture, [t.face for t in self._active])
        largest_lost = bool(followed) and followed[0] is None
        lost = [track.face.area for track, face in zip(self._active, followed, strict=True) if face is None]
        # Small faces in the background come and go all the time.
        soon = bool(lost) and max(lost) > self._active[0].face.area / 4 and time >= self._looked + LOOK_AGAIN
        if cut or largest_lost or soon or time >= self._next_look:
            self._look(time, picture, list(followed), cut)
        else:
            for track, face in zip(self._active, followed, strict=True):
                track.face, track.seen = face or track.face, track.seen if face is None else time
        faces = [TrackedFace(track.number, track.face) for track in self._active if track.seen == time]
        return tuple(sorted(faces, key=lambda one: -one.face.area))

    def _look(self, time: float, picture: np.ndarray, followed: list[FaceBox | None], cut: bool) -> None:
        """A full look: faces go to those who were there, to those who come back, or to somebody new."""
        found = list(self._finder.find(picture, self._smallest))[:MOST_FACES]
        looks = [appearance(picture, face) for face in found]
        self._several |= len(found) > 1
        before = list(zip(self._active, followed, strict=True))
        self._active = []
        placed = [] if cut else [(track, face or track.face) for track, face in before]
        overlaps = [
            (overlap(known.box, face.box), here, place)
            for here, (_, known) in enumerate(placed)
            for place, face in enumerate(found)
        ]
        free, waiting = set(range(len(found))), set(range(len(before)))
        for share, here, place in sorted(overlaps, reverse=True):
            if share >= SAME_PLACE and place in free and here in waiting:
                free.discard(place)
                waiting.discard(here)
                self._see(before[here][0], found[place], looks[place], time)
        for here in sorted(waiting):
            track, face = before[here]
            # The detector is stricter than the follower, and a face at its limit comes and goes with it.
            if face is not None and not any(overlap(face.box, one.face.box) > SAME_PLACE for one in self._active):
                track.face, track.seen = face, time
                self._active.append(track)
            else:
                self._away.append(track)
        self._away = [track for track in self._away if time - track.seen <= FORGET]
        for place in sorted(free):
            track = self._known_again(found[place], looks[place], time, moved=not cut)
            self._see(track, found[place], looks[place], time)
        self._active = sorted(self._active, key=lambda track: -track.face.area)[:MOST_FACES]
        missing = any(time - track.seen <= LOOK_EVERY for track in self._away) or not self._active
        self._looked, self._next_look = time, time + (LOOK_AGAIN if missing else LOOK_EVERY)

    def _known_again(self, face: FaceBox, look: np.ndarray, time: float, moved: bool) -> Track:
        likely = [
            (likeness(look, track.looks) + (_nearness(track, face, time) if moved else 0.0), -track.number, track)
            for track in self._away
        ]
        best = max(likely, key=lambda one: one[:2], default=None)
        if best is not None and best[0] >= (ALIKE if self._several else ALIKE_ALONE):
            self._away.remove(best[2])
            return best[2]
        self._count += 1
        return Track(self._count - 1, face, time)

    def _see(self, track: Track, face: FaceBox, look: np.ndarray, time: float) -> None:
        track.face, track.seen = face, time
        track.remember(look)
        self._active.append(track)

    def _cut(self, picture: np.ndarray) -> bool:
        small = cv2.resize(picture, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
        small = (small - small.mean()) / (small.std() + 1.0)
        before, self._thumbnail = self._thumbnail, small
        # Two frames without contrast do not correlate, and nothing has changed.
        return before is not None and bool((small * before).mean() < CUT) and bool(before.std() + small.std() > 1)


def appearance(picture: np.ndarray, face: FaceBox) -> np.ndarray:
    """What a face looks like at a glance: ``(3, 144)`` float32.

    The aligned face at 12 x 12 pixels in CIELAB: lightness with mean 0 and deviation 1, so that brightness and contrast
    do not count, and the two colours as they are.
    """
    crop = crop_face(picture, face, FRAMINGS["fer2013"], 48)
    lab = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2LAB).astype(np.float32), (12, 12), interpolation=cv2.INTER_AREA)
    lightness, *colours = lab.reshape(-1, 3).T
    return np.stack([(lightness - lightness.mean()) / (lightness.std() + 1e-3), *colours])


def likeness(look: np.ndarray, looks: Sequence[np.ndarray]) -> float:
    """How alike an appearance is to the nearest of some others: 1 for equal ones, about 0 for strangers.

    The correlation of lightness less a thirtieth of the root mean square difference of colour (in CIELAB units of 8
    bits), the largest over ``looks``; -1 where there are none.
    """
    if not looks:
        return -1.0
    others = np.stack(looks)
    shades = (others[:, 0] * look[0]).mean(axis=1)
    colours = np.sqrt(((others[:, 1:] - look[1:]) ** 2).mean(axis=(1, 2)))
    return float((shades - colours / 30).max())


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, wide) * max(0.0, high)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (areas - shared) if areas > shared else 0.0


def _nearness(track: Track, face: FaceBox, time: float) -> float:
    """What is added to the likeness where somebody of this size was lost near here a moment ago: certainty at first."""
    away = time - track.seen
    centres = [np.array([box[0] + box[2], box[1] + box[3]]) / 2 for box in (track.face.box, face.box)]
    near = float(np.hypot(*(centres[0] - centres[1]))) < 1.5 * max(track.face.area, face.area) ** 0.5
    if away > NEAR_AGAIN or not near or not 0.5 <= track.face.area / max(face.area, 1e-9) <= 2:
        return 0.0
    return 1.0 if away <= LOOK_EVERY else 0.3
