"""The predict page with answers from a stand-in: no model, no detector, but all that a visitor sees and presses."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.components import face_table
from app.services import uploads, usual
from app.services.predicting import Answer
from fer_core.contracts import Usual
from fer_core.labels import EXPRESSIONS
from fer_core.runs import find_run
from tests.app.conftest import World
from tests.app.stand_in import FACES, StandIn, png, texts, upload
from tests.mutations import mutations

Open = Callable[..., AppTest]

FACTS = {
    "space": "v_face", "threshold": 1.226, "data": "drawn-faces", "split": "validation", "n": 14, "in_sample": False,
    "selected_on": True, "seed": 0, "synthetic": True,
}  # fmt: skip


@pytest.fixture
def asked(stand_in: StandIn) -> list[tuple[str, str]]:
    """Every (picture, mode) that the stand-in was asked about."""
    return stand_in.asked


def test_uploads_are_answered_and_the_field_is_empty_again(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", png(), "image/png"), ("b.png", png(50), "image/png"))
    assert not page.exception and not page.error
    assert asked == [("a.png", "auto"), ("b.png", "auto")]
    assert "Face 1 of 2" in texts(page) and "happiness 82 %" in texts(page)
    assert not page.file_uploader[0].value
    assert "a.png · picture 1 of 2" in texts(page)


def test_nothing_is_asked_twice(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    page.run()
    upload(page, ("a.png", png(), "image/png"))
    assert asked == [("a.png", "auto")]


def test_another_way_to_look_asks_again(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    page.segmented_control(key="faces").set_value("Whole picture").run()
    assert asked == [("a.png", "auto"), ("a.png", "whole")]


def test_an_address_says_how_faces_are_found(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict", faces="Whole picture"), ("a.png", png(), "image/png"))
    assert asked == [("a.png", "whole")] and page.segmented_control(key="faces").value == "Whole picture"
    page.segmented_control(key="faces").set_value("Find").run()
    assert page.query_params["faces"] in ("Find", ["Find"]) and asked[1:] == [("a.png", "detect")]
    again = upload(open_page("predict", faces="Find"), ("a.png", png(), "image/png"))
    assert asked[2:] == [("a.png", "detect")]
    upload(open_page("predict", faces="sideways"), ("a.png", png(), "image/png"))
    assert asked[3:] == [("a.png", "auto")] and not again.exception


def test_a_run_whose_reference_changed_is_asked_again(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    (find_run("drawn").path / "ood.safetensors").write_bytes(b"as fer ood --store leaves it")
    page.run()
    assert asked == [("a.png", "auto")] * 2
    page.run()
    assert len(asked) == 2


def test_a_bad_file_is_a_sentence_and_hides_nobody(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("torn.jpg", b"\xff\xd8 no", "image/jpeg"), ("a.png", png(), "image/png"))
    assert len(page.warning) == 1
    assert "torn.jpg" in page.warning[0].value and "One file could not be used" in page.warning[0].value
    assert "Face 1 of 2" in texts(page)


def test_two_hundred_mutated_files_at_once_are_answered(asked: list[tuple[str, str]], open_page: Open) -> None:
    files = [(name, data, "image/jpeg") for name, data in mutations()][:200]
    page = upload(open_page("predict"), *files)
    assert not page.exception and not page.error
    assert len(page.warning) == 1 and page.warning[0].value.count("- **") == 5
    assert len(asked) == 200


def test_only_bad_files_leave_no_empty_frames(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("torn.jpg", b"no", "image/jpeg"))
    assert not page.exception and not page.error and len(page.warning) == 1
    assert "All faces" not in [heading.value for heading in page.subheader]


def test_nobody_found_says_what_to_do(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("wall.png", png(300), "image/png"))
    assert any("No face was found" in info.value and "Whole picture" in info.value for info in page.info)


def test_the_map_follows_the_label(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    (target,) = (box for box in page.selectbox if "target" in str(box.key))
    assert target.options[0] == "happiness"  # surest first
    target.set_value("anger").run()
    assert "No pixel speaks for 'anger'" in texts(page)


def test_the_sample_is_drawn_and_called_synthetic(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = open_page("predict")
    page.button(key="predict.fill").click().run()
    assert asked == [("synthetic sample 1.png", "auto")]
    assert "people who do not exist" in texts(page)
    page.button(key="predict.sample").click().run()
    assert asked[-1] == ("synthetic sample 2.png", "auto")
    assert "synthetic sample 2.png · picture 2 of 2" in texts(page)  # what came last is looked at


def test_forgetting_drops_everything(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    page.button(key="predict.forget").click().run()
    assert "No pictures yet" in texts(page)
    kept = page.session_state.to_dict() if hasattr(page.session_state, "to_dict") else {}
    assert not any(isinstance(value, bytes) for value in kept.values())
    assert not kept.get("session.held") and not kept.get("session.answers")


def test_more_than_fits_is_said(asked: list[tuple[str, str]], open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_PICTURES", 1)
    page = upload(open_page("predict"), ("a.png", png(), "image/png"), ("b.png", png(50), "image/png"))
    assert any("1 more were left out" in info.value for info in page.info)


def test_a_face_is_said_to_be_usual_or_not(stand_in: StandIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = [replace(one, usual=Usual(d, p, d < 1.2)) for one, d, p in zip(FACES, (0.9, 1.7), (41, 99), strict=True)]
    stand_in.faces["drawn"] = tuple(strange)
    monkeypatch.setattr(usual, "compared_with", lambda run: FACTS)
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    assert "inside 95 %" in texts(page) and "41 % of the 14 validation pictures" in texts(page)
    page.session_state[f"predict_{page.session_state['session.held'][0].key[:12]}_auto.face"] = 1
    page.run()
    assert "outside 95 %" in texts(page) and "do not lean on its answer" in texts(page)


def test_a_run_without_a_reference_says_the_command(asked: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.png", png(), "image/png"))
    said = texts(page).replace("\\", "")
    assert "keeps nothing to compare with" in said and "fer ood drawn --data" in said and "--store" in said


def test_where_a_distance_comes_from(small_world: World) -> None:
    told = usual.of_distance("drawn", FACTS, Usual(1.5, 97.0, False))
    assert "distance 1.500 in v_face, threshold 1.226" in told.text and "n = 14" in told.text
    assert "held-out, but the best epoch was selected on it" in told.text and "synthetic faces" in told.text
    assert told.command == "fer ood drawn --json"
    assert usual.compared_with("drawn") is None


def test_the_table_says_who_is_usual_only_where_it_is_known() -> None:
    known = replace(FACES[0], usual=Usual(1.5, 97.0, False))
    found = face_table.table([Answer("a.png", (known, FACES[1]))], EXPRESSIONS)
    assert found["usual"].tolist() == [False, None] and found["distance"].iloc[0] == 1.5
    assert "usual" not in face_table.table([Answer("a.png", FACES)], EXPRESSIONS)
    assert "usual" not in face_table.table([], EXPRESSIONS)


def test_the_table_holds_every_face_with_boxes_and_probabilities() -> None:
    found = face_table.table([Answer("a.png", FACES), Answer("wall.png")], EXPRESSIONS)
    assert found[["picture", "face", "label"]].to_numpy().tolist() == [["a.png", 1, "happiness"], ["a.png", 2, "fear"]]
    assert found.loc[1, ["left", "top", "right", "bottom"]].tolist() == [22, 4, 36, 18]
    assert found[[f"p_{name}" for name in EXPRESSIONS]].sum(axis=1).tolist() == pytest.approx([1, 1])
    again = pd.read_csv(io.StringIO(found.to_csv(index=False)))
    assert again["p_happiness"].tolist() == pytest.approx([0.82, 0.59 / 6])
