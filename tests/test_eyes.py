"""Eyes cut at eye points, judged alone, by the face and by the command; and what the shipped run says of real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_core.assembly import build_model
from fer_core.contracts import FaceBox
from fer_core.data import open_data
from fer_core.data.eyes import build
from fer_core.evaluation import evaluate, stored_report
from fer_core.explain import explain_face
from fer_core.eyes import SMALLEST, EyeReader
from fer_core.faces import FaceFinder
from fer_core.framing import EYE_SIDE, FRAMINGS, cut, eye_crops
from fer_core.pictures import find_pictures, open_picture
from fer_core.predictor import Predictor
from fer_core.recipe import check_recipe
from fer_core.runs import SHIPPED, Run, create_run
from fer_core.weights import save_weights
from tests.drawn_face import LANDMARKS, face, scene
from tests.test_predictor import noise, png, source, untrained

RECIPE = {
    "name": "lids",
    "data": {"labels": "eyes"},
    "preprocessing": {"size": 24, "grey": True, "framing": "eye", "standardise": True, "mean": [0, 0, 0]},
    "backbone": {"kind": "compact", "stem": 4, "widths": [6, 8], "blocks": [1, 1]},
    "evaluation": {"views": 2},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run of eyes that nobody trained."""
    recipe = check_recipe(RECIPE)
    plan = recipe.preprocessing.model_dump(mode="json")
    info = {"status": "finished", "labels": list(recipe.labels), "preprocessing": plan}
    made = create_run(tmp_path_factory.mktemp("runs") / "lids", recipe.dump(), info)
    save_weights(made.path / "weights.safetensors", build_model(recipe).state_dict(), {"labels": list(recipe.labels)})
    return made


@pytest.fixture(scope="module")
def reader(run: Run) -> EyeReader:
    return EyeReader(run)


def marked(angle: float, distance: float = 100.0, middle: tuple[float, float] = (150, 150)) -> tuple:
    """A dark picture, and landmarks on it: each eye a disc of its colour, with a white dot towards the outside."""
    picture = np.zeros((300, 300, 3), np.uint8)
    along = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    eyes = np.array(middle) + np.outer([-distance / 2, distance / 2], along)
    for eye, colour, outside in zip(eyes, ((255, 0, 0), (0, 0, 255)), (-1, 1), strict=True):
        dot = eye + outside * 0.15 * distance * along  # a quarter of the crop's side from its centre
        for place, radius, paint in ((eye, 6, colour), (dot, 4, (255, 255, 255))):
            cv2.circle(picture, tuple(np.rint(place * 16).astype(int).tolist()), radius * 16, paint, -1, cv2.LINE_AA, 4)
    return picture, np.vstack([eyes, eyes, eyes[:1]]).astype(np.float32)


@pytest.mark.parametrize("angle", [0, 25, -40, 90, 170])
def test_each_eye_lies_in_the_middle_and_level(angle: float) -> None:
    picture, landmarks = marked(angle)
    crops = eye_crops(picture, landmarks, 40)
    assert crops.shape == (2, 40, 40, 3) and crops.dtype == np.uint8
    for crop, channel, column in ((crops[0], 0, 9.5), (crops[1], 2, 29.5)):
        assert crop[18:22, 18:22, channel].min() > 200 and crop[18:22, 18:22, 1].max() < 60
        y, x = np.nonzero(crop[:, :, 1] > 128)  # only the white dot is green, too
        assert abs(x.mean() - column) < 1 and abs(y.mean() - 19.5) < 1


def test_a_crop_is_the_stated_share_of_the_eye_distance() -> None:
    """Oracle: an upright crop on whole pixels is a slice."""
    picture = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    landmarks = np.array([[100, 100], [200, 100], [150, 130], [120, 160], [180, 160]], np.float32)
    crops = eye_crops(picture, landmarks, 60)
    np.testing.assert_array_equal(crops, [picture[70:130, 70:130], picture[70:130, 170:230]])
    assert EYE_SIDE == 0.6


