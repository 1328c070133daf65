"""Jobs: real processes with tiny commands in place of trainings; queue, stop, kill, resume, and who is who."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import jobs
from app.jobs import record
from fer_core.processes import process_facts

DONE = "import sys; print('{\"made\": 1}'); print('epoch 1 of 1', file=sys.stderr)"
LONG = "import sys, time; print('begun', file=sys.stderr, flush=True); time.sleep(60)"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / ".jobs"
    yield place
    for one in jobs.jobs(place):
        for who in ("keeper", "child"):
            pid = record.read(one.folder / "state.json").get(who, {}).get("pid")
            if pid and pid != os.getpid() and jobs.state(one).live:
                os.kill(pid, signal.SIGKILL)


def started(home: Path, code: str, out: str = "out") -> jobs.Job:
    return jobs.start(home, "train", f"job of {out}", [sys.executable, "-c", code], str(home.parent / out))


def until(what: Callable[[], bool], seconds: float = 15) -> None:
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, "it did not come about"
        time.sleep(0.03)


def standing(job: jobs.Job) -> str:
    return jobs.state(job).standing


def test_a_job_runs_to_its_end_and_the_next_takes_its_turn(home: Path) -> None:
    long = started(home, LONG, "long")
    until(lambda: standing(long) == "running")
    second, third = started(home, DONE, "second"), started(home, DONE, "third")
    assert [standing(one) for one in (second, third)] == ["waiting", "waiting"]
    assert [jobs.waits_behind(one) for one in (long, second, third)] == [0, 1, 2]
    assert [one.id for one in jobs.jobs(home)] == [third.id, second.id, long.id]
    with pytest.raises(ValueError, match="another job is filling"):
        started(home, DONE, "second")
    jobs.stop(long)
    until(lambda: standing(third) == "finished")
    assert standing(long) == "stopped" and standing(second) == "finished"
    assert jobs.document(second) == {"made": 1} and jobs.tail(second) == ["epoch 1 of 1"]
    ends = [jobs.state(one) for one in (second, third)]
    assert ends[0].ended <= ends[1].started, "one at a time"


def test_a_waiting_job_is_stopped_before_its_turn(home: Path) -> None:
    long = started(home, LONG, "long")
    waiting = started(home, DONE, "waiting")
    jobs.stop(waiting)
    until(lambda: standing(waiting) == "stopped")
    assert jobs.state(waiting).started is None and jobs.tail(waiting) == []
    jobs.stop(long)
    until(lambda: not jobs.state(long).live)


def test_a_killed_command_is_shown_as_killed_and_goes_on(home: Path) -> None:
    code = (
        "import os, sys, time, pathlib\n"
        f"mark = pathlib.Path({str(home.parent / 'mark')!r})\n"
        "if mark.exists(): print('{\"resumed\": true}'); sys.exit()\n"
        "mark.touch(); time.sleep(60)"
    )
    job = started(home, code)
    until((home.parent / "mark").exists)
    os.kill(record.read(job.folder / "state.json")["child"]["pid"], signal.SIGKILL)
    until(lambda: standing(job) == "killed")
    assert "signal 9" in jobs.state(job).sentence
    jobs.resume(job)
    until(lambda: standing(job) == "finished")
    assert jobs.document(job) == {"resumed": True} and jobs.tail(job)[0].startswith("--- resumed")
    with pytest.raises(ValueError, match="is finished; there is nothing to resume"):
        jobs.resume(job)


def test_the_queue_outlives_a_killed_keeper_but_waits_for_its_command(home: Path) -> None:
    job = started(home, "import time; time.sleep(0.7); print('{\"late\": 1}')", "first")
    until(lambda: standing(job) == "running")
    after = started(home, DONE, "after")
    os.kill(record.read(job.folder / "state.json")["keeper"]["pid"], signal.SIGKILL)
    assert standing(job) == "running", "its command works on without it"
    until(lambda: standing(after) == "finished")
    assert standing(job) == "finished" and jobs.document(job) == {"late": 1}
    assert jobs.state(after).started >= jobs.state(job).started + 0.6


def test_stopping_works_without_the_keeper_and_takes_all_processes_along(home: Path) -> None:
    begin = "import subprocess, sys, time; print(subprocess.Popen(['sleep', '61']).pid, file=sys.stderr, flush=True)"
    job = started(home, f"{begin}; time.sleep(60)")
    until(lambda: bool(jobs.tail(job)))
    grandchild = int(jobs.tail(job)[0])
    facts = process_facts(grandchild)
    keeper = record.read(job.folder / "state.json")["keeper"]
    os.kill(keeper["pid"], signal.SIGKILL)
    until(lambda: not record.alive(keeper))
    jobs.stop(job)
    assert standing(job) == "stopped"
    until(lambda: not record.alive(facts))


def test_a_failure_says_the_commands_last_sentence(home: Path) -> None:
    job = started(home, "import sys; print('fer: no data at nowhere', file=sys.stderr); sys.exit(2)")
    until(lambda: standing(job) == "failed")
    assert jobs.state(job).sentence == "no data at nowhere"
    missing = jobs.start(home, "train", "t", ["/no/such/program"], str(home / "x"))
    until(lambda: standing(missing) == "failed")
    assert "cannot be started" in jobs.state(missing).sentence
    partly = started(home, "import sys; print('{\"failed\": 1}'); sys.exit(1)", "partly")
    until(lambda: standing(partly) == "failed")


def made(home: Path, state: dict[str, object]) -> jobs.Job:
    folder = home / "20260101-000000-00aa"
    folder.mkdir(parents=True)
    job = {"kind": "train", "title": "t", "command": ["x"], "out": "/o", "created": 1.0, "cwd": "/"}
    record.write(folder / "job.json", job)
    record.write(folder / "state.json", state)
    return record.find(home, folder.name)


def test_a_number_that_another_process_has_now_is_nobody(home: Path) -> None:
    mine = process_facts()
    job = made(home, {"phase": "running", "keeper": {**mine, "pid_born": "1"}, "child": {**mine, "pid_born": "1"}})
    assert standing(job) == "killed" and "switched off" in jobs.state(job).sentence
    record.write(job.folder / "state.json", {"phase": "running", "child": mine})
    assert standing(job) == "running"


def test_notes_damaged_folders_and_deleting(home: Path) -> None:
    assert jobs.jobs(home) == []
    job = made(home, {"phase": "ended", "code": 0})
    (home / "20260101-000000-00bb").mkdir()
    (home / "20260101-000000-00bb" / "job.json").write_text('{"kind": ')
    assert [one.id for one in jobs.jobs(home)] == [job.id]
    jobs.annotate(job, " with <b>flips</b> \n")
    assert record.find(home, job.id).note == "with <b>flips</b>" and record.find(home, job.id).title == "t"
    with pytest.raises(ValueError, match="at most 2,000"):
        jobs.annotate(job, "x" * 2001)
    for name in ("../../etc", "20260101-000000-00cc"):
        with pytest.raises(FileNotFoundError, match="no job"):
            record.find(home, name)
    record.write(job.folder / "state.json", {"phase": "waiting", "keeper": process_facts()})
    with pytest.raises(ValueError, match="stop it first"):
        jobs.delete(job)
    record.write(job.folder / "state.json", {"phase": "ended", "code": 0})
    jobs.delete(job)
    assert jobs.jobs(home) == []


def test_a_process_that_ended_is_dead_although_nobody_asked_how() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    facts = process_facts(child)
    until(lambda: not record.alive(facts))
    os.waitpid(child, 0)
