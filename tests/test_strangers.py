"""Leakage at the end of a training: on people who neither trained nor made the encoder, and on those who trained."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fer_core.data import open_data
from fer_core.embedding import embed
from fer_core.features import read_features
from fer_core.leakage import leakage_of
from fer_core.training import train
from tests.encoders import PEOPLE, deviation, stored_encoder

OTHERS = PEOPLE.replace("subjects=6", "subjects=5,first=80")


def _leakage(run):
    return json.loads((run.path / "leakage.json").read_text())


def test_the_figures_are_those_of_the_run_s_own_feature_table(tmp_path):
    stored_encoder()
    run = train(deviation(f"evaluation.leakage={OTHERS}"), PEOPLE, tmp_path / "run", threads=1)
    found = _leakage(run)
    assert set(found["spaces"]) == {"v_face", "v_id", "v_state"}
    assert (found["n"], found["refused"]) == (5 * 12, 0)
    embed(run, open_data(OTHERS), tmp_path / "others.parquet", split="all")
    direct = leakage_of(read_features(tmp_path / "others.parquet", ["v_state"]), "v_state")
    unseen = found["spaces"]["v_state"]["unseen"]
    assert unseen["state"] == "Awake" and unseen["subjects"] == 5
    assert unseen["accuracy"] == pytest.approx(direct["accuracy"], abs=0.02)
    assert unseen["effective_rank"] == pytest.approx(direct["effective_rank"], rel=1e-3)
    # Those who trained: one of the three groups of two.
    assert found["spaces"]["v_state"]["seen"]["subjects"] == 2


def test_who_trained_or_made_the_encoder_is_no_stranger(tmp_path):
    stored_encoder(subjects=("people 0 p0008",))
    both = PEOPLE.replace("subjects=6", "subjects=10").replace("frames=2", "frames=1")
    run = train(deviation(f"evaluation.leakage={both}"), PEOPLE, tmp_path / "run", threads=1)
    found = _leakage(run)
    learned = 2  # of six people in three groups
    assert found["refused"] == 6 * (learned + 1)
    assert found["n"] == 6 * (10 - learned - 1)
    assert np.isfinite(found["macro_f1"])


def test_nobody_left_is_told(tmp_path):
    stored_encoder()
    source = PEOPLE.replace("groups=3", "groups=3,split=train")
    with pytest.raises(ValueError, match="nobody whom the model has not met"):
        train(deviation(f"evaluation.leakage={source}"), PEOPLE, tmp_path / "run", threads=1)


def test_steps_end_a_training_within_an_epoch(tmp_path):
    stored_encoder()
    run = train(deviation("optimisation.steps=4", "optimisation.epochs=50"), PEOPLE, tmp_path / "run", threads=1)
    assert run.history()["steps"].tolist() == [2, 2]
    run = train(deviation("optimisation.steps=3"), PEOPLE, tmp_path / "less", threads=1)
    assert run.history()["steps"].tolist() == [2, 1]
