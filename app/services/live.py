"""A running camera: its pictures are watched as they come, at a bounded rate, and recorded for a second look."""

from __future__ import annotations

import importlib.util
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from app.services import clips
from app.services.clip_watching import eye_reader
from app.services.clips import Held
from app.services.predicting import loaded
from fer_core.clip import LONG_SIDE, Watcher
from fer_core.timeline import Samples
from fer_core.video import Recorder

RATE = 10.0
"""Pictures a second, at most: below 10, short blinks are missed, and two cores do not keep up with many more."""
LONGEST = 300.0
"""Seconds after which a camera is let go."""
MOST = 2
"""Cameras that are watched at a time on one machine."""
PATIENCE = 10.0
"""Seconds without a picture after which the camera is gone."""
NAME = "camera.mp4"

_TOLD = 0.5
"""Seconds after which what was seen is told again."""
_CAMERAS = threading.BoundedSemaphore(MOST)


def missing() -> str | None:
    """What to install where the optional part for cameras is not there; None where it is."""
    if importlib.util.find_spec("streamlit_webrtc") is not None:
        return None
    return (
        "Live video needs the optional part live, which is not installed here: pip install -e '.[live]'. Single "
        "pictures from the camera work without it."
    )


class Live:
    """One visitor's camera. A thread begins with the first picture and ends with `stop` or when no picture comes.

    Args:
        run: Who says probabilities: the name of a usable run.
    """

    def __init__(self, run: str) -> None:
        self.run = run
        self.stage = "Waking the models"
        self.samples: Samples | None = None
        self.recorded: Held | None = None
        """Once the thread has ended."""
        self.error: str | None = None
        self._fault: Exception | None = None
        self._frame: Any = None
        self._come = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def begun(self) -> bool:
        """Whether a picture came yet."""
        return self._thread is not None

    @property
    def busy(self) -> bool:
        """Whether pictures are being watched."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def over(self) -> bool:
        """Whether no picture will be watched any more."""
        return not self.busy and (self.begun or self._stop.is_set())

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.recorded.data or b"") if self.recorded else 0

    def put(self, frame: Any) -> Any:
        """Takes the newest picture, in place of one that nobody had the time to look at; any thread may call it.

        Args:
            frame: An ``av.VideoFrame``.

        Returns:
            The same, for the visitor to see.
        """
        with self._come:
            self._frame = frame
            self._come.notify()
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._work, daemon=True, name="camera")
                self._thread.start()
        return frame

    def look_in(self) -> None:
        """Raises what the thread stumbled over that no visitor can be blamed for."""
        if self._fault is not None:
            raise self._fault

    def stop(self, wait: float = 0.0) -> None:
        """Ends the watching after the picture that is looked at.

        Args:
            wait: Seconds until the recording should be there.
        """
        with self._come:
            self._stop.set()
            self._come.notify()
        if self._thread is not None:
            self._thread.join(wait)

    def _work(self) -> None:
        try:
            if not _CAMERAS.acquire(blocking=False):
                raise ValueError(f"{MOST} cameras are being watched on this machine already; try again in a while")
            try:
                self.recorded = self._watched()
            finally:
                _CAMERAS.release()
        except (ValueError, FileNotFoundError) as fault:
            self.error = str(fault)
        except Exception as fault:  # noqa: BLE001 a bug: the page that looks in raises it
            self._fault = fault

    def _watched(self) -> Held:
        predictor = loaded(self.run)
        watcher = Watcher(predictor.finder, eye_reader(), predictor)
        self.stage = "Watching"
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / NAME
            with Recorder(path) as recorder:
                self._follow(watcher, recorder)
            data = path.read_bytes()
        return Held(clips.key_of(NAME, data), NAME, "live", data)

    def _follow(self, watcher: Watcher, recorder: Recorder) -> None:
        """Picture after picture, until there are no more.

        Raises:
            ValueError: there was none.
        """
        begun = time.monotonic()
        size: tuple[int, int] | None = None
        told = -_TOLD
        while (picture := self._next()) is not None:
            now = time.monotonic() - begun
            if now > LONGEST:
                break
            image = ImageOps.contain(picture, (LONG_SIDE, LONG_SIDE)) if max(picture.size) > LONG_SIDE else picture
            size = size or image.size
            # Browsers lower the size where the line is slow.
            pixels = np.asarray(image if image.size == size else ImageOps.pad(image, size))
            recorder.add(pixels, now)
            watcher.see(now, pixels)
            if now >= told + _TOLD:
                told = now
                watcher.read()
                self.samples = watcher.samples(watcher.people()[0], now)
            self._stop.wait(max(0.0, now + 1 / RATE - (time.monotonic() - begun)))
        if size is None:
            raise ValueError("the camera stopped before one picture was watched; start it again and wait a moment")

    def _next(self) -> Image.Image | None:
        """The newest picture; None where the visitor stopped, or none comes any more."""
        with self._come:
            self._come.wait_for(lambda: self._frame is not None or self._stop.is_set(), PATIENCE)
            frame, self._frame = self._frame, None
        return None if frame is None or self._stop.is_set() else Image.fromarray(frame.to_ndarray(format="rgb24"))
