"""`fer recipes`: what can be trained, without torch."""

from __future__ import annotations

from collections.abc import Callable

from fer_core.recipe import load_recipe, recipe_names


def test_lists_every_recipe_and_part(fer: Callable) -> None:
    document = fer("recipes", "--json").document
    assert [recipe["name"] for recipe in document["recipes"]] == [load_recipe(name).name for name in recipe_names()]
    assert {"section": "mixing", "name": "mixup"}.items() <= next(
        part for part in document["parts"] if part["name"] == "mixup"
    ).items()
    text = fer("recipes").out
    assert all(name in text for name in recipe_names())


def test_shows_one_recipe_in_full(fer: Callable) -> None:
    assert fer("recipes", "expression", "--json").document == load_recipe("expression").plain()


def test_an_unknown_recipe_is_the_callers_mistake(fer: Callable) -> None:
    ran = fer("recipes", "expresion", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'expression'" in ran.err
