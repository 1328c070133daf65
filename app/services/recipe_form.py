"""A form from the recipe schema: every setting by its type, with its bounds, its default and what its source says."""

from __future__ import annotations

import ast
import inspect
import math
import shlex
import textwrap
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel

from fer_core.recipe import PARTS, SECTIONS, RecipeError, load_recipe, override, recipe_names

SWITCH, CHOICE, SEVERAL, WHOLE, NUMBER, TEXT, WRITTEN = (
    "switch", "choice", "several", "whole", "number", "text", "written",
)  # fmt: skip
"""How a setting is set; ``written``: as YAML, what no other control can hold."""
LONGEST = 4000
"""Characters of a line of changes."""


@dataclass(frozen=True)
class Setting:
    """One setting of a recipe."""

    path: str
    """``section.key``."""
    kind: str
    value: Any
    """As it is now."""
    default: Any
    """Of the recipe that is changed, where it has the same part; else the part's own."""
    about: str
    options: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    optional: bool = False
    """Whether it may be left empty."""

    @property
    def name(self) -> str:
        """Without its section."""
        return self.path.partition(".")[2]

    @property
    def changed(self) -> bool:
        """Whether it differs from the recipe that is changed."""
        return self.value != self.default


@lru_cache(maxsize=1)
def bases() -> tuple[str, ...]:
    """The recipes that `fer train` takes; identity encoders are `fer pretrain`'s."""
    return tuple(name for name in recipe_names() if load_recipe(name).loss.kind != "margin")


def changes_of(line: str) -> tuple[str, ...]:
    """The changes that a line names, as ``fer train --set`` takes them.

    Args:
        line: ``section.key=value`` with spaces between; a value with spaces in quotes.

    Raises:
        ValueError: the line is too long, or a quote is open.
    """
    if len(line) > LONGEST:
        raise ValueError(f"the changes have {len(line):,} characters; {LONGEST:,} is the most, write a recipe instead")
    try:
        return tuple(shlex.split(line))
    except ValueError as error:
        raise ValueError(f"the changes cannot be read ({error}); put a value with spaces in quotes") from None


def line_of(changes: Sequence[str]) -> str:
    """The opposite of `changes_of`."""
    return shlex.join(changes)


def changed(changes: Sequence[str], setting: Setting, value: Any) -> tuple[str, ...]:
    """The changes with one more, in place of earlier ones of the same setting; none where it has its default again.

    Args:
        changes: So far.
        setting: What is set; of another ``kind`` the settings of the part before are forgotten.
        value: What it is to be.
    """
    section, _, key = setting.path.partition(".")
    kept = tuple(one for one in changes if not _speaks_of(one, section if key == "kind" else setting.path))
    # A change of the whole section hides the recipe's own values: then the default must be said, too.
    hidden = any(one.partition("=")[0].strip() == section for one in kept)
    return kept if value == setting.default and not hidden else (*kept, f"{setting.path}={_yaml(value)}")


def about(base: str) -> str:
    """What a recipe says of itself."""
    return load_recipe(base).about


def values_of(text: str) -> list[Any]:
    """Values with commas between, as YAML reads them.

    Raises:
        ValueError: there is none, one stands twice, or they cannot be read.
    """
    try:
        found = yaml.safe_load(f"[{text}]")
    except yaml.YAMLError:
        raise ValueError(f"the values '{text}' cannot be read; put commas between, write lists as [1, 2]") from None
    if not found:
        raise ValueError("name the values of the setting that varies, with commas between")
    if len({repr(one) for one in found}) < len(found):
        raise ValueError(f"a value stands twice in '{text}'")
    return list(found)


def seeds_of(text: str) -> list[int]:
    """Whole numbers with commas between.

    Raises:
        ValueError: there is none, one stands twice, or something else stands there.
    """
    found = values_of(text)
    if any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in found):
        raise ValueError(f"seeds are whole numbers of 0 or more with commas between, got '{text}'")
    return found


def mistakes(base: str, changes: Sequence[str]) -> tuple[str, ...]:
    """Everything that is wrong with a recipe and its changes, one sentence each; empty where nothing is."""
    try:
        load_recipe(base, changes)
    except RecipeError as error:
        return tuple(error.mistakes)
    return ()


