"""How far a job is: epochs or trainings done, time left, learning curves so far; read from what it has written."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from app import jobs
from app.jobs import Job, State
from app.services.trainings import TRAIN
from fer_core.runs import Run
from fer_core.studies import StoredStudy

_EPOCH = re.compile(r"^epoch (\d+) of (\d+): ")
_BEGUN = re.compile(r"^(\d+) runs, (\d+) finished before; (\d+) at once")
_DONE = re.compile(r"^(\d+) of (\d+): ")
_LINES = 400


@dataclass(frozen=True)
class Progress:
    """Of a job that works or has worked."""

    share: float
    """Done, in [0, 1]."""
    words: str
    left: float | None
    """Seconds; None where nothing can be said yet."""
    history: pd.DataFrame
    """Of a single training: one row per epoch; empty otherwise, and before the first has ended."""
    rows: pd.DataFrame
    """Of a sweep or cross-validation: one row per training; empty otherwise."""


def progress(job: Job, state: State) -> Progress:
    """How far it is.

    Args:
        job: Of any kind.
        state: How it stands.
    """
    if state.standing == "waiting":
        return Progress(0.0, "waits for its turn", None, pd.DataFrame(), pd.DataFrame())
    lines = jobs.tail(job, _LINES)
    return _of_training(job, state, lines) if job.kind == TRAIN else _of_several(job, state, lines)


def clock(seconds: float) -> str:
    """``42 s``, ``3 min`` or ``2 h 5 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _of_training(job: Job, state: State, lines: list[str]) -> Progress:
    path = Path(job.out)
    history = Run(path).history() if (path / "run.json").is_file() else pd.DataFrame()
    total = next((int(found[2]) for line in reversed(lines) if (found := _EPOCH.match(line))), None)
    done = len(history)
    if state.standing == "finished":
        return Progress(1.0, f"{done} epochs", 0.0, history, pd.DataFrame())
    if not done:
        words = "opening and cutting the pictures, then the first epoch" if state.live else "before its first epoch"
        return Progress(0.0, words, None, history, pd.DataFrame())
    if total is None:
        return Progress(0.0, f"epoch {done} done", None, history, pd.DataFrame())
    since = time.time() - (path / "history.csv").stat().st_mtime
    each = float(np.mean(history["seconds"]))
    if done >= total:
        return Progress(
            1.0, f"all {total} epochs done; judging it on what was kept apart", None, history, pd.DataFrame()
        )
    # Within an epoch nothing is written: the bar moves by the clock, but never past the epoch's end.
    part = min(since / each, 0.95) if each > 0 and state.live else 0.0
    left = max(1.0, each * (total - done) - since) if state.live else None
    return Progress((done + part) / total, f"epoch {done} of {total} done", left, history, pd.DataFrame())


def _of_several(job: Job, state: State, lines: list[str]) -> Progress:
    path = Path(job.out)
    rows = StoredStudy(path).table if (path / "sweep.parquet").is_file() else pd.DataFrame()
    wanted = ["study", "row", "seed", "fold", "status", "accuracy", "macro_f1", "n", "split", "error"]
    rows = rows[[name for name in wanted if name in rows and rows[name].notna().any()]]
    if state.standing == "finished":
        return Progress(1.0, f"{len(rows)} trainings", 0.0, pd.DataFrame(), rows)
    begun = [(int(one[1]), int(one[2])) for line in lines if (one := _BEGUN.match(line))]
    if not begun:
        return Progress(0.0, "opening and cutting the pictures", None, pd.DataFrame(), rows)
    total, before = begun[-1]
    ended = [int(one[1]) for line in lines[_last(lines, _BEGUN) :] if (one := _DONE.match(line))]
    done = before + (ended[-1] if ended else 0)
    share = min(1.0, (done + _partly(path)) / total)
    gained = share - before / total
    left = None
    if state.live and state.started is not None and gained > 0.02:
        left = (time.time() - state.started) * (1 - share) / gained
    return Progress(share, f"{done} of {total} trainings done", left, pd.DataFrame(), rows)


def _last(lines: list[str], pattern: re.Pattern[str]) -> int:
    return max(place for place, line in enumerate(lines) if pattern.match(line))


def _partly(path: Path) -> float:
    """How much of the trainings that are under way is done, in trainings."""
    total = 0.0
    for log in path.glob("runs/*/*.log"):
        run = log.with_suffix("")
        if not (run / "run.json").is_file() or Run(run).status != "running":
            continue
        epochs = [one for line in log.read_text("utf-8", "replace").splitlines() if (one := _EPOCH.match(line))]
        total += int(epochs[-1][1]) / int(epochs[-1][2]) if epochs else 0.0
    return total
