"""A report as one HTML document that opens anywhere: no script, no font, no picture, nothing from a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fer_core import __version__
from fer_core.report.case import Case, splits_of
from fer_core.report.frame import framed
from fer_core.report.markup import Html, command, element, table
from fer_core.report.parts import Section
from fer_core.report.sections import COMMANDS, SECTIONS, chosen, title_of
from fer_core.runs import Run
from fer_core.tables import write_text


@dataclass(frozen=True)
class Report:
    """A written report."""

    html: str
    sections: tuple[str, ...]
    """Those that it has, in order."""
    absent: tuple[str, ...]
    """Those of them that had nothing stored to show."""
    split: str | None
    """The judged split; None where the run has no stored predictions."""


def report(
    run: Run,
    sections: Sequence[str] | None = None,
    beside: Run | None = None,
    split: str | None = None,
    names: bool = False,
    today: str | None = None,
) -> Report:
    """Writes a report of what is stored with a run; nothing is measured anew and nothing is stored.

    Args:
        run: Any run whose ``run.json`` can be read.
        sections: Names in `sections.NAMES`; None takes all.
        beside: Another run, to lay beside it on the samples that both judged.
        split: An evaluated split; None takes the one farthest from the training.
        names: Whether people and samples are named although some of the people exist.
        today: The date it says; None takes today's.

    Raises:
        ValueError: no such section or split, a damaged run, or runs that cannot be laid beside each other.
    """
    wanted = chosen(sections)
    if not run.info:
        raise ValueError(f"run {run.name} cannot be reported: its run.json is damaged")
    there = splits_of(run)
    if split is not None and split not in there:
        known = f"there are: {', '.join(there)}" if there else "it has none at all"
        raise ValueError(f"run {run.name} has no predictions of split '{split}'; {known}")
    case = Case(run, split or next(iter(there), None), beside, names)
    written = {name: SECTIONS[name].write(case) for name in wanted if name != COMMANDS}
    if COMMANDS in wanted:
        written[COMMANDS] = _commands(written)
    date = today or datetime.now(UTC).date().isoformat()
    absent = tuple(name for name in wanted if written[name].absent)
    return Report(_document(case, wanted, written, date), wanted, absent, case.split)


def _commands(written: dict[str, Section]) -> Section:
    """Every command that the other sections name, each once."""
    rows: dict[str, str] = {}
    for one in written.values():
        for what, again in one.commands:
            rows.setdefault(again, what)
    if not rows:
        return Section(element("p", "No section of this report has a command.", class_="absent"), absent=True)
    cells = [[what, command(again)] for again, what in rows.items()]
    return Section(
        table(["what", "command"], cells, "Run in the environment of this software; --json prints numbers", left=2)
    )


def _document(case: Case, wanted: tuple[str, ...], written: dict[str, Section], date: str) -> str:
    opening = [
        element("a", "To the content", href="#content", class_="skip"),
        element("p", "Facial state lab · report", class_="brand"),
        element("h1", case.run.name),
        element(
            "p",
            f"{case.origin if case.judged else case.learned} · written {date} by fer {__version__}",
            class_="origin",
        ),
        element("nav", element("ol", *(_entry(name, written[name]) for name in wanted)), aria_label="Sections"),
    ]
    content = [_section(name, written[name]) for name in wanted]
    closing = element(
        "footer",
        element(
            "p",
            "The model says what a face looks like to it, not what a person feels. This file holds no pictures. "
            "Numbers are computed from what is stored with the run.",
        ),
    )
    return framed(f"{case.run.name}: report", *opening, element("main", *content, id="content"), closing)


def _entry(name: str, one: Section) -> Html:
    words = title_of(name) + (" (not there)" if one.absent else "")
    return element("li", element("a", words, href=f"#{name}"), class_="absent" if one.absent else None)


def _section(name: str, one: Section) -> Html:
    question = "How is every figure made again?" if name == COMMANDS else SECTIONS[name].question
    return element(
        "section",
        element("h2", title_of(name), id=name),
        element("p", question, class_="question"),
        one.body,
        aria_labelledby=name,
    )


def check_out(out: Path) -> None:
    """Refuses a file that no report can be written to: asked before the work, not after it.

    Args:
        out: Must end in ``.html`` or ``.htm`` and lie in a folder that is there.

    Raises:
        ValueError: another ending.
        FileNotFoundError: no folder to write to.
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{out.name} must end in .html")
    if not out.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} into")


def save(report: Report, out: Path) -> int:
    """Writes a report's file, whole or not at all; returns its bytes.

    Args:
        report: What to write.
        out: See `check_out`; an earlier report there is replaced.

    Raises:
        ValueError: another ending.
        FileNotFoundError: no folder to write to.
    """
    check_out(out)
    write_text(out, report.html)
    return out.stat().st_size
