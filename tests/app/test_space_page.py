"""The page Feature space: its states, its links, and one selection that means the same rows in both maps."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.services import space, space_faces, space_people
from fer_core.data import open_data
from fer_core.features import FeatureTable, write_features
from fer_core.labels import EXPRESSIONS
from fer_core.projection import project, store_projection
from fer_core.runs import Run, find_run
from tests.app import world
from tests.app.conftest import World
from tests.app.test_pages import texts

Open = Callable[..., AppTest]
PEOPLE, SESSIONS = 6, 2


def feature_table(people: int = PEOPLE, seed: int = 0) -> FeatureTable:
    """Islands of people in v_face; in v_state the states, and no people."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"validation/{label}/p{person % 2:04d}-{person}-{sitting}.png", label, f"p{person:04d}", f"s{sitting}")
        for person in range(people)
        for label in EXPRESSIONS
        for sitting in range(SESSIONS)
    ]
    samples = pd.DataFrame(rows, columns=["sample", "label", "subject", "session"])
    samples["split"], samples["run"] = "validation", "drawn"
    samples["predicted"] = np.where(rng.random(len(rows)) < 0.7, samples["label"], "neutral")
    who, how = (pd.factorize(samples[name])[0] for name in ("subject", "label"))
    noise = rng.normal(size=(2, len(rows), 8)).astype(np.float32)
    spaces = {
        "v_face": 20 * rng.normal(size=(people, 8)).astype(np.float32)[who] + noise[0],
        "v_state": 20 * rng.normal(size=(7, 8)).astype(np.float32)[how] + noise[1],
    }
    made = {"run": "drawn", "data": "drawn-faces", "split": "validation", "synthetic": True, "in_sample": False}
    return FeatureTable(samples, spaces, "validation.parquet", made)


def add_features(run: Run, table: FeatureTable, shuffled: bool = False) -> None:
    """Stores a table and PCA maps of its spaces, the maps' rows in another order where asked."""
    (run.path / "features").mkdir(exist_ok=True)
    write_features(run.path / "features" / "validation.parquet", table)
    for name in table.spaces:
        projected, _ = project(table, name, "pca")
        if shuffled:
            attrs = projected.attrs
            projected = projected.sample(frac=1, random_state=1).reset_index(drop=True)
            projected.attrs.update(attrs)
        store_projection(run, projected)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, drawn_data: Path) -> tuple[FeatureTable, Path]:
    """A table of six people and maps of it, made once."""
    table = feature_table()
    run = world.add_run(tmp_path_factory.mktemp("stored"), "drawn", drawn_data)
    add_features(run, table)
    return table, run.path


@pytest.fixture
def mapped(small_world: World, stored: tuple[FeatureTable, Path]) -> FeatureTable:
    """The run ``drawn`` with features of six people and maps of them."""
    for folder in ("features", "projections"):
        shutil.copytree(stored[1] / folder, small_world.runs / "drawn" / folder)
    return stored[0]


class TestStates:
    def test_without_features_people_are_offered(self, small_world: World, open_page: Open) -> None:
        page = open_page("space")
        assert not page.exception and not page.error
        assert "Nobody drawn yet" in texts(page) and "fer embed drawn --data DATA --store" in texts(page)
        assert page.button(key="space_people.fill").label == "Draw 25 people"

    def test_labels_that_nobody_can_show_get_words_only(
        self, small_world: World, drawn_data: Path, open_page: Open
    ) -> None:
        run = world.add_run(small_world.runs, "odd", drawn_data)
        run.update(labels=["cat", "dog"])
        page = open_page("space", run="odd")
        assert not page.error and "No features stored" in texts(page)
        assert not [button for button in page.button if button.key == "space_people.fill"]

    def test_two_maps_and_a_sentence_without_a_selection(self, mapped: FeatureTable, open_page: Open) -> None:
        page = open_page("space", map="PCA")
        assert not page.exception and not page.error
        assert "Identity islands dissolve from left to right" in texts(page)
        assert "states gather" in texts(page) and "Nothing is selected" in texts(page)

    def test_the_other_way_round_it_says_so(self, mapped: FeatureTable, open_page: Open) -> None:
        page = open_page("space", map="PCA", left="v_state", right="v_face")
        assert "Identity islands grow from left to right" in texts(page)
        assert "states lose their neighbourhoods" in texts(page)

    def test_a_damaged_table_is_one_sentence(self, mapped: FeatureTable, small_world: World, open_page: Open) -> None:
        (small_world.runs / "drawn" / "features" / "validation.parquet").write_bytes(b"PAR1 no more")
        page = open_page("space")
        assert not page.exception and len(page.error) == 1
        assert "damaged" in page.error[0].value


