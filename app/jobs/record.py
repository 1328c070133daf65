"""What a job is, and how it stands: two small files, each with one writer at a time, that everybody may read.

``<home>/<id>/job.json   what it is (written when it is made, annotated, or resumed)
            state.json  how it stands, with process numbers and start times (written by its keeper)
            log.txt     what the command says;  output.json  its answer``
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fer_core.processes import alive

WAITING, RUNNING, STOPPING, FINISHED, FAILED, STOPPED, KILLED = (
    "waiting", "running", "stopping", "finished", "failed", "stopped", "killed",
)  # fmt: skip
LIVE = frozenset({WAITING, RUNNING, STOPPING})
"""A job that stands so has a process."""
ENDED = "ended"
"""What a keeper writes at last; how it ended is in the exit code."""

_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
_TAIL = 64 * 1024


@dataclass(frozen=True)
class Job:
    """One command that is to be run."""

    folder: Path
    kind: str
    """``train``, ``crossvalidate`` or ``sweep``: what a page calls it by."""
    title: str
    command: tuple[str, ...]
    out: str
    """The folder that the command fills."""
    created: float
    """Seconds since 1970."""
    cwd: str
    note: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What the caller wants to remember of it."""

    @property
    def id(self) -> str:
        """Its name among the jobs."""
        return self.folder.name


@dataclass(frozen=True)
class State:
    """How a job stands."""

    standing: str
    """One of the seven words above."""
    sentence: str = ""
    """Why it is not finished; empty where there is nothing to say."""
    ticket: int = 0
    """Jobs take their turns in this order."""
    started: float | None = None
    """Seconds since 1970: when its command began; None where it has not."""
    ended: float | None = None
    code: int | None = None

    @property
    def live(self) -> bool:
        """Whether it waits or works."""
        return self.standing in LIVE


def jobs(home: Path) -> list[Job]:
    """Every job, the newest first; a damaged one is left out.

    Args:
        home: The folder of jobs.
    """
    if not home.is_dir():
        return []
    found = [_read(path) for path in home.iterdir() if _ID.fullmatch(path.name)]
    return sorted((one for one in found if one), key=lambda one: (one.created, one.id), reverse=True)


def find(home: Path, name: str) -> Job:
    """One job.

    Args:
        home: The folder of jobs.
        name: Its id.

    Raises:
        FileNotFoundError: there is none; somebody may have deleted it.
    """
    job = _read(home / name) if _ID.fullmatch(name) else None
    if job is None:
        raise FileNotFoundError(f"there is no job '{name}' any more")
    return job


def state(job: Job) -> State:
    """How a job stands, whatever its keeper could still write down."""
    facts = read(job.folder / "state.json")
    phase, asked = facts.get("phase"), bool(facts.get("asked"))
    child: Mapping[str, Any] = facts.get("child") or {}
    known = {key: facts.get(key) for key in ("started", "ended", "code")} | {"ticket": int(facts.get("ticket") or 0)}
    if phase in LIVE and (alive(facts.get("keeper") or {}) or alive(child)):
        return State(STOPPING if asked else str(phase), **known)
    code = facts.get("code")
    if code == 0 or (code is None and document(job) is not None):
        # Without a code its keeper was killed; but the command ended by itself, for its answer is whole.
        return State(FINISHED, **known)
    if asked:
        return State(STOPPED, "It was stopped; resumed, it goes on where it was.", **known)
    if isinstance(code, int) and code > 0:
        return State(FAILED, _complaint(job) or f"It ended with exit code {code}.", **known)
    how = f"by signal {-code}" if isinstance(code, int) else "or the machine was switched off"
    return State(KILLED, f"Its process was killed, {how}; resumed, it goes on where it was.", **known)


def waits_behind(job: Job) -> int:
    """How many jobs have their turn before a waiting one."""
    mine = state(job).ticket
    others = [state(one) for one in jobs(job.folder.parent) if one.id != job.id]
    return sum(one.live and one.ticket < mine for one in others)


def tail(job: Job, lines: int = 40) -> list[str]:
    """The last lines that the command wrote."""
    try:
        with (job.folder / "log.txt").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.replace("\r", "\n").splitlines() if line.strip()][-lines:]


def document(job: Job) -> dict[str, Any] | None:
    """The command's answer (its ``--json``); None where it has not given a whole one."""
    return read(job.folder / "output.json") or None


def read(path: Path) -> dict[str, Any]:
    """A file's mapping; empty where there is none, or it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, facts: Mapping[str, Any]) -> None:
    """Replaces a file, whole or not at all."""
    # Not `fer_core.tables.write_text`: a keeper that waits for hours shall not hold pandas in memory.
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, path)


def _read(folder: Path) -> Job | None:
    facts = read(folder / "job.json")
    try:
        return Job(
            folder=folder,
            kind=str(facts["kind"]),
            title=str(facts["title"]),
            command=tuple(map(str, facts["command"])),
            out=str(facts["out"]),
            created=float(facts["created"]),
            cwd=str(facts["cwd"]),
            note=str(facts.get("note", "")),
            about=dict(facts.get("about") or {}),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _complaint(job: Job) -> str:
    """The command's last sentence."""
    said = tail(job, 1)
    return said[0].removeprefix("fer: ") if said else ""
