"""The page Results: every section in its states, its links, and its numbers against those of the commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.services import belief
from app.views.results import SECTIONS
from fer_core.runs import find_run
from tests.app.conftest import World
from tests.app.evidence import cross_validated, rival_of, robust

Open = Callable[..., AppTest]


def texts(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.markdown, *page.caption, *page.subheader])


@pytest.fixture
def full_world(small_world: World) -> World:
    """Two runs on the same pictures, curves of robustness and a cross-validation."""
    run = find_run("drawn")
    rival_of(run, small_world.runs)
    robust(run)
    cross_validated(small_world.runs)
    return small_world


class TestSections:
    def test_each_opens_filled(self, full_world: World, open_page: Open) -> None:
        page, seen = open_page("results", run="drawn"), set()
        for section in SECTIONS:
            page.segmented_control(key="section").set_value(section).run()
            assert not page.exception and not page.error, [one.value for one in [*page.error, *page.exception]]
            assert page.segmented_control(key="section").value == section
            seen.add(page.subheader[0].value)
        assert len(seen) == len(SECTIONS)

    def test_where_nothing_is_stored_each_says_what_would_fill_it(
        self, small_world: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.services.sweeps.STUDIES", small_world.runs / "none")
        page = open_page("results", run="drawn")
        for section, command in (
            ("Robustness", "fer robustness drawn"),
            ("Cross-validation", "fer crossvalidate"),
            ("Compare", "fer evaluate"),
        ):
            page.segmented_control(key="section").set_value(section).run()
            assert not page.exception and not page.error
            assert command in texts(page)

    def test_only_the_open_section_is_computed(
        self, full_world: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object, **__: object) -> None:
            raise ValueError("asked although nobody looks")

        for name in ("belief.at", "comparing.comparison", "folds.names", "disturbed.of_run", "results.history"):
            monkeypatch.setattr(f"app.services.{name}", broken)
        assert not open_page("results", run="drawn").error
        assert [one.value for one in open_page("results", section="Confidence").error] == [
            "Asked although nobody looks"
        ]

    def test_a_link_restores_every_choice(self, full_world: World, open_page: Open) -> None:
        page = open_page("results", run="drawn", section="People and parts", by="subject", part="p0001")
        assert page.selectbox(key="by").value == "subject" and page.selectbox(key="part").value == "p0001"
        page = open_page("results", run="drawn", section="Confidence", temperature="0.50", wish="0.80")
        assert page.select_slider(key="temperature").value == "0.50" and page.select_slider(key="wish").value == "0.80"
        page = open_page("results", run="drawn", section="Cross-validation", fold="fold 1", spread="people")
        assert page.selectbox(key="fold").value == "fold 1" and page.segmented_control(key="spread").value == "people"

    def test_a_link_to_what_is_not_there_falls_back(self, full_world: World, open_page: Open) -> None:
        page = open_page("results", section="Nonsense", temperature="hot", by="moon")
        assert not page.exception and page.segmented_control(key="section").value == "Mistakes"

    def test_runs_on_other_data_are_told_apart_in_a_sentence(self, full_world: World, open_page: Open) -> None:
        other = find_run("rival")
        other.update(evaluated={"validation": {**other.evaluated["validation"], "fingerprint": "other"}})
        page = open_page("results", run="drawn", section="Compare", rival="rival")
        assert not page.error and any("judged on different data" in one.value for one in page.info)

    def test_damaged_curves_are_one_sentence(self, full_world: World, open_page: Open) -> None:
        (full_world.runs / "drawn" / "robustness.parquet").write_bytes(b"PAR1 no")
        page = open_page("results", run="drawn", section="Robustness")
        assert len(page.error) == 1 and "is damaged" in page.error[0].value

    def test_the_fitted_temperature_is_one_press_away(self, full_world: World, open_page: Open) -> None:
        page = open_page("results", run="drawn", section="Confidence")
        page.button(key="results.fitted").click().run()
        fitted = belief.fitted("drawn", "validation")
        assert page.select_slider(key="temperature").value == f"{fitted:.3f}"
        assert f"**{belief.at('drawn', 'validation', fitted)['nll']:.4f}**" in texts(page)
