"""A recipe: load it, check *everything at once*, override, dump. No torch, no model, no data is touched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from fer_core.catalogue import BACKBONES, HEADS, LOSSES, MIXINGS, OPTIMISERS, PENALTIES, SCHEDULES
from fer_core.coherence import contradictions
from fer_core.labels import label_set, suggestion
from fer_core.parts import Choice, Table
from fer_core.sections import Augmentation, Data, Evaluation, Optimisation, Preprocessing, Start

RECIPES = Path(__file__).parent / "recipes"

PARTS: Mapping[str, tuple[Table, str]] = {
    "backbone": (BACKBONES, "compact"),
    "head": (HEADS, "linear"),
    "mixing": (MIXINGS, "none"),
    "loss": (LOSSES, "cross_entropy"),
    "penalty": (PENALTIES, "none"),
    "optimiser": (OPTIMISERS, "sgd"),
    "schedule": (SCHEDULES, "constant"),
}
"""Section -> its table, and the part taken where a recipe is silent."""

SECTIONS: Mapping[str, type[BaseModel]] = {
    "data": Data,
    "preprocessing": Preprocessing,
    "augmentation": Augmentation,
    "optimisation": Optimisation,
    "evaluation": Evaluation,
    "start": Start,
}
"""Section -> what it holds, of those that name no part."""
_WORDS = ("name", "about", "seed")


class RecipeError(ValueError):
    """All mistakes of one recipe, or of a grid of them."""

    def __init__(self, source: str, mistakes: Sequence[str], what: str = "recipe") -> None:
        """One sentence of all mistakes.

        Args:
            source: Which recipe.
            mistakes: One sentence each.
            what: What ``source`` was meant to be.
        """
        self.mistakes = list(mistakes)
        count = f"{len(self.mistakes)} mistake" + ("s" if len(self.mistakes) > 1 else "")
        super().__init__(f"{what} {source} has {count}: " + "; ".join(self.mistakes))


@dataclass(frozen=True)
class Recipe:
    """A checked recipe. Every field is complete: defaults are filled in."""

    name: str
    about: str
    seed: int
    data: Data
    preprocessing: Preprocessing
    backbone: Choice
    head: Choice
    mixing: Choice
    loss: Choice
    penalty: Choice
    augmentation: Augmentation
    optimiser: Choice
    schedule: Choice
    optimisation: Optimisation
    evaluation: Evaluation
    start: Start

    @property
    def labels(self) -> tuple[str, ...]:
        """The K labels in the model's order."""
        return label_set(self.data.labels)

    def plain(self) -> dict[str, Any]:
        """As YAML and ``run.json`` write it, defaults included."""
        parts = {section: dict(getattr(self, section).plain()) for section in PARTS}
        sections = {section: getattr(self, section).model_dump(mode="json") for section in SECTIONS}
        return {"name": self.name, "about": self.about, "seed": self.seed, **sections, **parts}

    def dump(self) -> str:
        """YAML text that loads to an equal recipe."""
        return yaml.safe_dump(self.plain(), sort_keys=False, allow_unicode=True)


