"""Crops: landmarks land where the framing says, shrinking averages, edges go on, bad landmarks fall back to the box."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.anchors import similarity
from fer_core.contracts import FaceBox
from fer_core.faces import FaceFinder
from fer_core.framing import FRAMINGS, Framing, crop_face, measure_framing, placement
from fer_core.pictures import open_picture
from fer_core.preprocessing import square
from tests.drawn_face import LANDMARKS, face

FER = FRAMINGS["fer2013"]
TEMPLATE = np.asarray(FER.landmarks, dtype=np.float64)


def turned(points: np.ndarray, degrees: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    """The points under a similarity, written with sines and cosines."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return scale * points @ turn.T + shift


def placed(degrees: float = 0, scale: float = 100, shift: tuple[float, float] = (60, 40), noise: float = 0) -> FaceBox:
    """A face whose landmarks are the template's under a similarity, with the box that MTCNN would give."""
    points = turned(TEMPLATE, degrees, scale, shift) + np.random.default_rng(0).normal(0, noise * scale, (5, 2))
    centre = turned(np.array(FER.box).reshape(2, 2).mean(axis=0)[None], degrees, scale, shift)[0]
    half = scale * np.array([FER.box[2] - FER.box[0], FER.box[3] - FER.box[1]]) / 2
    box = (*(centre - half).tolist(), *(centre + half).tolist())
    return FaceBox(box, 0.99, points.astype(np.float32))


@pytest.mark.parametrize("degrees", [0, 25, -40])
def test_landmarks_land_on_the_framings(degrees: float) -> None:
    there = placed(degrees)
    place = placement(there, FER)
    np.testing.assert_allclose(there.landmarks @ place[:, :2].T + place[:, 2], TEMPLATE, atol=1e-5)


def test_a_similarity_fits_better_than_its_neighbours() -> None:
    """Least squares: no small change of scale, turn or shift comes closer."""
    points = placed(15, noise=0.03).landmarks.astype(np.float64)
    best = similarity(points, TEMPLATE)

    def miss(place: np.ndarray) -> float:
        return float(np.sum((points @ place[:, :2].T + place[:, 2] - TEMPLATE) ** 2))

    assert np.isclose(np.dot(best[:, 0], best[:, 1]), 0) and np.isclose(
        np.linalg.norm(best[:, 0]), np.linalg.norm(best[:, 1])
    )
    for factor, angle, shift in [(1.01, 0, 0), (0.99, 0, 0), (1, 1, 0), (1, -1, 0), (1, 0, 0.01), (1, 0, -0.01)]:
        turn = turned(np.eye(2), angle, factor, (0, 0)).T
        assert miss(np.column_stack([turn @ best[:, :2], best[:, 2] + shift])) > miss(best)


def test_the_crop_shows_what_lies_there() -> None:
    """On a slanted plane of grey every pixel of the crop is known exactly."""
    y, x = np.mgrid[0:200, 0:220] + 0.5
    picture = np.repeat((20 + 0.5 * x + 0.4 * y)[:, :, None], 3, axis=2)
    there = placed(20, scale=90, shift=(80, 40))
    crop = crop_face(np.rint(picture).astype(np.uint8), there, FER, 48)
    assert crop.shape == (48, 48, 3) and crop.dtype == np.uint8
    v, u = (np.mgrid[0:48, 0:48] + 0.5) / 48
    source = turned(np.stack([u, v], axis=2).reshape(-1, 2), 20, 90, (80, 40))
    wanted = (20 + 0.5 * source[:, 0] + 0.4 * source[:, 1]).reshape(48, 48)
    assert np.abs(crop[:, :, 0] - wanted).max() < 1.5


def test_shrinking_averages_and_enlarging_does_not_blur_away() -> None:
    checks = np.repeat((np.indices((900, 900)).sum(axis=0) % 2 * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    crop = crop_face(checks, placed(10, scale=600, shift=(200, 100)), FER, 48)
    assert crop.min() > 115 and crop.max() < 140
    edge = np.zeros((40, 40, 3), np.uint8)
    edge[:, 20:] = 255
    crop = crop_face(edge, placed(0, scale=20, shift=(10, 10)), FER, 80)
    assert crop[40, :36].max() < 30 and crop[40, 44:].min() > 225


def test_the_edge_goes_on_where_the_crop_leaves_the_picture() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, :, 0] = 200
    crop = crop_face(picture, placed(0, scale=150, shift=(-80, -90)), FER, 48)
    assert np.all(crop[:, :, 0] == 200) and np.all(crop[:, :, 1:] == 0)


@pytest.mark.parametrize(
    "landmarks",
    [
        np.full((5, 2), 90.0),  # all in one place
        placed(120).landmarks,  # upside down in an upright box
        turned(TEMPLATE, 0, 20, (100, 90)),  # far too small
        turned(TEMPLATE, 0, 100, (400, 40)),  # elsewhere
        np.full((5, 2), np.nan),
    ],
    ids=["one place", "upside down", "small", "elsewhere", "no number"],
)
def test_landmarks_that_contradict_the_box_are_not_followed(landmarks: np.ndarray) -> None:
    box = placed().box
    by_box = placement(FaceBox(box, 0.99), FER)
    np.testing.assert_array_equal(placement(FaceBox(box, 0.99, landmarks.astype(np.float32)), FER), by_box)
    corners = np.array(box).reshape(2, 2) @ by_box[:, :2].T + by_box[:, 2]
    np.testing.assert_allclose(corners.ravel(), FER.box, atol=1e-9)


def test_a_whole_picture_is_its_centre_square() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 70, 3), dtype=np.uint8)
    whole = FaceBox((0, 0, 70, 48))
    np.testing.assert_array_equal(crop_face(picture, whole, FER, 48), picture[:, 11:59])
    np.testing.assert_array_equal(crop_face(picture, whole, FER, 24), square(picture, 24))
    assert not np.shares_memory(crop_face(picture[:, :48], FaceBox((0, 0, 48, 48)), FER, 48), picture)


