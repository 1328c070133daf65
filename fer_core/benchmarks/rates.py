"""Workloads measured in turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rates:
    """How fast a workload did its units of work, round by round."""

    per_second: tuple[float, ...]
    per_core_second: tuple[float, ...]
    """Of processor time: what a free core would reach, also on a machine that others keep busy."""


def take_turns(works: Mapping[str, Callable[[], object]], units: int, rounds: int) -> dict[str, Rates]:
    """The rates of each workload; every round runs all of them, after one round that is not counted.

    Args:
        works: Workloads by name; each does ``units`` units of work when called.
        units: How many.
        rounds: How many are counted.

    Raises:
        ValueError: fewer than one unit or round.
    """
    if units < 1 or rounds < 1:
        raise ValueError(f"units and rounds must be 1 or more, got {units} and {rounds}")
    for work in works.values():
        work()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begun, busy = time.perf_counter(), time.process_time()
            work()
            spent = time.perf_counter() - begun, time.process_time() - busy
            found[name].append((units / max(spent[0], 1e-9), units / max(spent[1], 1e-9)))
    return {name: Rates(*(tuple(column) for column in zip(*turns, strict=True))) for name, turns in found.items()}


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict[str, Any]:
    """What a rate depends on: processor, cores, and how busy they are (processes that want one, over 1 and 5 min)."""
    load = os.getloadavg()[:2] if hasattr(os, "getloadavg") else (None, None)
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": cores(),
        "load": list(load),
        "python": platform.python_version(),
    }
