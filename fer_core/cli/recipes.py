"""`fer recipes`: what can be trained, and which parts a recipe may name."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    from fer_core.parts import Options
    from fer_core.recipe import Recipe

app = program("The recipes that come with the package, and the parts a recipe may name.")


@command(app, "recipes")
def show_recipes(
    recipe: Annotated[str | None, typer.Argument(help="A recipe to show in full, defaults filled in.")] = None,
) -> Answer:
    """List the recipes and parts, or show one recipe in full. With --json also parameters and multiply-accumulates.

    Raises:
        FileNotFoundError: no such recipe.
        ValueError: the recipe has mistakes; all of them are in the sentence.
    """
    from fer_core.recipe import load_recipe, recipe_names

    if recipe is not None:
        one = load_recipe(recipe)
        return Answer(one.plain(), lambda: _costs_in_words(one) + one.dump())
    recipes = [load_recipe(name) for name in recipe_names()]
    rows, parts = [_row(recipe) for recipe in recipes], _parts()
    lines = [table(["recipe", "backbone", "head", "mixing", "loss", "labels", "about"], [_cells(row) for row in rows])]
    lines += ["", "Parts (fer train RECIPE --set SECTION.kind=NAME):"]
    lines += [table(["section", "name", "about"], [[part["section"], part["name"], part["about"]] for part in parts])]
    return Answer(lambda: _with_costs(recipes, rows, parts), "\n".join(lines))


def _with_costs(recipes: list[Recipe], rows: list[dict[str, Any]], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The document: what torch must be asked for, which takes seconds, is for programs only."""
    from fer_core.costs import costs, costs_of_backbone

    return {
        "recipes": [{**row, **asdict(costs(recipe))} for recipe, row in zip(recipes, rows, strict=True)],
        "parts": [
            {**part, **asdict(costs_of_backbone(part["name"]))} if part["section"] == "backbone" else part
            for part in parts
        ],
    }


def _costs_in_words(recipe: Recipe) -> str:
    from fer_core.costs import costs

    found, side = costs(recipe), recipe.preprocessing.size
    return (
        f"# {found.parameters:,} parameters, {found.multiply_accumulates / 1e9:.3g} billion multiply-accumulates "
        f"for one picture of {side} x {side} pixels\n"
    )


def _row(recipe: Recipe) -> dict[str, Any]:
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
    from fer_core.catalogue import BACKBONES, HEADS, LOSSES, MIXINGS, OPTIMISERS, PENALTIES, SCHEDULES

    return [
        {
            "section": parts.kind,
            "name": name,
            "about": parts[name].about,
            "options": parts[name].options.model_json_schema().get("properties", {}),
            **_sizes(parts[name].options),
        }
        for parts in (BACKBONES, HEADS, MIXINGS, LOSSES, PENALTIES, OPTIMISERS, SCHEDULES)
        for name in parts.names()
    ]


def _sizes(options: type[Options]) -> dict[str, int]:
    """Rows and columns that a backbone needs at least, and those it was published for, with its default options."""
    from fer_core.catalogue.options import BackboneOptions

    if not issubclass(options, BackboneOptions):
        return {}
    return {"smallest_size": options().smallest, "usual_size": options.usual}
