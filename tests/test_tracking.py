"""Faces followed through frames: with a stand-in that knows where they are, and with drawn people and MTCNN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from fer_core.contracts import FaceBox
from fer_core.faces import FaceFinder
from fer_core.tracking import MOST_FACES, Tracker, appearance, likeness, overlap
from tests.filmed import person

PLAIN = np.zeros((240, 320, 3), np.uint8)
OTHER_SKIN = (110, 70, 50)


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


class StandIn:
    """Knows the faces of the current frame; follows those whose box moved by less than half its side."""

    def __init__(self) -> None:
        self.there: list[tuple[float, float, float, float]] = []
        self.looks = 0

    def find(self, picture: np.ndarray, smallest: float = 20) -> tuple[FaceBox, ...]:
        self.looks += 1
        return tuple(FaceBox(box, 0.99) for box in self.there)

    def follow(self, picture: np.ndarray, faces: Sequence[FaceBox]) -> tuple[FaceBox | None, ...]:
        near = [[box for box in self.there if abs(box[0] - face.box[0]) < (box[2] - box[0]) / 2] for face in faces]
        return tuple(FaceBox(boxes[0], 0.95) if boxes else None for boxes in near)


def box(left: float, top: float = 60, side: float = 80) -> tuple[float, float, float, float]:
    return (left, top, left + side, top + side)


def tracks(tracker: Tracker, time: float, picture: np.ndarray = PLAIN) -> list[int]:
    return [one.track for one in tracker.step(time, picture)]


def test_between_full_looks_faces_are_only_followed() -> None:
    stand_in = StandIn()
    tracker = Tracker(stand_in)
    for frame in range(30):
        stand_in.there = [box(10 + 3 * frame)]
        (seen,) = tracker.step(frame / 15, PLAIN)
        assert seen.track == 0 and seen.face.box == stand_in.there[0]
    assert stand_in.looks == 2  # at 0 and at 1 second


def test_a_face_that_jumps_is_looked_for_at_once() -> None:
    stand_in = StandIn()
    tracker = Tracker(stand_in)
    row = np.tile(np.random.default_rng(0).integers(0, 256, (240, 100, 3), np.uint8), (1, 4, 1))[:, :320]
    stand_in.there = [box(10)]
    tracker.step(0.0, row)
    stand_in.there = [box(110)]  # the same pixels
    (seen,) = tracker.step(0.1, row)
    assert seen.face.box == box(110) and seen.track == 0 and stand_in.looks == 2


def test_an_empty_picture_is_looked_at_four_times_a_second() -> None:
    stand_in = StandIn()
    tracker = Tracker(stand_in)
    assert [tracks(tracker, frame / 16) for frame in range(32)] == [[]] * 32
    assert stand_in.looks == 8


def test_a_second_face_is_seen_within_a_second() -> None:
    stand_in = StandIn()
    tracker = Tracker(stand_in)
    seen = []
    for frame in range(24):
        stand_in.there = [box(10)] if frame < 6 else [box(10), box(200, side=60)]
        seen.append(tracks(tracker, frame / 10))
    assert seen[5] == [0] and seen[10] == [0, 1] and seen[-1] == [0, 1]


def test_only_the_largest_faces_of_a_crowd_are_followed() -> None:
    stand_in = StandIn()
    stand_in.there = [box(7 * place, side=40 + place) for place in range(20)][::-1]
    seen = Tracker(stand_in).step(0.0, PLAIN)
    assert len(seen) == MOST_FACES
    assert seen[0].face.box == stand_in.there[0]


def returns(others: list[tuple[float, float, float, float]]) -> list[list[int]]:
    """Numbers of a person, nobody, another person, nobody, and the first again; with others at the beginning."""
    stand_in = StandIn()
    tracker = Tracker(stand_in)
    first, second = person(20, 40), person(20, 40, skin=OTHER_SKIN)
    here = (63.0, 70.0, 138.0, 178.0)
    script = [(0.0, [here, *others], first), (1.0, [], first), (9.0, [here], second), (10.0, [], second)]
    seen = []
    for time, there, picture in [*script, (14.0, [here], first)]:
        stand_in.there = list(there)
        seen.append(tracks(tracker, time, picture))
    return seen


def test_who_returns_keeps_the_number_and_somebody_else_gets_another() -> None:
    assert returns([(200.0, 20.0, 230.0, 50.0)]) == [[0, 1], [], [2], [], [0]]


def test_in_a_video_of_one_face_at_a_time_it_is_one_person_in_another_light() -> None:
    assert returns([]) == [[0], [], [0], [], [0]]


def test_after_a_cut_the_same_place_is_not_the_same_person() -> None:
    rng = np.random.default_rng(0)
    stand_in = StandIn()
    tracker = Tracker(stand_in)
    here, there = (np.kron(rng.integers(0, 256, (6, 8, 3)), np.ones((40, 40, 1))).astype(np.uint8) for _ in range(2))
    stand_in.there = [box(100)]
    assert tracks(tracker, 0.0, here) == [0]
    assert tracks(tracker, 0.1, here) == [0]
    assert tracks(tracker, 0.2, there) == [1]
    assert stand_in.looks == 2
    assert tracks(tracker, 0.3, here) == [0]


@pytest.mark.parametrize("quick", [2, 12, 60])
def test_a_drawn_person_is_followed_to_where_she_is(finder: FaceFinder, quick: int) -> None:
    """Oracle: the drawn position; 2, 12 and 60 pixels a frame are slow, fast and half a face."""
    tracker = Tracker(finder)
    for frame in range(12):
        left = -20 + (frame * quick) % 150
        (seen,) = tracker.step(frame / 15, person(left, 50))
        assert seen.track == 0 and seen.face.landmarks is not None
        # Where `tests.drawn_face.LANDMARKS` says that the detector sees the eyes.
        np.testing.assert_allclose(
            seen.face.landmarks[:2], [[left + 0.397 * 160, 50 + 72], [left + 0.605 * 160, 50 + 72]], atol=6
        )


def test_following_equals_looking_where_nothing_moved(finder: FaceFinder) -> None:
    picture = person(60, 40)
    (found,) = finder.find(picture)
    (followed,) = finder.follow(picture, [found])
    assert followed is not None and followed.landmarks is not None and found.landmarks is not None
    assert overlap(found.box, followed.box) > 0.85
    np.testing.assert_allclose(followed.landmarks, found.landmarks, atol=4)


@pytest.mark.parametrize(("left", "top"), [(-45.0, 40.0), (215.0, 40.0), (60.0, 105.0)])
def test_a_face_at_the_edge_is_followed(finder: FaceFinder, left: float, top: float) -> None:
    picture = person(left, top)
    (found,) = finder.find(picture)
    (followed,) = finder.follow(picture, [found])
    assert followed is not None and overlap(found.box, followed.box) > 0.7


def test_where_no_face_is_nothing_is_followed(finder: FaceFinder) -> None:
    picture = person(60, 40)
    gone = [FaceBox((230.0, 20.0, 300.0, 110.0), 0.99), FaceBox((400.0, 300.0, 480.0, 390.0), 0.99)]
    assert finder.follow(picture, gone) == (None, None)
    assert finder.follow(picture, []) == ()


def test_likeness_is_one_for_equals_and_blind_to_brightness(finder: FaceFinder) -> None:
    picture = person(60, 40)
    (face,) = finder.find(picture)
    look = appearance(picture, face)
    dimmed = appearance((picture * 0.7).astype(np.uint8), face)
    stranger = appearance(person(60, 40, skin=OTHER_SKIN), face)
    assert likeness(look, [look]) == pytest.approx(1, abs=1e-3)
    assert likeness(dimmed, [look]) > 0.8
    assert likeness(stranger, [look]) < likeness(dimmed, [look])
    assert likeness(look, []) == -1


def test_overlap_is_intersection_over_union() -> None:
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 1, 1), (2, 2, 3, 3)) == 0
    assert overlap((0, 0, 0, 0), (0, 0, 0, 0)) == 0