def settings(base: str, changes: Sequence[str]) -> dict[str, tuple[Setting, ...]]:
    """Section -> its settings as they are now; changes that are mistaken are shown as they were written.

    Args:
        base: The recipe that is changed.
        changes: Of it.
    """
    before = load_recipe(base).plain()
    now = override(before, changes, [])
    found = {}
    for section, model in SECTIONS.items():
        found[section] = _settings(section, model, now.get(section), before[section])
    for section, (table, _) in PARTS.items():
        chosen = now.get(section)
        values = {"kind": chosen} if isinstance(chosen, str) else chosen if isinstance(chosen, Mapping) else {}
        kind = values.get("kind", before[section]["kind"])
        known = kind in table.names()
        about = "Which part. " + " ".join(f"{name}: {table[name].about}" for name in table.names())
        which = Setting(
            f"{section}.kind", CHOICE, kind if known else before[section]["kind"], before[section]["kind"],
            about, table.names(),
        )  # fmt: skip
        own = before[section] if kind == before[section]["kind"] else {}
        model = table[which.value].options
        found[section] = (which, *_settings(section, model, values, own))
    order = ("data", "preprocessing", "backbone", "head", "mixing", "loss", "penalty", "augmentation", "optimiser",
             "schedule", "optimisation", "evaluation", "start")  # fmt: skip
    return {section: found[section] for section in order}


def read(setting: Setting, text: str) -> Any:
    """What somebody wrote into a setting's field, as YAML reads it; as it is where that cannot be read."""
    if setting.kind == TEXT:
        return text.strip() or (None if setting.optional else "")
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def written(value: Any) -> str:
    """A value as its field shows it."""
    return "" if value is None else value if isinstance(value, str) else _yaml(value)


def _yaml(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=math.inf, allow_unicode=True)
    return text.removesuffix("...\n").strip()


def _speaks_of(change: str, path: str) -> bool:
    mine = change.partition("=")[0].strip()
    return mine == path or mine.startswith(f"{path}.")


def _settings(section: str, model: type[BaseModel], now: Any, before: Mapping[str, Any]) -> tuple[Setting, ...]:
    values = now if isinstance(now, Mapping) else {}
    about = _about(model)
    found = []
    for name, field in model.model_fields.items():
        default = before[name] if name in before else _plain(field.get_default(call_default_factory=True))
        kind, options, optional = _kind(field.annotation)
        low, high = _bounds((*field.metadata, *_metadata(field.annotation)), kind)
        value = values.get(name, default)
        found.append(
            Setting(f"{section}.{name}", kind, value, default, about.get(name, ""), options, low, high, optional)
        )
    return tuple(found)


def _plain(value: Any) -> Any:
    """As YAML writes it: lists for tuples."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


def _kind(annotation: Any) -> tuple[str, tuple[Any, ...], bool]:
    """How a type is set, what may be chosen, and whether it may be empty."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    arguments = get_args(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        some = [one for one in arguments if one is not type(None)]
        optional = len(some) < len(arguments)
        kind, options, _ = _kind(some[0]) if len(some) == 1 else (WRITTEN, (), False)
        return kind, options, optional
    if get_origin(annotation) is Literal:
        return CHOICE, arguments, False
    if get_origin(annotation) is tuple and arguments and get_origin(arguments[0]) is Literal:
        return SEVERAL, get_args(arguments[0]), False
    simple = {bool: SWITCH, int: WHOLE, float: NUMBER, str: TEXT}
    return simple.get(annotation, WRITTEN), (), False


def _metadata(annotation: Any) -> tuple[Any, ...]:
    """Bounds that stand inside an optional type."""
    if get_origin(annotation) is Annotated:
        return get_args(annotation)[1:]
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(bound for one in get_args(annotation) for bound in _metadata(one))
    return ()


def _bounds(metadata: Sequence[Any], kind: str) -> tuple[float | None, float | None]:
    """Smallest and largest value; of an open bound the bound itself, which the recipe then refuses."""
    low: float | None = None
    high: float | None = None
    for one in (part for bound in metadata for part in (getattr(bound, "metadata", None) or [bound])):
        step = 1 if kind == WHOLE else 0
        if isinstance(one, Ge | Gt):
            low = float(one.ge) if isinstance(one, Ge) else float(one.gt) + step  # type: ignore[arg-type]
        elif isinstance(one, Le | Lt):
            high = float(one.le) if isinstance(one, Le) else float(one.lt) - step  # type: ignore[arg-type]
    return low, high


@lru_cache(maxsize=128)
def _about(model: type[BaseModel]) -> Mapping[str, str]:
    """Setting -> what stands below it in the source, which is where each default's origin is told."""
    found: dict[str, str] = {}
    for one in reversed([base for base in model.__mro__ if issubclass(base, BaseModel) and base is not BaseModel]):
        body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        lines = body.body if isinstance(body, ast.ClassDef) else []
        for line, after in zip(lines, lines[1:], strict=False):
            if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)):
                continue
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                found[line.target.id] = " ".join(str(after.value.value).replace("``", "`").split())
    return found
