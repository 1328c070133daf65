"""`fer recipes`: what can be trained, and what it costs."""

from __future__ import annotations

from collections.abc import Callable

import yaml

from fer_core.catalogue import BACKBONES
from fer_core.recipe import load_recipe, recipe_names


def test_lists_every_recipe_and_part(fer: Callable) -> None:
    document = fer("recipes", "--json").document
    assert [recipe["name"] for recipe in document["recipes"]] == [load_recipe(name).name for name in recipe_names()]
    assert {"section": "mixing", "name": "mixup"}.items() <= next(
        part for part in document["parts"] if part["name"] == "mixup"
    ).items()
    rows = {recipe["name"]: recipe for recipe in document["recipes"]}
    found = [rows["fermixnet"]["parameters"], rows["residual-masking"]["parameters"]]
    assert found == [11_247_694, 137_796_423]
    assert round(rows["fermixnet"]["multiply_accumulates"] / 1e9, 2) == 1.83
    parts = {part["name"]: part for part in document["parts"] if part["section"] == "backbone"}
    assert list(parts) == list(BACKBONES.names())
    resnet = {key: parts["resnet18"][key] for key in ("parameters", "smallest_size", "usual_size")}
    assert resnet == {"parameters": 11_180_103, "smallest_size": 32, "usual_size": 224}
    assert round(parts["resnet18"]["multiply_accumulates"] / 1e9, 2) == 1.82
    text = fer("recipes").out
    assert all(name in text for name in recipe_names())


def test_shows_one_recipe_in_full(fer: Callable) -> None:
    text = fer("recipes", "fermixnet").out
    assert text.startswith("# 11,247,694 parameters, 1.83 billion multiply-accumulates for one picture of 224 x 224")
    assert yaml.safe_load(text) == load_recipe("fermixnet").plain()
    assert fer("recipes", "expression", "--json").document == load_recipe("expression").plain()


def test_an_unknown_recipe_is_the_callers_mistake(fer: Callable) -> None:
    ran = fer("recipes", "expresion", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'expression'" in ran.err
