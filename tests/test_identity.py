"""V_id filled once per picture: what it depends on, that nothing recomputes it, and that a run needs its file."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from fer_core.assembly import build_model, load_model, normaliser
from fer_core.backbones.deviation import Deviation
from fer_core.cropping import cropper
from fer_core.data import decode, open_data
from fer_core.evaluation import evaluate, verify
from fer_core.identity import frozen_features
from fer_core.runs import Run
from fer_core.start import frozen_parts
from fer_core.training import train
from tests.encoders import PEOPLE, deviation, stored_encoder


@pytest.fixture
def encoder():
    return stored_encoder()


def _decoded(source=PEOPLE):
    return decode(open_data(source), 24, True, *cropper("whole", "fer2013", 24))


def _filled(recipe, decoded):
    model = build_model(recipe)
    plan = recipe.preprocessing.model_dump(mode="json")
    return frozen_features(model, decoded, plan, frozen_parts(recipe), torch.device("cpu")), model, plan


def test_the_features_are_the_identity_model_s_of_each_unaugmented_crop(encoder):
    decoded = _decoded()
    found, model, plan = _filled(deviation(), decoded)
    direct = model.eval().frozen(normaliser(plan)(np.asarray(decoded.pixels)))["v_id"].numpy()
    assert found["v_id"].shape == (72, 6)
    np.testing.assert_allclose(found["v_id"], direct, atol=1e-6)


def test_filled_once_they_are_read_not_computed(encoder, monkeypatch):
    decoded = _decoded()
    first, *_ = _filled(deviation(), decoded)
    monkeypatch.setattr("fer_core.identity._computed", lambda *_: pytest.fail("computed again"))
    second, *_ = _filled(deviation("seed=5", "optimiser.lr=0.3"), decoded)
    np.testing.assert_array_equal(first["v_id"], second["v_id"])


@pytest.mark.parametrize("change", ["preprocessing.mean=[0.2, 0.2, 0.2]", "preprocessing.standardise=true"])
def test_another_normalisation_has_other_features(encoder, change):
    decoded = _decoded()
    first, *_ = _filled(deviation(), decoded)
    second, *_ = _filled(deviation(change), decoded)
    assert np.abs(first["v_id"] - second["v_id"]).max() > 1e-3


def test_another_encoder_has_other_features(encoder):
    decoded = _decoded()
    first, *_ = _filled(deviation(), decoded)
    stored_encoder(seed=1, name="other")
    second, *_ = _filled(deviation("backbone.identity=other"), decoded)
    assert np.abs(first["v_id"] - second["v_id"]).max() > 1e-3


def test_joined_data_takes_each_part_s_own(encoder):
    other = PEOPLE.replace("subjects=6", "subjects=6,first=50")
    joined, *_ = _filled(deviation(), _decoded([PEOPLE, other]))
    parts = [_filled(deviation(), _decoded(one))[0]["v_id"] for one in (PEOPLE, other)]
    np.testing.assert_array_equal(joined["v_id"], np.concatenate(parts))


def test_a_broken_cache_is_filled_anew(encoder, monkeypatch, tmp_path):
    monkeypatch.setenv("FER_CACHE", str(tmp_path))
    decoded = _decoded()
    first, *_ = _filled(deviation(), decoded)
    (path,) = tmp_path.glob("frozen-*.npz")
    path.write_bytes(path.read_bytes()[:100])
    second, *_ = _filled(deviation(), decoded)
    np.testing.assert_array_equal(first["v_id"], second["v_id"])


@pytest.fixture
def run(encoder, tmp_path):
    return train(deviation(), PEOPLE, tmp_path / "run", threads=1)


def test_a_run_names_its_frozen_part_and_does_not_hold_it(run, encoder):
    assert run.info["frozen"]["v_id"]["file"] == encoder.name
    assert verify(run)["equal"]
    fresh = load_model(run)
    loaded, _, _ = _filled(deviation(), _decoded())
    pixels = normaliser(run.preprocessing)(np.asarray(_decoded().pixels))
    np.testing.assert_allclose(fresh.frozen(pixels)["v_id"].numpy(), loaded["v_id"], atol=1e-6)


def test_without_the_very_file_a_run_does_not_predict(run, encoder):
    encoder.rename(encoder.with_suffix(".away"))
    assert "frozen part v_id" in Run(run.path).why_not
    other = stored_encoder(seed=1)
    other.rename(encoder)
    with pytest.raises(ValueError, match="another one than it was trained with"):
        load_model(Run(run.path))


def test_a_training_that_resumes_is_the_one_that_was_not_stopped(encoder, run, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("fer_core.loop._line", stop)  # after the first epoch was kept
        with pytest.raises(KeyboardInterrupt):
            train(deviation(), PEOPLE, tmp_path / "again", threads=1)
    again = train(deviation(), PEOPLE, tmp_path / "again", resume=True, threads=1)
    assert (again.path / "weights.safetensors").read_bytes() == (run.path / "weights.safetensors").read_bytes()
    assert again.info["frozen"] == run.info["frozen"]


def test_v_id_of_mixed_pictures_is_mixed_and_no_identity_pass_is_made(encoder, tmp_path, monkeypatch):
    decoded = _decoded()
    _filled(deviation(), decoded)
    forward = Deviation.forward

    def watched(self, images, frozen=None):
        assert frozen is not None and set(frozen) == {"v_id"}, "the identity model would run"
        return forward(self, images, frozen)

    monkeypatch.setattr(Deviation, "forward", watched)
    monkeypatch.setattr(Deviation, "frozen", lambda *_: pytest.fail("the identity model ran"))
    changes = ("mixing.kind=pairs", "mixing.at=image", "mixing.share=0.5")
    monkeypatch.setattr("fer_core.training.evaluate_and_describe", lambda *_: None)
    ended = train(deviation(*changes), PEOPLE, tmp_path / "mixed", threads=1)
    assert len(json.loads((ended.path / "pairs.json").read_text())["lam"]) > 0


def test_people_who_made_the_encoder_are_refused_and_counted(tmp_path):
    stored_encoder(subjects=("people 0 p0000", "people 0 p0001", "people 7 p0002"))
    run = train(deviation(), PEOPLE.replace("subjects=6", "subjects=6,first=40"), tmp_path / "run", threads=1)
    found = evaluate(run, open_data(PEOPLE), "all")
    assert {one["path"][:5] for one in found.excluded} == {"p0000", "p0001"}  # p0002 of another seed is another person
    assert len(found.predictions) == 4 * 12
    with pytest.raises(ValueError, match="helped to pre-train"):
        evaluate(run, open_data(PEOPLE.replace("subjects=6", "subjects=2")), "all")