def test_the_edge_goes_on_and_no_face_is_too_odd() -> None:
    picture = np.full((50, 80, 3), (9, 80, 200), np.uint8)
    for points in ([[1, 1], [79, 2]], [[-30, 10], [20, 10]], [[40, 20], [40, 20]], [[500, 500], [700, 500]]):
        crops = eye_crops(picture, np.array(points, np.float32), 16)
        assert np.all(crops == (9, 80, 200))
    with pytest.raises(ValueError, match="size must be at least 1 pixel, got 0"):
        eye_crops(picture, np.zeros((5, 2)), 0)
    with pytest.raises(ValueError, match="eye points must be numbers"):
        eye_crops(picture, np.full((5, 2), np.nan), 16)


def test_a_framing_of_eyes_cuts_two_crops_and_a_whole_picture_is_one() -> None:
    picture, landmarks = marked(10)
    seen = FaceBox((50, 50, 250, 250), 0.99, landmarks)
    np.testing.assert_array_equal(cut(picture, seen, FRAMINGS["eye"], 24), eye_crops(picture, landmarks, 24))
    assert cut(picture, FaceBox((0, 0, 300, 300)), FRAMINGS["eye"], 24).shape == (1, 24, 24, 3)
    assert cut(picture, seen, FRAMINGS["fer2013"], 24).shape == (1, 24, 24, 3)
    with pytest.raises(ValueError, match="without landmarks shows no eye points"):
        cut(picture, FaceBox((50, 50, 250, 250), 0.99), FRAMINGS["eye"], 24)


def test_all_faces_are_read_at_once_as_each_alone(reader: EyeReader) -> None:
    picture = noise(3, 300)
    faces = [FaceBox((0, 0, 200, 200), 0.9, marked(angle, distance)[1]) for angle, distance in ((0, 80), (30, 120))]
    faces.insert(1, FaceBox((0, 0, 90, 90), 0.9))  # nobody found its landmarks
    faces.append(FaceBox((0, 0, 20, 20), 0.9, marked(0, SMALLEST / EYE_SIDE - 1)[1]))
    faces.append(FaceBox((0, 0, 90, 90), 0.9, np.full((5, 2), np.nan, np.float32)))
    answers = reader.openness(picture, faces)
    assert answers.shape == (5, 2) and answers.dtype == np.float32
    assert np.isnan(answers[[1, 3, 4]]).all()
    assert ((answers[[0, 2]] >= 0) & (answers[[0, 2]] <= 1)).all()
    for one, answer in zip(faces, answers, strict=True):
        np.testing.assert_allclose(reader.openness(picture, [one])[0], answer, atol=1e-6)
    crops = np.concatenate([reader.crops(picture, faces[0]), reader.crops(picture, faces[2])])
    np.testing.assert_allclose(reader.openness_of_crops(crops), answers[[0, 2]].ravel(), atol=1e-6)
    assert reader.openness(picture, []).shape == (0, 2) and reader.openness_of_crops(crops[:0]).shape == (0,)


def test_mistakes_get_a_sentence(reader: EyeReader, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"crops must be \(N, 24, 24, 3\) uint8, got \(1, 32, 32, 3\)"):
        reader.openness_of_crops(np.zeros((1, 32, 32, 3), np.uint8))
    with pytest.raises(ValueError, match="run other does not judge eyes: it has the labels anger, .* 'fer2013'"):
        EyeReader(untrained(tmp_path / "other"))


