"""`fer recipes`: what can be trained, and which parts a recipe may name."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

app = program("The recipes that come with the package, and the parts a recipe may name.")


@command(app, "recipes")
def show_recipes(
    recipe: Annotated[str | None, typer.Argument(help="A recipe to show in full, defaults filled in.")] = None,
) -> Answer:
    """List the recipes and parts, or show one recipe in full.

    Raises:
        FileNotFoundError: no such recipe.
        ValueError: the recipe has mistakes; all of them are in the sentence.
    """
    from fer_core.recipe import load_recipe, recipe_names

    if recipe is not None:
        one = load_recipe(recipe)
        return Answer(one.plain(), one.dump())
    rows = [_row(load_recipe(name)) for name in recipe_names()]
    parts = _parts()
    lines = [table(["recipe", "backbone", "head", "mixing", "loss", "labels", "about"], [_cells(row) for row in rows])]
    lines += ["", "Parts (fer train RECIPE --set SECTION.kind=NAME):"]
    lines += [table(["section", "name", "about"], [[part["section"], part["name"], part["about"]] for part in parts])]
    return Answer({"recipes": rows, "parts": parts}, "\n".join(lines))


def _row(recipe: Any) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "about": recipe.about,
        "labels": recipe.labels,
        "data": recipe.data.source,
        "size": recipe.preprocessing.size,
        "epochs": recipe.optimisation.epochs,
        **{section: getattr(recipe, section).kind for section in ("backbone", "head", "mixing", "loss")},
    }


def _cells(row: dict[str, Any]) -> list[object]:
    parts = [row[key] for key in ("name", "backbone", "head", "mixing", "loss")]
    return [*parts, len(row["labels"]), row["about"]]


def _parts() -> list[dict[str, Any]]:
    from fer_core.catalogue import BACKBONES, HEADS, LOSSES, MIXINGS, OPTIMISERS, SCHEDULES

    return [
        {
            "section": parts.kind,
            "name": name,
            "about": parts[name].about,
            "options": parts[name].options.model_json_schema().get("properties", {}),
        }
        for parts in (BACKBONES, HEADS, MIXINGS, LOSSES, OPTIMISERS, SCHEDULES)
        for name in parts.names()
    ]