class TestSelection:
    def test_a_link_restores_everything(self, mapped: FeatureTable, open_page: Open) -> None:
        page = open_page(
            "space", left="v_state", right="v_face", map="PCA", colour="state", rows="0-3.20", drag="Lasso"
        )
        shown = [page.selectbox(key=key).value for key in ("left", "right", "map", "colour")]
        assert shown == ["v_state", "v_face", "PCA", "state"]
        assert page.segmented_control(key="drag").value == "Lasso"
        assert page.text_input(key="rows").value == "0-3.20"
        assert "Selected: 5 points, 2 people" in texts(page)

    def test_the_summary_counts_the_rows(self, mapped: FeatureTable, open_page: Open) -> None:
        page = open_page("space", map="PCA", rows="0-13")
        samples = mapped.samples.iloc[:14]
        right = (samples["label"] == samples["predicted"]).mean()
        assert f"Selected: 14 points, 1 person (p0000), 14 % anger, {right:.0%}"[:-1] in texts(page)

    def test_everyone_of_a_group_and_nobody(self, mapped: FeatureTable, open_page: Open) -> None:
        page = open_page("space", map="PCA", colour="person")
        page.selectbox(key="space_selection.group").set_value("p0002").run()
        assert page.text_input(key="rows").value == "28-41"
        assert "Selected: 14 points, 1 person (p0002)" in texts(page)
        page.button(key="space_selection.none").click().run()
        assert page.text_input(key="rows").value == "" and "Nothing is selected" in texts(page)

    def test_rows_that_are_not_there_are_said(self, mapped: FeatureTable, open_page: Open) -> None:
        page = open_page("space", map="PCA", rows="80-90")
        assert [one.value for one in page.warning] == [
            "Rows must lie between 0 and 83, the lower one first, got '80-90'."
        ]
        assert not page.exception and "Nothing is selected" in texts(page)

    def test_a_selection_does_not_outlive_its_table(
        self, mapped: FeatureTable, small_world: World, drawn_data: Path, open_page: Open
    ) -> None:
        add_features(world.add_run(small_world.runs, "other", drawn_data), feature_table(7, 1))
        page = open_page("space", run="drawn", map="PCA", rows="0-3")
        page.selectbox(key="run").set_value("other").run()
        assert not page.error and "Nothing is selected" in texts(page)

    def test_pictures_that_lie_nowhere_are_said(self, mapped: FeatureTable, open_page: Open) -> None:
        page = open_page("space", map="PCA", rows="0-3")
        assert any("cannot be shown" in info.value for info in page.info)


