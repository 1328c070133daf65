"""`fer app`: the dashboard, until it is stopped."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, program

app = program("Open the dashboard.")

_ROOT = Path(__file__).resolve().parents[2]


@command(app, "app")
def start_app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = 8501,
    host: Annotated[str, typer.Option(help="Who may connect: 127.0.0.1 is this machine only.")] = "127.0.0.1",
    window: Annotated[bool, typer.Option(help="Open a browser window where there is a screen.")] = True,
) -> Answer:
    """Start the dashboard and keep it running until it is stopped (Ctrl-C).

    Raises:
        ValueError: the port is taken, or the host is none of this machine's addresses.
        FileNotFoundError: the package was installed without its checkout.
    """
    main = _ROOT / "app" / "main.py"
    if not main.is_file():
        raise FileNotFoundError(f"no dashboard at {main}: install the checkout itself with `pip install -e .`")
    _check_free(host, port)
    flags = {
        "server.port": port,
        "server.address": host,
        "server.headless": not (window and _has_screen()),
        "server.showEmailPrompt": False,
    }
    command_line = [sys.executable, "-m", "streamlit", "run", str(main)]
    command_line += [f"--{name}={str(value).lower()}" for name, value in flags.items()]
    # Streamlit takes its theme and limits from .streamlit/ where it starts, runs are where the caller stands.
    runs = os.environ.get("FER_RUNS") or str(Path("runs").resolve())
    # Spinning threads of two visitors, or of a training beside the app, slow each other down three to five times.
    waiting = os.environ.get("OMP_WAIT_POLICY", "PASSIVE")
    code = _run_until_stopped(command_line, {**os.environ, "FER_RUNS": runs, "OMP_WAIT_POLICY": waiting})
    if code:
        raise RuntimeError(f"the dashboard ended with exit code {code}; its last lines above say why")
    return Answer({"url": f"http://{host}:{port}", "stopped": True}, "The dashboard was stopped.")


def _check_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise ValueError(f"host '{host}' is not known; use 127.0.0.1, or an address of this machine") from None
    except PermissionError:
        raise ValueError(
            f"port {port} needs more rights than you have; choose one of 1024 or above with --port"
        ) from None
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise ValueError(f"port {port} on {host} {why}; choose another with --port") from None


def _has_screen() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _run_until_stopped(command_line: list[str], environment: dict[str, str]) -> int:
    """The exit code of a child process that goes when we are told to go; 0 where it was stopped by us."""
    with subprocess.Popen(command_line, cwd=_ROOT, env=environment) as child:
        told = []

        def pass_on(number: int, _: object) -> None:
            told.append(number)
            child.terminate()

        before = signal.signal(signal.SIGTERM, pass_on)
        try:
            code = child.wait()
        except KeyboardInterrupt:
            child.wait()  # the terminal told it, too
            raise
        finally:
            signal.signal(signal.SIGTERM, before)
    return 0 if told else code
