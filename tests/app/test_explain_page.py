"""The page Explain with an untrained network: what it shows is what `fer explain` says of the same picture."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app import charts
from app.components import explain_maps
from app.services import explained_origin, explaining
from app.services.explaining import Choice
from app.services.uploads import Held
from tests.app import world
from tests.app.conftest import World
from tests.explain.conftest import untrained_run

Open = Callable[..., AppTest]
EVERYTHING = {
    "run": "untrained",
    "beside": "Layers",
    "evidence": "fear",
    "cam": "HiResCAM",
    "layer": "stage1",
    "sign": "For and against",
    "scale": "Each its own",
}


@pytest.fixture
def network(no_runs: Path) -> str:
    """An untrained run, and another one with the same labels."""
    untrained_run("other", 1)
    return untrained_run().name


def png(person: int, label: str) -> bytes:
    buffer = io.BytesIO()
    world.face(person, label).save(buffer, format="PNG")
    return buffer.getvalue()


def brought(page: AppTest, *faces: tuple[int, str]) -> AppTest:
    page.file_uploader[0].set_value([(f"{label}.png", png(who, label), "image/png") for who, label in faces])
    return page.run()


def texts(page: AppTest) -> str:
    every = [*page.markdown, *page.caption, *page.html, *page.info, *page.subheader]
    return "\n".join(str(element.value) for element in every)


def test_an_empty_page_says_what_it_would_show_and_asks_no_model(network: str, open_page: Open) -> None:
    page = open_page("explain", run=network)
    assert not page.exception and not page.error
    assert "No pictures yet" in texts(page) and page.button(key="explain.fill")
    assert not page.metric and len(page.selectbox) == 1


def test_an_unfinished_run_is_refused_in_a_sentence(small_world: World, drawn_data: Path, open_page: Open) -> None:
    world.add_run(small_world.runs, "young", drawn_data, status="running", pid=None)
    page = open_page("explain", run="young")
    assert "cannot explain anything" in page.error[0].value


def test_the_page_says_the_commands_numbers(network: str, open_page: Open, fer: Callable, tmp_path: Path) -> None:
    page = brought(open_page("explain", run=network, evidence="fear"), (0, "fear"))
    assert not page.exception and not page.error
    (tmp_path / "fear.png").write_bytes(png(0, "fear"))
    asked = ["--target", "fear", "--layer", "stage2", "--branch", "decision", "--faithfulness", "--randomised"]
    command = ["explain", tmp_path / "fear.png", "--run", network, *asked, "--out", tmp_path / "map.png", "--json"]
    document = fer(*command).document
    shown = {metric.label: metric.value for metric in page.metric}
    assert list(shown.values()) == [
        f"{document['faithfulness']['deletion']['area']:.3f}",
        f"{document['faithfulness']['insertion']['area']:.3f}",
        f"{document['randomised']['final']['spearman']:.3f}",
    ]
    mean = document["faithfulness"]["deletion"]["random"]["mean"]
    assert f"5 random rankings: {mean:.3f}" in texts(page)


def test_the_address_restores_everything(network: str, open_page: Open) -> None:
    page = brought(open_page("explain", **EVERYTHING), (0, "fear"))
    assert not page.exception and not page.error
    assert page.segmented_control(key="beside").value == "Layers"
    assert page.selectbox(key="evidence").value == "fear"
    assert (page.selectbox(key="cam").value, page.selectbox(key="layer").value) == ("HiResCAM", "stage1")
    assert page.segmented_control(key="sign").value == "For and against"
    assert page.segmented_control(key="scale").value == "Each its own"
    assert "HiResCAM** at **stage1**" in texts(page)


def test_nothing_is_explained_twice(network: str, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another label in focus needs no other maps, only other tests; back again needs nothing."""
    seen: list[tuple[str, str]] = []
    maps, tests = explaining.side_by_side, explaining.tested

    def side_by_side(run: str, crop: object, kind: str, choice: Choice) -> object:
        seen.append(("side_by_side", kind))
        return maps(run, crop, kind, choice)

    def tested(run: str, crop: object, choice: Choice, label: str) -> object:
        seen.append(("tested", label))
        return tests(run, crop, choice, label)

    monkeypatch.setattr(explaining, "side_by_side", side_by_side)
    monkeypatch.setattr(explaining, "tested", tested)
    page = brought(open_page("explain", run=network, evidence="fear"), (0, "fear"))
    page.selectbox(key="evidence").set_value("anger").run()
    page.selectbox(key="evidence").set_value("fear").run()
    assert seen == [("side_by_side", "labels"), ("tested", "fear"), ("tested", "anger")]
    page.segmented_control(key="scale").set_value("Each its own").run()
    assert len(seen) == 3


