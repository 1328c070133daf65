"""What sharing the dashboard with a class needs beside it: a code, addresses, a certificate, and words about them."""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import socket
import ssl
from pathlib import Path

EVERYWHERE = "0.0.0.0"
"""Listens on every network of this machine."""

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without 0 O 1 I L, which look alike on a wall."""


def new_code() -> str:
    """A code that nobody has seen before: two groups of four of 31 letters and digits, 8.5e11 in all."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def addresses(host: str) -> list[str]:
    """Under which addresses other machines find one that listens on a host, the likeliest first.

    Args:
        host: What the server listens on. Anything but a wildcard is its own address.
    """
    if host not in (EVERYWHERE, "::"):
        return [host]
    found: dict[str, None] = {}
    # A route is looked up, nothing is sent: RFC 5737's documentation network stands for "anywhere", the private ones
    # for a classroom's network without a way out.
    for target in ("192.0.2.1", "192.168.255.254", "10.255.255.254", "172.31.255.254"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            found[probe.getsockname()[0]] = None
    with contextlib.suppress(OSError):
        found.update({str(one[4][0]): None for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)})
    return [one for one in found if not ipaddress.ip_address(one).is_loopback]


def check_certificate(certificate: Path | None, key: Path | None) -> None:
    """Refuses a certificate that the server could not use, before it starts.

    Args:
        certificate: PEM file, with the chain behind it; None for plain http.
        key: PEM file of its private key, without a passphrase.

    Raises:
        ValueError: one of the two is missing, unreadable, or they do not belong together.
        FileNotFoundError: there is no such file.
    """
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        raise ValueError("--ssl-cert and --ssl-key belong together: give both, or neither for plain http")
    for path in (certificate, key):
        if not path.is_file():
            raise FileNotFoundError(f"no file {path}")

    def no_passphrase() -> str:
        # Otherwise OpenSSL would ask the terminal, and the server has none.
        raise ValueError(f"{key} wants a passphrase; give a key without one")

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, no_passphrase)
    except ssl.SSLError:
        raise ValueError(f"{certificate} and {key} are no certificate (PEM) with its own private key") from None


def notice(code: str, host: str, port: int, encrypted: bool) -> str:
    """What the terminal says to whoever shares the dashboard.

    Args:
        code: The code that lets others in.
        host: What the server listens on.
        port: Where.
        encrypted: Whether it speaks https.
    """
    scheme = "https" if encrypted else "http"
    homes = [f"{scheme}://{_written(one)}:{port}" for one in addresses(host)]
    if not homes:
        homes = [f"{scheme}://localhost:{port}  (this machine has no network yet; others cannot reach it)"]
    lines = [
        "The dashboard is shared: whoever has the code may look, upload and compute on this machine.",
        "",
        *(f"  {'address' if place == 0 else '     or':9}{home}" for place, home in enumerate(homes)),
        f"  code     {code}",
        f"  both     {homes[0].split()[0]}/?join={code}",
        "",
        "The code holds until the dashboard is stopped (Ctrl-C); the next start has a new one.",
    ]
    if not encrypted:
        name = next(iter(addresses(host)), "127.0.0.1")
        kind = "IP" if _is_number(name) else "DNS"
        lines += [
            "",
            f"Nothing is encrypted on its way. Browsers open a camera on this machine only (http://localhost:{port});",
            "for the cameras of the others the dashboard needs https. One certificate, of which browsers warn once:",
            f"  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout key.pem -out cert.pem -subj /CN=classroom "
            f"-addext subjectAltName={kind}:{name}",
            "  fer app --classroom --ssl-cert cert.pem --ssl-key key.pem",
        ]
    return "\n".join(lines)


def _written(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _is_number(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
