"""A run's reference from pictures to file and back, and what its command says."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from fer_core.assembly import load_model, normaliser
from fer_core.data.gathering import gather
from fer_core.inference import spaces_of
from fer_core.metrics import auc
from fer_core.ood import fit, store_reference, usual
from fer_core.ood.drawn import non_faces
from fer_core.ood.measuring import measure
from fer_core.ood.reference import FILE
from fer_core.weights import load_weights, save_weights


def test_what_a_training_held_out_is_measured_by_people_it_was_not_fitted_on(run, faces):
    found = measure(run, faces, device="cpu", seed=2)
    facts = found.facts
    assert (facts["n"], facts["split"], facts["dealt_by"], facts["folds"]) == (75, "validation", "subject", 5)
    assert facts["labels"]["happiness"] == 25 and facts["labels"]["fear"] == 0 and facts["left_out"] == 4
    table = faces.table.reset_index(drop=True)
    rows = np.flatnonzero(table["subject"] != "p0")
    every = gather(faces, "all", run.preprocessing, run.labels, "whole")
    model, normalise = load_model(run), normaliser(run.preprocessing)
    vectors = spaces_of(model, normalise, every.pixels)["v_face"][rows]
    people, classes = table["subject"].to_numpy()[rows], every.labels[rows]
    own = np.empty(75)
    for one in set(people):  # five people, five folds: each person by the other four
        mine = people == one
        own[mine] = fit(vectors[~mine], classes[~mine]).distances(vectors[mine])
    assert found.quantiles == pytest.approx(np.quantile(own, np.linspace(0, 1, 101)), rel=1e-4)
    assert found.threshold == pytest.approx(np.quantile(own, 0.95), rel=1e-4)
    whole = fit(vectors, classes)
    assert found.score(vectors) == pytest.approx(whole.distances(vectors), rel=1e-4)
    noise = whole.distances(spaces_of(model, normalise, non_faces("noise", 12, 24, 2))["v_face"])
    told = next(one for one in facts["tried"] if one["name"] == "noise")
    assert told["auroc"] == pytest.approx(auc(np.concatenate([own, noise]), np.arange(87) >= 75), abs=1e-3)
    assert told["outside"] == pytest.approx((noise > found.threshold).mean()) and told["synthetic"]
    assert {one["group"] for one in facts["tried"]} == {"non-faces", "blur", "data"}
    assert facts["tried"][0]["name"] == "all" and facts["tried"][0]["n"] == 48
    assert facts["tried"][-1]["name"] == "people (synthetic)"


def test_a_reference_is_kept_without_a_single_picture_and_only_with_its_weights(run, faces, caplog):
    found = measure(run, faces, "all", limit=60, device="cpu")
    assert usual(run) is None
    path = store_reference(run, found)
    again = usual(run)
    vectors = np.random.default_rng(0).normal(size=(9, found.facts["dimension"]))
    assert again.score(vectors) == pytest.approx(found.score(vectors), rel=1e-3)
    assert again.facts == json.loads(json.dumps(found.facts)) and again.threshold == found.threshold
    width = found.facts["dimension"]
    sizes = {name: one.shape for name, one in load_file(path).items()}
    assert sizes == {"means": (3, width), "factor": (width * (width + 1) // 2,), "quantiles": (101,)}
    assert path.stat().st_size < 300_000
    content = path.read_bytes()
    for broken in (content[:200], b"", content.replace(b"shrinkage", b"shrunkage")):
        path.write_bytes(broken)
        assert usual(run) is None and "is damaged" in caplog.text
        caplog.clear()
    path.write_bytes(content)
    state, _ = load_weights(run.path / "weights.safetensors")
    save_weights(run.path / "weights.safetensors", {name: one * 1.5 for name, one in state.items()}, {})
    assert usual(run) is None and "belongs to other weights" in caplog.text


def test_percentiles_are_those_of_the_validation_distances(run, faces):
    found = measure(run, faces, "all", device="cpu")
    assert found.percentile(found.quantiles) == pytest.approx(np.arange(101))
    assert found.percentile(0.0) == 0 and found.percentile(1e6) == 100
    flat = dataclasses.replace(found, quantiles=np.linspace(0, 2, 101))
    assert flat.threshold == pytest.approx(1.9) and float(flat.percentile(1.0)) == pytest.approx(50)
    assert flat.inside(np.array([1.89, 1.91])).tolist() == [True, False]


def test_the_command_measures_stores_and_shows(fer, run, source):
    asked = ("ood", run.path, "--data", source, "--device", "cpu")
    assert fer("ood", run.path).code == 2
    ran = fer(*asked, "--against", f"twin={source}", "--store", "--json")
    assert ran.code == 0 and ran.document["stored"], ran.err
    assert (run.path / FILE).is_file()
    twin = ran.document["tried"][-1]
    # The same pictures are not told apart from themselves; measured by all, they lie a little nearer.
    assert (twin["name"], twin["n"], twin["synthetic"]) == ("twin", 20, False) and 0.2 < twin["auroc"] < 0.6
    shown = fer("ood", run.path, "--json")
    assert shown.code == 0 and shown.document == ran.document
    text = fer("ood", run.path).out
    assert "95 % of these pictures lie within" in text and "AUROC" in text and "measured by: fer ood own --data" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--store",), "name the run's own data"),
        (("--data", "DATA", "--split", "test"), "has no split 'test'"),
        (("--data", "DATA", "--space", "v_id"), "the run has no space 'v_id'; it has: v_face"),
        (("--data", "DATA", "--limit", "9"), "no label has 10 samples"),
        (("--data", "DATA", "--against", "orl"), "--against must read like"),
        (("--data", "DATA", "--against", "a=DATA", "--against", "a=DATA"), "a name of its own"),
        (("--data", "DATA", "--against", "a=nowhere"), "no data at nowhere"),
        (("--data", "DATA", "--seed", "-1"), "seed must be 0 or more"),
    ],
)
def test_the_callers_mistakes_exit_with_two(fer, run, source, words, sentence):
    ran = fer("ood", run.path, *(word.replace("DATA", source) for word in words), "--device", "cpu")
    assert (ran.code, "Traceback" in ran.err) == (2, False) and sentence in ran.err


def test_no_validation_and_shipped_runs(fer, run, source):
    (run.path / "predictions.parquet").unlink()
    ran = fer("ood", run.path, "--data", source)
    assert ran.code == 2 and "has no split 'validation'" in ran.err and "--split: all" in ran.err
    ran = fer("ood", "expression", "--data", source, "--store")
    assert ran.code == 2 and "comes with the software" in ran.err