def test_facenets_crop_is_the_stretched_box() -> None:
    """Oracle: the package cuts whole pixels and resizes; a box on whole pixels must agree."""
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (200, 260, 3), dtype=np.uint8), (0, 0), 3)
    crop = crop_face(picture, FaceBox((40, 20, 200, 180), 0.9, placed().landmarks), FRAMINGS["facenet"], 160)
    np.testing.assert_array_equal(crop, picture[20:180, 40:200])
    crop = crop_face(picture, FaceBox((50, 10, 130, 190), 0.9), FRAMINGS["facenet"], 160).astype(float)
    assert np.abs(crop - cv2.resize(picture[10:190, 50:130], (160, 160), interpolation=cv2.INTER_LINEAR)).mean() < 2


@pytest.mark.parametrize("shape", [(20, 40_000), (40_000, 20), (1, 1), (3, 500)])
def test_any_shape_of_picture_can_be_cut(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 77, np.uint8)
    middle = (shape[1] / 2, shape[0] / 2)
    for there in (placed(30, 300, middle), placed(0, 3, middle), FaceBox((0.2, 0.1, shape[1], shape[0]), 0.9)):
        for size in (1, 48):
            assert np.all(crop_face(picture, there, FER, size) == 77)


def test_mistakes_get_a_sentence() -> None:
    with pytest.raises(ValueError, match="size must be at least 1 pixel, got 0"):
        crop_face(face(60), placed(), FER, 0)
    with pytest.raises(ValueError, match="a face's box needs an area"):
        crop_face(face(60), FaceBox((5, 5, 5, 9), 0.9), FER, 48)


def test_a_framing_is_measured_from_crops() -> None:
    """Crops of a drawn face under a known framing, a little shifted: the measure finds that framing again."""
    finder, rng = FaceFinder(), np.random.default_rng(4)
    wanted = (LANDMARKS - 0.15) / 0.7

    def crops(count: int) -> list[np.ndarray]:
        big = face(400)
        tops = 60 + rng.integers(-6, 7, (count, 2))
        return [cv2.resize(big[y : y + 280, x : x + 280], (48, 48), interpolation=cv2.INTER_AREA) for x, y in tops]

    found = measure_framing("drawn", [*crops(34), np.zeros((48, 48, 3), np.uint8)], finder)
    assert isinstance(found, Framing) and (found.n, found.looked_at, found.measured_on) == (34, 35, "34 of 35 crops")
    np.testing.assert_allclose(found.landmarks, wanted, atol=0.03)
    np.testing.assert_allclose(found.box, (np.array([0.27, 0.19, 0.74, 0.86]) - 0.15) / 0.7, atol=0.05)
    assert found.spread.shape == (5, 2) and 0 < found.spread.max() < 0.03 and found.box_spread.max() < 0.05
    with pytest.raises(ValueError, match="a face was found in 0 of 2 crops, at least 30 are needed"):
        measure_framing("nothing", [np.zeros((48, 48, 3), np.uint8)] * 2, finder)


@pytest.mark.slow
def test_facenets_crops_come_near_the_published_ones(photos_zip: Path) -> None:
    """Oracle: the 160-pixel crops that facenet-pytorch publishes; an older resize, hence the distance."""
    finder = FaceFinder()
    with zipfile.ZipFile(photos_zip) as archive:
        for person in ("angelina_jolie", "kate_siegel", "paul_rudd", "shea_whigham"):
            picture = open_picture(io.BytesIO(archive.read(f"facenet_pytorch/test_images/{person}/1.jpg")))
            published = open_picture(io.BytesIO(archive.read(f"facenet_pytorch/test_images_aligned/{person}/1.png")))
            crop = crop_face(picture, finder.find(picture)[0], FRAMINGS["facenet"], 160)
            assert np.abs(crop - published.astype(float)).mean() < 16, person
