"""Grids: rows, products of values, seeds, and every mistake at once."""

from __future__ import annotations

import pytest

from fer_core.grid import grid_names, load_grid
from fer_core.recipe import RecipeError, load_recipe, recipe_names


def _write(tmp_path, text):
    path = tmp_path / "grid.yaml"
    path.write_text(text)
    return path


def test_rows_change_the_recipe_of_their_study_and_each_seed_is_a_job(tmp_path):
    path = _write(
        tmp_path,
        """
name: two
seeds: [0, 3]
studies:
  - name: first
    recipe: expression
    set: [optimisation.epochs=2]
    rows: [{name: plain}, {name: mixed, set: [mixing.kind=mixup, mixing.alpha=0.4]}]
  - name: second
    rows: [{name: other, recipe: fermixnet}]
    seeds: [7]
""",
    )
    grid = load_grid(path)
    first = [("first", row, seed) for row in ("plain", "mixed") for seed in (0, 3)]
    assert [(job.study, job.row, job.seed) for job in grid.jobs] == [*first, ("second", "other", 7)]
    mixed = grid.jobs[3].recipe
    assert mixed == load_recipe(
        "expression", ["optimisation.epochs=2", "mixing.kind=mixup", "mixing.alpha=0.4", "seed=3"]
    )
    assert grid.jobs[4].base == "fermixnet"
    assert [job.study for job in load_grid(path, ["second"]).wanted] == ["second"]
    changed = load_grid(path, ["first"], ["optimisation.epochs=1"])
    assert {job.recipe.optimisation.epochs for job in changed.wanted} == {1}


def test_a_grid_is_every_combination_of_its_values(tmp_path):
    path = _write(
        tmp_path,
        """
recipe: expression
grid: {mixing.kind: [mixup, cutmix], mixing.alpha: [0.2, 1.0], mixing.p_mix: [0.5]}
""",
    )
    jobs = load_grid(path).jobs
    assert [job.row for job in jobs] == [
        "kind=mixup alpha=0.2 p_mix=0.5", "kind=mixup alpha=1.0 p_mix=0.5",
        "kind=cutmix alpha=0.2 p_mix=0.5", "kind=cutmix alpha=1.0 p_mix=0.5",
    ]  # fmt: skip
    assert [(job.recipe.mixing.kind, job.recipe.mixing.options.alpha) for job in jobs] == [
        ("mixup", 0.2), ("mixup", 1.0), ("cutmix", 0.2), ("cutmix", 1.0),
    ]  # fmt: skip
    assert len({job.folder for job in jobs}) == 4


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("rows: [{name: a}]\n", ["no recipe is named"]),
        ("recipe: expresion\nrows: [{name: a}]\n", ["row 'a': no recipe 'expresion'", "expression"]),
        (
            "recipe: expression\nrows: [{name: a, set: [optimiser.l=1]}, {name: b, set: [mixing.kind=mixpu]}]\n",
            ["row 'a': unknown key 'optimiser.l'", "row 'b': mixing.kind: unknown mixing 'mixpu'"],
        ),
        ("recipe: expression\nrows: [{name: a}, {name: a}]\n", ["two rows have one name"]),
        ("recipe: expression\nrow: [{name: a}]\nrows: []\n", ["mistake: unknown key 'row'"]),
        ("recipe: expression\ngrid: {optimisation.epochs: 3}\n", ["grid.optimisation.epochs: it must be a list"]),
        (
            "recipe: expression\nrows: [{name: a}]\nseeds: [0, 0]\n",
            ["share the folder grid/a-s0: a seed is named twice"],
        ),
        (
            "recipe: expression\nrows: [{name: a}]\nrobustness: {kinds: [fog]}\n",
            ["study grid: unknown kind of disturbance 'fog'"],
        ),
        ("recipe: expression\nrows: []\n", ["it has no row"]),
        ("studies: [{name: a, recipe: expression, rows: [{name: x}], seeds: [-1]}]\n", ["seeds"]),
        ("rows: [\n", ["it is not YAML"]),
    ],
)
def test_mistakes_are_all_in_one_sentence(tmp_path, text, sentences):
    with pytest.raises(RecipeError) as caught:
        load_grid(_write(tmp_path, text))
    for sentence in sentences:
        assert sentence in str(caught.value)


def test_an_unknown_study_is_named(tmp_path):
    path = _write(tmp_path, "studies: [{name: first, recipe: expression, rows: [{name: x}]}]\n")
    with pytest.raises(RecipeError, match="no study 'frist'.*first"):
        load_grid(path, ["frist"])


def test_grids_are_no_recipes_and_recipes_no_grids():
    assert not set(grid_names()) & set(recipe_names())
    for name in grid_names():
        assert load_grid(name).jobs
    with pytest.raises(FileNotFoundError, match="no grid 'expression'"):
        load_grid("expression")
