"""The published tables on disk: found by key, checked, all mistakes of a file in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from fer_core.labels import suggestion
from fer_core.published.schema import Paper, PublishedTable

FOLDER = Path(__file__).parent
_PAPERS = "papers"


class PublishedError(ValueError):
    """All mistakes of one file of published numbers."""

    def __init__(self, source: str, mistakes: list[str]) -> None:
        """One sentence of all mistakes.

        Args:
            source: Which file.
            mistakes: One sentence each.
        """
        self.mistakes = mistakes
        super().__init__(f"published table {source} has mistakes: " + "; ".join(mistakes))


@cache
def papers() -> Mapping[str, Paper]:
    """The papers by name, in the order A to D."""
    try:
        return TypeAdapter(dict[str, Paper]).validate_python(_read(FOLDER / f"{_PAPERS}.yaml"))
    except ValidationError as error:
        raise PublishedError(_PAPERS, _sentences(error)) from None


@cache
def table_keys() -> tuple[str, ...]:
    """Keys of all tables, paper by paper in the order of `papers`: ``deviation-2``, ``fermixnet-fig8``."""
    order = list(papers())
    keys = [path.stem for path in FOLDER.glob("*.yaml") if path.stem != _PAPERS]
    strange = [key for key in keys if key.partition("-")[0] not in order]
    if strange:
        raise PublishedError(strange[0], [f"its name must begin with a paper and a hyphen: {', '.join(order)}"])
    return tuple(sorted(keys, key=lambda key: (order.index(key.partition("-")[0]), key)))


def find_table(key: str) -> PublishedTable:
    """A published table by its key, however it is capitalised.

    Raises:
        ValueError: there is no such table.
        PublishedError: its file has mistakes.
    """
    wanted = key.strip().casefold()
    if wanted not in table_keys():
        near = [one for one in table_keys() if one.startswith(wanted)] or table_keys()
        raise ValueError(f"no published table '{key}'{suggestion(wanted, near)}")
    return _load(wanted)


@cache
def _load(key: str) -> PublishedTable:
    return check_table(_read(FOLDER / f"{key}.yaml"), key)


def check_table(written: Any, key: str) -> PublishedTable:
    """A table from plain data.

    Args:
        written: What YAML gave.
        key: ``<paper>-<table>``.

    Raises:
        PublishedError: with every mistake found.
    """
    if not isinstance(written, Mapping):
        raise PublishedError(key, [f"a table is a mapping, got {type(written).__name__}"])
    try:
        return PublishedTable.model_validate({**written, "key": key, "paper": key.partition("-")[0]})
    except ValidationError as error:
        raise PublishedError(key, _sentences(error)) from None


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise PublishedError(path.stem, [f"it is not YAML: {' '.join(str(error).split())}"]) from None


def _sentences(error: ValidationError) -> list[str]:
    found = []
    for one in error.errors():
        where = ".".join(str(step) for step in one["loc"])
        said = one["msg"].removeprefix("Value error, ")
        found.append(f"unknown key '{where}'" if one["type"] == "extra_forbidden" else f"{where} {said}".strip())
    return found
