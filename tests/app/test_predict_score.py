"""A labelled zip on the page Predict: judged as `fer evaluate` judges it, without a trace on the disk."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.services import labelled
from app.services.labelled import Judged, LabelledZip
from fer_core.evaluation import stored_report
from fer_core.labels import EXPRESSIONS
from fer_core.runs import find_run
from tests.app.stand_in import StandIn, png, texts, upload

Open = Callable[..., AppTest]


def packed(**members: bytes | str) -> bytes:
    """A zip of members, each named by its key with ``__`` for ``/``."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name.replace("__", "/"), data)
    return content.getvalue()


def folders(root: Path) -> bytes:
    """The drawn data as a zip of class folders."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for file in sorted(root.glob("validation/*/*.png")):
            made.write(file, f"{file.parent.name}/{file.name}")
    return content.getvalue()


TWO = {"happiness__a.png": png(), "fear__b.png": png(50)}


def test_folders_and_manifests_label_a_zip() -> None:
    taken = labelled.take("my faces.zip", packed(**TWO))
    assert taken is not None and labelled.count(taken) == 2
    assert labelled.labels_known(taken, EXPRESSIONS) and not labelled.labels_known(taken, ("open", "closed"))
    listed = packed(**{"x.png": png(), "manifest.csv": "path,label,split\nx.png,happy,test\ny.png,fear,train\n"})
    taken = labelled.take("listed.zip", listed)
    assert taken is not None and labelled.count(taken) == 1 and taken.dataset is not None
    assert taken.dataset.labels == ("fear", "happiness")


def test_a_manifest_in_parquet_is_opened_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    pd.DataFrame({"path": ["x.png"], "label": ["fear"]}).to_parquet(content)
    taken = labelled.take("a.zip", packed(**{"x.png": png(), "manifest.parquet": content.getvalue()}))
    assert taken is not None and taken.dataset is not None and taken.dataset.labels == ("fear",)
    torn = labelled.take("a.zip", packed(**{"x.png": png(), "manifest.parquet": content.getvalue()[:-9]}))
    assert torn is not None and torn.dataset is None and "manifest.parquet" in str(torn.why_not)


@pytest.mark.parametrize(
    "data",
    [
        png(),  # no zip
        packed(**{"a.png": png()}),  # labels nothing
        packed(**TWO)[:-30],  # cut off: the picture source says so
        packed(**TWO, **{"fer2013.csv": "emotion,pixels,Usage\n"}),  # would be cached on the disk
        b"PK\x03\x04" + bytes(200),
    ],
)
def test_other_files_are_no_labelled_zip(data: bytes) -> None:
    assert labelled.take("a.zip", data) is None


def test_a_hostile_manifest_is_one_sentence() -> None:
    for manifest, words in (
        ("path,label\n" + "x" * (labelled.MOST_TABLE + 1), "more than 5 MB"),
        ("where,what\nx.png,fear\n", "needs a column 'path'"),
        ("path,label\n", "has no rows"),
    ):
        taken = labelled.take("a.zip", packed(**{"x.png": png(), "manifest.csv": manifest}))
        assert taken is not None and taken.dataset is None
        assert words in str(taken.why_not) and "\n" not in str(taken.why_not)


def test_paths_that_lead_out_of_a_zip_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png())
    rows = f"path,label\n{secret},fear\n../../secret.png,fear\nx.png,happiness\n"
    taken = labelled.take("a.zip", packed(**{"x.png": png(), "manifest.csv": rows}))
    assert taken is not None and taken.dataset is not None
    for row in (0, 1):
        with pytest.raises(FileNotFoundError, match="is not in the zip"):
            taken.dataset.read(row)
    assert taken.dataset.read(2) == png()


def test_it_is_what_the_command_prints_and_leaves_no_trace(
    drawn_data: Path, tmp_path: Path, fer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "drawn faces.zip"
    file.write_bytes(folders(drawn_data))
    cache = tmp_path / "cache"
    monkeypatch.setenv("FER_CACHE", str(cache))
    taken = labelled.take(file.name, file.read_bytes())
    assert taken is not None
    steps: list[tuple[int, int]] = []
    found = labelled.judge("expression", taken, "whole", lambda done, of: steps.append((done, of)))
    assert steps == [(done, 14) for done in range(1, 15)]
    assert not cache.exists() and not list(tmp_path.glob("*.part"))
    monkeypatch.chdir(tmp_path)
    told = labelled.of_judged("expression", taken, found)
    assert told.command == "fer evaluate expression --data 'drawn faces.zip' --split all --faces whole --json"
    document = fer(
        "evaluate", "expression", "--data", "drawn faces.zip", "--split", "all", "--faces", "whole", "--json"
    ).document
    assert os.listdir(cache)  # the command keeps what it decoded
    assert {name: document[name] for name in found.report} == json.loads(json.dumps(found.report))
    assert document["fingerprint"] == found.facts["fingerprint"] and document["n"] == 14
    assert found.cells.to_numpy().sum() == 14 and found.baseline["accuracy"] == pytest.approx(1 / 7)


def test_too_many_pictures_name_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = labelled.take("a.zip", packed(**TWO))
    monkeypatch.setattr(labelled, "MOST_JUDGED", 1)
    with pytest.raises(ValueError, match=r"2 labelled pictures, a page judges 1; use fer evaluate .* --data a.zip"):
        labelled.judge("expression", taken, "auto")


@pytest.fixture
def judged(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was judged how; the numbers are those of the run's own stored predictions."""
    seen: list[tuple[str, str]] = []

    def judge(name: str, brought: LabelledZip, faces: str, told: labelled.Told) -> Judged:
        seen.append((brought.name, faces))
        told(7, 14)
        facts = {"split": "all", "n": 14, "excluded": 1, "faces": faces, "faces_detected": 0, "views": 2}
        always = {"label": "anger", "accuracy": 1 / 7, "macro_f1": 0.036}
        gone = ({"path": "a<b>.png", "reason": "no face found"},)
        return Judged(stored_report(find_run(name), "validation"), facts, always, gone, EXPRESSIONS)

    monkeypatch.setattr(labelled, "judge", judge)
    return seen


