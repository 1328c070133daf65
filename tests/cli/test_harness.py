"""Exit codes and streams, on a command made for it and as real processes where only those can tell."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import fer_core.cli
from fer_core.cli.answers import table, to_json

COMMAND = '''
from pathlib import Path
from typing import Annotated
import typer
from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, group

app = group("A command for tests.", default="say")

@command(app)
def say(what: Annotated[str, typer.Option(help="What happens.")] = "answer", times: int = 1) -> Answer:
    """Say something.

    Args:
        what: Not for the help.
    """
    import os, numpy as np
    print("a library prints")
    os.system("echo a child prints")
    if what == "mistake":
        raise ValueError("times must be 1 or more, got 0")
    if what == "missing":
        open("/nowhere/at/all")
    if what == "bug":
        {}["key"]
    if what == "memory":
        raise RuntimeError("CUDA error:\\n  out of memory")
    if what == "stop":
        raise KeyboardInterrupt
    if what == "unjsonable":
        return Answer({"x": object()}, "text")
    if what == "disagree":
        return Answer({"equal": False}, "not equal", code=1, complaint="it does not agree")
    if what == "log":
        import logging
        logging.getLogger("fer_core.test").info("progress")
    values = {"array": np.array([1.0, np.nan]), "inf": float("inf"), "half": np.float32(0.5)}
    values |= {"path": Path("a"), 3: (1, 2)}
    return Answer(values, "text for people\\n" * times)
'''


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`fer probe`, in this process."""
    (tmp_path / "probe.py").write_text(COMMAND)
    monkeypatch.setattr(fer_core.cli, "__path__", [*fer_core.cli.__path__, str(tmp_path)])
    yield
    sys.modules.pop("fer_core.cli.probe", None)


def process(tmp_path: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """`fer` with the probe as a process of its own."""
    (tmp_path / "probe.py").write_text(COMMAND)
    code = f"import sys, fer_core.cli as c; c.__path__.append({str(tmp_path)!r}); sys.exit(c.main(sys.argv[1:]))"
    settings = {"capture_output": True, "text": True, "timeout": 60} | options
    return subprocess.run([sys.executable, "-c", code, *arguments], check=False, **settings)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--what", "mistake"], 2, "fer: times must be 1 or more, got 0\n"),
        (["--what", "missing"], 2, "fer: /nowhere/at/all: no such file or directory\n"),
        (["--what", "bug"], 1, "fer: failed: KeyError: 'key' (--debug shows the traceback)\n"),
        (
            ["--what", "memory"],
            1,
            "fer: failed: RuntimeError: CUDA error: out of memory (--debug shows the traceback)\n",
        ),
        (["--what", "stop"], 130, "fer: stopped\n"),
        (["--times", "x"], 2, "fer: Invalid value for '--times'"),
        (["--tims", "1"], 2, "fer: No such option: --tims"),
        (["too", "much"], 2, "fer: No such command 'too'"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_failures_are_one_sentence_and_leave_stdout_empty(
    probe: None, fer: Callable, arguments: list[str], code: int, sentence: str, as_json: bool
) -> None:
    ran = fer("probe", *arguments, *(["--json"] if as_json else []))
    assert (ran.code, ran.out) == (code, "")
    last = ran.err.splitlines()[-1] + "\n"
    assert last == sentence if sentence.endswith("\n") else last.startswith(sentence)
    assert "Traceback" not in ran.err


def test_json_is_one_document_without_nan(probe: None, fer: Callable) -> None:
    ran = fer("probe", "--json")
    assert ran.code == 0
    assert ran.document == {"array": [1.0, None], "inf": None, "half": 0.5, "path": "a", "3": [1, 2]}
    assert "a library prints" in ran.err


def test_without_json_the_text_is_printed(probe: None, fer: Callable) -> None:
    ran = fer("probe", "say")
    assert (ran.code, ran.out) == (0, "text for people\n")


def test_what_has_no_json_form_is_a_bug(probe: None, fer: Callable) -> None:
    ran = fer("probe", "--what", "unjsonable", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "object has no JSON form" in ran.err


def test_an_answer_may_come_with_a_complaint(probe: None, fer: Callable) -> None:
    ran = fer("probe", "--what", "disagree", "--json")
    assert (ran.code, ran.document) == (1, {"equal": False})
    assert ran.err.endswith("fer: it does not agree\n")


def test_progress_goes_to_stderr_and_leaves_no_handler(probe: None, fer: Callable) -> None:
    import logging

    before = list(logging.getLogger().handlers)
    assert "progress\n" in fer("probe", "--what", "log").err
    assert logging.getLogger().handlers == before


@pytest.mark.parametrize("switch", ["option", "variable"])
def test_debugging_shows_the_traceback(
    probe: None, fer: Callable, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    if switch == "variable":
        monkeypatch.setenv("FER_DEBUG", "1")
    ran = fer("probe", "--what", "bug", *(["--debug"] if switch == "option" else []))
    assert ran.code == 1
    assert "Traceback" in ran.err


def test_help_lists_commands_and_hides_what_is_for_programmers(probe: None, fer: Callable) -> None:
    for arguments in ([], ["--help"], ["-h"]):
        ran = fer(*arguments)
        assert (ran.code, ran.err) == (0, "")
        assert "A command for tests." in ran.out
    ran = fer("probe", "say", "--help")
    assert "Say something." in ran.out
    assert "--json" in ran.out
    assert "Not for the help" not in ran.out


def test_an_unknown_command_gets_a_suggestion(probe: None, fer: Callable) -> None:
    ran = fer("prob")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'probe'" in ran.err


def test_the_version(fer: Callable) -> None:
    from fer_core import __version__

    assert fer("--version").out == f"fer {__version__}\n"


def test_even_children_cannot_write_to_stdout(tmp_path: Path) -> None:
    done = process(tmp_path, "probe", "--json")
    assert done.returncode == 0
    assert done.stdout.startswith("{")
    assert "a child prints" in done.stderr


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = process(tmp_path, "probe", "--times", "100000", capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == 141
    assert "fer:" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_failed_work(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = process(tmp_path, "probe", "--json", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("fer: failed: OSError")


def test_json_of_dataclasses_dates_and_scalars() -> None:
    from datetime import date

    import numpy as np

    from fer_core.contracts import FaceBox

    assert to_json(FaceBox((1, 2, 3, 4))) == to_json({"box": [1, 2, 3, 4], "detection": None, "landmarks": None})
    assert to_json([np.int64(3), np.bool_(True), np.float64("nan"), date(2026, 1, 2)]) == to_json(
        [3, True, None, "2026-01-02"]
    )


def test_tables_align_numbers_right_and_show_gaps() -> None:
    assert table(["name", "n"], [["a", 10], ["long", None]]) == "name   n\na     10\nlong   -"
    assert table(["name"], []) == "name"
