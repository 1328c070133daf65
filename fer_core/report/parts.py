"""What a section is."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from fer_core.origin import source_of
from fer_core.report.case import Case
from fer_core.report.markup import Html, command, element, joined


@dataclass(frozen=True)
class Section:
    """One section of a report, written."""

    body: Html
    commands: tuple[tuple[str, str], ...] = ()
    """What it makes again, and the command."""
    absent: bool = False
    """Whether there was nothing stored to show."""


@dataclass(frozen=True)
class Kind:
    """A section that a report may have."""

    title: str
    question: str
    """What it answers, in plain words."""
    write: Callable[[Case], Section]


def missing(sentence: str, again: str | None = None) -> Section:
    """A section with nothing to show.

    Args:
        sentence: What is not there.
        again: The command that would fill it; None where none can.
    """
    pieces = [element("p", sentence, class_="absent")]
    if again is not None:
        pieces.append(element("p", "This fills it: ", command(again), class_="absent"))
    return Section(joined(pieces), absent=True)


def unjudged(case: Case) -> Section:
    """A section that needs stored predictions, of a run without any."""
    reason = f" ({case.run.why_not})" if case.run.why_not else ""
    recipe, source = str(case.run.recipe.get("name") or "RECIPE"), source_of(case.run)
    return missing(
        f"Run {case.run.name} has no stored predictions{reason}; a training stores them at its end.",
        f"fer train {shlex.quote(recipe)} --data {shlex.quote(source)}",
    )
