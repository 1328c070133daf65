"""Making, stopping, resuming, annotating and deleting jobs."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.jobs import record
from app.jobs.keeper import PATIENCE, TAKEN, send
from app.jobs.record import WAITING, Job
from fer_core.processes import alive, process_facts

REPOSITORY = Path(__file__).resolve().parents[2]
START = 20.0
"""Seconds until a keeper must have written its first line."""
LONGEST_NOTE = 2000
"""Characters."""
MOST_WAITING = 50
"""Each one that waits is a small process."""


def start(
    home: Path, kind: str, title: str, command: Sequence[str], out: str, about: Mapping[str, Any] | None = None
) -> Job:
    """Makes a job and lets it wait for its turn.

    Args:
        home: The folder of jobs; made where it is not there.
        kind: What a page calls it by.
        title: Of a few words.
        command: Its program and arguments; what it prints on stdout is its answer, one JSON document.
        out: The folder that it fills; it goes on there where it was stopped, when it is called again.
        about: Whatever is to be remembered.

    Raises:
        ValueError: another job that waits or works fills that folder, too many wait, or no process can be started.
    """
    live = [one for one in record.jobs(home) if record.state(one).live]
    if any(Path(one.out) == Path(out) for one in live):
        raise ValueError(f"another job is filling {out}; wait for it, or choose another name")
    if len(live) >= MOST_WAITING:
        raise ValueError(f"{len(live)} jobs wait or work already; wait for some, or delete them")
    folder = home / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    folder.mkdir(parents=True)
    job = Job(folder, kind, title, tuple(command), out, time.time(), os.getcwd(), about=dict(about or {}))
    _write(job)
    _let_wait(job)
    return job


def resume(job: Job) -> None:
    """Lets a job that was stopped, killed or failed wait for its turn once more; it goes on where it was.

    Raises:
        ValueError: it waits, works or has finished, or another job fills its folder now.
    """
    standing = record.state(job).standing
    if standing in {*record.LIVE, record.FINISHED}:
        raise ValueError(f"the job '{job.title}' is {standing}; there is nothing to resume")
    others = [one for one in record.jobs(job.folder.parent) if one.id != job.id and record.state(one).live]
    if any(Path(one.out) == Path(job.out) for one in others):
        raise ValueError(f"another job is filling {job.out} now; wait for it")
    with (job.folder / "log.txt").open("a", encoding="utf-8") as log:
        log.write(f"--- resumed {time.strftime('%Y-%m-%d %H:%M:%S')}\n")
    _let_wait(job)


def stop(job: Job) -> None:
    """Asks a job to stop; what does not within `keeper.PATIENCE` is killed. Nothing happens to one that has ended."""
    path = job.folder / "state.json"
    facts = record.read(path)
    keeper: Mapping[str, Any] = facts.get("keeper") or {}
    child: Mapping[str, Any] = facts.get("child") or {}
    if not record.state(job).live:
        return
    if alive(keeper):
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.kill(keeper["pid"], signal.SIGTERM)
        return
    # Its keeper was killed: nobody else writes now.
    record.write(path, {**facts, "asked": True})
    send(child["pid"], signal.SIGTERM)
    limit = time.monotonic() + PATIENCE
    while alive(child) and time.monotonic() < limit:
        time.sleep(0.1)
    if alive(child):
        send(child["pid"], signal.SIGKILL)


def annotate(job: Job, note: str) -> None:
    """Writes a note to a job, in place of an earlier one.

    Raises:
        ValueError: it is too long.
        FileNotFoundError: the job is gone.
    """
    if len(note) > LONGEST_NOTE:
        raise ValueError(f"a note has at most {LONGEST_NOTE:,} characters, this one {len(note):,}")
    known = record.find(job.folder.parent, job.id)
    _write(Job(**{**known.__dict__, "note": note.strip()}))


def delete(job: Job) -> None:
    """Forgets a job, with its log; what it made stays.

    Raises:
        ValueError: it waits or works.
    """
    standing = record.state(job).standing
    if standing in record.LIVE:
        raise ValueError(f"the job '{job.title}' is {standing}; stop it first")
    shutil.rmtree(job.folder)


def _let_wait(job: Job) -> None:
    """Starts a keeper, and returns when it has taken over."""
    (job.folder / "output.json").unlink(missing_ok=True)
    path = job.folder / "state.json"
    # In our own name until the keeper writes in its own.
    mine = {"phase": WAITING, "ticket": time.time_ns(), "keeper": process_facts(), "asked": False}
    record.write(path, mine)
    with (job.folder / "log.txt").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "app.jobs", str(job.folder)], cwd=REPOSITORY, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    limit = time.monotonic() + START
    while record.read(path).get("keeper") == mine["keeper"]:
        ended = keeper.poll()
        if ended == TAKEN:
            raise ValueError(f"the job '{job.title}' is being resumed by somebody else")
        if ended is not None or time.monotonic() > limit:
            keeper.kill()
            record.write(path, {**mine, "phase": record.ENDED, "code": ended or 1, "ended": time.time()})
            raise ValueError(f"the job's process did not start; its log in {job.folder} says why")
        time.sleep(0.02)


def _write(job: Job) -> None:
    facts = {
        "kind": job.kind, "title": job.title, "command": list(job.command), "out": job.out, "created": job.created,
        "cwd": job.cwd, "note": job.note, "about": dict(job.about),
    }  # fmt: skip
    record.write(job.folder / "job.json", facts)
