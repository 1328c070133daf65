"""The maker of synthetic people: its levers, its line of changes, and the command that draws the same picture."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.components.data_person import GROUPS
from app.services import person
from fer_core.data.people import identity, session
from fer_core.data.people.portrait import FACTORS, LOOKS, Portrait, read_changes

Open = Callable[..., AppTest]
MAKE, SHEET = "Make a person", "A sheet of people"


def said(page: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*page.markdown, *page.caption, *page.html])


def test_every_factor_has_one_lever() -> None:
    levers = [name for group in GROUPS.values() for name in group]
    assert sorted(levers) == sorted(FACTORS)


def test_every_recording_lies_within_the_ends_of_the_levers() -> None:
    for number in range(150):
        look = session(number, number % 3, 0, identity(number))
        assert all(low <= getattr(look, name) <= high for name, (low, high) in LOOKS.items())


def test_a_moved_lever_is_drawn_and_stands_in_the_line(no_runs: Path, open_page: Open) -> None:
    page = open_page("data", data_look=MAKE, person_number="4", person_state="Awake")
    assert not page.exception and not page.error
    page.slider(key="data_person.lever.lid_left").set_value(0.1).run()
    assert not page.exception and not page.error
    assert page.text_input(key="factors").value == "lid_left=0.1"
    assert "left 0.25, right 1.00" in said(page)  # 0.1 of the 0.4 from which on an eye looks open
    page.number_input(key="person_number").set_value(5).run()
    assert page.slider(key="data_person.lever.lid_left").value == 0.1
    page.button(key="data_person.reset").click().run()
    own = Portrait(5, size=64).factors()["lid_left"]
    assert page.slider(key="data_person.lever.lid_left").value == pytest.approx(own, abs=0.005)


def test_the_address_restores_the_picture(no_runs: Path, open_page: Open) -> None:
    page = open_page("data", data_look=MAKE, person_state="Asleep", person_part="Head", factors="yaw=0.5,mouth=0.4")
    assert page.slider(key="data_person.lever.yaw").value == 0.5
    table = page.dataframe[0].value.set_index("what")["value"]
    assert table["yaw"] == "0.500" and table["mouth"] == "0.400" and float(table["openness_left"]) < 0.2


@pytest.mark.parametrize("typed", ["yaw=9", "smile=1", "yaw", "yaw=nan", "glasses=0.5", "yaw=0,yaw=1"])
def test_a_line_that_cannot_be_drawn_is_one_sentence(typed: str, no_runs: Path, open_page: Open) -> None:
    page = open_page("data", data_look=MAKE, factors=typed)
    assert not page.exception and len(page.error) == 1


def test_the_command_draws_the_same_picture(tmp_path: Path, fer: Callable) -> None:
    wanted = Portrait(3, 1, "Drowsy", 2.0, 7, person.SIZE, read_changes("yaw=0.3,lid_right=0,glasses=1,light_x=-0.9"))
    told = person.drawn(wanted, marked=False)
    words = shlex.split(person.of_person(wanted).command.replace("person.png", str(tmp_path / "a.png")))[1:]
    ran = fer(*words)
    assert ran.code == 0 and ran.document["synthetic"] is True
    picture = cv2.imread(str(tmp_path / "a.png"))
    assert np.array_equal(picture, cv2.imdecode(np.frombuffer(told.png, np.uint8), cv2.IMREAD_COLOR))
    rows = told.truth.set_index("what")["value"]
    assert rows["openness_right"] == f"{ran.document['truth']['openness_right']:.3f}" == "0.000"
    assert rows["eye_left"] == ", ".join(f"{one:.3f}" for one in ran.document["truth"]["eye_left"])
    assert ran.document["factors"] == told.factors and told.factors["glasses"] == 1
    assert ran.document["truth"]["light"][0] < -0.8  # the lamp moved with light_x


def test_the_command_tells_mistakes_in_a_sentence(fer: Callable, tmp_path: Path) -> None:
    ran = fer("data", "person", "--set", "lid_left=2,smile=1")
    assert ran.code == 2 and "lid_left must lie in [0, 1.5]" in ran.err and "unknown factor 'smile'" in ran.err
    assert fer("data", "person", "--out", tmp_path / "no" / "a.png").code == 2


def test_a_sheet_shows_other_people_from_another_number_on(no_runs: Path, open_page: Open) -> None:
    page = open_page("data", data_look=SHEET, sheet_states="expressions")
    assert not page.exception and not page.error and "8 drawn synthetic people from p0000" in said(page)
    assert person.sheet(0, "expressions", 0)[0] != person.sheet(8, "expressions", 0)[0]
