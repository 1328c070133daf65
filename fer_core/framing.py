"""Where the parts of a face lie inside a model's crop, and crops that put them there.

A model trained on crops of one kind reads another kind badly and says nothing about it. So a framing is measured on the
training pictures once, travels with the run by name, and every detected face is cut to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import cv2
import numpy as np

from fer_core.anchors import TEMPLATE, affine, similarity
from fer_core.contracts import Box, FaceBox
from fer_core.preprocessing import square

if TYPE_CHECKING:
    from fer_core.faces import FaceFinder


@dataclass(frozen=True)
class Framing:
    """A kind of crop."""

    name: str
    box: Box
    """MTCNN's box as fractions of the crop: left, top, right, bottom."""
    landmarks: np.ndarray | None
    """``(5, 2)`` MTCNN's landmarks as fractions of the crop; None where crops of this kind follow the box only."""
    measured_on: str
    """What the numbers come from."""
    of_eyes: bool = field(default=False, kw_only=True)
    """Crops show one eye each, cut by `eye_crops`; box and landmarks are not used."""
    affine: bool = field(default=False, kw_only=True)
    """Landmarks are brought to their places by an affine map, which also stretches and slants; else by a similarity."""


@dataclass(frozen=True)
class MeasuredFraming(Framing):
    """A framing with the evidence."""

    n: int
    """Crops in which exactly one face was found."""
    looked_at: int
    """Crops that were given."""
    spread: np.ndarray
    """``(5, 2)`` median absolute deviation of the landmarks, as fractions of the crop."""
    box_spread: np.ndarray
    """``(4,)`` the same for the box."""


FRAMINGS: Mapping[str, Framing] = MappingProxyType(
    {
        "fer2013": Framing(
            name="fer2013",
            box=(0.094, -0.012, 0.896, 1.033),
            landmarks=np.array(
                [[0.316, 0.393], [0.698, 0.387], [0.507, 0.603], [0.351, 0.791], [0.673, 0.788]], dtype=np.float32
            ),
            measured_on="1,340 of 1,500 random pictures of FER2013's train split in which one face was found; median "
            "absolute deviations 0.03 (eyes) and 0.04 (nose, mouth) of the side",
        ),
        "facenet": Framing(
            name="facenet",
            box=(0.0, 0.0, 1.0, 1.0),
            landmarks=None,
            measured_on="nothing: facenet-pytorch 2.5.3 cuts MTCNN's box without margin and stretches it to a square",
        ),
        "people": Framing(
            name="people",
            box=(0.243, 0.185, 0.745, 0.864),
            landmarks=np.array(
                [[0.390, 0.421], [0.620, 0.423], [0.510, 0.576], [0.409, 0.700], [0.602, 0.702]], dtype=np.float32
            ),
            measured_on="299 of 300 whole pictures of people:subjects=60,sessions=1,states=expressions,frames=1,"
            "first=2000 in which one face was found; median absolute deviations 0.03 to 0.05 of the side",
        ),
        "five_anchors": Framing(
            name="five_anchors",
            box=(0.152, 0.122, 0.833, 0.993),
            landmarks=TEMPLATE.astype(np.float32),
            measured_on="nothing for the landmarks: see anchors.TEMPLATE; the box on 119 of 120 random photos of "
            "people in which one face was found, median absolute deviations 0.03 to 0.06 of the side",
            affine=True,
        ),
        "eye": Framing(
            name="eye",
            box=(0.0, 0.0, 1.0, 1.0),
            landmarks=None,
            measured_on="nothing: a square of 0.6 distances between the eyes holds an eye with both lids",
            of_eyes=True,
        ),
    }
)
"""The kinds of crop that a recipe may name."""

EYE_SIDE = 0.6
"""Side of an eye's crop, in distances between the eyes."""

_LARGEST_WARP = 2048
"""Side in pixels of the largest intermediate picture: a face of 2,000 pixels still shrinks without aliasing."""


