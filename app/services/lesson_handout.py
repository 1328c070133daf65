"""The lesson on paper: every step with its question, computed on the same face and tables, answers on a last page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.services import (
    leakage_told,
    lesson_face,
    lesson_mixing,
    lesson_pictures,
    lesson_questions,
    lesson_tables,
    mixing_lab,
)
from app.services.lesson_face import Chosen, Looked, Portrait
from app.services.lesson_questions import Question
from app.services.lesson_script import BREAKS, LESSON, MIXES, PEOPLE, SEES, SPLITS
from app.services.provenance import Provenance
from fer_core import __version__
from fer_core.report.frame import framed
from fer_core.report.markup import Html, command, element, joined, note
from fer_core.runs import find_run

STYLE = """
.faces { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0.8rem 0; }
.faces figure { margin: 0; }
.faces img { width: 12rem; border-radius: 8px; }
.choices { list-style: none; padding-left: 0.4rem; }
.choices li::before { content: "\\2610"; padding-right: 0.6rem; }
section { break-inside: avoid; }
.answers { break-before: page; }
@media print { body { font-size: 11pt; padding: 0; } }
"""


@dataclass(frozen=True)
class Wanted:
    """What the lesson is about just now."""

    run: str
    labels: tuple[str, ...]
    chosen: Chosen
    second: Portrait
    """Whom the face is mixed with."""
    table: str | None
    """Of `lesson_tables.features`; None takes the first."""
    space: str | None
    """Of that table; None takes its first."""
    large: bool


@dataclass(frozen=True)
class _Part:
    """What one step has to say."""

    question: Question
    source: Provenance
    pictures: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Address and words of each."""
    told: str = ""


def written(wanted: Wanted, today: str) -> str:
    """The handout as one HTML document.

    A step that cannot be computed says why; the others stand all the same. A picture that somebody brought is not put
    into the file.

    Args:
        wanted: What the lesson is about.
        today: The date as it is to stand there.

    Raises:
        FileNotFoundError: no such run.
    """
    find_run(wanted.run)
    steps, answers = [], []
    for step in LESSON:
        title = element("h2", step.name)
        idea = [element("p", step.idea), element("p", step.task, class_="question")]
        try:
            part = _PARTS[step.name](wanted)
        except (ValueError, FileNotFoundError) as error:
            steps.append(element("section", title, *idea, note(f"This step cannot be shown: {error}.")))
            continue
        steps.append(element("section", title, *idea, *_asked(part)))
        right = " or ".join(one for one in part.question.options if one in part.question.right)
        answers.append(joined([element("dt", step.name), element("dd", element("b", right), ". ", part.question.why)]))
    opening = [
        element("p", "Facial state lab · lesson", class_="brand"),
        element("h1", "What does the model see?"),
        element("p", f"Run {wanted.run} · {wanted.chosen.portrait.name} · written {today} by fer {__version__}",
                class_="origin"),
    ]  # fmt: skip
    last = element("section", element("h2", "Answers"), element("dl", *answers), class_="answers")
    closing = element(
        "footer", element("p", "The model says what a face looks like to it, not what a person is or feels.")
    )
    style = STYLE + ("body { font-size: 1.35rem; } @media print { body { font-size: 15pt; } }" * wanted.large)
    body = [*opening, element("main", *steps, last), closing]
    return framed(f"{wanted.run}: lesson", *body, pictures=True, style=style)


def _asked(part: _Part) -> list[Html]:
    shown = [
        element("figure", element("img", src=address, alt=words), element("figcaption", words))
        for address, words in part.pictures
    ]
    return [
        element("div", *shown, class_="faces") if shown else Html(""),
        element("p", part.told) if part.told else Html(""),
        element("p", element("b", part.question.words)),
        element("ul", *(element("li", one) for one in part.question.options), class_="choices"),
        element("p", part.source.text, class_="origin"),
        element("p", "Again: ", command(part.source.command), class_="origin"),
    ]


def _looked(wanted: Wanted) -> Looked:
    return lesson_face.look(wanted.run, lesson_face.picture(wanted.chosen))


def _said(looked: Looked) -> str:
    ordered = sorted(looked.said.items(), key=lambda one: -one[1])
    return "The model says: " + ", ".join(f"{label} {share:.3f}" for label, share in ordered) + "."


def _sees(wanted: Wanted) -> _Part:
    looked = _looked(wanted)
    pictures = (
        (lesson_pictures.marked(looked), "what you see"),
        (lesson_pictures.enlarged(looked.sight.pixels), "what the model sees"),
    )
    return _Part(
        lesson_questions.of_look(looked),
        lesson_face.of_look(wanted.run, wanted.chosen),
        pictures if wanted.chosen.synthetic else (),
        _said(looked),
    )


def _breaks(wanted: Wanted) -> _Part:
    looked = _looked(wanted)
    left = lesson_face.alone(wanted.run, looked)
    pictures = tuple(
        (lesson_pictures.enlarged(looked.sight.under({kind: 5})), f"{words}, strength 5")
        for kind, words in lesson_face.BREAKING.items()
    )
    return _Part(
        lesson_questions.worst_change(left, looked.label),
        lesson_face.of_look(wanted.run, wanted.chosen, each=True),
        pictures if wanted.chosen.synthetic else (),
    )


def _people(wanted: Wanted) -> _Part:
    asked = lesson_tables.needed(wanted.run)
    documents = {space: one.document for space, one in lesson_tables.found_again(asked).items()}
    return _Part(lesson_questions.most_found(documents), leakage_told.of_figures(asked, documents))


def _mixes(wanted: Wanted) -> _Part:
    first = lesson_mixing.first(wanted.chosen, lesson_face.picture(wanted.chosen))
    labels = lesson_mixing.labels(first, wanted.second, wanted.labels)
    asked = lesson_mixing.setting(wanted.run, 0.5)
    seen = mixing_lab.preprocessing(asked)
    told = mixing_lab.mixed(asked, mixing_lab.face(first, seen), mixing_lab.face(wanted.second, seen), labels)
    table = lesson_mixing.table(lesson_mixing.along(asked, told, labels), wanted.labels)
    ours = wanted.chosen.synthetic and wanted.second.held is None
    shown = ((told.first.crop, "A"), (told.second.crop, "B"), (told.mixture.picture, "half of each"))
    return _Part(
        lesson_questions.change_of_mind(table),
        lesson_mixing.of_mixture(asked, wanted.chosen, first, wanted.second, labels),
        tuple((mixing_lab.shown(crop), words) for crop, words in shown if crop is not None) if ours else (),
    )


def _splits(wanted: Wanted) -> _Part:
    there = lesson_tables.features(wanted.run)
    chosen = there.get(wanted.table or "", next(iter(there.values())))
    space = wanted.space if wanted.space in chosen.spaces else chosen.spaces[0]
    told = lesson_tables.flattery(chosen, space)
    return _Part(lesson_questions.of_flattery(told), told.source, told=f"{chosen.name}, {space}.")


_PARTS: dict[str, Callable[[Wanted], _Part]] = {
    SEES.name: _sees,
    BREAKS.name: _breaks,
    PEOPLE.name: _people,
    MIXES.name: _mixes,
    SPLITS.name: _splits,
}
