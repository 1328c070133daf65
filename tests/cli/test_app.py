"""`fer app` before it starts anything; the started app is the browser tests' business."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fer_core.cli import app as command
from fer_core.cli.app import sharing


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have been started, instead of starting it."""
    noted: list[dict[str, Any]] = []

    def note(command_line: list[str], environment: dict[str, str], place: tuple[str, int], notice: str) -> int:
        flags = dict(one[2:].split("=", 1) for one in command_line if one.startswith("--"))
        noted.append({"flags": flags, "environment": environment, "place": place, "notice": notice})
        return 0

    monkeypatch.setattr(command, "_run_until_stopped", note)
    monkeypatch.setattr(command, "_check_free", lambda host, port: None)
    return noted


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate and its key, in files whose names have capitals."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    key, certificate = tmp_path / "Key.pem", tmp_path / "Cert.pem"
    words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=classroom"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", "-x509", *words, *files], check=True, capture_output=True)
    return certificate, key


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


def test_alone_it_listens_to_this_machine_and_has_no_code(
    fer: Callable, started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(command.CODE_VARIABLE, "left over")
    ran = fer("app", "--json")
    assert ran.document == {"url": "http://127.0.0.1:8501", "classroom": False, "stopped": True}
    assert started[0]["place"] == ("127.0.0.1", 8501) and started[0]["notice"] == ""
    assert command.CODE_VARIABLE not in started[0]["environment"]


def test_a_classroom_listens_to_all_and_has_a_new_code_each_time(fer: Callable, started: list[dict[str, Any]]) -> None:
    outs = [fer("app", "--classroom", "--json") for _ in range(2)]
    assert all(out.document == {"url": "http://0.0.0.0:8501", "classroom": True, "stopped": True} for out in outs)
    codes = [one["environment"][command.CODE_VARIABLE] for one in started]
    assert len(set(codes)) == 2
    for code, one in zip(codes, started, strict=True):
        assert one["flags"]["server.address"] == "0.0.0.0" and code in one["notice"]
        # Everybody on this machine can read a command line; Streamlit's own welcome asks the internet for an address.
        assert code not in str(one["flags"]) and one["flags"]["logger.hideWelcomeMessage"] == "true"
        assert "0.0.0.0" not in one["flags"]["browser.serverAddress"]


def test_a_code_is_long_and_has_no_letters_that_look_alike() -> None:
    codes = {sharing.new_code() for _ in range(500)}
    assert len(codes) == 500  # 31^8 = 8.5e11: the same twice among 500 once in seven million runs
    assert all(re.fullmatch(r"[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}", code) for code in codes)


def test_the_notice_names_addresses_the_code_and_what_cameras_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "addresses", lambda host: ["192.168.4.2", "10.0.0.3"])
    said = sharing.notice("K7MP-4QXT", "0.0.0.0", 8622, encrypted=False)
    assert "http://192.168.4.2:8622\n" in said and "http://10.0.0.3:8622\n" in said
    assert "http://192.168.4.2:8622/?join=K7MP-4QXT" in said
    assert "camera" in said and "--ssl-cert" in said and "subjectAltName=IP:192.168.4.2" in said
    private = sharing.notice("K7MP-4QXT", "0.0.0.0", 8622, encrypted=True)
    assert "https://192.168.4.2:8622/?join=K7MP-4QXT" in private and "camera" not in private
    monkeypatch.setattr(sharing, "addresses", lambda host: [])
    assert "no network" in sharing.notice("K7MP-4QXT", "0.0.0.0", 8622, encrypted=False)


def test_an_address_of_one_network_is_its_own() -> None:
    assert sharing.addresses("192.168.4.2") == ["192.168.4.2"]
    assert "[::1]:8501" in sharing.notice("K7MP-4QXT", "::1", 8501, encrypted=False)
    assert not {"0.0.0.0", "127.0.0.1"} & set(sharing.addresses("0.0.0.0"))


def test_a_certificate_makes_it_https(fer: Callable, started: list[dict[str, Any]], pair: tuple[Path, Path]) -> None:
    ran = fer("app", "--classroom", "--ssl-cert", pair[0], "--ssl-key", pair[1], "--json")
    assert ran.document["url"] == "https://0.0.0.0:8501"
    flags = started[0]["flags"]
    assert (flags["server.sslCertFile"], flags["server.sslKeyFile"]) == (str(pair[0]), str(pair[1]))


def test_a_certificate_of_no_use_gets_one_sentence(fer: Callable, pair: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = pair
    locked, other = tmp_path / "locked.pem", tmp_path / "other.pem"
    subprocess.run(
        ["openssl", "ec", "-in", str(key), "-aes128", "-passout", "pass:secret", "-out", str(locked)],
        check=True, capture_output=True,
    )  # fmt: skip
    other.write_text("no key at all")
    for words, sentence in (
        (["--ssl-cert", certificate], "belong together"),
        (["--ssl-key", key], "belong together"),
        (["--ssl-cert", certificate, "--ssl-key", tmp_path / "gone.pem"], "no file"),
        (["--ssl-cert", certificate, "--ssl-key", other], "no certificate (PEM) with its own private key"),
        (["--ssl-cert", key, "--ssl-key", key], "no certificate (PEM) with its own private key"),
        (["--ssl-cert", certificate, "--ssl-key", locked], "wants a passphrase"),
    ):
        ran = fer("app", *words)
        assert ran.code == 2 and sentence in ran.err and len(ran.err.splitlines()) == 1