def test_a_face_is_told_by_the_mean_of_its_eyes(run: Run, reader: EyeReader) -> None:
    predictor = Predictor(run, "cpu")
    picture = scene([(10, 20, 170), (190, 20, 120)], 330, 200)
    (answer,) = predictor.predict([source("two.png", png(picture))])
    assert len(answer.faces) == 2 and predictor.labels == ("closed", "open")
    openness = reader.openness(picture, [one.face for one in answer.faces])
    for one, eyes in zip(answer.faces, openness, strict=True):
        assert one.probabilities["open"] == pytest.approx(eyes.mean(), abs=1e-5)
        assert one.crop is not None and one.crop.shape == (24, 48, 3)
        maps = [explain_face(predictor.model, predictor.images(eye), 1).map for eye in np.split(one.crop, 2, axis=1)]
        both = explain_face(predictor.model, predictor.images(one.crop), 1)
        np.testing.assert_allclose(both.map, np.concatenate(maps, axis=1), atol=1e-6)
    (whole,) = predictor.predict([source("eye.png", png(noise(1, 24)))], faces="whole")
    assert whole.faces[0].crop is not None and whole.faces[0].crop.shape == (24, 24, 3)


def test_the_commands_take_a_run_of_eyes(fer: Callable, run: Run, tmp_path: Path) -> None:
    Image.fromarray(face(150)).save(tmp_path / "person.png")
    said = fer("predict", tmp_path / "person.png", "--run", run.path, "--json")
    assert said.code == 0 and list(said.document["images"][0]["faces"][0]["probabilities"]) == ["closed", "open"]
    drawn = fer("explain", tmp_path / "person.png", "--run", run.path, "--out", tmp_path / "map.png", "--json")
    assert drawn.code == 0 and Image.open(tmp_path / "map.png").width > 384
    rows = [{"path": f"{number}.png", "label": ("closed", "open")[number % 2]} for number in range(4)]
    for number, row in enumerate(rows):  # larger than what `auto` takes whole elsewhere
        Image.fromarray(noise(number, 100)).save(tmp_path / row["path"])
    pd.DataFrame(rows).to_csv(tmp_path / "manifest.csv", index=False)
    judged = fer("evaluate", run.path, "--data", tmp_path, "--json")
    assert judged.code == 0 and judged.document["n"] == 4 and judged.document["faces_detected"] == 0
    assert 0 <= judged.document["auc"] <= 1
    refused = fer("evaluate", run.path, "--data", tmp_path, "--faces", "detect", "--json")
    assert refused.code == 2 and "takes each picture of a data set for one eye" in refused.err


def test_the_shipped_run_knows_an_open_eye_when_it_is_drawn() -> None:
    reader = EyeReader()
    points = (LANDMARKS * 200).astype(np.float32)
    assert reader.openness(face(200), [FaceBox((40, 30, 160, 180), 0.99, points)]).min() > 0.5


def test_the_shipped_run_is_light() -> None:
    assert sum(path.stat().st_size for path in (SHIPPED / "eyes").iterdir()) < 2 * 2**20


def test_the_shipped_run_meets_its_order() -> None:
    report = stored_report(Run(SHIPPED / "eyes"), "test")
    assert report["n"] == 1025 and report["accuracy"] >= 0.90 and report["auc"] >= 0.97


@pytest.mark.slow
def test_people_left_out_are_judged_as_stored(shared_data: Path, tmp_path: Path) -> None:
    run = Run(SHIPPED / "eyes")
    build([open_data(shared_data / "mrl_eyes.zip")], tmp_path / "eye-crops", fold=0)
    judged = evaluate(run, open_data(tmp_path / "eye-crops"), "test")
    stored = run.predictions("test").set_index("sample")["p_open"]
    again = judged.predictions.set_index("sample")["p_open"]
    assert set(again.index) == set(stored.index) and judged.report()["accuracy"] >= 0.90
    np.testing.assert_allclose(again, stored[again.index], atol=1e-3)


@pytest.mark.slow
def test_open_eyes_in_photos_are_called_open(photos_zip: Path) -> None:
    """Every face of the still photos; a few smile their eyes to a slit, hence not every single one."""
    reader, finder = EyeReader(), FaceFinder()
    found = []
    for one in find_pictures([photos_zip]):
        if one.path.endswith(".mp4"):
            continue
        picture = open_picture(one.read())
        found.append(reader.openness(picture, finder.find(picture)))
    eyes = np.concatenate(found).ravel()
    eyes = eyes[np.isfinite(eyes)]
    assert len(eyes) == 100 and (eyes > 0.5).sum() >= 96