class TestNumbers:
    def test_they_are_those_of_the_command(
        self, mapped: FeatureTable, small_world: World, open_page: Open, fer: Callable, tmp_path: Path
    ) -> None:
        page = open_page("space", map="PCA")
        shown = next(one.value for one in page.dataframe if "map_left" in one.value).set_index("question")
        for side, name in (("left", "v_face"), ("right", "v_state")):
            ran = fer(
                "project", str(small_world.runs / "drawn"), "--split", "validation", "--space", name, "--method", "pca",
                "--out", str(tmp_path / "map.parquet"), "--json",
            )  # fmt: skip
            told = ran.document
            asked = {
                f"map_{side}": told["knn_purity"]["subject"]["map"],
                f"space_{side}": told["knn_purity"]["subject"]["space"],
                "chance": told["knn_purity"]["subject"]["chance"],
            }
            row = shown.loc["Neighbours are the same person (kNN purity)"]
            assert {key: row[key] for key in asked} == pytest.approx(asked, abs=0)
            trust = shown.loc["Neighbours stay neighbours (trustworthiness)"]
            assert trust[f"map_{side}"] == told["trustworthiness"]

    def test_a_map_in_another_order_is_put_in_the_tables(self, small_world: World) -> None:
        table, run = feature_table(), find_run(small_world.runs / "drawn")
        add_features(run, table, shuffled=True)
        there = space.lay("drawn", "validation", "v_face", "pca")
        straight, _ = project(table, "v_face", "pca")
        np.testing.assert_allclose(there.points, straight[["x", "y"]], rtol=1e-5)

    def test_a_map_of_other_samples_is_refused_where_it_cannot_be_made_at_once(self, small_world: World) -> None:
        table, run = feature_table(), find_run(small_world.runs / "drawn")
        add_features(run, table)
        foreign = table.samples.assign(sample=[f"other/{row}" for row in range(len(table))], x=0.0, y=0.0)
        foreign.attrs.update(space="v_face", method="umap")
        store_projection(run, foreign)
        with pytest.raises(ValueError, match="UMAP map of v_face is of other samples"):
            space.lay("drawn", "validation", "v_face", "umap")


def test_the_exported_selection_is_data(small_world: World, tmp_path: Path) -> None:
    """Pictures of the drawn data set, one of them under a name that would lead out of the folder."""
    table = feature_table()
    table.samples["sample"] = [
        f"validation/{label}/p{person % 2:04d}.png"
        for person, label in zip(pd.factorize(table.samples["subject"])[0], table.samples["label"], strict=True)
    ]
    run = find_run(small_world.runs / "drawn")
    add_features(
        run, FeatureTable(table.samples, table.spaces, table.source, table.made | {"source": str(small_world.data)})
    )
    told = space.table("drawn", "validation")
    rows = np.array([0, 2, 30])
    path = tmp_path / "selection.zip"
    path.write_bytes(space_faces.archive(told, rows))
    data = open_data(path)
    assert data.table["label"].tolist() == told.samples["label"].iloc[rows].tolist()
    assert data.table["subject"].tolist() == told.samples["subject"].iloc[rows].tolist()
    original = open_data(small_world.data)
    first = original.table["path"].tolist().index(told.samples["sample"].iloc[0])
    np.testing.assert_array_equal(data.picture(0), original.picture(first))


class TestPeople:
    @pytest.fixture
    def asked(self, small_world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The lines that the stand-in of `embed` was asked about; it draws nobody and asks no model."""
        lines: list[str] = []

        def embed(run: Run, dataset: object, out: Path) -> None:
            lines.append(dataset.source)
            samples = dataset.table[["label", "subject", "session"]].assign(sample=dataset.table["path"])
            samples = samples.assign(predicted=samples["label"])
            numbers = np.arange(len(samples), dtype=np.float32)
            spaces = {"high": np.stack([numbers, np.full_like(numbers, len(lines))], axis=1)}
            write_features(out, FeatureTable(samples, spaces, made={"synthetic": True, "split": "all"}))

        monkeypatch.setattr("fer_core.embedding.embed", embed)
        return lines

    def test_they_come_five_by_five_and_an_interruption_loses_nobody(self, asked: list[str]) -> None:
        done = []
        for count, _ in space_people.draw("drawn"):
            done.append(count)
            if count == 10:
                break
        assert space.table("drawn", space.DRAWN) is None and len(asked) == 2
        done += [count for count, _ in space_people.draw("drawn")]
        assert done == [0, 5, 10, 10, 15, 20] and len(asked) == 5
        told = space.table("drawn", space.DRAWN)
        command = space_people.command(find_run("drawn"))
        line = command.partition("--data ")[2].partition(" --out")[0].strip("'")
        assert told.samples["sample"].tolist() == open_data(line).table["path"].tolist()
        assert told.made["source"] == line and told.samples["subject"].nunique() == 25

    def test_the_button_draws_and_shows_them(self, asked: list[str], open_page: Open) -> None:
        page = open_page("space")
        page.query_params["map"] = "PCA"
        page.button(key="space_people.fill").click().run()
        assert not page.exception and not page.error and len(asked) == 5
        assert page.selectbox(key="left").value == "high" and "Nothing is selected" in texts(page)