def crop_face(picture: np.ndarray, face: FaceBox, framing: Framing, size: int) -> np.ndarray:
    """The face cut, turned and scaled to the framing.

    - With landmarks: the similarity transform (scale, turn, shift) that brings the five closest to the framing's in the
      least-squares sense, or the affine one where the framing asks for it, unless they contradict the box (a profile, a
      mistake).
    - With a detector's box only, or contradicting landmarks: the box is brought to the framing's box, upright.
    - Neither, that is a picture declared to be the face: its centred square.

    Shrinking averages over the covered area; where the crop leaves the picture, the edge's pixels go on.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright.
        face: A face in it.
        framing: What to cut to.
        size: Side of the crop in pixels.

    Returns:
        ``(size, size, 3)`` uint8.

    Raises:
        ValueError: size below 1, or a box without area.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel, got {size}")
    if face.area <= 0:
        raise ValueError(f"a face's box needs an area, got {face.box}")
    if face.detection is None and face.landmarks is None:
        return _whole(picture, face.box, size)
    return _warped(picture, placement(face, framing), size)


def cut(picture: np.ndarray, face: FaceBox, framing: Framing, size: int) -> np.ndarray:
    """All crops of a face that a model of this framing looks at: the face itself, or its two eyes.

    A picture declared to be the face is one crop also under a framing of eyes: it shows one eye.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright.
        face: A face in it.
        framing: What to cut to.
        size: Side of the crops in pixels.

    Returns:
        ``(n, size, size, 3)`` uint8, n 1 or 2.

    Raises:
        ValueError: size below 1, a box without area, or no landmarks where eyes are to be cut.
    """
    if not framing.of_eyes or (face.detection is None and face.landmarks is None):
        return crop_face(picture, face, framing, size)[None]
    if face.landmarks is None:
        raise ValueError("a face without landmarks shows no eye points to cut at")
    return eye_crops(picture, face.landmarks, size)


def eye_crops(picture: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    """Both eyes, cut as squares of `EYE_SIDE` distances between them and turned until the line between them is level.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB, upright.
        landmarks: ``(5, 2)`` as in the legend, or its first two rows.
        size: S, side of the crops in pixels.

    Returns:
        ``(2, S, S, 3)`` uint8: the eye at the picture's left, then the one at its right; neither is mirrored. Where a
        crop leaves the picture, the edge's pixels go on.

    Raises:
        ValueError: size below 1, or points that are no numbers.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel, got {size}")
    eyes = landmarks[:2].astype(np.float64)
    if not np.isfinite(eyes).all():
        raise ValueError(f"eye points must be numbers, got {eyes.tolist()}")
    across = (eyes[1] - eyes[0]) @ np.array([1, 1j])
    # Eyes one behind the other, in a profile, are cut as if they were two pixels apart.
    level = np.conj(across) / abs(across) if across else 1.0
    factor = complex(level / (EYE_SIDE * max(abs(across), 2.0)))
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.stack([_warped(picture, np.column_stack([turn, 0.5 - turn @ eye]), size) for eye in eyes])


def placement(face: FaceBox, framing: Framing) -> np.ndarray:
    """The ``(2, 3)`` float64 affine map from the picture's pixels to fractions of the crop."""
    by_box = _box_to_box(face.box, framing)
    if face.landmarks is None or framing.landmarks is None or not np.isfinite(face.landmarks).all():
        return by_box
    points, goal = face.landmarks.astype(np.float64), framing.landmarks.astype(np.float64)
    by_landmarks = similarity(points, goal)
    if not _agree(by_landmarks, by_box):
        return by_box
    return affine(points, goal) if framing.affine else by_landmarks


