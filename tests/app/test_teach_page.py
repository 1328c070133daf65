"""Teach: each step asks about what is computed there, and the command under it makes the same numbers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.services import (
    leakage_told,
    lesson_face,
    lesson_handout,
    lesson_mixing,
    lesson_questions,
    lesson_tables,
    mixing_lab,
    runs,
)
from app.services.lesson_face import Chosen
from app.services.lesson_handout import Wanted
from app.services.lesson_script import LESSON, MIXES, PEOPLE, SPLITS
from app.services.uploads import take
from fer_core.runs import Run
from tests.app.test_leakage_page import few_pairs, measured  # noqa: F401 stored features of six strangers
from tests.cli.test_explain import run  # noqa: F401 an untrained run
from tests.conftest import Ran

Open = Callable[..., AppTest]
Fer = Callable[..., Ran]
BREAK = LESSON[1]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pictures that count as faces as a whole; the commands write beside nothing of ours."""
    monkeypatch.setattr(lesson_face, "SIZE", 48)
    monkeypatch.setattr(mixing_lab, "PEOPLE", 2)
    monkeypatch.chdir(tmp_path)


def drawn(page: AppTest) -> str:
    assert not page.exception and not page.error, [one.value for one in page.error]
    shown = [*page.html, *page.caption, *page.markdown, *page.info, *page.success, *page.warning]
    return "\n".join(str(one.value) for one in shown)


def told(fer: Fer, command: str) -> dict:
    """What a copied command prints: its last part, the parts before run first."""
    for part in command.split(" && "):
        ran = fer(*shlex.split(part.partition(" > ")[0])[1:])
        assert ran.code == 0, ran.err
    return ran.document


def answered(page: AppTest, option: str) -> AppTest:
    """The page after somebody chose an option and pressed the button."""
    return page.radio[0].set_value(option).run().button(key="teach.check").click().run()


def face(name: str, wear: str = lesson_face.PLAIN) -> Chosen:
    """A synthetic face of the untrained run by its name."""
    return Chosen(mixing_lab.portraits(runs.card("untrained"), ())[name], wear)


def test_what_it_sees_is_the_commands_and_the_answer_is_computed(
    run: Run,  # noqa: F811
    open_page: Open,
    fer: Fer,
) -> None:
    page = open_page("teach", run=run.name, lesson_face="fear, synthetic person 1")
    said = drawn(page)
    document = told(fer, lesson_face.of_look(run.name, face("fear, synthetic person 1")).command)
    assert f"{document['label']} {document['probabilities'][document['label']]:.3f}" in said
    right = f"{document['size']} × {document['size']} = {document['size'] ** 2:,}"
    assert right in page.radio[0].options and page.button(key="teach.check").disabled
    wrong = next(one for one in page.radio[0].options if one != right)
    assert "**No: 48 × 48" in drawn(answered(page, wrong)) and "1 of 5 answered" in drawn(page)
    assert "**Right.**" in drawn(answered(page, right))


def test_levers_wear_and_each_change_alone_are_the_commands(run: Run, open_page: Open, fer: Fer) -> None:  # noqa: F811
    page = open_page("teach", run=run.name, lesson=BREAK.name, break_blur="3", break_dark="2", lesson_wear="glasses")
    said, chosen = drawn(page), face("happiness, synthetic person 0", "glasses")
    source = lesson_face.of_look(run.name, chosen, {"dark": 2, "blur": 3}, each=True)
    document = told(fer, source.command)
    clean, after = document["probabilities"], document["disturbed"]
    assert f"{document['label']} {clean[document['label']]:.3f}" in said
    assert f"{after['label']} {after['probabilities'][after['label']]:.3f}" in said and "Grad-CAM" in said
    full = {lesson_face.BREAKING[kind]: values[-1] for kind, values in document["alone"].items()}
    least = min(full, key=full.__getitem__)
    said = drawn(answered(page, least))
    assert "**Right.**" in said and f"{least} {full[least]:.3f}" in said
    page.button(key="teach.undo").click().run()
    assert page.select_slider(key="break_blur").value == "0"
    page.selectbox(key="lesson_face").set_value("anger, synthetic person 1").run()
    assert "0 of 5 answered" in drawn(page)  # another face, another question


def test_the_mixed_face_is_the_commands(run: Run, open_page: Open, fer: Fer) -> None:  # noqa: F811
    other = "fear, synthetic person 0"
    page = open_page("teach", run=run.name, lesson=MIXES.name, lesson_lam="0.30", lesson_other=other)
    said, chosen = drawn(page), face("happiness, synthetic person 0")
    first = lesson_mixing.first(chosen, lesson_face.picture(chosen))
    pair = first, face(other).portrait
    source = lesson_mixing.of_mixture(lesson_mixing.setting(run.name, 0.3), chosen, *pair, ("happiness", "fear"))
    document = told(fer, source.command)
    best = max(document["said"], key=document["said"].get)
    assert f"{best} {document['said'][best]:.3f}" in said and "happiness <b>0.300</b>" in said
    answers = [{"lam": one["lam"], **one["probabilities"]} for one in document["prediction"]]
    question = lesson_questions.change_of_mind(pd.DataFrame(answers))
    assert "**Right.**" in drawn(answered(page, next(iter(question.right))))


