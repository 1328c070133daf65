"""`fer runs` on run directories written by hand: finished, half-arrived, broken."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Path:
    """A home with one run in each state that needs no training."""
    home = Path(os.environ["FER_RUNS"])
    facts = {"labels": ["closed", "open"], "data": {"name": "eyes"}, "best": {"validation_accuracy": 0.75}}
    for name, status in {"good": "finished", "gone": "running", "bad": "failed"}.items():
        (home / name).mkdir(parents=True)
        (home / name / "run.json").write_text(json.dumps({**facts, "status": status, "pid": None}))
        (home / name / "recipe.yaml").write_text("name: tiny\n")
    (home / "good" / "weights.safetensors").write_bytes(b"")
    (home / "broken").mkdir()
    (home / "broken" / "run.json").write_text("{")
    return home


def test_without_runs_the_list_says_how_to_begin(
    fer: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fer_core.runs.SHIPPED", tmp_path / "none")
    assert fer("runs", "--json").document == {"runs": []}
    assert "fer train" in fer("runs").out


def test_the_list_tells_every_state(fer: Callable, home: Path) -> None:
    named = fer("runs", "list", "--json").document
    assert named == fer("runs", "--json").document
    rows = {run["name"]: run for run in named["runs"] if not run["shipped"]}
    assert {name: run["status"] for name, run in rows.items()} == {
        "good": "finished",
        "gone": "stopped",
        "bad": "failed",
        "broken": "broken",
    }
    assert [name for name, run in rows.items() if run["usable"]] == ["good"]
    assert all(run["usable"] or run["why_not"] for run in rows.values())
    assert "0.75" in fer("runs").out


def test_delete_removes_the_directory(fer: Callable, home: Path) -> None:
    assert fer("runs", "delete", "bad", "--json").document["deleted"] is True
    assert not (home / "bad").exists()
    assert (home / "good").exists()


def test_a_shipped_run_stays(fer: Callable, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_core.runs.SHIPPED", home.resolve())
    ran = fer("runs", "delete", "good")
    assert ran.code == 2
    assert (home / "good").exists()


@pytest.mark.parametrize("action", ["delete", "verify"])
def test_an_unknown_run_is_named_with_those_there_are(fer: Callable, home: Path, action: str) -> None:
    ran = fer("runs", action, "goood", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'good'" in ran.err
