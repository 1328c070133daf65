"""The last section: the run's own card."""

from __future__ import annotations

from fer_core.report.card import rendered
from fer_core.report.case import Case
from fer_core.report.markup import element, joined
from fer_core.report.parts import Section, missing


def card(case: Case) -> Section:
    """What the run is for, its data and terms, what it must not be used for, and its limits."""
    written = case.run.card()
    if not written.strip():
        return missing("This run has no card; a training writes one.")
    return Section(element("div", joined([rendered(written)]), class_="card"))
