"""The page Report: the file is the command's, a link restores it, and the protocol has the stored numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.services import reporting
from fer_core.evaluation import stored_report
from fer_core.report import NAMES, report
from fer_core.runs import find_run
from tests.app import world
from tests.app.conftest import World

Open = Callable[..., AppTest]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[reporting.Written]:
    """What the page offers to save: every report that it hands to its preview."""
    found: list[reporting.Written] = []
    monkeypatch.setattr("app.components.report_preview.show", lambda key, told: found.append(told))
    return found


def texts(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.markdown, *page.caption, *page.info])


def test_the_file_is_the_commands_own(small_world: World, open_page: Open, offered: list[reporting.Written]) -> None:
    page = open_page("report", run="drawn")
    assert not page.exception and not page.error
    assert offered[-1].html == report(find_run("drawn")).html
    assert offered[-1].sections == NAMES and offered[-1].name == "drawn-report.html"
    accuracy = stored_report(find_run("drawn"), "validation")["accuracy"]
    assert f'<data value="{accuracy!r}">{accuracy:.4f}</data>' in offered[-1].html
    assert offered[-1].command == "fer report drawn --split validation --out drawn-report.html"


def test_the_real_preview_offers_a_download(small_world: World, open_page: Open) -> None:
    page = open_page("report", run="drawn", sections=["Summary", "Robustness"])
    assert "prints on A4" in texts(page) and "Robustness" in texts(page)
    assert [button.label for button in page.get("download_button")] == ["Download report"]


def test_the_address_restores_the_choice(
    small_world: World, drawn_data: Path, open_page: Open, offered: list[reporting.Written]
) -> None:
    world.add_run(small_world.runs, "other", drawn_data)
    page = open_page("report", run="drawn", sections=["Model card", "Summary"], beside="other")
    assert not page.exception and not page.error
    assert offered[-1].sections == ("summary", "card")
    assert page.selectbox(key="beside").value == "other" and "--beside other" in offered[-1].command
    assert "--sections summary,card" in offered[-1].command


def test_sections_nobody_knows_are_all_sections(
    small_world: World, open_page: Open, offered: list[reporting.Written]
) -> None:
    open_page("report", run="drawn", sections="<script>")
    assert offered[-1].sections == NAMES


def test_without_a_section_it_says_what_to_do(
    small_world: World, open_page: Open, offered: list[reporting.Written]
) -> None:
    page = open_page("report", run="drawn", sections="Model card")
    page.pills(key="sections").set_value([])
    offered.clear()
    page.run()
    assert not page.exception and not page.error and offered == []
    assert "Pick at least one section" in texts(page)


def test_people_are_named_only_when_asked(
    small_world: World, open_page: Open, offered: list[reporting.Written]
) -> None:
    run = find_run("drawn")
    run.update(evaluated={"validation": {**run.evaluated["validation"], "synthetic": False}})
    page = open_page("report", run="drawn", sections="Person by person")
    assert "p0001" not in offered[-1].html and "person 1" in offered[-1].html
    page.toggle(key="report.names").set_value(True).run()
    assert "p0001" in offered[-1].html and "--names" in offered[-1].command


def test_a_run_without_predictions_still_has_a_report(
    small_world: World, drawn_data: Path, open_page: Open, offered: list[reporting.Written]
) -> None:
    world.add_run(small_world.runs, "young", drawn_data, status="running", pid=None)
    page = open_page("report", run="young", sections=["Summary", "Provenance"])
    assert not page.exception and not page.error
    assert "Summary" in offered[-1].absent and "Provenance" not in offered[-1].absent


def test_a_damaged_table_is_one_sentence(small_world: World, open_page: Open) -> None:
    (find_run("drawn").path / "predictions.parquet").write_bytes(b"torn")
    page = open_page("report", run="drawn")
    assert not page.exception
    assert len(page.error) == 1 and "damaged" in page.error[0].value


def test_the_protocol_counts_what_is_measured(
    small_world: World, open_page: Open, offered: list[reporting.Written]
) -> None:
    page = open_page("report", run="drawn", show="Reviewer's protocol")
    found: pd.DataFrame = reporting.protocol("drawn", "validation")
    assert f"**{int(found['measured'].sum())} of {len(found)}** checks" in texts(page)
    assert offered[-1].sections == ("protocol",)
    told = stored_report(find_run("drawn"), "validation")
    row = found.set_index("check").loc["How often is it right?", "stored result"]
    assert row == "{:.4f} [{:.4f}, {:.4f}]".format(told["accuracy"], *told["ci95"])


def test_what_was_written_again_is_read_again(small_world: World) -> None:
    before = reporting.written("drawn", ("card",), "validation", None, False)
    (find_run("drawn").path / "card.md").write_text("# drawn\n\nA new card.\n")
    after = reporting.written("drawn", ("card",), "validation", None, False)
    assert "A new card." in after.html and "A new card." not in before.html
