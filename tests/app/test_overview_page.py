"""The front door: its links lead to pages that exist, with the view they promise, whatever was chosen there before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.components.tour_stops import PAGES, TOUR, Way
from app.services import places
from app.views.overview import DOORS
from tests.app.conftest import World

Open = Callable[..., AppTest]


def words(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.markdown, *page.caption])


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_every_door_and_the_tour_lead_somewhere_with_the_shipped_runs(open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    assert not page.exception and not page.error
    for who, _, _, ways in DOORS:
        there = [way.words for way in ways if way.page in PAGES]
        assert len(there) >= 3 and set(there) <= set(labels(page)), who
    stops = [stop for stop in TOUR if stop.way.page in PAGES]
    assert len(stops) >= 5
    for number, stop in enumerate(stops, start=1):
        assert f"**{number}. {stop.way.words}**" in words(page)


@pytest.mark.parametrize("name", ["results", "space"])
def test_a_stop_opens_its_view_whatever_was_chosen_there_before(name: str, open_page: Open) -> None:
    page = open_page(name, run="masking", section="Training and data", map="PCA", left="v_id")
    page.switch_page("views/overview.py").run()
    number = 1 + [stop.way.page for stop in TOUR if stop.way.page in PAGES].index(name)
    page.button(key=f"overview_tour.{number}").click().run()
    assert not page.exception and not page.error
    assert "What does a model see in a face?" not in [title.value for title in page.title]
    for key, value in TOUR[number - 1].way.view.items():
        assert page.session_state[key] == value, key


@pytest.mark.parametrize("wanted", ["results", "predict"])
def test_a_run_leads_to_its_pages(wanted: str, open_page: Open) -> None:
    page = open_page(run="expression")
    page.button(key=f"overview_runs.{wanted}.masking").click().run()
    assert not page.exception and page.session_state["run"] == "masking"
    assert "What does a model see in a face?" not in [title.value for title in page.title]


def test_what_is_not_here_is_not_offered(small_world: World, open_page: Open) -> None:
    """A machine without the shipped runs: stops that need them are gone, the others stay."""
    page = open_page()
    assert not page.exception
    assert "Where a model is wrong" in labels(page) and "Two feature spaces" not in labels(page)
    assert "The tour needs a run" in words(page)


@pytest.mark.parametrize(
    ("way", "runs", "opens"),
    [
        (Way("results", ""), ["a"], True),
        (Way("results", ""), [], True),
        (Way("results", "", {"run": "a"}), ["a", "b"], True),
        (Way("results", "", {"run": "c"}), ["a", "b"], False),
        (Way("results", "", {"run": "c"}), [], False),
        (Way("nowhere", ""), ["a"], False),
    ],
)
def test_a_way_opens_where_its_page_and_run_exist(way: Way, runs: list[str], opens: bool) -> None:
    assert way.open_with(runs) is opens


def test_places_are_those_of_the_settings_with_their_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("runs", 30), ("data", 200)):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "file").write_bytes(bytes(size))
    monkeypatch.setenv("FER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("FER_DATA", f"{tmp_path / 'data'}:{tmp_path / 'none'}")
    monkeypatch.setenv("FER_CACHE", str(tmp_path / "cache"))
    found = {one.path: one for one in places.places()}
    assert found[tmp_path / "runs"].size == 30 and found[tmp_path / "data"].size == 200
    assert not found[tmp_path / "none"].there and found[tmp_path / "cache"].setting == "$FER_CACHE"
    assert all(one.whole for one in found.values() if one.there and tmp_path in one.path.parents)


def test_a_folder_without_end_is_not_counted_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        (tmp_path / str(number)).write_bytes(bytes(10))
    monkeypatch.setattr(places, "PATIENCE", -1.0)
    monkeypatch.setenv("FER_RUNS", str(tmp_path))
    found = places.places()[0]
    assert not found.whole and found.size == 10