@pytest.mark.slow
def test_people_and_splits_are_the_commands(measured: Path, open_page: Open, fer: Fer) -> None:  # noqa: F811
    page = open_page("teach", run="drawn", lesson=PEOPLE.name)
    asked = lesson_tables.needed("drawn")
    shares = {
        space: told(fer, leakage_told.of_figures(asked, {space: one.document}).command)["accuracy"]
        for space, one in lesson_tables.found_again(asked).items()
    }
    best = max(shares, key=shares.__getitem__)
    said = drawn(answered(page, best))
    assert "**Right.**" in said and all(f"{share:.3f}" in said for share in shares.values())
    page.button(key="teach.next").click().run()
    page.button(key="teach.next").click().run()
    probe = told(fer, lesson_tables.flattery(lesson_tables.features("drawn")[page.selectbox(key="lesson_table").value],
                                             "v_face").source.command)["probe"]  # fmt: skip
    found = probe["state"]["knn"]
    assert [one.value for one in page.metric] == [
        f"{found['random_folds']['accuracy']:.3f}",
        f"{probe['identity']['knn']['random_folds']['accuracy']:.3f}",
    ]
    question = lesson_questions.flattered(
        found["random_folds"]["accuracy"], found["persons_out"]["accuracy"], probe["state"]["chance"]
    )
    said = drawn(answered(page, next(iter(question.right))))
    assert "**Right.**" in said and "2 of 5 answered" in said


@pytest.mark.slow
def test_the_lesson_is_kept_from_step_to_step_and_put_back(run: Run, open_page: Open) -> None:  # noqa: F811
    page = open_page("teach", run=run.name, lesson=BREAK.name, break_blur="4", lesson_face="fear, synthetic person 1",
                     large_type="true")  # fmt: skip
    assert "font-size: 21px" in drawn(page) and page.toggle(key="large_type").value
    page.button(key="teach.back").click().run()
    assert page.selectbox(key="lesson_face").value == "fear, synthetic person 1"
    page.button(key="teach.next").click().run()
    assert page.select_slider(key="break_blur").value == "4"
    page.button(key="teach.reset").click().run()
    assert page.segmented_control(key="lesson").value == LESSON[0].name
    assert page.selectbox(key="lesson_face").value == "happiness, synthetic person 0"
    page.segmented_control(key="lesson").set_value(BREAK.name).run()
    assert page.select_slider(key="break_blur").value == "0" and page.toggle(key="large_type").value
    strange = open_page("teach", run=run.name, lesson="<9>", lesson_face="<b>", large_type="perhaps")
    assert strange.segmented_control(key="lesson").value == LESSON[0].name and not strange.exception


def test_a_step_that_cannot_be_shown_says_why_and_leaves_the_way_on(open_page: Open) -> None:
    page = open_page("teach", run="eyes")
    assert "judges single eyes" in page.info[0].value and not page.button(key="teach.next").disabled


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.pictures = 0
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.pictures += tag == "img"
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(found["content"])
        self.outside += [
            one for one in (found.get("src"), found.get("href")) if one and not one.startswith(("data:", "#"))
        ]
        self.outside += [tag] if tag in ("script", "link", "iframe") else []


@pytest.mark.slow
def test_the_handout_stands_by_itself_and_shows_no_picture_that_was_brought(run: Run) -> None:  # noqa: F811
    card = runs.card(run.name)
    chosen, second = face("happiness, synthetic person 0"), face("fear, synthetic person 0").portrait
    wanted = Wanted(run.name, card.labels, chosen, second, None, None, large=False)
    page, read = lesson_handout.written(wanted, "2026-01-01"), _Read()
    read.feed(page)
    assert read.outside == [] and read.pictures == 10
    assert read.policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert all(one.name in page for one in LESSON) and "2026-01-01" in page
    looked = lesson_face.look(run.name, lesson_face.picture(chosen))
    question = lesson_questions.worst_change(lesson_face.alone(run.name, looked), looked.label)
    answers = page.partition(">Answers<")[2]
    assert any(f"<b>{one}</b>" in answers for one in question.right) and "fer look person.png" in page

    held = lesson_face.picture(chosen)
    (mine,), _ = take("<b>me.png", held.data or b"", "upload")
    brought = Chosen(mixing_lab.Portrait(mine.key, mine.name, None, mine))
    page, read = (
        lesson_handout.written(Wanted(run.name, card.labels, brought, second, None, None, True), "today"),
        _Read(),
    )
    read.feed(page)
    assert read.pictures == 0 and "<b>me" not in page and "&lt;b&gt;me.png" in page
    assert re.search(r"font-size: 1\.35rem", page)


def test_real_drivers_come_first_where_their_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_DATA", str(tmp_path))
    (tmp_path / lesson_tables.REAL).write_bytes(b"")
    there = lesson_tables.features("nobody")
    assert "real drivers" in next(iter(there)) and there[next(iter(there))].spaces == (lesson_tables.REAL_SPACE,)
    assert SPLITS.name == LESSON[-1].name


@pytest.mark.slow
def test_random_splits_flatter_real_drivers(shared_data: Path, monkeypatch: pytest.MonkeyPatch, fer: Fer) -> None:
    monkeypatch.setenv("FER_DATA", str(shared_data))
    found = lesson_tables.flattery(next(iter(lesson_tables.features("drowsiness").values())), lesson_tables.REAL_SPACE)
    document = told(fer, found.source.command)["probe"]
    for row in found.rows.itertuples():
        assert row.accuracy == document["state"][row.learner][row.left_out]["accuracy"]
    assert lesson_questions.of_flattery(found).right == {"0.10 to 0.20 less"}
    assert (found.people, found.n) == (17, 12_240)
