"""Each page in its states: empty, filled, and with a mistake of the caller or the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.menu import MENU
from tests.app import world
from tests.app.conftest import World

Open = Callable[..., AppTest]
PAGES = [name for entries in MENU.values() for name, _, _ in entries]
ASKED_FIRST = {
    "drowsiness": "app.components.clip_source.show",
    "data": "app.components.data_choice.show",
    "explain": "app.components.image_source.show",
    "mixing": "app.components.mixing_controls.show",
    "leakage": "app.services.leaking.splits",
    "overview": "app.components.run_list.show",
    "predict": "app.components.image_source.show",
    "space": "app.services.space.splits",
    "results": "app.services.results.results",
    "report": "app.services.reporting.written",
    "studies": "app.components.study_published.show",
    "teach": "app.components.lesson_frame.head",
}
"""What each page calls once a run is chosen, to be broken by a test."""
WITHOUT_RUNS: frozenset[str] = frozenset({"data", "mixing", "studies"})
"""Pages that have content on a machine without any run."""


def texts(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.markdown, *page.caption, *page.title, *page.subheader])


@pytest.mark.parametrize("name", [name for name in PAGES if name not in WITHOUT_RUNS])
def test_without_a_run_each_page_says_what_it_would_show(name: str, no_runs: Path, open_page: Open) -> None:
    page = open_page(name)
    assert not page.exception and not page.error
    assert "No run yet" in texts(page) and "fer train" in texts(page)


@pytest.mark.parametrize("name", PAGES)
def test_with_a_run_each_page_opens(name: str, small_world: World, open_page: Open) -> None:
    page = open_page(name)
    assert not page.exception and not page.error, [error.value for error in page.error]
    assert page.selectbox(key="run").value == "drawn"


@pytest.mark.parametrize("name", PAGES)
def test_a_mistake_becomes_one_sentence(
    name: str, small_world: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("the disk has hiccups; try again")

    monkeypatch.setattr(ASKED_FIRST[name], broken)
    page = open_page(name)
    assert [error.value for error in page.error] == ["The disk has hiccups; try again"]
    assert not page.exception


@pytest.mark.parametrize("name", PAGES)
def test_a_bug_stays_loud(name: str, small_world: World, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.components.run_picker.show", bug)
    assert open_page(name).exception


def test_the_overview_speaks_to_each_kind_of_user(small_world: World, open_page: Open) -> None:
    said = texts(open_page())
    assert all(who in said for who in ("Researchers", "Educators", "Reviewers"))
    assert "Accuracy" in said and "validation, n = 14" in said


def test_a_damaged_run_is_listed_with_its_reason(small_world: World, open_page: Open) -> None:
    world.break_run(small_world.runs, "bad")
    page = open_page()
    assert not page.exception and not page.error
    assert "run.json is damaged" in texts(page)


def test_the_address_restores_run_split_and_cell(small_world: World, drawn_data: Path, open_page: Open) -> None:
    world.add_run(small_world.runs, "other", drawn_data)
    page = open_page("results", run="drawn", cells="counts", true="fear", said="surprise")
    assert page.selectbox(key="run").value == "drawn"
    assert page.segmented_control(key="cells").value == "counts"
    assert (page.selectbox(key="true").value, page.selectbox(key="said").value) == ("fear", "surprise")


def test_an_unknown_run_in_the_address_is_said(small_world: World, open_page: Open) -> None:
    page = open_page("overview", run="nobody")
    assert [one.value for one in page.warning] == ["There is no run 'nobody' on this machine; this is 'drawn'."]


def test_results_show_three_numbers_with_intervals_and_comparison(small_world: World, open_page: Open) -> None:
    page = open_page("results")
    assert [metric.label for metric in page.metric] == ["Accuracy", "Macro-F1", "Calibration (ECE)"]
    said = texts(page)
    assert said.count("95 % interval") >= 2 and "always answering" in said


def test_results_of_a_run_without_predictions_say_how_to_get_them(
    small_world: World, drawn_data: Path, open_page: Open
) -> None:
    world.add_run(small_world.runs, "young", drawn_data, status="running", pid=None)
    page = open_page("results", run="young")
    assert not page.error and "Not evaluated yet" in texts(page) and "fer evaluate young" in texts(page)


def test_a_chosen_cell_shows_its_pictures_most_confident_first(small_world: World, open_page: Open) -> None:
    page = open_page("results", true="anger", said="anger")
    tiles = [element.value for element in page.html if str(element.value).startswith('<div class="lab-tiles">')]
    assert "data:image/png" in tiles[0]  # below it come the surest mistakes
    shares = [float(part.split(" %")[0]) for part in tiles[0].split("<figcaption>")[1:]]
    assert shares == sorted(shares, reverse=True)


def test_a_click_in_the_matrix_moves_the_lists(small_world: World, open_page: Open) -> None:
    page = open_page("results", true="anger", said="anger")
    page.session_state["true"] = "fear"
    page.run()
    assert page.selectbox(key="true").value == "fear"


def test_pictures_that_lie_elsewhere_are_named(small_world: World, drawn_data: Path, open_page: Open) -> None:
    run = world.add_run(small_world.runs, "far", drawn_data)
    about = {**run.evaluated["validation"], "source": "/nowhere/faces.zip"}
    run.update(evaluated={"validation": about}, data={**run.info["data"], "source": "/nowhere/faces.zip"})
    page = open_page("results", run="far")
    assert not page.error
    assert any("not on this machine" in info.value for info in page.info)


def test_predict_refuses_an_unfinished_run_in_a_sentence(small_world: World, drawn_data: Path, open_page: Open) -> None:
    world.add_run(small_world.runs, "young", drawn_data, status="running", pid=None)
    page = open_page("predict", run="young")
    assert "cannot predict" in page.error[0].value


def test_predict_says_what_happens_to_pictures(small_world: World, open_page: Open) -> None:
    page = open_page("predict")
    assert "No pictures yet" in texts(page)
    assert "memory" in texts(page) and page.button(key="predict.forget").disabled


def test_no_page_imports_torch_before_a_model_is_asked(small_world: World) -> None:
    """In a process of its own: here another test may have imported it."""
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('app/main.py', default_timeout=60)\n"
        "for name in ('results', 'predict', 'explain', 'report', 'leakage', 'data', 'space'):\n"
        "    page.switch_page(f'views/{name}.py').run()\n"
        "    assert not page.exception and not page.error\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
