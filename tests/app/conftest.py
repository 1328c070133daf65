"""Fixtures of the dashboard's tests: a small drawn world, and the app opened at a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.menu import FIRST
from app.services import predicting
from tests.app import world
from tests.app.stand_in import StandIn

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


@dataclass(frozen=True)
class World:
    """Where the drawn data and the runs lie."""

    runs: Path
    data: Path


@pytest.fixture(scope="session")
def drawn_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen drawn faces, two of each label."""
    return world.draw_data(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def no_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any run, not even shipped ones."""
    home = tmp_path / "runs"
    home.mkdir()
    monkeypatch.setenv("FER_RUNS", str(home))
    monkeypatch.setattr("fer_core.runs.SHIPPED", tmp_path / "checkpoints")
    return home


@pytest.fixture
def small_world(no_runs: Path, drawn_data: Path) -> World:
    """One finished run about the drawn faces."""
    world.add_run(no_runs, "drawn", drawn_data)
    return World(no_runs, drawn_data)


@pytest.fixture
def stand_in(small_world: World, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Answers about pictures without a model."""
    made = StandIn()
    monkeypatch.setattr(predicting, "answers", made.answers)
    monkeypatch.setattr(predicting, "heat_map", made.heat_map)
    return made


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """``open_page("results", run="drawn")``: the app as a visitor sees it at that address."""

    def opened(name: str = "overview", **parameters: str) -> AppTest:
        page = AppTest.from_file(str(MAIN), default_timeout=30)
        for key, value in parameters.items():
            page.query_params[key] = value
        if name != FIRST:
            page.switch_page(f"views/{name}.py")
        return page.run()

    return opened
