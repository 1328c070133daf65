"""Whether the process that wrote something down still runs, told apart from a later one with its number."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def process_facts(pid: int | None = None) -> dict[str, Any]:
    """What tells later whether a process still runs: ``pid``, ``pid_born``, ``host``.

    Args:
        pid: Of a process of this machine; None: this one.
    """
    number = os.getpid() if pid is None else pid
    return {"pid": number, "pid_born": _standing(number)[1], "host": socket.gethostname()}


def alive(facts: Mapping[str, Any]) -> bool:
    """Whether the process of `process_facts` still runs on this machine.

    Args:
        facts: May hold other keys; without a ``pid`` nothing runs.
    """
    pid = facts.get("pid")
    if not isinstance(pid, int) or facts.get("host") not in (None, socket.gethostname()):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # somebody else's process: it lives
    state, born = _standing(pid)
    # One that has ended keeps its number until its parent asks how, which a killed parent never does.
    return state not in ("Z", "X") and facts.get("pid_born") in (None, born)


def _standing(pid: int) -> tuple[str | None, str | None]:
    """The process's state letter, and when it started, in the kernel's ticks: a recycled number has another start.

    None where unknown.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        return None, None
