"""The studies that come with the software hold what their cards and the grids say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.catalogue import BACKBONES
from fer_core.grid import load_grid
from fer_core.studies import STUDIES, StoredStudy, find_study

SHIPPED_STUDIES = sorted(path.parent for path in STUDIES.glob("*/sweep.parquet"))


@pytest.mark.parametrize("path", SHIPPED_STUDIES, ids=lambda path: path.name)
def test_the_figures_of_every_run_come_from_the_stored_predictions(path):
    study = StoredStudy(path)
    done = study.table[study.table["status"] == "finished"]
    predictions, jobs = study.predictions(), load_grid(path.name).jobs
    assert not (path / "runs").exists()
    keys = [key for key in ("study", "row", "seed", "fold") if key in predictions]
    judged = predictions.merge(done[[*keys, "split"]], on=[*keys, "split"])
    right = (judged["label"] == judged["predicted"]).groupby([judged[key] for key in keys], dropna=False)
    scores = pd.DataFrame({"again": right.mean(), "counted": right.size()}).reset_index()
    both = done.merge(scores, on=keys)
    assert len(both) == len(done) > 0
    np.testing.assert_allclose(both["accuracy"], both["again"])
    assert (both["n"] == both["counted"]).all()
    assert set(zip(done["study"], done["row"], done["seed"], strict=True)) <= {
        (job.study, job.row, job.seed) for job in jobs
    }
    assert set(study.history()["row"]) == set(done["row"])


@pytest.mark.parametrize("name", ["mixings", "backbones"])
def test_studies_of_fer2013_are_whole(name):
    table, jobs = find_study(name).table, load_grid(name).jobs
    assert (table["status"] == "finished").all()
    assert [(job.row, job.seed) for job in jobs] == list(zip(table["row"], table["seed"], strict=True))
    assert table["n"].eq(3589).all() and table["split"].eq("validation").all()
    assert table["data"].eq("fer2013").all() and not table["synthetic"].any()


def test_the_study_of_mixings_is_small_equal_in_steps_and_told_in_its_card():
    study = find_study("mixings")
    table, card = study.table, (study.path / "card.md").read_text()
    assert table.groupby("row")["seed"].nunique().eq(3).all() and len(table) == 21
    assert table["parameters"].max() <= 300_000 and table["train"].eq(8000).all() and table["steps"].nunique() == 1
    assert table["robust_n"].eq(500).all() and study.robustness().groupby(["row", "seed"]).size().eq(60).all()
    for one in study.summary():
        cells = [
            "{mean:.3f} [{low:.3f}, {high:.3f}]".format(**one[key]).replace("0.", ".")
            for key in ("accuracy", "macro_f1", "robust_accuracy")
        ]
        assert f"| {one['row']} | {' | '.join(cells)} | {one['pictures']:,.0f} |" in card


def test_every_backbone_has_learned_more_than_the_commonest_label():
    study = find_study("backbones")
    predictions = study.predictions()
    table = study.table.set_index("row")
    # The deviation backbone is another backbone twice; studies of its own show it.
    assert set(table.index) == set(BACKBONES.names()) - {"deviation"}
    for row, runs in predictions.groupby("row"):
        majority = runs["label"].value_counts(normalize=True).iloc[0]
        assert table.loc[row, "accuracy"] > majority, row
