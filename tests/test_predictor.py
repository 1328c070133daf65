"""From files to answers: each file answered, in order, in bounded memory, from threads; and `fer predict` around it."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_core.assembly import build_model
from fer_core.contracts import PicturePrediction
from fer_core.labels import EXPRESSIONS
from fer_core.pictures import PictureSource, UnreadablePicture, find_pictures, open_picture
from fer_core.predictor import BATCH, Predictor
from fer_core.recipe import check_recipe
from fer_core.runs import Run, create_run
from fer_core.weights import save_weights
from tests.drawn_face import face, scene
from tests.mutations import mutations

RECIPE = {
    "name": "untrained",
    "preprocessing": {"size": 32, "grey": True},
    "backbone": {"kind": "compact", "stem": 4, "widths": [6, 8], "blocks": [1, 1]},
    "evaluation": {"views": 2},
}


def untrained(home: Path, **preprocessing: object) -> Run:
    """A finished run whose weights nobody trained: what comes in and out needs no truth."""
    recipe = check_recipe(RECIPE)
    plan = {**recipe.preprocessing.model_dump(mode="json"), **preprocessing}
    run = create_run(home, recipe.dump(), {"status": "finished", "labels": list(recipe.labels), "preprocessing": plan})
    save_weights(run.path / "weights.safetensors", build_model(recipe).state_dict(), {"labels": list(recipe.labels)})
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return untrained(tmp_path_factory.mktemp("runs") / "untrained")


@pytest.fixture(scope="module")
def predictor(run: Run) -> Predictor:
    return Predictor(run, "cpu")


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def source(name: str, data: bytes) -> PictureSource:
    return PictureSource(name, lambda: data)


def noise(seed: int, side: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def shares(answer: PicturePrediction) -> list[list[float]]:
    return [list(one.probabilities.values()) for one in answer.faces]


def test_probabilities_are_those_of_both_views(predictor: Predictor) -> None:
    crops = np.stack([noise(seed, 32) for seed in range(5)])
    both = predictor.probabilities(crops)
    assert both.shape == (5, 7) and np.allclose(both.sum(axis=1), 1, atol=1e-5)
    plain, mirrored = predictor.probabilities(crops, 1), predictor.probabilities(crops[:, :, ::-1], views=1)
    np.testing.assert_allclose(both, (plain + mirrored) / 2, atol=1e-6)
    assert np.abs(both - plain).max() > 1e-4
    assert predictor.probabilities(crops[:0]).shape == (0, 7)


def test_a_picture_is_answered_face_by_face(predictor: Predictor) -> None:
    picture = scene([(10, 60, 70), (100, 10, 180), (290, 40, 110)], 420, 200)
    (answer,) = predictor.predict([source("three.png", png(picture))])
    assert (answer.path, answer.width, answer.height, answer.error) == ("three.png", 420, 200, None)
    assert len(answer.faces) == 3
    assert [one.face.area for one in answer.faces] == sorted((one.face.area for one in answer.faces), reverse=True)
    for one in answer.faces:
        assert tuple(one.probabilities) == EXPRESSIONS == predictor.labels
        assert one.label == max(one.probabilities, key=one.probabilities.__getitem__)
        assert one.crop is not None and one.crop.shape == (32, 32, 3)
        assert np.all(one.crop == one.crop[:, :, :1])  # the run is grey: so is what it saw
        seen = predictor.probabilities(one.crop[None])[0]
        np.testing.assert_allclose(list(one.probabilities.values()), seen, atol=1e-5)


def test_whole_pictures_are_judged_as_in_training(predictor: Predictor) -> None:
    picture = noise(1, 32)
    for mode in ("auto", "whole"):
        (answer,) = predictor.predict([source("small.png", png(picture))], faces=mode)
        assert answer.faces[0].face.detection is None and answer.faces[0].face.box == (0, 0, 32, 32)
        np.testing.assert_allclose(shares(answer)[0], predictor.probabilities(picture[None])[0], atol=1e-5)


def test_every_mutation_is_answered(predictor: Predictor, recwarn: pytest.WarningsRecorder) -> None:
    """One call over 300 and more files, each told what it is; every fifth is searched for faces in another call."""
    files = list(mutations())
    answers = list(predictor.predict([source(name, data) for name, data in files], faces="whole"))
    assert [answer.path for answer in answers] == [name for name, _ in files] and len(files) >= 300
    for (name, data), answer in zip(files, answers, strict=True):
        try:
            height, width, _ = open_picture(data).shape
        except UnreadablePicture as fault:
            assert (answer.error, answer.width, answer.height, answer.faces) == (str(fault), None, None, ()), name
        else:
            assert (answer.error, answer.width, answer.height) == (None, width, height), name
        assert len(answer.faces) == (answer.error is None)
    searched = {"plain.jpg", "plain.png", "deep.png", "cmyk.jpg", "plain.webp"}
    some = [source(name, data) for number, (name, data) in enumerate(files) if number % 5 == 0 or name in searched]
    found = {answer.path: len(answer.faces) for answer in predictor.predict(some)}
    assert len(found) == len(some) and {found[name] for name in searched} == {1}


def test_alone_or_among_others_a_picture_is_told_the_same(predictor: Predictor) -> None:
    sources = [source(str(seed), png(noise(seed))) for seed in range(9)] + [source("face", png(face(120)))]
    sources.insert(4, source("broken", b"x"))
    together = list(predictor.predict(sources))
    for one, answer in zip(sources, together, strict=True):
        (alone,) = predictor.predict([one])
        np.testing.assert_allclose(shares(alone), shares(answer), atol=1e-5)


def test_pictures_are_read_while_answers_leave(predictor: Predictor) -> None:
    read = 0

    def many() -> Iterator[PictureSource]:
        nonlocal read
        for seed in range(3 * BATCH):
            read += 1
            yield source(str(seed), png(noise(seed, 32)))

    answers = predictor.predict(many(), views=1)
    assert read == 0
    assert next(answers).path == "0" and read == BATCH
    assert len(list(answers)) == 3 * BATCH - 1


def test_threads_share_a_predictor(predictor: Predictor) -> None:
    sources = [source(str(seed), png(noise(seed))) for seed in range(20)] + [source("face", png(face(100)))]
    wanted = [shares(answer) for answer in predictor.predict(sources)]
    said: list[list] = []

    def work() -> None:
        said.append([shares(answer) for answer in predictor.predict(sources)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 4
    for one in said:
        for got, want in zip(one, wanted, strict=True):
            np.testing.assert_allclose(got, want, atol=1e-6)


def test_mistakes_are_told_at_the_call(run: Run, predictor: Predictor, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown way to look for faces 'detekt'; did you mean 'detect'"):
        predictor.predict([], faces="detekt")
    with pytest.raises(ValueError, match="views must be one of 1, 2, 10, got 4"):
        predictor.predict([], views=4)
    with pytest.raises(ValueError, match=r"crops must be \(N, 32, 32, 3\) uint8, got \(1, 48, 48, 3\)"):
        predictor.probabilities(np.zeros((1, 48, 48, 3), np.uint8))
    with pytest.raises(ValueError, match="run other needs the framing 'fer2031'; did you mean 'fer2013'"):
        Predictor(untrained(tmp_path / "other", framing="fer2031"), "cpu")
    with pytest.raises(ValueError, match="device must be auto, cpu or cuda, got 'tpu'"):
        Predictor(run, "tpu")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder and a zip with two pictures each, a broken one among them."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/person.png").write_bytes(png(face(120)))
    (tmp_path / "folder/broken.jpg").write_bytes(png(face(120))[:300])
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("in/person.png", png(face(150)))
        archive.writestr("in/nobody.png", png(np.zeros((90, 120, 3), np.uint8)))
    return tmp_path


def test_the_command_answers_programs(fer: Callable, run: Run, photos: Path) -> None:
    ran = fer("predict", photos / "folder", photos / "photos.zip", photos / "gone.jpg", "--run", run.path, "--json")
    document = ran.document
    assert (ran.code, set(document)) == (0, {"run", "labels", "images"})
    assert (document["run"], document["labels"]) == ("untrained", list(EXPRESSIONS))
    assert all(set(image) == {"path", "width", "height", "faces", "error"} for image in document["images"])
    broken, person, second, nobody, gone = document["images"]
    assert [image["path"] for image in document["images"]] == [
        str(photos / name)
        for name in (
            "folder/broken.jpg",
            "folder/person.png",
            "photos.zip/in/person.png",
            "photos.zip/in/nobody.png",
            "gone.jpg",
        )
    ]
    assert broken["error"] == "the file is damaged or cut off (PNG); save or download it again"
    assert gone["error"] == "gone.jpg was not found; check the path"
    assert (broken["faces"], broken["width"], broken["height"]) == ([], None, None)
    assert (nobody["faces"], nobody["error"], nobody["width"], nobody["height"]) == ([], None, 120, 90)
    for image, side in ((person, 120), (second, 150)):
        (one,) = image["faces"]
        assert set(one) == {"box", "detection", "label", "probabilities"} and image["error"] is None
        left, top, right, bottom = one["box"]
        assert 0 <= left < right <= side and 0 <= top < bottom <= side
        assert 0.9 < one["detection"] <= 1
        assert set(one["probabilities"]) == set(EXPRESSIONS) and np.isclose(
            sum(one["probabilities"].values()), 1, atol=1e-5
        )
    whole = fer("predict", photos / "folder/person.png", "--run", run.path, "--faces", "whole", "--json").document
    assert (whole["images"][0]["faces"][0]["box"], whole["images"][0]["faces"][0]["detection"]) == (
        [0, 0, 120, 120],
        None,
    )


def test_the_command_answers_people(fer: Callable, run: Run, photos: Path) -> None:
    ran = fer("predict", photos / "folder", photos / "photos.zip", "--run", run.path)
    assert ran.code == 0
    assert "no face found" in ran.out and "Cannot be read:\n" in ran.out and "the model says" in ran.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gone.jpg"], "gone.jpg was not found; check the path"),
        (["gone.jpg", "lost.png"], "none of 2 files can be read; the first: gone.jpg was not found"),
        (["folder/person.png", "--faces", "here"], "unknown way to look for faces 'here'"),
        (["folder/person.png", "--views", "3"], "views must be one of 1, 2, 10, got 3"),
        (["folder/person.png", "--run", "nobody"], "no run 'nobody'"),
    ],
)
def test_the_callers_mistakes_exit_with_two(
    fer: Callable, run: Run, photos: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(photos)
    ran = fer("predict", *([] if "--run" in arguments else ["--run", run.path]), *arguments, "--json")
    assert (ran.code, sentence in ran.err, "Traceback" in ran.err) == (2, True, False)
    if "can be read" in sentence or "gone.jpg" in arguments:
        assert all(image["error"] for image in json.loads(ran.out)["images"])


@pytest.mark.slow
def test_all_photos_are_answered_in_one_call(fer: Callable, run: Run, photos_zip: Path) -> None:
    images = fer("predict", photos_zip, "--run", run.path, "--json").document["images"]
    assert len(images) == len(find_pictures([photos_zip])) == 45
    assert all(bool(image["faces"]) != image["path"].endswith("no-faces.jpg") for image in images if not image["error"])
    assert [image["path"][-4:] for image in images if image["error"]] == [".mp4"] * 3
