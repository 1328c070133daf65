"""A prediction says whether the face is usual for the run, without asking the network twice."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from fer_core.inference import answers_and_space, probabilities
from fer_core.ood import store_reference
from fer_core.ood.drawn import non_faces
from fer_core.ood.measuring import measure
from fer_core.pictures import PictureSource
from fer_core.predictor import Predictor


def source(name: str, pixels: np.ndarray) -> PictureSource:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return PictureSource(name, buffer.getvalue)


@pytest.fixture
def pictures(faces):
    noise = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 3), dtype=np.uint8)
    return [source("face", faces.picture(20)), *(source(str(number), one) for number, one in enumerate(noise))]


def test_a_face_is_usual_and_noise_is_not(run, faces, pictures):
    before = list(Predictor(run, "cpu").predict(pictures, "whole"))
    assert all(one.usual is None for answer in before for one in answer.faces)
    reference = measure(run, faces, device="cpu")
    store_reference(run, reference)
    predictor = Predictor(run, "cpu")
    answers = list(predictor.predict(pictures, "whole"))
    for answer, plain in zip(answers, before, strict=True):
        (one,), (other,) = answer.faces, plain.faces
        assert list(one.probabilities.values()) == pytest.approx(list(other.probabilities.values()), abs=1e-6)
        far = reference.score(predictor.spaces(one.crop[None])[reference.space])[0]
        assert one.usual.distance == pytest.approx(far, rel=1e-3)
        assert one.usual.percentile == pytest.approx(float(reference.percentile(far)), abs=0.5)
        assert one.usual.inside == (one.usual.distance <= reference.threshold)
    assert [answer.faces[0].usual.inside for answer in answers] == [True, False, False, False]


@pytest.mark.parametrize("views", [1, 2, 10])
def test_one_pass_gives_answers_and_features(run, views):
    predictor = Predictor(run, "cpu")
    crops, passes = non_faces("scene", 300, 24), []  # two batches
    predictor.model.backbone.register_forward_hook(lambda *_: passes.append(1))
    answers, features = answers_and_space(predictor.model, predictor.normalise, crops, "v_face", views)
    assert len(passes) == 2 * views
    assert answers == pytest.approx(probabilities(predictor.model, predictor.normalise, crops, views), abs=1e-6)
    assert features == pytest.approx(predictor.spaces(crops)["v_face"], abs=1e-5)
    none = answers_and_space(predictor.model, predictor.normalise, crops[:0], "v_face", views)
    assert none[0].shape == (0, 7) and none[1].shape == (0, features.shape[1])


def test_the_command_adds_it_where_the_run_keeps_it(fer, run, faces, tmp_path):
    Image.fromarray(faces.picture(20)).save(tmp_path / "face.png")
    asked = ("predict", tmp_path / "face.png", "--run", run.path, "--faces", "whole", "--device", "cpu")
    contract = {"box", "detection", "label", "probabilities"}
    assert set(fer(*asked, "--json").document["images"][0]["faces"][0]) == contract
    assert "usual" not in fer(*asked).out
    store_reference(run, measure(run, faces, device="cpu"))
    face = fer(*asked, "--json").document["images"][0]["faces"][0]
    assert set(face) == {*contract, "usual"} and set(face["usual"]) == {"distance", "percentile", "inside"}
    assert "usual for it" in fer(*asked).out
