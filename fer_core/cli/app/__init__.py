"""`fer app`: the dashboard, until it is stopped."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.app import sharing
from fer_core.cli.harness import command, program

app = program("Open the dashboard.")

_ROOT = Path(__file__).resolve().parents[3]


CODE_VARIABLE = "FER_CLASSROOM_CODE"
"""Through the environment, not the command line, which every user of this machine can read."""


@command(app, "app")
def start_app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = 8501,
    host: Annotated[
        str | None,
        typer.Option(help="Who may connect: 127.0.0.1 is this machine only (default), 0.0.0.0 everybody."),
    ] = None,
    window: Annotated[bool, typer.Option(help="Open a browser window where there is a screen.")] = True,
    classroom: Annotated[
        bool,
        typer.Option("--classroom", help="Share it on the local network, behind a code that is made at each start."),
    ] = False,
    ssl_cert: Annotated[Path | None, typer.Option(help="Certificate (PEM): https, as others' cameras need it.")] = None,
    ssl_key: Annotated[Path | None, typer.Option(help="The certificate's private key (PEM).")] = None,
) -> Answer:
    """Start the dashboard and keep it running until it is stopped (Ctrl-C).

    Raises:
        ValueError: the port is taken, the host is none of this machine's addresses, or the certificate is of no use.
        FileNotFoundError: the package was installed without its checkout, or a named file is not there.
    """
    main = _ROOT / "app" / "main.py"
    if not main.is_file():
        raise FileNotFoundError(f"no dashboard at {main}: install the checkout itself with `pip install -e .`")
    sharing.check_certificate(ssl_cert, ssl_key)
    host = host or (sharing.EVERYWHERE if classroom else "127.0.0.1")
    _check_free(host, port)
    flags = {
        "server.port": port,
        "server.address": host,
        "server.headless": str(not (window and _has_screen())).lower(),
        "server.showEmailPrompt": "false",
        # Otherwise Streamlit asks a server in the internet for this machine's address, to print it.
        "browser.serverAddress": next(iter(sharing.addresses(host)), "localhost"),
    }
    if ssl_cert and ssl_key:
        flags |= {"server.sslCertFile": ssl_cert.resolve(), "server.sslKeyFile": ssl_key.resolve()}
    # Streamlit takes its theme and limits from .streamlit/ where it starts, runs are where the caller stands.
    runs = os.environ.get("FER_RUNS") or str(Path("runs").resolve())
    # Spinning threads of two visitors, or of a training beside the app, slow each other down three to five times.
    waiting = os.environ.get("OMP_WAIT_POLICY", "PASSIVE")
    environment = {**os.environ, "FER_RUNS": runs, "OMP_WAIT_POLICY": waiting}
    notice = ""
    if classroom:
        flags["logger.hideWelcomeMessage"] = "true"  # ours says more
        environment[CODE_VARIABLE] = sharing.new_code()
        notice = sharing.notice(environment[CODE_VARIABLE], host, port, encrypted=ssl_cert is not None)
    else:
        environment.pop(CODE_VARIABLE, None)
    command_line = [sys.executable, "-m", "streamlit", "run", str(main)]
    command_line += [f"--{name}={value}" for name, value in flags.items()]
    code = _run_until_stopped(command_line, environment, (host, port), notice)
    if code:
        raise RuntimeError(f"the dashboard ended with exit code {code}; its last lines above say why")
    scheme = "https" if ssl_cert else "http"
    document = {"url": f"{scheme}://{host}:{port}", "classroom": classroom, "stopped": True}
    return Answer(document, "The dashboard was stopped.")


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


def _run_until_stopped(
    command_line: list[str], environment: dict[str, str], place: tuple[str, int], notice: str
) -> int:
    """The exit code of a child process that goes when we are told to go; 0 where it was stopped by us.

    Args:
        command_line: Starts it.
        environment: Its own.
        place: Host and port where it will listen.
        notice: Said to people as soon as it does, so that nobody knocks before.
    """
    with subprocess.Popen(command_line, cwd=_ROOT, env=environment) as child:
        told = []

        def pass_on(number: int, _: object) -> None:
            told.append(number)
            child.terminate()

        before = signal.signal(signal.SIGTERM, pass_on)
        try:
            if notice and _listens(child, *place):
                typer.echo(notice, err=True)
            code = child.wait()
        except KeyboardInterrupt:
            child.wait()  # the terminal told it, too
            raise
        finally:
            signal.signal(signal.SIGTERM, before)
    return 0 if told else code


def _listens(child: subprocess.Popen[bytes], host: str, port: int) -> bool:
    """Waits until the child takes connections; False where it ended before."""
    near = {sharing.EVERYWHERE: "127.0.0.1", "::": "::1"}.get(host, host)
    while child.poll() is None:
        try:
            socket.create_connection((near, port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