def test_a_method_without_a_label_has_one_map(network: str, open_page: Open) -> None:
    page = brought(open_page("explain", run=network, cam="Eigen-CAM"), (0, "fear"))
    assert not page.exception and not page.error
    assert "Of **Eigen-CAM**" in texts(page)


def test_a_mixed_face_needs_two_and_is_explained_by_two_runs(network: str, open_page: Open) -> None:
    untrained_run("varied", 2)  # by chance it calls these two faces differently
    page = brought(open_page("explain", run="varied", topic="A mixed face"), (0, "happiness"))
    assert any("needs a second face" in info.value for info in page.info)
    page = brought(page, (0, "neutral"))
    assert not page.exception and not page.error and not page.info
    assert set(page.selectbox(key="other_run").options) == {"other", "untrained", "no other run"}
    page.selectbox(key="other_run").set_value("other").run()
    assert "**varied** gives both labels together" in texts(page) and "**other** gives both" in texts(page)
    page.selectbox(key="other_run").set_value("no other run").run()
    assert "**other** gives" not in texts(page)


def test_whole_classes_of_synthetic_people_need_no_picture(network: str, open_page: Open) -> None:
    page = open_page("explain", run=network, topic="Whole classes", each="5")
    assert not page.exception and not page.error
    assert page.segmented_control(key="average_of").value == "synthetic people"
    assert page.button(key="explain_average.go")
    assert not page.file_uploader


def test_nobody_to_explain_says_what_to_do(network: str, open_page: Open) -> None:
    page = open_page("explain", run=network)
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), (90, 120, 160)).save(buffer, format="PNG")
    page.file_uploader[0].set_value([("sky.png", buffer.getvalue(), "image/png")])
    page.run()
    assert any("No face was found" in info.value for info in page.info)
    page.file_uploader[0].set_value([("torn.png", b"no picture", "image/png")])
    page.button(key="explain.forget").click().run()
    assert "No pictures yet" in texts(page)


def test_forgetting_drops_maps_and_tests(network: str, open_page: Open) -> None:
    page = brought(open_page("explain", run=network), (0, "fear"))
    assert page.session_state["session.explained"]
    page.button(key="explain.forget").click().run()
    assert not page.session_state["session.explained"]


def test_each_face_of_each_picture_can_be_chosen(network: str, open_page: Open) -> None:
    page = brought(open_page("explain", run=network), (0, "fear"), (1, "anger"))
    assert not page.exception and not page.error
    first = page.session_state["session.chosen"]
    key = next(held.key for held in page.session_state["session.held"] if held.key != first)
    before = [metric.value for metric in page.metric]
    page.session_state["session.chosen"] = key
    page.run()
    assert [metric.value for metric in page.metric] != before


def test_only_a_masking_network_offers_masks(network: str) -> None:
    assert not explaining.may_mask(network)
    assert [*explaining.offer(network).branches] == ["decision"]


def test_the_table_and_the_command_name_what_is_shown(network: str) -> None:
    crop = world.face(0, "fear").convert("RGB")
    choice = Choice("fear", "eigencam", "stage2", "decision", True)
    shown = explaining.side_by_side(network, np.asarray(crop), "labels", choice)
    table = explain_maps.table(shown)
    assert table["name"].tolist() == ["Eigen-CAM"] and table["unit"].tolist() == ["activation"]
    held = Held("k", "a face's.png", "upload", b"x")
    offer = explaining.offer(network)
    source = explained_origin.of_face(
        network, held, 2, "whole", explained_origin.as_asked(choice, offer), "--compare labels", []
    )
    assert "--target" not in source.command and "--signed" in source.command and "--face 2" in source.command
    assert "'a face'\"'\"'s.png'" in source.command


def test_a_click_is_read_by_the_number_that_the_panel_carries() -> None:
    event = {"selection": {"points": [{"customdata": [2]}]}}
    assert charts.panel_of(event, 3) == 2
    assert charts.panel_of(event, 2) is None
    assert charts.panel_of({"selection": {"points": []}}, 3) is None
    assert charts.panel_of(None, 3) is None
