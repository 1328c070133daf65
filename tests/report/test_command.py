"""`fer report`: its file, its JSON, its mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fer_core.cli import main
from tests.report.stored_everything import full_run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("runs")
    full_run(home)
    return home


def test_the_document_says_where_it_lies_and_how_large_it_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FER_RUNS", str(home))
    out = tmp_path / "sheet.html"
    assert main(["report", "whole", "--out", str(out), "--sections", "card, summary", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {key: document[key] for key in ("run", "out", "sections")} == {
        "run": "whole", "out": str(out), "sections": ["summary", "card"],
    }  # fmt: skip
    assert document["bytes"] == out.stat().st_size > 5_000


def test_without_out_it_lies_here_under_the_runs_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FER_RUNS", str(home))
    monkeypatch.chdir(tmp_path)
    assert main(["report", "whole", "--sections", "summary"]) == 0
    assert (tmp_path / "whole-report.html").is_file()
    assert "whole-report.html: 1 sections" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nobody"], "no run 'nobody'"),
        (["whole", "--sections", ","], "at least one section"),
        (["whole", "--split", "test"], "there are: validation"),
        (["whole", "--out", "x.txt"], "must end in .html"),
        (["whole", "--beside", "whole"], "named twice"),
    ],
)
def test_a_mistake_is_one_sentence(
    words: list[str], sentence: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FER_RUNS", str(home))
    assert main(["report", *words]) == 2
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said and said.count("\n") == 1
