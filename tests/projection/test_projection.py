"""Maps of features: what they keep, and the figures that judge them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.embedding import store_features
from fer_core.features import FeatureTable, write_features
from fer_core.projection import judged, laying, project, store_projection, stored_projection
from fer_core.runs import create_run


def clusters(each: int = 20, width: int = 60) -> FeatureTable:
    """Three labels far apart; five people who have nothing to do with them."""
    rng = np.random.default_rng(0)
    label = np.repeat(["anger", "fear", "sadness"], each).astype(object)
    centres = np.repeat(rng.normal(0, 8, (3, width)), each, axis=0)
    samples = pd.DataFrame({"label": label, "subject": [f"p{row % 5}" for row in range(3 * each)], "note": "x"})
    return FeatureTable(samples, {"v": (centres + rng.normal(size=(3 * each, width))).astype(np.float32)})


def test_pca_is_the_leading_directions_of_the_covariance():
    table = clusters()
    vectors = table.space("v").astype(float)
    points = project(table, "v", "pca")[0][["x", "y"]].to_numpy()
    values, directions = np.linalg.eigh(np.cov(vectors.T))
    expected = (vectors - vectors.mean(0)) @ directions[:, ::-1][:, :2]
    for axis in range(2):
        assert abs(points[:, axis]) == pytest.approx(abs(expected[:, axis]), abs=1e-4)
    assert points.var(0, ddof=1) == pytest.approx(values[::-1][:2], rel=1e-5)


@pytest.mark.parametrize("method", ["pca", "tsne", pytest.param("umap", marks=pytest.mark.slow)])
def test_clusters_stay_together_and_the_figures_say_so(method):
    table = clusters()
    found, figures = project(table, "v", method, seed=3)
    again, _ = project(table, "v", method, seed=3)
    assert list(found.columns) == ["label", "subject", "x", "y"] and (found["x"] == again["x"]).all()
    assert found.attrs["method"] == method and found.attrs["trustworthiness"] == figures["trustworthiness"]
    assert figures["trustworthiness"] > 0.7 and figures["seconds"] >= 0
    label, subject = figures["knn_purity"]["label"], figures["knn_purity"]["subject"]
    assert label["map"] > 0.95 and label["chance"] == pytest.approx(19 / 59)
    assert subject["map"] < 0.35 and subject["chance"] == pytest.approx(11 / 59)
    assert figures["silhouette"]["label"]["map"] > 0.4 > 0.05 > figures["silhouette"]["subject"]["map"]


@pytest.mark.slow
def test_many_points_are_laid_out_by_the_other_program(monkeypatch):
    monkeypatch.setattr(laying, "MOST_EXACT", 50)
    found, figures = project(clusters(), "v", "tsne")
    assert figures["knn_purity"]["label"]["map"] > 0.9 and np.isfinite(found["x"]).all()


def test_purity_counts_neighbours():
    rng = np.random.default_rng(1)
    vectors, group = rng.normal(size=(40, 6)), rng.integers(0, 3, 40).astype(str).astype(object)
    points = rng.normal(size=(40, 2))
    found = judged(vectors, points, pd.DataFrame({"label": group}))
    for where, which in (("map", points), ("space", vectors)):
        shares = []
        for row in range(40):
            far = np.linalg.norm(which - which[row], axis=1)
            near = [other for other in np.argsort(far) if other != row][:15]
            shares.append(np.mean([group[other] == group[row] for other in near]))
        assert found["knn_purity"]["label"][where] == pytest.approx(np.mean(shares))
    assert "subject" not in found["knn_purity"]


def test_a_map_is_kept_with_its_run(tmp_path):
    run = create_run(tmp_path / "own", "name: drawn\n", {"status": "finished"})
    found, _ = project(clusters(), "v", "pca")
    path = store_projection(run, found)
    assert path == run.path / "projections" / "v-pca.parquet"
    assert pd.read_parquet(path).attrs["n"] == 60
    with pytest.raises(ValueError, match="does not say of which space"):
        store_projection(run, pd.DataFrame({"x": [1.0]}))


def test_a_stored_map_is_not_computed_again(tmp_path, monkeypatch, fer):
    run = create_run(tmp_path / "own", "name: drawn\n", {"status": "finished"})
    table = clusters()
    store_features(run, FeatureTable(table.samples.assign(split="test"), table.spaces))
    asked = ("project", run.path, "--space", "v", "--method", "pca", "--store", "--json")
    first = fer(*asked).document
    assert not first["reused"] and first["placing"]["n"] == 6
    monkeypatch.setitem(laying.METHODS, "pca", lambda *_: pytest.fail("computed again"))
    again = fer(*asked).document
    assert again == {**first, "reused": True}
    assert "stored before" in fer(*asked[:-1]).out
    stored = run.features()
    assert laying.kept(run, stored, "v", "pca", seed=1) is None and laying.kept(run, stored, "v", "tsne") is None
    changed = stored.spaces["v"].copy()
    changed[0, 0] += 1
    assert laying.kept(run, FeatureTable(stored.samples, {"v": changed}), "v", "pca") is None
    renamed = stored.samples.assign(label=stored.samples["label"].to_numpy()[::-1])
    assert laying.kept(run, FeatureTable(renamed, stored.spaces), "v", "pca") is None
    for method, seed in (("../pca", 0), ("pca", -1)):
        with pytest.raises(ValueError, match="must be"):
            laying.kept(run, stored, "v", method, seed)
    path = run.path / "projections" / "v-pca.parquet"
    for content, sentence in ((b"x", "is damaged"), (None, "has no columns x and y")):
        path.write_bytes(content) if content else pd.DataFrame({"a": [1]}).to_parquet(path)
        with pytest.raises(ValueError, match=sentence):
            stored_projection(run, "v", "pca")


def test_few_rows_and_wrong_words_are_told(fer, tmp_path):
    table = clusters(each=2)
    write_features(tmp_path / "t.parquet", table)
    for method in ("pca", "tsne"):
        assert project(table, "v", method)[1]["n"] == 6
    asked = ("project", tmp_path / "t.parquet", "--space", "v")
    ran = fer(*asked, "--method", "pca", "--out", tmp_path / "p.parquet", "--json")
    assert ran.code == 0 and set(ran.document) >= {"seconds", "trustworthiness", "knn_purity"}, ran.err
    assert len(pd.read_parquet(tmp_path / "p.parquet")) == 6
    assert "neighbours of the same label" in fer(*asked, "--method", "pca", "--out", tmp_path / "p.parquet").out
    for words, sentence in [
        (("--method", "lda", "--out", tmp_path / "p.parquet"), "method must be one of pca, tsne, umap"),
        (("--method", "pca"), "name a file with --out"),
        (("--method", "pca", "--out", tmp_path / "p.png"), "must end in .parquet"),
        (("--method", "pca", "--out", tmp_path / "no" / "p.parquet"), "there is no folder"),
    ]:
        ran = fer(*asked, *words)
        assert ran.code == 2 and sentence in ran.err
    with pytest.raises(ValueError, match="at least 4 rows"):
        project(table.take(np.arange(3)), "v", "pca")
