"""Landmarks of training faces: whose they are, and where they are after a picture was changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from fer_core.data import open_data, transforms
from fer_core.data.landmarks import COLUMNS, landmarks_of
from fer_core.data.people.sheet import export
from fer_core.data.resident import ResidentPictures
from fer_core.framing import FRAMINGS
from fer_core.mixing.regions import coverage
from fer_core.recipe import check_recipe
from fer_core.sections import Augmentation, Preprocessing
from fer_core.training import train
from tests.drawn import LABELS, manifest

FACE = np.array([[0.3, 0.35], [0.7, 0.4], [0.5, 0.55], [0.35, 0.75], [0.65, 0.7]])


def _table(*faces):
    rows = [np.full(10, np.nan) if face is None else np.asarray(face).ravel() for face in faces]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_own_columns_come_before_the_framing_and_both_are_counted():
    places, known = landmarks_of(_table(FACE, None, FACE + 0.1), Preprocessing(framing="fer2013"))
    np.testing.assert_allclose(places[[0, 2]], [FACE, FACE + 0.1])
    np.testing.assert_allclose(places[1], FRAMINGS["fer2013"].landmarks)
    assert known == {"own": 2, "framing": 1, "unknown": 0}
    places, known = landmarks_of(_table(FACE, None), Preprocessing(framing="facenet"))
    assert np.isnan(places[1]).all() and known == {"own": 1, "framing": 0, "unknown": 1}
    plain = pd.DataFrame({"path": ["a", "b"]})
    assert landmarks_of(plain, Preprocessing())[1] == {"own": 0, "framing": 2, "unknown": 0}


def test_a_detectors_crop_has_the_framings_landmarks_whatever_the_picture_had():
    places, known = landmarks_of(_table(FACE), Preprocessing(faces="detect"))
    np.testing.assert_allclose(places[0], FRAMINGS["fer2013"].landmarks)
    assert known == {"own": 0, "framing": 1, "unknown": 0}


def test_half_a_set_of_columns_is_refused():
    with pytest.raises(ValueError, match="there is no landmark_4_y"):
        landmarks_of(_table(FACE).drop(columns="landmark_4_y"), Preprocessing())


def test_rendered_people_know_theirs_once_they_are_exported(tmp_path):
    drawn = open_data("people:subjects=1,sessions=1,states=drowsiness,frames=1,size=64")
    export(drawn, tmp_path / "out")
    read = open_data(tmp_path / "out")
    places, known = landmarks_of(read.table, Preprocessing(framing="people"))
    assert known == {"own": 3, "framing": 0, "unknown": 0}
    for place, path in zip(places, read.table["path"], strict=True):
        np.testing.assert_allclose(place * 64 - 0.5, drawn.files.draw(path)[1].landmarks, atol=1e-3)


def _dots(faces, side=96):
    """Black pictures with one bright dot, at the nose."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    dots = [np.exp(-((x - face[2, 0]) ** 2 + (y - face[2, 1]) ** 2) / 0.03**2) for face in faces]
    return (255 * np.stack(dots)).astype(np.uint8)


@pytest.mark.parametrize("seed", range(3))
def test_the_nose_is_where_the_changed_picture_shows_it(seed):
    side, count = 96, 12
    faces = FACE + np.random.default_rng(seed).uniform(-0.1, 0.1, (count, 1, 2))
    changes = Augmentation(flip=0.5, rotation=40, shift=0.15, scale=0.3)
    pictures = ResidentPictures(
        _dots(faces, side), np.eye(2)[np.zeros(count, int)], Preprocessing(), torch.device("cpu"), changes, faces
    )
    pictures.begin(np.random.default_rng(seed))
    rows = np.arange(count)[::-1].copy()
    images, landmarks = pictures.images(rows)[:, 0].numpy(), pictures.landmarks(rows)
    mirrored = np.linalg.det(pictures._shown[1][:, :, :2]) < 0
    assert 0 < mirrored.sum() < count
    for image, face, row, flipped in zip(images, landmarks, rows, mirrored, strict=True):
        weights = image / image.sum()
        grid = (np.arange(side) + 0.5) / side
        seen = np.array([weights.sum(0) @ grid, weights.sum(1) @ grid])
        np.testing.assert_allclose(face[2], seen, atol=0.01)
        # Left stays left: names change sides in a mirrored picture, distances between points do not.
        assert face[0, 0] < face[1, 0] and face[3, 0] < face[4, 0]
        own = faces[row][[1, 0, 2, 4, 3]] if flipped else faces[row]
        size = np.linalg.norm(face[1] - face[0]) / np.linalg.norm(own[1] - own[0])
        for one in range(5):
            assert np.linalg.norm(face[one] - face[2]) == pytest.approx(size * np.linalg.norm(own[one] - own[2]))


def test_unchanged_pictures_keep_their_landmarks_and_unknown_stays_unknown():
    identity = np.tile(np.eye(2, 3), (2, 1, 1))
    both = np.stack([FACE, np.full((5, 2), np.nan)])
    np.testing.assert_allclose(transforms.moved(both, identity), both)
    pixels, targets = np.zeros((2, 16, 16), np.uint8), np.eye(2)
    still = ResidentPictures(pixels, targets, Preprocessing(), torch.device("cpu"), None, both)
    np.testing.assert_array_equal(still.landmarks(np.array([1, 0])), both[::-1])
    blind = ResidentPictures(pixels, targets, Preprocessing(), torch.device("cpu"))
    assert np.isnan(blind.landmarks(np.array([0]))).all()


def test_landmarks_of_rows_that_were_not_shown_are_refused():
    pictures = ResidentPictures(
        np.zeros((2, 16, 16), np.uint8), np.eye(2), Preprocessing(), torch.device("cpu"), Augmentation()
    )
    pictures.begin(np.random.default_rng(0))
    pictures.images(np.array([0]))
    with pytest.raises(ValueError, match="showed last"):
        pictures.landmarks(np.array([1]))


def test_a_guided_training_cuts_by_the_landmarks_of_its_data(tmp_path, monkeypatch):
    path = manifest(tmp_path, subjects=5, per_subject=6)
    table = pd.read_csv(path)
    faces = FACE + np.random.default_rng(0).uniform(-0.05, 0.05, (len(table), 1, 2))
    table[list(COLUMNS)] = faces.reshape(-1, 10)
    table.loc[3, "landmark_2_x"] = np.nan
    table.to_csv(path, index=False)
    guided = []

    def watched(blend, height, width, landmarks=None):
        guided.append(landmarks)
        return coverage(blend, height, width, landmarks)

    monkeypatch.setattr("fer_core.mixing.compose.coverage", watched)
    recipe = check_recipe(
        {
            "name": "guided",
            "data": {"labels": list(LABELS), "validation_share": 0.2},
            "preprocessing": {"size": 16, "grey": True},
            "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
            "mixing": {"kind": "fermix", "guided": True, "training": "mixed", "patterns": ["vertical", "diagonal"]},
            "augmentation": {"flip": 0.0, "shift": 0.0},
            "optimisation": {"epochs": 1, "batch_size": 8, "precision": "fp32"},
        }
    )
    run = train(recipe, str(path), tmp_path / "run", threads=1)
    known = run.info["landmarks"]
    assert sum(known.values()) == run.info["data"]["train"] and known["own"] >= 23 and known["framing"] <= 1
    told = np.concatenate(guided)
    mine = [np.isclose(told, face, atol=1e-9).all(axis=(1, 2)).any() for face in faces]
    assert sum(mine) == known["own"] and np.isfinite(told).all()
