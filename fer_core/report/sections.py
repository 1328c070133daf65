"""The sections that a report may have, in the order of reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fer_core.labels import suggestion
from fer_core.report import (
    belief,
    closing,
    endurance,
    erasing,
    learning,
    mistakes,
    opening,
    others,
    protocol,
    spaces,
    strange,
)
from fer_core.report.parts import Kind

SECTIONS: Mapping[str, Kind] = {
    "summary": Kind("Summary", "What is this, and how good is it?", opening.summary),
    "protocol": Kind(
        "A reviewer's protocol", "Which questions are answered by numbers, and which are not?", protocol.protocol
    ),
    "provenance": Kind("Provenance", "What made it, of what, and what was left out?", opening.provenance),
    "confusion": Kind("Confusion matrix", "Which label is taken for which?", mistakes.confusion),
    "classes": Kind("Label by label", "Which labels are found, which are missed?", mistakes.classes),
    "persons": Kind("Person by person", "Whom does it read worst?", mistakes.persons),
    "calibration": Kind(
        "Confidence", "Is it as sure as it is right, and what does keeping silent gain?", belief.calibration
    ),
    "mistakes": Kind("Mistakes by confidence", "How sure is it when it is wrong?", mistakes.surest),
    "robustness": Kind("Robustness", "What is left on covered, blurred, dark or turned faces?", endurance.robustness),
    "learning": Kind("Learning curves", "How did it learn?", learning.curves),
    "leakage": Kind("Identity leakage", "How well are people found again by its features?", spaces.leakage),
    "erasure": Kind(
        "Identity erased", "What is left of identity after it is erased, and what of the state?", erasing.erasure
    ),
    "projections": Kind("Maps of the features", "Do the features lie by state or by person?", spaces.projections),
    "ood": Kind("Pictures of another kind", "Does it notice what is no usual face?", strange.ood),
    "compare": Kind("Beside another run", "Which of two is better, and is that more than chance?", others.beside),
    "published": Kind("Beside published numbers", "What did the papers print for such a training?", others.published),
    "card": Kind("Model card", "What is it for, and what must it not be used for?", closing.card),
}
"""Name -> section. ``commands``, which gathers what the others name, is written by `writing`."""
COMMANDS = "commands"
NAMES = (*list(SECTIONS)[:-1], COMMANDS, "card")
"""All names, in order."""


def chosen(wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The wanted sections, each once and in the order of reading; all of them where nothing is said.

    Args:
        wanted: Names; None takes all.

    Raises:
        ValueError: no such section, or none at all.
    """
    if wanted is None:
        return NAMES
    for one in wanted:
        if one not in NAMES:
            raise ValueError(f"no section '{one}'{suggestion(one, NAMES)}")
    if not wanted:
        raise ValueError(f"a report needs at least one section; choose of {', '.join(NAMES)}")
    return tuple(name for name in NAMES if name in wanted)


def title_of(name: str) -> str:
    """How a section is called.

    Args:
        name: Of `NAMES`.
    """
    return "Commands" if name == COMMANDS else SECTIONS[name].title
