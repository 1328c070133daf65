"""The table of parts: a name in YAML -> torch-free options and the place of the code that builds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import BaseModel, ConfigDict

from fer_core.labels import suggestion


class Options(BaseModel):
    """Settings of one part: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Part:
    """One row of a `Table`."""

    name: str
    target: str
    """``package.module:attribute`` of the factory, imported when the part is built."""
    options: type[Options]
    about: str
    """One sentence for people who choose."""


class Table:
    """Parts of one kind by name. Looking up options imports neither torch nor the part."""

    def __init__(self, kind: str, *parts: Part) -> None:
        """A table of one kind.

        Args:
            kind: What the parts are, for error sentences: ``backbone``.
            parts: The rows.

        Raises:
            ValueError: two rows of one name.
        """
        self.kind = kind
        self._parts: dict[str, Part] = {}
        for part in parts:
            if part.name in self._parts:
                raise ValueError(f"two {kind} parts are named '{part.name}'")
            self._parts[part.name] = part

    def names(self) -> tuple[str, ...]:
        """All names, in the table's order."""
        return tuple(self._parts)

    def __getitem__(self, name: str) -> Part:
        """The row of a name.

        Raises:
            ValueError: no such part; the sentence suggests one.
        """
        if name not in self._parts:
            raise ValueError(f"unknown {self.kind} '{name}'{suggestion(str(name), self._parts)}")
        return self._parts[name]

    def build(self, choice: Choice, **context: Any) -> Any:
        """Imports the part's factory and calls it with its options and whatever the assembly knows besides."""
        return self._factory(choice)(choice.options, **context)

    def build_with(self, choice: Choice, first: Any) -> Any:
        """Calls a factory that is not ours: ``first``, then the options as keywords (``torch.optim.SGD``)."""
        return self._factory(choice)(first, **choice.options.model_dump())

    def _factory(self, choice: Choice) -> Any:
        module, _, attribute = self[choice.kind].target.partition(":")
        return getattr(import_module(module), attribute)


@dataclass(frozen=True)
class Choice:
    """A part chosen in a recipe: its name and its checked options."""

    kind: str
    options: Any
    """An instance of the part's own `Options` class."""

    def plain(self) -> Mapping[str, Any]:
        """As YAML writes it."""
        return {"kind": self.kind, **self.options.model_dump(mode="json")}
