"""The studies that come with the software hold what their cards and the grids say."""

from __future__ import annotations

import pytest

from fer_core.catalogue import BACKBONES
from fer_core.grid import load_grid
from fer_core.studies import STUDIES, StoredStudy, find_study

SHIPPED_STUDIES = sorted(path.parent for path in STUDIES.glob("*/sweep.parquet"))


@pytest.mark.parametrize("path", SHIPPED_STUDIES, ids=lambda path: path.name)
def test_every_run_finished_and_its_figures_come_from_the_stored_predictions(path):
    study = StoredStudy(path)
    table, predictions = study.table, study.predictions()
    assert (table["status"] == "finished").all() and not (path / "runs").exists()
    right = (predictions["label"] == predictions["predicted"]).groupby([predictions["row"], predictions["seed"]]).mean()
    for _, row in table.iterrows():
        assert row["accuracy"] == pytest.approx(right[row["row"], row["seed"]])
        assert row["n"] == 3589 and row["split"] == "validation" and row["data"] == "fer2013" and not row["synthetic"]
    assert set(study.history()["row"]) == set(table["row"])
    jobs = load_grid(path.name).jobs
    assert [(job.row, job.seed) for job in jobs] == list(zip(table["row"], table["seed"], strict=True))


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
