"""What is said of a picture is what it shows: landmarks, lids, gaze; and a factor moves only what it should."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.data.people import Motion, openness, render, session
from tests.drawn_people import eye_box, plain, shown

LEFT, RIGHT, NOSE, CORNER_LEFT, CORNER_RIGHT = range(5)
PEOPLE = (0, 4, 9)
SHINE = 12
"""Grey levels by which the ends of a closed slit may differ."""


@pytest.fixture(scope="module")
def still() -> np.ndarray:
    """``(5, 2)`` landmarks of somebody who looks into the camera."""
    return shown()[1].landmarks


def test_a_face_at_rest_is_upright_in_the_middle(still: np.ndarray) -> None:
    assert still.dtype == np.float32 and ((still > 0) & (still < 159)).all()
    np.testing.assert_allclose(still[[LEFT, RIGHT]].mean(0), still[NOSE] * (1, 0) + (0, still[LEFT, 1]), atol=1)
    assert still[LEFT, 0] < still[NOSE, 0] < still[RIGHT, 0] and still[CORNER_LEFT, 0] < still[CORNER_RIGHT, 0]
    assert still[LEFT, 1] < still[NOSE, 1] < still[CORNER_LEFT, 1]
    width = shown()[1].face_width
    assert 0.38 * width < np.linalg.norm(still[RIGHT] - still[LEFT]) < 0.55 * width < 60


@pytest.mark.parametrize("sign", [1, -1])
def test_landmarks_follow_the_head(still: np.ndarray, sign: int) -> None:
    turned = shown(yaw=0.4 * sign)[1]
    moved = turned.landmarks - still
    assert (sign * moved[:, 0] > 8).all() and sign * (moved[NOSE, 0] - moved[:2, 0].mean()) > 4
    assert turned.yaw == 0.4 * sign and (turned.pitch, turned.roll) == (0, 0)
    nodded = shown(pitch=0.3 * sign)[1].landmarks - still
    assert (sign * nodded[:, 1] > 8).all() and sign * (nodded[NOSE, 1] - nodded[:2, 1].mean()) > 3
    leaned = shown(roll=0.3 * sign)[1].landmarks
    assert (sign * (leaned[:2, 0] - still[:2, 0]) > 5).all()
    slope = (leaned[RIGHT] - leaned[LEFT]) / np.linalg.norm(leaned[RIGHT] - leaned[LEFT])
    assert np.arcsin(slope[1]) == pytest.approx(0.3 * sign, abs=0.02)


def test_shifts_are_in_half_heights_of_the_head(still: np.ndarray) -> None:
    zoom = plain()[1].zoom * 160
    for name, axis in (("shift_x", 0), ("shift_y", 1)):
        moved = shown(**{name: 0.2})[1].landmarks - still
        np.testing.assert_allclose(moved[:, axis], 0.2 * zoom, rtol=0.2)
        np.testing.assert_allclose(moved[:, 1 - axis], 0, atol=0.6)


def test_the_mouth_has_its_corners(still: np.ndarray) -> None:
    smiling = shown(corner=0.8)[1].landmarks - still
    assert (smiling[3:, 1] < -1).all() and smiling[CORNER_RIGHT, 0] > 0.5 and smiling[CORNER_LEFT, 0] < -0.5
    opened = shown(mouth=0.8)[1].landmarks - still
    assert (opened[3:, 1] > 1).all() and np.abs(opened[:3]).max() < 0.2
    narrow = shown(stretch=-0.8)[1].landmarks - still
    assert narrow[CORNER_LEFT, 0] > 1 and narrow[CORNER_RIGHT, 0] < -1


def test_landmarks_scale_with_the_picture() -> None:
    small, large = shown(size=80, yaw=0.3)[1], shown(size=160, yaw=0.3)[1]
    np.testing.assert_allclose((small.landmarks + 0.5) * 2, large.landmarks + 0.5, atol=0.02)
    assert small.face_width * 2 == pytest.approx(large.face_width)


def test_the_truth_repeats_the_moment_and_adds_the_camera() -> None:
    who, look = plain()
    motion = Motion(lid_left=0.3, lid_right=0.6, gaze_x=-0.4, gaze_y=0.2, mouth=0.7, roll=0.1, occluder=2.0)
    truth = render(who, look._replace(tilt=0.03), motion, 64)[1]
    assert (truth.lids, truth.gaze, truth.mouth, truth.occluder) == ((0.3, 0.6), (-0.4, 0.2), 0.7, "mask")
    assert truth.roll == pytest.approx(0.13)
    assert truth.light == (look.light_x, look.light_y, look.light_z)


@pytest.mark.parametrize("person", PEOPLE)
def test_eyes_close_with_their_lids(person: int) -> None:
    """What differs from the closed eye grows with the lid, in area and in height; the other eye does not move."""
    closed, truth = shown(person, lid_left=0.0, lid_right=0.5)
    box, other = eye_box(truth, LEFT), eye_box(truth, RIGHT)
    areas, heights = [], []
    for lid in (0.15, 0.3, 0.5, 0.75, 1.0, 1.2):
        picture = shown(person, lid_left=lid, lid_right=0.5)[0]
        seen = np.abs(picture[box].astype(int) - closed[box]).max(axis=-1) > 25
        areas.append(int(seen.sum()))
        heights.append(int(seen.any(axis=1).sum()))
        assert np.array_equal(picture[other], closed[other])
    assert areas == sorted(set(areas)) and heights == sorted(heights) and heights[-1] >= 2 * heights[0]


@pytest.mark.parametrize("person", PEOPLE)
def test_closed_eyes_show_no_iris(person: int) -> None:
    """Where it would be, turning it changes next to nothing: a few grey levels at the ends of the slit."""
    left, right = (shown(person, lid_left=0.0, lid_right=0.0, gaze_x=gaze)[0].astype(int) for gaze in (-1, 1))
    assert np.abs(left - right).max() <= SHINE
    left, right = (shown(person, lid_left=0.9, lid_right=0.9, gaze_x=gaze)[0].astype(int) for gaze in (-1, 1))
    assert np.abs(left - right).max() > 80


@pytest.mark.parametrize(("name", "axis"), [("gaze_x", 1), ("gaze_y", 0)])
@pytest.mark.parametrize("person", PEOPLE)
def test_the_iris_goes_where_the_gaze_says(person: int, name: str, axis: int) -> None:
    """What got darker lies further to the right (down) than what got lighter."""
    before, truth = shown(person, lid_left=1.0, lid_right=1.0, **{name: -0.8})
    after = shown(person, lid_left=1.0, lid_right=1.0, **{name: 0.8})[0]
    for side in (LEFT, RIGHT):
        box = eye_box(truth, side)
        change = after[box].astype(int).sum(-1) - before[box].astype(int).sum(-1)
        darker, lighter = (np.argwhere(change < -40)[:, axis].mean(), np.argwhere(change > 40)[:, axis].mean())
        assert darker > lighter + 1


def test_gaze_changes_nothing_but_eyes() -> None:
    here, truth = shown(lid_left=0.9, lid_right=0.9)
    there = shown(lid_left=0.9, lid_right=0.9, gaze_x=0.7, gaze_y=-0.5)[0]
    outside = (here != there).any(axis=-1)
    assert outside.sum() > 50
    for side in (LEFT, RIGHT):
        outside[eye_box(truth, side)] = False
    assert not outside.any()


@pytest.mark.parametrize(
    ("moved", "top", "bottom"),
    [({"brow": 0.8}, 0.1, 0.45), ({"mouth": 0.8}, 0.6, 1.0), ({"corner": 0.8}, 0.35, 0.8), ({"press": 0.9}, 0.6, 0.8)],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_features_move_where_they_are(moved: dict[str, float], top: float, bottom: float) -> None:
    here, there = shown()[0].astype(int), shown(**moved)[0].astype(int)
    rows = np.flatnonzero((np.abs(here - there) > 12).any(axis=(1, 2)))
    assert len(rows) and top * 160 <= rows[0] and rows[-1] <= bottom * 160


def test_the_background_stays_within_a_session() -> None:
    here, moved = shown()[0], shown(yaw=0.5, pitch=0.2, mouth=0.6, shift_x=0.1)[0]
    for corner in (np.s_[:30, :14], np.s_[:30, -14:]):
        np.testing.assert_array_equal(here[corner], moved[corner])
    who, look = plain()
    other = render(who, session(0, 1, 0, who)._replace(noise=0.0, hat=0.0), Motion(), 160)[0]
    assert not np.array_equal(here[:30, :14], other[:30, :14]) and look.key != session(0, 1, 0, who).key


@pytest.mark.parametrize(
    ("lid", "largest", "answer"),
    [(0, 0.4, 0), (0.1, 0.4, 0.25), (0.2, 0.4, 0.5), (0.4, 0.4, 1), (1.2, 0.4, 1), (-0.1, 0.4, 0), (0.3, 0.6, 0.5)],
)
def test_openness_is_in_proportion_up_to_open(lid: float, largest: float, answer: float) -> None:
    assert openness(lid, largest) == pytest.approx(answer)
