"""Finding faces: where they are, in which order, and what used to make the detector fail."""

from __future__ import annotations

import io
import threading
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core import faces
from fer_core.cascade import Cascade
from fer_core.faces import FaceFinder, locate
from fer_core.pictures import open_picture
from tests.drawn_face import LANDMARKS, face, scene

NOISE = np.random.default_rng(3).integers(0, 256, (120, 160, 3), dtype=np.uint8)

# Photo -> the faces that a person sees in it, looking at the camera or nearly so.
PHOTOS = {
    "facenet_pytorch/multiface.jpg": 6,
    "face_recognition/alex-lacamoire.png": 1,
    "face_recognition/knn_examples/test/kit_with_rose.jpg": 2,
    "face_recognition/obama-240p.jpg": 1,
    "face_recognition/test_images/obama_partial_face.jpg": 1,
    "face_recognition/test_images/obama_partial_face2.jpg": 1,
    "fer/justin.jpg": 1,
    "fer/no-faces.jpg": 0,
}
SEVERAL = {"two_people.jpg": 2, "kit_with_rose.jpg": 2, "multiface.jpg": 6, "no-faces.jpg": 0}


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def photo(photos_zip: Path, name: str) -> np.ndarray:
    with zipfile.ZipFile(photos_zip) as archive:
        return open_picture(io.BytesIO(archive.read(name)))


def test_the_cascade_equals_the_package() -> None:
    """Oracle: MTCNN of facenet-pytorch 2.5.3 on the same picture, faces whole, cut and small."""
    from facenet_pytorch import MTCNN

    picture = scene([(20, 10, 160), (200, 60, 90), (-40, 150, 150), (300, 180, 60)], 380, 260)
    boxes, scores, landmarks = MTCNN(keep_all=True, select_largest=False).detect(picture, landmarks=True)
    found = Cascade().find(picture)
    assert len(found.boxes) >= 3
    np.testing.assert_allclose(found.scores, scores.astype(float), atol=1e-4)
    np.testing.assert_allclose(found.boxes, boxes.astype(float), atol=0.05)
    np.testing.assert_allclose(found.landmarks, landmarks.astype(float), atol=0.05)


@pytest.mark.parametrize("side", [70, 160, 500])
def test_a_face_is_found_where_it_is(finder: FaceFinder, side: int) -> None:
    (found,) = finder.find(face(side))
    assert found.detection is not None and 0.9 < found.detection <= 1
    assert found.landmarks is not None and found.landmarks.dtype == np.float32
    np.testing.assert_allclose(found.landmarks / side, LANDMARKS, atol=0.03)
    np.testing.assert_allclose(np.array(found.box) / side, [0.27, 0.19, 0.74, 0.86], atol=0.04)


def test_a_large_picture_is_shrunk_for_the_detector_only(finder: FaceFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "MOST_PIXELS", 200_000)
    picture = cv2.copyMakeBorder(face(900), 600, 1_500, 900, 1_800, cv2.BORDER_REPLICATE)  # 3600 x 3000
    (found,) = finder.find(picture)
    assert found.landmarks is not None
    np.testing.assert_allclose((found.landmarks - (900, 600)) / 900, LANDMARKS, atol=0.04)


def test_the_largest_face_comes_first(finder: FaceFinder) -> None:
    found = finder.find(scene([(10, 60, 70), (100, 10, 180), (290, 40, 110)], 420, 200))
    middles = [(one.box[0] + one.box[2]) / 2 for one in found]
    np.testing.assert_allclose(middles, [190, 345, 45], atol=6)
    assert [one.area for one in found] == sorted((one.area for one in found), reverse=True)


@pytest.mark.parametrize(
    ("left", "top"), [(-70, 30), (130, 30), (30, -55), (30, 100)], ids=["left", "right", "above", "below"]
)
def test_a_face_cut_by_the_edge_keeps_its_landmarks(finder: FaceFinder, left: int, top: int) -> None:
    """A quarter of the face lies beyond the edge; the landmarks stay where they would be."""
    (found,) = finder.find(scene([(left, top, 200)], 280, 250))
    assert found.landmarks is not None
    np.testing.assert_allclose((found.landmarks - (left, top)) / 200, LANDMARKS, atol=0.035)
    assert 0 <= found.box[0] < found.box[2] <= 280 and 0 <= found.box[1] < found.box[3] <= 250


