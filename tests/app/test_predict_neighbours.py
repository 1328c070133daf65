"""Whom a face resembles, on the page Predict: the stored rows, their faces and where they come from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.services import resembling, space
from fer_core.features import FeatureTable, write_features
from fer_core.labels import EXPRESSIONS
from fer_core.runs import find_run
from tests.app.conftest import World
from tests.app.stand_in import StandIn, png, texts, upload
from tests.app.test_space_page import feature_table

Open = Callable[..., AppTest]


@pytest.fixture
def table(small_world: World) -> FeatureTable:
    """The run ``drawn`` with stored features of two people, whose pictures are there."""
    made = feature_table(people=2)
    run = find_run("drawn")
    (run.path / "features").mkdir()
    samples = made.samples.assign(
        sample=[f"validation/{one.label}/{one.subject}.png" for one in made.samples.itertuples()]
    )
    source = {**made.made, "source": run.info["data"]["source"]}
    stored = FeatureTable(samples, made.spaces, made.source, source)
    write_features(run.path / "features" / "validation.parquet", stored)
    return stored


def seen(table: FeatureTable, row: int) -> Callable[[str, np.ndarray], dict[str, np.ndarray]]:
    """A run to which every face is the stored one of a row, twice as long: only the direction counts."""
    return lambda run, crop: {name: 2 * vectors[row][None] for name, vectors in table.spaces.items()}


def test_the_nearest_stored_faces_stand_in_each_space(
    stand_in: StandIn, table: FeatureTable, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resembling, "vectors", seen(table, 3))
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    assert not page.exception and not page.error
    said, row = texts(page), table.samples.iloc[3]
    assert f"{row['sample']}: {row['label']}, {row['subject']}, cosine 1.000" in said
    assert "5 nearest: all of one person" in said  # v_face: islands of people
    assert "5 nearest: of 2 people" in said  # v_state: states, and no people
    assert said.count("data:image/jpeg") == 10


def test_the_rows_are_those_of_the_direct_formula(table: FeatureTable) -> None:
    told = resembling.stored("drawn")
    assert told is not None and told.split == "validation"
    asked = {"v_face": np.ones((1, 8), np.float32), "elsewhere": np.ones((1, 3), np.float32)}
    found = resembling.neighbours(told, asked)
    assert list(found) == ["v_face"]
    vectors = table.spaces["v_face"].astype(np.float64)
    cosines = vectors.sum(axis=1) / np.linalg.norm(vectors, axis=1) / np.sqrt(8)
    order = np.argsort(-cosines)[: resembling.COUNT]
    assert found["v_face"]["cosine"].tolist() == pytest.approx(cosines[order])
    assert found["v_face"]["label"].tolist() == table.samples["label"].iloc[order].tolist()


def test_where_neighbours_come_from(table: FeatureTable) -> None:
    told = resembling.of_neighbours(resembling.stored("drawn"), "my faces.zip/a b.png", "whole")
    assert "stored features of drawn-faces" in told.text and f"n = {len(table):,}" in told.text
    assert told.command == "fer neighbours 'my faces.zip' --run drawn --split validation --k 5 --faces whole --json"


def test_pictures_that_are_gone_leave_the_names(
    stand_in: StandIn, table: FeatureTable, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resembling, "vectors", seen(table, 0))
    monkeypatch.setattr(resembling.portraits, "source_of", lambda run, made: "/nowhere/at-all")
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    assert not page.error and "Names instead of faces" in texts(page)


def test_without_stored_features_the_command_is_said(stand_in: StandIn, open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    said = texts(page).replace("\\", "")
    assert "fer embed drawn --data" in said and "--store" in said and "Feature space" in said


def test_features_of_another_width_are_one_sentence(
    stand_in: StandIn, table: FeatureTable, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resembling, "vectors", lambda run, crop: {"v_face": np.ones((1, 5), np.float32)})
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    assert not page.error and not page.exception
    assert any("neighbours cannot be shown" in one.value and "5" in one.value for one in page.info)


def test_people_drawn_for_a_run_are_compared_with(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resembling.stored("drawn") is None
    monkeypatch.setattr(space.space_people, "drawn", lambda run: feature_table(people=2))
    told = resembling.stored("drawn")
    assert told is not None and told.split == space.DRAWN and len(told.samples) == 4 * len(EXPRESSIONS)
    found = resembling.neighbours(told, {"v_state": np.ones((1, 8), np.float32)})
    assert len(found["v_state"]) == resembling.COUNT