def test_the_score_stands_beside_the_pictures(judged: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("two.zip", packed(**TWO), "application/zip"))
    assert not page.exception and not page.error
    report = stored_report(find_run("drawn"), "validation")
    shown = {one.label: one.value for one in page.metric}
    assert shown["Accuracy"] == f"{report['accuracy']:.3f}" and shown["Macro-F1"] == f"{report['macro_f1']:.3f}"
    low, high = report["ci95"]
    assert f"95 % interval {low:.3f} to {high:.3f}" in texts(page)
    assert "How good is it on two.zip?" in [one.value.replace("\\", "") for one in page.subheader]
    page.run()
    assert judged == [("two.zip", "auto")]
    page.segmented_control(key="faces").set_value("Whole picture").run()
    assert judged[1:] == [("two.zip", "whole")]


def test_many_pictures_are_judged_when_asked(
    judged: list[tuple[str, str]], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelled, "AT_ONCE", 1)
    page = upload(open_page("predict"), ("two.zip", packed(**TWO), "application/zip"))
    assert judged == [] and not page.metric
    page.button(key="predict_score.judge").click().run()
    assert judged == [("two.zip", "auto")] and len(page.metric) == 2


def test_labels_of_something_else_judge_nothing(judged: list[tuple[str, str]], open_page: Open) -> None:
    page = upload(open_page("predict"), ("a.zip", packed(holiday__a__png=png(), beach__b=png()), "application/zip"))
    assert judged == [] and not page.metric and not page.error


def test_what_cannot_be_judged_is_one_sentence(
    stand_in: StandIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = packed(**{"x.png": png(), "manifest.csv": "path,lable\nx.png,fear\n"})
    page = upload(open_page("predict"), ("a.zip", bad, "application/zip"))
    assert not page.exception and not page.error
    assert any("needs a column 'label'" in one.value for one in page.info)
    monkeypatch.setattr(labelled, "MOST_JUDGED", 1)
    page = upload(open_page("predict"), ("two.zip", packed(**TWO), "application/zip"))
    assert any("use fer evaluate" in one.value for one in page.info)


def test_two_visitors_do_not_see_each_others_zip(judged: list[tuple[str, str]], open_page: Open) -> None:
    one, other = open_page("predict"), open_page("predict")
    upload(one, ("two.zip", packed(**TWO), "application/zip"))
    upload(other, ("a.png", png(), "image/png"))
    assert len(one.metric) == 2 and not other.metric and "two.zip" not in texts(other)
    one.button(key="predict.forget").click().run()
    assert "session.zip" not in one.session_state and not one.metric


def test_a_zip_counts_among_the_bytes_held() -> None:
    taken = labelled.take("a.zip", data := packed(**TWO))
    assert taken is not None and taken.size == len(data)
