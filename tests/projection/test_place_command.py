"""`fer place`: tables and mixtures in a map, from files alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.features import FeatureTable, write_features
from fer_core.projection import project
from fer_core.tables import write_parquet


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Six people in three states; the map is laid out by PCA."""
    home = tmp_path_factory.mktemp("maps")
    rng = np.random.default_rng(0)
    label = np.repeat(["Asleep", "Drowsy", "Awake"], 30).astype(object)
    subject = [f"p{row % 6}" for row in range(90)]
    vectors = rng.normal(size=(90, 5)) + np.repeat(rng.normal(0, 5, (3, 5)), 30, axis=0)
    samples = pd.DataFrame({"sample": np.arange(90).astype(str), "label": label, "subject": subject})
    table = FeatureTable(samples, {"v": vectors.astype(np.float32), "w": vectors.astype(np.float32)})
    write_features(home / "t.parquet", table)
    write_features(home / "new.parquet", table.take(np.arange(0, 90, 9)))
    write_parquet(home / "map.parquet", project(table, "v", "pca")[0])
    return home


def test_new_samples_and_mixtures_are_placed(fer, home):
    asked = ("place", home / "t.parquet", "--space", "v", "--map", home / "map.parquet", "--out", home / "out.parquet")
    ran = fer(*asked, "--features", home / "new.parquet", "--json")
    assert ran.code == 0 and ran.document["n"] == 10 and ran.document["gap"] is None, ran.err
    found, mapped = pd.read_parquet(home / "out.parquet"), pd.read_parquet(home / "map.parquet")
    assert (found[["x", "y"]].to_numpy() == mapped[["x", "y"]].to_numpy()[::9]).all()
    assert found["sample"].tolist() == mapped["sample"].tolist()[::9]

    for partners in ("same", "other"):
        ran = fer(*asked, "--mixed", partners, "--share", 0.2, "--seed", 3, "--json")
        assert ran.code == 0 and ran.document["n"] == 18, ran.err
        found = pd.read_parquet(home / "out.parquet")
        assert ((found["main_subject"] == found["partner_subject"]) == (partners == "same")).all()
        assert {frozenset(pair) for pair in zip(found["main_label"], found["partner_label"], strict=True)} == {
            frozenset(("Asleep", "Drowsy")),
            frozenset(("Drowsy", "Awake")),
        }
        for axis in ("x", "y"):
            main, partner = (mapped[axis].to_numpy()[found[who]] for who in ("main", "partner"))
            between = found["lam"] * main + (1 - found["lam"]) * partner
            assert found[f"line_{axis}"].to_numpy() == pytest.approx(between.to_numpy())
        assert ran.document["gap"] == pytest.approx(found["gap"].median())
    assert "from the line between its parents" in fer(*asked, "--mixed", "same").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "say what to place"),
        (("--mixed", "same", "--features", "new.parquet"), "say what to place"),
        (("--mixed", "nobody"), "--mixed: Input should be 'same' or 'other'"),
        (("--mixed", "same", "--between", "Asleep"), "--between: "),
        (("--mixed", "same", "--between", "happiness-fear"), "no training picture of happiness"),
        (("--mixed", "same", "--share", "9"), "--share: "),
        (("--mixed", "same", "--seed", "-1"), "seed must be 0 or more"),
        (("--mixed", "same", "--k", "0"), "k must be 1 or more"),
        (("--mixed", "same", "--space", "w"), "is a map of v, not of w"),
        (("--mixed", "same", "--map", "gone.parquet"), "no table at gone.parquet"),
        (("--mixed", "same", "--map", "tsne"), "no run"),
        (("--mixed", "same", "--map", "t.parquet"), "is a map of an unknown space"),
        (("--mixed", "same", "--out", "out.csv"), "must end in .parquet"),
        (("--mixed", "same", "--out", "no/out.parquet"), "there is no folder"),
    ],
)
def test_the_callers_mistakes_exit_with_two(fer, home, monkeypatch, words, sentence):
    monkeypatch.chdir(home)
    given = {"--space": "v", "--map": "map.parquet", "--out": "out.parquet"}
    given |= dict(zip(words[::2], words[1::2], strict=True))
    ran = fer("place", "t.parquet", *[word for pair in given.items() for word in pair])
    assert (ran.code, "Traceback" in ran.err) == (2, False) and sentence in ran.err
