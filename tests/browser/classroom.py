"""A started classroom, and what its terminal says."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.browser.visit import REPOSITORY


@dataclass
class Shared:
    """A started classroom and what its terminal says."""

    home: str
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        """The code as the terminal shows it."""
        return re.search(r"code +(\S{4}-\S{4})", "".join(self.said)).group(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def shared(port: int, **environment: str) -> Iterator[Shared]:
    """`fer app --classroom` as a teacher starts it, on this machine only.

    Args:
        port: Where it listens.
        environment: Variables that it finds changed.
    """
    words = ["app", "--classroom", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "fer_core", *words], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env={**os.environ, **environment},
    )  # fmt: skip
    started = Shared(f"http://127.0.0.1:{port}", process)
    listener = threading.Thread(target=lambda: started.said.extend(process.stdout), daemon=True)
    listener.start()
    try:
        until = time.monotonic() + 90
        while not any("/?join=" in line for line in started.said):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the classroom did not open: " + "".join(started.said))
            time.sleep(0.1)
        yield started
    finally:
        process.terminate()
        process.wait(timeout=20)
        listener.join(timeout=5)
