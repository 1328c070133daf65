"""`fer app` before it starts anything; the started app is the browser tests' business."""

from __future__ import annotations

import socket
from collections.abc import Callable


def test_a_taken_port_gets_one_sentence(fer: Callable) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = fer("app", "--port", port, "--json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"fer: port {port} on 127.0.0.1 is taken; choose another with --port\n"


def test_a_foreign_address_gets_one_sentence(fer: Callable) -> None:
    ran = fer("app", "--host", "192.0.2.1")  # RFC 5737: nobody's
    assert ran.code == 2
    assert ran.err.startswith("fer: port 8501 on 192.0.2.1 cannot be used")


def test_a_port_that_is_none_is_a_usage_error(fer: Callable) -> None:
    assert fer("app", "--port", "70000").code == 2
