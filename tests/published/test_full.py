"""The grid of the full-size studies: every training that the published tables name, and nothing written twice."""

from __future__ import annotations

import json

import pytest

from fer_core.grid import load_grid
from fer_core.published import find_table, table_keys
from fer_core.recipe import Recipe, RecipeError, load_recipe


def _plan(recipe: Recipe) -> str:
    """What is trained, whichever seed and fold."""
    plain = {key: value for key, value in recipe.plain().items() if key != "seed"}
    plain["data"] = {key: value for key, value in plain["data"].items() if key not in ("groups", "test_group")}
    return json.dumps(plain, sort_keys=True)


def test_the_full_grid_trains_every_row_that_can_be_trained():
    every = load_grid("full").jobs
    assert {job.seed for job in every} == {job.recipe.seed for job in every} == {0, 1, 2}
    jobs = [job for job in every if job.seed == 0]
    planned, tables = {_plan(job.recipe) for job in jobs}, {job.study for job in jobs}
    for key in set(table_keys()) - tables:  # tables that show trainings of others again
        for name, one in find_table(key).jobs():
            assert _plan(load_recipe(one.recipe, one.set)) in planned, (key, name)
    rows = [job.row for job in jobs if job.study == "fermixnet-fig8"]
    assert rows == [row.name for row in find_table("fermixnet-fig8").rows]
    folds = {(job.row, job.fold) for job in jobs if job.study == "deviation-3"}
    assert folds == {(row, fold) for row in ("w/ DM", "w/o DM") for fold in range(9)}


def test_a_table_without_trainings_and_an_unknown_one_are_named(tmp_path):
    path = tmp_path / "grid.yaml"
    path.write_text(
        "studies: [{name: a, table: fermixnet-0}, {name: b, table: masking-1}, {name: c, table: masking-4}]"
    )
    with pytest.raises(RecipeError) as caught:
        load_grid(path, only=["c"])
    assert "study a: no published table 'fermixnet-0'" in caught.value.mistakes[0]
    assert "study b: it has no row" in caught.value.mistakes[1]
    path.write_text("studies: [{name: c, table: masking-4}]")
    assert {job.row for job in load_grid(path).jobs} == {row.name for row in find_table("masking-4").rows}