def test_a_face_that_fills_the_picture_is_found(finder: FaceFinder) -> None:
    cut = np.ascontiguousarray(face(200)[44:172, 56:146])
    for picture in (cut, cv2.resize(cut, (60, 85)), cv2.resize(cut, (600, 850))):
        assert len(finder.find(picture)) == 1


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((7, 400, 3), np.uint8),
        np.full((11, 11, 3), 255, np.uint8),
        np.zeros((300, 400, 3), np.uint8),
        NOISE,
        NOISE[:19],
        np.tile(NOISE[:20], (1, 40, 1)),
        np.tile(NOISE[:2, :30], (3_000, 1, 1)),
        cv2.GaussianBlur(NOISE, (0, 0), 4),
    ],
    ids=lambda picture: "x".join(map(str, picture.shape[1::-1])),
)
def test_pictures_without_faces_have_none(finder: FaceFinder, picture: np.ndarray) -> None:
    assert finder.find(picture) == ()


@pytest.mark.parametrize(
    "array",
    [
        face(64).transpose(2, 0, 1),
        face(64)[:, :, 0],
        face(64) / 255,
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((9, 9, 4), np.uint8),
    ],
    ids=["planes first", "grey", "floats", "no pixels", "alpha"],
)
def test_arrays_that_are_no_picture_are_refused(finder: FaceFinder, array: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must be \(H, W, 3\) uint8 RGB"):
        finder.find(array)


def test_threads_share_a_finder() -> None:
    finder = FaceFinder()  # loaded by whichever thread comes first
    pictures = [face(80), face(130), scene([(0, 0, 90), (90, 0, 90)], 190, 100), NOISE]
    wanted = [[one.box for one in FaceFinder().find(picture)] for picture in pictures]
    wrong: list[int] = []

    def work(start: int) -> None:
        for turn in range(4):
            index = (start + turn) % len(pictures)
            if [one.box for one in finder.find(pictures[index])] != wanted[index]:
                wrong.append(index)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_where_faces_are_looked_for(finder: FaceFinder) -> None:
    small, large = cv2.resize(face(160), (64, 40)), face(160)
    for picture, mode in ((small, "auto"), (small, "whole"), (large, "whole")):
        (whole,) = locate(picture, mode)
        assert (whole.box, whole.detection, whole.landmarks) == ((0, 0, picture.shape[1], picture.shape[0]), None, None)
    for mode in ("auto", "detect"):
        (found,) = locate(large, mode, finder)
        assert found.detection is not None
    assert all(found.detection is not None for found in locate(small, "detect", finder))
    with pytest.raises(ValueError, match="unknown way to look for faces 'hole'; did you mean 'whole'"):
        locate(large, "hole", finder)
    with pytest.raises(ValueError, match="a FaceFinder is needed"):
        locate(large, "auto")
    with pytest.raises(ValueError, match=r"least_score must lie in \[0, 1\], got 2"):
        FaceFinder(least_score=2)


@pytest.mark.parametrize("name", PHOTOS)
def test_real_photos_show_the_faces_that_people_see(finder: FaceFinder, photos_zip: Path, name: str) -> None:
    found = finder.find(photo(photos_zip, name))
    assert len(found) == PHOTOS[name]
    assert all(one.detection is not None and one.detection > 0.95 for one in found)


@pytest.mark.slow
def test_all_photos_show_the_faces_that_people_see(finder: FaceFinder, photos_zip: Path) -> None:
    with zipfile.ZipFile(photos_zip) as archive:
        names = [name for name in archive.namelist() if name.endswith((".jpg", ".jpeg", ".png"))]
    counts = {name: len(finder.find(photo(photos_zip, name))) for name in names}
    girl = counts.pop("face_recognition/knn_examples/test/obama_and_biden.jpg")  # a child in profile at the edge
    assert girl in (2, 3)
    assert counts == {name: SEVERAL.get(Path(name).name, 1) for name in counts}