def recipe_names() -> tuple[str, ...]:
    """The recipes that come with the package."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.yaml") if not is_grid(path)))


def is_grid(path: Path) -> bool:
    """Whether a YAML file holds a grid of trainings (`fer sweep`) and no recipe."""
    return re.search(r"^(studies|rows|grid|table):", path.read_text(encoding="utf-8"), re.MULTILINE) is not None


def load_recipe(source: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """A recipe by name or by path, with ``--set`` applied, checked.

    Args:
        source: A name from `recipe_names`, or the path of a YAML file.
        overrides: ``section.key=value`` each; the value is read as YAML.

    Raises:
        FileNotFoundError: neither a known name nor a file.
        RecipeError: the recipe has mistakes; all of them are in the sentence.
    """
    path = Path(source)
    if not path.suffix and (RECIPES / f"{source}.yaml").is_file():
        path = RECIPES / f"{source}.yaml"
    if not path.is_file():
        raise FileNotFoundError(
            f"no recipe '{source}'{suggestion(str(source), recipe_names())}, or give the path of a YAML file"
        )
    try:
        if is_grid(path):
            raise RecipeError(str(source), [f"it is a grid of trainings; fer sweep {source} does them"])
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(str(source), [f"it is not YAML: {' '.join(str(error).split())}"]) from None
    return check_recipe(written, str(source), overrides)


def check_recipe(written: Any, source: str = "", overrides: Sequence[str] = ()) -> Recipe:
    """A recipe from plain data.

    Args:
        written: What YAML gave.
        source: Named in the error.
        overrides: See `load_recipe`.

    Raises:
        RecipeError: with every mistake found.
    """
    if not isinstance(written, Mapping):
        raise RecipeError(source, [f"a recipe is a mapping of sections, got {type(written).__name__}"])
    mistakes: list[str] = []
    plain = override(written, overrides, mistakes)
    known = (*_WORDS, *SECTIONS, *PARTS)
    mistakes += [f"unknown section '{key}'{suggestion(str(key), known)}" for key in plain if key not in known]
    fields: dict[str, Any] = {
        "name": _word(plain, "name", source, mistakes),
        "about": _word(plain, "about", "", mistakes),
    }
    fields["seed"] = _seed(plain.get("seed", 0), mistakes)
    for section, model in SECTIONS.items():
        fields[section] = _checked(section, model, plain.get(section), mistakes)
    for section, (table, default) in PARTS.items():
        fields[section] = _chosen(section, table, default, plain.get(section), mistakes)
    mistakes += contradictions(fields)
    if mistakes:
        raise RecipeError(source, mistakes)
    return Recipe(**fields)


def override(written: Mapping[str, Any], overrides: Sequence[str], mistakes: list[str]) -> dict[str, Any]:
    """A recipe's plain data with ``--set`` applied, not checked yet.

    Args:
        written: Of a recipe; left as it is.
        overrides: ``section.key=value`` each; the value is read as YAML.
        mistakes: Takes a sentence for each that cannot be read, and is then passed over.
    """
    plain = dict(written)
    for one in overrides:
        path, equals, text = one.partition("=")
        keys = path.strip().split(".")
        if not equals or not all(keys):
            mistakes.append(f"--set needs section.key=value, got '{one}'")
            continue
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            mistakes.append(f"--set {path}: '{text}' is not a YAML value")
            continue
        place = plain
        for key in keys[:-1]:
            inner = place.get(key)
            place[key] = dict(inner) if isinstance(inner, Mapping) else {}
            place = place[key]
        # Another part starts from its own defaults: options of the part it replaces would be unknown to it.
        if keys[-1] == "kind" and place.get("kind") != value:
            place.clear()
        place[keys[-1]] = value
    return plain


def _word(plain: Mapping[str, Any], key: str, default: str, mistakes: list[str]) -> str:
    value = plain.get(key, default)
    if not isinstance(value, str):
        mistakes.append(f"{key} must be text, got {value!r}")
        return default
    return " ".join(value.split())


def _seed(value: Any, mistakes: list[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        mistakes.append(f"seed must be a whole number of 0 or more, got {value!r}")
        return 0
    return value


def _checked(section: str, model: type[BaseModel], value: Any, mistakes: list[str]) -> BaseModel | None:
    value = {} if value is None else value
    if not isinstance(value, Mapping):
        mistakes.append(f"{section} must be a mapping, got {value!r}")
        return None
    try:
        return model.model_validate(dict(value))
    except ValidationError as error:
        mistakes += [_sentence(section, model, one) for one in error.errors()]
        return None


def _chosen(section: str, table: Table, default: str, value: Any, mistakes: list[str]) -> Choice | None:
    value = {"kind": default} if value is None else {"kind": value} if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        mistakes.append(f"{section} must name a part, e.g. 'kind: {default}', got {value!r}")
        return None
    kind = value.get("kind", default)
    try:
        part = table[kind]
    except (ValueError, TypeError) as error:
        mistakes.append(f"{section}.kind: {error}")
        return None
    options = _checked(section, part.options, {key: one for key, one in value.items() if key != "kind"}, mistakes)
    return None if options is None else Choice(kind, options)


def _sentence(section: str, model: type[BaseModel], error: Any) -> str:
    """One pydantic error as: where, what was expected, what came."""
    where = ".".join([section, *(str(step) for step in error["loc"] if not isinstance(step, int))])
    if error["type"] == "extra_forbidden":
        hint = suggestion(str(error["loc"][-1]), model.model_fields) if model.model_fields else ""
        return f"unknown key '{where}'{hint}"
    message = error["msg"].removeprefix("Value error, ")
    return (
        f"{where}: {message[0].lower() + message[1:]}, got {error['input']!r}"
        if error["loc"]
        else f"{where}: {message}"
    )
