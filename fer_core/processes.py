"""Whether the process that wrote something down still runs, told apart from a later one with its number."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def process_facts() -> dict[str, Any]:
    """What tells later whether this process still runs: ``pid``, ``pid_born``, ``host``."""
    return {"pid": os.getpid(), "pid_born": _born(os.getpid()), "host": socket.gethostname()}


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
    return facts.get("pid_born") in (None, _born(pid))


def _born(pid: int) -> str | None:
    """When the process started, in the kernel's ticks: a recycled number has another. None where unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