def measure_framing(name: str, crops: Iterable[np.ndarray], finder: FaceFinder) -> MeasuredFraming:
    """Where the detector sees box and landmarks in training crops: medians over the crops with exactly one face.

    Crops are enlarged to about 192 pixels and given a grey border, because faces that fill their picture are often
    missed. The medians are then spread about the crop's centre by the scale at which single faces fit them: a face that
    is turned or speaks fits a median face too small, and crops would come out too wide.

    Args:
        name: What to call the framing.
        crops: ``(H, W, 3)`` uint8 square crops; 1,500 give medians to about 0.002.
        finder: The detector that will later look at photos.

    Raises:
        ValueError: a face was found in fewer than 30 crops.
    """
    boxes, landmarks, looked_at = [], [], 0
    for crop in crops:
        looked_at += 1
        side = max(crop.shape[:2])
        factor = max(1, round(192 / side))
        frame = side * factor // 4
        seen = cv2.resize(crop, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        seen = cv2.copyMakeBorder(seen, frame, frame, frame, frame, cv2.BORDER_CONSTANT, value=(127, 127, 127))
        found = finder.find(seen)
        if len(found) == 1 and found[0].landmarks is not None:
            boxes.append((np.array(found[0].box) - frame) / (side * factor))
            landmarks.append((found[0].landmarks.astype(np.float64) - frame) / (side * factor))
    if len(landmarks) < 30:
        raise ValueError(
            f"a face was found in {len(landmarks)} of {looked_at} crops, at least 30 are needed; give more"
        )
    box, points = np.median(boxes, axis=0), np.median(landmarks, axis=0)
    scale = float(np.median([np.hypot(*similarity(face, points)[:, 0]) for face in landmarks]))
    left, top, right, bottom = box.tolist()
    return MeasuredFraming(
        name=name,
        box=(left, top, right, bottom),
        landmarks=(0.5 + (points - 0.5) / scale).astype(np.float32),
        measured_on=f"{len(landmarks)} of {looked_at} crops",
        n=len(landmarks),
        looked_at=looked_at,
        spread=np.median(np.abs(np.array(landmarks) - points), axis=0),
        box_spread=np.median(np.abs(np.array(boxes) - box), axis=0),
    )


def _agree(by_landmarks: np.ndarray, by_box: np.ndarray) -> bool:
    """Whether two placements are of the same face.

    On 1,387 faces of FER2013 the scales differed by factors from 0.69 to 1.29, the centres by up to 0.27 of the crop's
    side, and no face was turned by more than 50 degrees; what lies far outside are landmarks that found no face.
    """
    scale = float(np.hypot(*by_landmarks[:, 0]) / np.hypot(*by_box[:, 0]))
    turn = float(np.arctan2(by_landmarks[1, 0], by_landmarks[0, 0]))
    if not (0.5 <= scale <= 2 and abs(turn) <= np.radians(75)):
        return False
    centre = np.linalg.solve(by_landmarks[:, :2], 0.5 - by_landmarks[:, 2])
    return bool(np.hypot(*(by_box[:, :2] @ centre + by_box[:, 2] - 0.5)) <= 0.5)


def _box_to_box(box: Box, framing: Framing) -> np.ndarray:
    """Box centre on box centre; stretched where the framing knows the box only, else one scale for equal areas."""
    corners, goal = np.array(box).reshape(2, 2), np.array(framing.box).reshape(2, 2)
    sides, goal_sides = corners[1] - corners[0], goal[1] - goal[0]
    scale = goal_sides / sides
    if framing.landmarks is not None:
        scale = np.full(2, np.sqrt(scale.prod()))
    return np.column_stack([np.diag(scale), goal.mean(axis=0) - scale * corners.mean(axis=0)])


def _whole(picture: np.ndarray, box: Box, size: int) -> np.ndarray:
    left, top, right, bottom = (round(edge) for edge in box)
    return square(picture[max(0, top) : bottom, max(0, left) : right], size).copy()


def _warped(picture: np.ndarray, place: np.ndarray, size: int) -> np.ndarray:
    """The crop under a ``(2, 3)`` map to fractions: drawn at a multiple of its size, then averaged down."""
    reach = float(max(np.hypot(*column) for column in np.linalg.inv(place[:, :2]).T))
    multiple = max(1, min(math.ceil(reach / size), _LARGEST_WARP // size))
    side = size * multiple
    # The part of the picture under the crop: OpenCV warps no picture with a side of 32,768 pixels or more.
    corners = np.linalg.solve(place[:, :2], np.array([[0, 1, 0, 1], [0, 0, 1, 1]]) - place[:, 2:])
    low = np.clip(np.floor(corners.min(axis=1)) - 2, 0, np.array(picture.shape[1::-1]) - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=1)) + 2, low + 1, picture.shape[1::-1]).astype(int)
    part = picture[low[1] : high[1], low[0] : high[0]]
    # Fractions of areas become positions of pixel centres: x_crop = side * place(x_part + low + 0.5) - 0.5.
    move = side * place
    move[:, 2] = side * (place[:, 2] + place[:, :2] @ (low + 0.5)) - 0.5
    enlarges = reach < size
    interpolation = cv2.INTER_CUBIC if enlarges else cv2.INTER_LINEAR
    drawn = cv2.warpAffine(part, move, (side, side), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
    return drawn if multiple == 1 else cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)
