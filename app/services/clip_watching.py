"""A thread that watches a clip while pages look in; one clip at a time on a machine."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app.services.clips import Held, on_disk
from app.services.predicting import loaded
from app.services.runs import stamp, stamped
from fer_core.clip import RATE, Clip, watch
from fer_core.runs import SHIPPED, Run
from fer_core.timeline import clock
from fer_core.video import open_video

if TYPE_CHECKING:
    from fer_core.eyes import EyeReader

LONGEST = 600.0
"""Seconds of the longest clip that a page watches: some minutes of work on two cores. The command has no limit."""
PATIENCE = 120.0
"""Seconds after which a clip is given up that no page asks for any more: its tab was closed."""

_WATCHING, _LOADING = threading.Lock(), threading.Lock()


class _Stopped(Exception):
    """Nobody waits for the clip any more."""


class Watching:
    """A clip on its way: a thread watches it, pages look in.

    Args:
        held: The clip.
        run: Who says probabilities: the name of a usable run.
    """

    def __init__(self, held: Held, run: str) -> None:
        self.held, self.run, self.changed = held, run, stamped(run)
        self.stage = "Waiting for another clip to be watched"
        self.done, self.total = 0.0, 0.0
        self.data = held.data
        self.found: Clip | None = None
        self.error: str | None = None
        self._fault: Exception | None = None
        self._begun = self._asked = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name=f"clip {held.key[:8]}")
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether there is still something to wait for."""
        return self._thread.is_alive()

    @property
    def size(self) -> int:
        """Bytes held."""
        samples = self.found.samples if self.found else None
        arrays = [] if samples is None else [samples.time, samples.openness, samples.faces, samples.probabilities]
        return len(self.data or b"") + sum(one.nbytes for one in arrays if one is not None)

    def look_in(self) -> tuple[float, str]:
        """How much is done, in [0, 1], and a line about it; keeps the thread at work.

        Raises:
            Exception: whatever the thread stumbled over that no visitor can be blamed for.
        """
        self._asked = time.monotonic()
        if self._fault is not None:
            raise self._fault
        share = min(1.0, self.done / self.total) if self.total else 0.0
        left = (self._asked - self._begun) * (1 - share) / share if share > 0.02 else None
        seconds = f" · {clock(self.done)} of {clock(self.total)}" if self.total else ""
        return share, self.stage + seconds + (f" · about {left:.0f} s left" if left is not None else "")

    def stop(self) -> None:
        """Ends the work at the next frame."""
        self._stop.set()

    def _work(self) -> None:
        try:
            while not _WATCHING.acquire(timeout=0.5):
                self._check()
            try:
                self.found = self._watched()
            finally:
                _WATCHING.release()
        except _Stopped:
            self.error = "watching was stopped; begin again"
        except (ValueError, FileNotFoundError) as fault:
            self.error = str(fault)
        except Exception as fault:  # noqa: BLE001 a bug: the page that looks in raises it
            self._fault = fault

    def _watched(self) -> Clip:
        if self.held.make is not None:
            self._begin(self.held.making)
            self.data = self.held.make(self._tell)
        with on_disk(self.data or b"") as path:
            length = open_video(path).declared_duration
            _bounded(length or 0.0)
            self._begin("Waking the models")
            predictor, reader = loaded(self.run), eye_reader()
            self._begin("Watching")

            def tell(now: float) -> None:
                _bounded(now)
                self._tell(now, max(now, length or 0.0))

            return watch(path, reader, predictor.finder, predictor, RATE, tell)

    def _begin(self, stage: str) -> None:
        self.stage, self.done, self.total, self._begun = stage, 0.0, 0.0, time.monotonic()

    def _tell(self, done: float, total: float) -> None:
        self._check()
        self.done, self.total = done, total

    def _check(self) -> None:
        if self._stop.is_set() or time.monotonic() - self._asked > PATIENCE:
            raise _Stopped


def _bounded(seconds: float) -> None:
    if seconds > LONGEST:
        raise ValueError(f"the clip is longer than {clock(LONGEST)}; cut it, or use the command fer clip")


def eye_reader() -> EyeReader:
    """The one reader of eyes that all sessions share; its weights are read when it is asked for first."""
    run = Run(SHIPPED / "eyes")
    with _LOADING:
        return _eye_reader(str(run.path), stamp(run))


@st.cache_resource(max_entries=2, show_spinner=False)
def _eye_reader(path: str, changed: int) -> EyeReader:
    from fer_core.eyes import EyeReader

    return EyeReader(Run(Path(path)), "auto")
