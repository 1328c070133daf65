"""Two runs beside each other on the page Predict: the same pictures, the answers of both, disagreements marked."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.components import predict_beside
from app.services.predicting import Answer
from fer_core.data.files import Stored
from fer_core.data.store import difference_hash
from fer_core.runs import find_run
from fer_core.tables import write_parquet
from tests.app import world
from tests.app.conftest import World
from tests.app.stand_in import FACES, StandIn, png, prediction, texts, upload

Open = Callable[..., AppTest]


@pytest.fixture
def rival(stand_in: StandIn, small_world: World, drawn_data: Path) -> StandIn:
    """A second run that takes the happy face for a neutral one."""
    world.add_run(small_world.runs, "rival", drawn_data)
    stand_in.faces["rival"] = (prediction("neutral", 0.6, FACES[0].face.box), FACES[1])
    return stand_in


def test_both_answers_and_the_disagreement_are_shown(rival: StandIn, open_page: Open) -> None:
    page = upload(open_page("predict", run="drawn", vs="rival"), ("a.png", png(), "image/png"))
    assert not page.exception and not page.error
    assert rival.runs == ["drawn", "rival"] and rival.asked == [("a.png", "auto")] * 2
    assert "They agree on **1 of 2** faces" in texts(page)
    assert "happiness 82 %" in texts(page) and "neutral 60 %" in texts(page)
    (table,) = (one.value for one in page.dataframe if "agree" in one.value)
    assert table["agree"].tolist() == ["✗ differ", "✓ agree"]  # what one looks for comes first
    assert table["second"].tolist() == ["neutral", "fear"]
    page.run()
    assert len(rival.asked) == 2  # nobody is asked twice


def test_both_say_how_usual_the_face_is_and_whether_they_learned_from_it(rival: StandIn, open_page: Open) -> None:
    picture = png()
    dark = np.asarray(Image.open(io.BytesIO(picture)))
    known = pd.DataFrame({"hash": [int(Stored().digest("", dark), 16)], "dhash": [difference_hash(dark)], "used": True})
    write_parquet(find_run("rival").path / "training.parquet", known.astype({"hash": "uint64", "dhash": "uint64"}))
    said = texts(upload(open_page("predict", run="drawn", vs="rival"), ("a.png", picture, "image/png")))
    assert said.count("Usual for this model? Unknown") == 3 and "fer ood rival" in said.replace("\\", "")
    assert "the 1 training pictures of rival" in said and "yes: an exact twin" in said


def test_the_link_names_the_second_run(rival: StandIn, open_page: Open) -> None:
    page = upload(open_page("predict", run="drawn"), ("a.png", png(), "image/png"))
    assert page.selectbox(key="vs").value == "none" and rival.runs == ["drawn"]
    page.selectbox(key="vs").set_value("rival").run()
    assert page.query_params["vs"] in ("rival", ["rival"]) and rival.runs == ["drawn", "rival"]
    page = open_page("predict", run="drawn", vs="nobody-there")
    assert not page.exception and not page.error


def test_runs_of_other_labels_answer_other_questions(
    stand_in: StandIn, small_world: World, drawn_data: Path, open_page: Open
) -> None:
    world.add_run(small_world.runs, "other", drawn_data, labels=["fear", "joy"])
    page = upload(open_page("predict", run="drawn", vs="other"), ("a.png", png(), "image/png"))
    assert "Different questions" in texts(page) and "share 1 of their labels" in texts(page)
    (table,) = (one.value for one in page.dataframe if "p_second" in one.value)
    assert "agree" not in table


def test_only_faces_in_the_same_place_are_paired() -> None:
    moved = prediction("fear", 0.9, (0, 0, 5, 5))
    table = predict_beside.pairs(
        [Answer("a.png", FACES), Answer("b.png")], {"A": Answer("a.png", (moved, FACES[1]))}, ["A", "B"]
    )
    assert table[["face", "first", "second", "agree"]].to_numpy().tolist() == [[2, "fear", "fear", True]]
    assert predict_beside.pairs([], {}, []).empty
