"""Five anchors: landmarks land on the template, affinely; a profile falls back; a rendered person is cut to it."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.anchors import TEMPLATE, affine, similarity
from fer_core.contracts import FaceBox
from fer_core.data import open_data
from fer_core.faces import FaceFinder
from fer_core.framing import FRAMINGS, crop_face, placement
from fer_core.recipe import check_recipe

FIVE = FRAMINGS["five_anchors"]
ARCFACE = [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]


def slanted(points: np.ndarray) -> np.ndarray:
    """Points turned by 20 degrees, 1.3 times as wide as high, slanted, shifted: written out, in pixels of a photo."""
    angle = np.radians(20)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ [[1.3, 0.1], [0.0, 1.0]]
    return points @ (150 * matrix).T + [90, 60]


def face_at(points: np.ndarray) -> FaceBox:
    """A face with these landmarks and about the box that a detector would give."""
    left, top = points.min(axis=0) - 0.6 * np.ptp(points, axis=0)
    right, bottom = points.max(axis=0) + 0.4 * np.ptp(points, axis=0)
    return FaceBox((float(left), float(top), float(right), float(bottom)), 0.99, points.astype(np.float32))


@pytest.mark.parametrize("side", [100, 112])
def test_landmarks_land_on_the_template_at_both_sizes(side: int) -> None:
    there = face_at(slanted(np.array(ARCFACE) / 112))
    place = placement(there, FIVE)
    landed = side * (there.landmarks @ place[:, :2].T + place[:, 2])
    np.testing.assert_allclose(landed, np.array(ARCFACE) * side / 112, atol=0.01)
    by_similarity = similarity(there.landmarks.astype(np.float64), TEMPLATE)
    missed = side * (there.landmarks @ by_similarity[:, :2].T + by_similarity[:, 2]) - np.array(ARCFACE) * side / 112
    assert np.abs(missed).max() > 2


def test_the_crop_shows_the_anchors_at_the_template() -> None:
    points = slanted(np.array(ARCFACE) / 112)
    picture = np.zeros((400, 400, 3), np.uint8)
    rows, columns = np.mgrid[0:400, 0:400] + 0.5
    for x, y in points:
        picture[(columns - x) ** 2 + (rows - y) ** 2 < 16] = 255
    crop = crop_face(picture, face_at(points), FIVE, 112)[:, :, 0].astype(float)
    v, u = np.mgrid[0:112, 0:112] + 0.5
    for x, y in ARCFACE:
        near = crop * ((u - x) ** 2 + (v - y) ** 2 < 64)
        assert near.sum() > 0 and np.hypot((near * u).sum() / near.sum() - x, (near * v).sum() / near.sum() - y) < 0.3


def test_least_squares_of_the_affine_map() -> None:
    """Oracle: the normal equations, each coordinate apart; no other affine map comes closer."""
    points = slanted(TEMPLATE) + np.random.default_rng(0).normal(0, 3, (5, 2))
    found = affine(points, TEMPLATE)
    around = np.column_stack([points, np.ones(5)])
    for axis in range(2):
        np.testing.assert_allclose(found[axis], np.linalg.solve(around.T @ around, around.T @ TEMPLATE[:, axis]))


@pytest.mark.parametrize(
    "points",
    [
        TEMPLATE * [30.0, 100.0],  # a profile: far narrower than high
        TEMPLATE[[1, 0, 2, 4, 3]] * 100,  # left and right exchanged: a map would mirror the face
        np.column_stack([np.arange(5.0), 2 * np.arange(5.0)]),  # on one line
    ],
    ids=["profile", "mirrored", "line"],
)
def test_what_no_affine_map_can_straighten_is_only_turned_and_scaled(points: np.ndarray) -> None:
    np.testing.assert_array_equal(affine(points, TEMPLATE), similarity(points, TEMPLATE))


def test_a_rendered_person_and_the_mirrored_picture_are_aligned_alike() -> None:
    finder = FaceFinder()
    picture = open_data("people:subjects=1,sessions=1,states=expressions,frames=1,first=2001,seed=0").picture(6)
    crops = []
    for seen in (picture, np.ascontiguousarray(picture[:, ::-1])):
        found = finder.find(seen)[0]
        place = placement(found, FIVE)
        assert np.abs(found.landmarks @ place[:, :2].T + place[:, 2] - TEMPLATE).max() < 0.04
        crops.append(crop_face(seen, found, FIVE, 100).astype(float))
    # The template is not quite symmetric, and a detector sees a mirrored face about as well.
    alike, unlike = np.abs(crops[0] - crops[1][:, ::-1]).mean(), np.abs(crops[0] - crops[1]).mean()
    assert alike < 12 < np.abs(crops[0] - crops[0].mean()).mean() and alike < 0.7 * unlike, (alike, unlike)


def test_a_recipe_may_name_it_with_pixels_in_0_to_1() -> None:
    plain = {"size": 100, "framing": "five_anchors", "faces": "detect", "mean": [0, 0, 0], "std": [1, 1, 1]}
    assert check_recipe({"preprocessing": plain}).preprocessing.framing == "five_anchors"
