"""A job's keeper, ``python -m app.jobs FOLDER``: waits for the job's turn, runs its command, says how it ended.

It belongs to nobody: a session of its own, so that it outlives the tab and the app. Whoever holds the lock ``turn``
works. The command holds it, too: where its keeper is killed, the next job still waits for it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Any

from app.jobs import record
from app.jobs.record import ENDED, RUNNING, STOPPING, WAITING, Job
from fer_core.processes import alive, process_facts

PAUSE = 0.1
"""Seconds between two looks."""
PATIENCE = 10.0
"""Seconds between asking a command to stop and killing it."""
NICENESS = 5
"""The dashboard goes first: pages stay usable beside a training."""
TAKEN = 3
"""Exit code where the job has a keeper already."""


class Keeper:
    """Of one job."""

    def __init__(self, job: Job) -> None:
        """Its keeper from now on, until `keep` returns.

        Args:
            job: Whose ``state.json`` is written by nobody else now.
        """
        self._job = job
        self._path = job.folder / "state.json"
        self._facts: dict[str, Any] = {**record.read(self._path), "keeper": process_facts()}
        self._asked = False

    def ask_to_stop(self, *_: object) -> None:
        """What SIGTERM does."""
        self._asked = True

    def keep(self) -> None:
        """From waiting to the end."""
        self._write(phase=WAITING)
        with (self._job.folder.parent / "turn").open("a") as turn:
            while not self._asked and not self._our_turn(turn):
                time.sleep(PAUSE)
            code = None if self._asked else self._work(turn)
        self._write(phase=ENDED, code=code, ended=time.time(), asked=self._asked)

    def _our_turn(self, turn: IO[str]) -> bool:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False  # somebody works, and it costs nothing to know
        mine = self._facts.get("ticket", 0)
        for other in record.jobs(self._job.folder.parent):
            facts = record.read(other.folder / "state.json")
            waits = facts.get("phase") == WAITING and alive(facts.get("keeper") or {})
            if other.id != self._job.id and waits and (facts.get("ticket", 0), other.id) < (mine, self._job.id):
                fcntl.flock(turn, fcntl.LOCK_UN)
                return False
        return True

    def _work(self, turn: IO[str]) -> int:
        folder = self._job.folder
        with (folder / "log.txt").open("ab") as log, (folder / "output.json").open("wb") as output:
            try:
                child = subprocess.Popen(
                    self._job.command, cwd=self._job.cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=log,
                    process_group=0, pass_fds=(turn.fileno(),),
                )  # fmt: skip
            except OSError as error:
                log.write(f"fer: the command cannot be started: {error}\n".encode())
                return 1
        self._write(phase=RUNNING, child=process_facts(child.pid), started=time.time())
        asked_at: float | None = None
        while True:
            try:
                code = child.wait(PAUSE)
                break
            except subprocess.TimeoutExpired:
                if not self._asked:
                    continue
            if asked_at is None:
                asked_at = time.monotonic()
                self._write(phase=STOPPING, asked=True)
                send(child.pid, signal.SIGTERM)
            elif time.monotonic() - asked_at > PATIENCE:
                send(child.pid, signal.SIGKILL)
        # What a sweep has started ends with it: a killed one could not see to that.
        send(child.pid, signal.SIGKILL if asked_at is None else signal.SIGTERM)
        return code

    def _write(self, **facts: Any) -> None:
        self._facts.update(facts)
        record.write(self._path, self._facts)


def send(group: int, number: int) -> None:
    """A signal to a command and to all that it started; to nobody where all are gone."""
    # Gone; or a number that somebody else has now.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def main(folder: Path) -> int:
    """Keeps the job of a folder.

    Args:
        folder: Of the job.

    Raises:
        FileNotFoundError: it holds no job.
    """
    job = record.find(folder.parent, folder.name)
    with (folder / "keeper").open("a") as own:
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return TAKEN
        keeper = Keeper(job)
        # A handler, not SIG_IGN, which the command would inherit.
        signal.signal(signal.SIGTERM, keeper.ask_to_stop)
        signal.signal(signal.SIGINT, keeper.ask_to_stop)
        os.nice(NICENESS)
        keeper.keep()
    return 0
