"""The shipped drowsiness network: its frozen half, its tables without a real person's name, and real people awake."""

from __future__ import annotations

import re
import zipfile
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch

from fer_core.assembly import load_model, normaliser
from fer_core.leakage import leakage_of
from fer_core.leakage.stored import stored_leakage
from fer_core.pictures import find_pictures
from fer_core.predictor import Predictor
from fer_core.pretrained.frozen import frozen_subjects
from fer_core.runs import SHIPPED, Run

SYNTHETIC = re.compile(r"p\d{4,5}")


@pytest.fixture(scope="module")
def run():
    return Run(SHIPPED / "drowsiness")


def test_its_frozen_half_comes_with_it_and_v_state_is_the_difference(run):
    model, size = load_model(run), run.preprocessing["size"]
    crops = np.random.default_rng(0).integers(0, 256, (4, size, size), dtype=np.uint8)
    with torch.inference_mode():
        spaces = model.features(normaliser(run.preprocessing)(crops)).spaces
    assert torch.equal(spaces["v_state"], spaces["v_face"] - spaces["v_id"])
    torch.testing.assert_close(spaces["v_id"].norm(dim=1), torch.ones(4))
    assert spaces["v_state"].norm(dim=1).min() > 0.1
    assert sum(one.numel() for one in model.backbone.identity.parameters()) < 1_000_000


def test_its_tables_name_nobody_who_exists(run):
    stored = run.predictions()
    real = ~stored["subject"].astype(str).str.fullmatch(SYNTHETIC)
    assert real.sum() > 1000
    assert stored["subject"][real].str.fullmatch(r"[0-9a-f]{16}").all()
    features = run.features("all")
    assert features.samples["subject"].str.fullmatch(SYNTHETIC).all()
    known = frozen_subjects(run.info["frozen"])
    assert all(re.fullmatch(r"people 0 p\d{5}|[0-9a-f]{16}", one) for one in known)


def test_nobody_who_judges_it_has_trained_it_or_its_encoder(run):
    strangers = set(run.features("all").samples["subject"])
    judged = run.predictions("test")["subject"]
    known = {one.removeprefix("people 0 ") for one in frozen_subjects(run.info["frozen"])}
    assert not strangers & known and not set(judged) & known
    assert not strangers & set(judged)
    learned = run.training_pictures()
    names = {one.removeprefix("people 0 ") for one in learned["subject"][learned["used"]]}
    assert len(names) == 345 and not names & (strangers | set(judged)) and run.features("all").made["met"] == []


def test_the_card_tells_what_the_stored_tables_say(run):
    card, found = run.card(), stored_leakage(run.path)
    for space, one in found["spaces"].items():
        again = leakage_of(run.features("all"), space)
        assert again["accuracy"] == pytest.approx(one["unseen"]["accuracy"], abs=0.02)
        assert again["effective_rank"] == pytest.approx(one["unseen"]["effective_rank"], rel=0.01)
        assert f"| {space} | 128 | {one['unseen']['effective_rank']:.1f} | {one['unseen']['accuracy']:.3f} (" in card
    test = run.predictions("test")
    real = test[test["subject"].str.fullmatch(r"[0-9a-f]{16}")]
    for label, rows in real.groupby("label"):
        assert f"{label} {(rows['predicted'] == label).mean():.3f} of {len(rows)}" in card
    awake = real[real["label"] == "Awake"]
    assert not (awake["predicted"] == "Asleep").any()


def test_every_space_has_its_maps(run):
    for space in ("v_face", "v_id", "v_state"):
        for method in ("pca", "tsne", "umap"):
            points = pd.read_parquet(run.path / "projections" / f"{space}-{method}.parquet")
            assert len(points) == len(run.features("all")) and points[["x", "y"]].notna().all().all()


@pytest.mark.slow
def test_people_with_open_eyes_are_awake(run, photos_zip):
    answers = Counter()
    asleep = []
    for picture in Predictor(run, "cpu").predict(find_pictures([str(photos_zip)])):
        for face in picture.faces:
            answers[face.label] += 1
            asleep += [picture.path] if face.label == "Asleep" else []
    assert answers["Awake"] > 0.75 * answers.total()
    # The one face there whose eyes are down: a child in the shade.
    assert all("obama_and_biden" in path for path in asleep)


@pytest.mark.slow
def test_no_shipped_file_holds_a_name_of_the_real_data(shared_data):
    with zipfile.ZipFile(shared_data / "public_figures.zip") as opened, opened.open("manifest.csv") as rows:
        names = set(pd.read_csv(rows)["subject"])
    words = {name.encode() for name in names if "_" in name}
    for path in SHIPPED.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [word for word in words if word in content], path
            if path.suffix == ".parquet":
                table = pd.read_parquet(path)
                text = table.select_dtypes(["object", "str"])
                assert not names & {str(one) for column in text for one in text[column].map(str).unique()}, path
