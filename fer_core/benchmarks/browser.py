"""A headless Chromium with a stopwatch in every tab, and servers for it to look at."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""What the system's browser may be called; playwright's own download is never used."""
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
"""Nothing of the browser's own goes to the network or competes for the processor."""
PATIENCE = 120_000
"""Milliseconds until something must have happened: a first page imports torch, perhaps on a busy machine."""
_STARTING = 120
_STOPWATCH = Path(__file__).with_name("stopwatch.js")


def find_browser(named: Path | None = None) -> Path:
    """The browser's program.

    Args:
        named: This one, and no other.

    Raises:
        FileNotFoundError: there is none, or playwright, which drives it, is not installed.
    """
    try:
        import playwright  # noqa: F401
    except ImportError:
        raise FileNotFoundError(
            "this bench needs playwright, which drives a browser: pip install -e '.[dev]', and a Chromium of the system"
        ) from None
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        where = f"at {named}" if named else f"under the names {', '.join(NAMES)}"
        raise FileNotFoundError(f"no Chromium {where}; install the system's package, or name one with --browser")
    return Path(found)


@contextmanager
def window(browser: Path, width: int = 1280, height: int = 900) -> Iterator[BrowserContext]:
    """A browser window that keeps its cache from tab to tab, as a visitor's does; each tab has ``window.lab``.

    Args:
        browser: Of `find_browser`.
        width: Pixels.
        height: Pixels.

    Raises:
        RuntimeError: the browser waited for something in vain; what, in a sentence.
    """
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(browser), args=list(FLAGS))
        try:
            context = opened.new_context(viewport={"width": width, "height": height})
            context.set_default_timeout(PATIENCE)
            context.add_init_script(path=_STOPWATCH)
            yield context
        except Error as trouble:
            raise RuntimeError(f"the browser gave up: {trouble.message.splitlines()[0]}") from trouble
        finally:
            opened.close()


@contextmanager
def served(words: Sequence[str], port_option: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """A server in a process of its own, until it is no longer needed; gives its address.

    Args:
        words: After ``python -m``.
        port_option: The option that takes the port.
        environment: Also set for it.

    Raises:
        RuntimeError: it ended at once, or does not answer; with the last of what it said.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", *words, port_option, str(port)]
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            trouble = _trouble(server, port)
            if trouble:
                said.seek(0)
                raise RuntimeError(f"{trouble}: {said.read()[-500:].decode(errors='replace').strip()}")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _trouble(server: subprocess.Popen[bytes], port: int) -> str:
    """Empty once the server answers."""
    ends = time.monotonic() + _STARTING
    while time.monotonic() < ends:
        if server.poll() is not None:
            return f"the server ended at once with exit code {server.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return ""
        except OSError:
            time.sleep(0.1)
    return f"the server did not answer within {_STARTING} seconds"
