"""What the commands of `fer data` share: how a data set is named, and lists cut for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

Data = Annotated[
    str, typer.Argument(help="A manifest, a FER2013 csv, a folder or zip of class folders, RAF-DB, FERPlus, AffectNet.")
]

SHOWN = 10
"""Rows of a list that people see; --json has them all."""


def headcount(found: Mapping[str, Any]) -> str:
    """How many pictures a data set has, and whether all can be read."""
    unread = found["n"] - found["readable"]
    read = "all can be read" if not unread else f"{unread:,} cannot be read"
    return f"{found['name']} ({found['data']}): {found['n']:,} pictures, {read}."


def more(total: int, what: str) -> list[str]:
    """The line that says a list is cut; none where it is whole."""
    return [f"({SHOWN} of {total:,} {what}; --json lists all)"] if total > SHOWN else []


def split_name(split: str) -> str:
    """A split as people read it."""
    return "(no split)" if split == "none" else split
