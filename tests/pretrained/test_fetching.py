"""Downloads from a server that serves, breaks off, lies, stalls, or is not there."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fer_core.pretrained import fetching
from fer_core.pretrained.fetching import FetchError, fetch_weights
from fer_core.pretrained.known import Known
from fer_core.pretrained.loading import pretrained_state
from tests.pretrained.conftest import ROW


class Server(ThreadingHTTPServer):
    """Serves one file, as badly as asked."""

    content = b""
    cut: int | None = None
    """Bytes after which the connection closes."""
    ranges = True
    status = 200
    stall = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/toys.pth"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        if self.server.status != 200:
            self.send_error(self.server.status)
            return
        if start and start >= len(self.server.content):
            self.send_error(416)
            return
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        time.sleep(self.server.stall)
        self.wfile.write(body[: self.server.cut])

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client gave up on a stalled answer
            super().handle_one_request()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(published: Path) -> Iterator[Server]:
    with Server() as made:
        made.content = published.read_bytes()
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def row(server: Server) -> Known:
    return replace(ROW, url=server.url, sha256=hashlib.sha256(server.content).hexdigest())


def _left(home: Path) -> list[str]:
    return sorted(path.suffix for path in home.iterdir())


def test_a_whole_download_is_checked_and_taken_in(home, row, caplog) -> None:
    with caplog.at_level("INFO", "fer_core"):
        path = fetch_weights(row)
    assert "for tests only" in caplog.text  # the licence, before anything is downloaded
    assert _left(home) == [".safetensors"] and pretrained_state("compact", "toys")
    with pytest.raises(FileExistsError, match="--replace"):
        fetch_weights(row)
    assert fetch_weights(row, replace=True).is_file() and path.parent == home


def test_a_broken_download_is_not_used_and_gone_on_with(home, row, server) -> None:
    server.cut = 100_000
    with pytest.raises(FetchError, match=f"broke off after 100000 of {len(server.content)} bytes"):
        fetch_weights(row)
    assert _left(home) == [".part"]
    with pytest.raises(FileNotFoundError):
        pretrained_state("compact", "toys")
    server.cut = None
    fetch_weights(row)
    assert server.asked == [None, "bytes=100000-"] and _left(home) == [".safetensors"]


@pytest.mark.parametrize("ranges", [True, False])
def test_leftovers_of_something_else_do_no_harm(home, row, server, ranges) -> None:
    server.ranges = ranges
    home.mkdir()
    (home / "toys.pth.part").write_bytes(b"x" * 1000)
    if ranges:  # what was gone on with is not the published file: it goes, and the next time starts anew
        with pytest.raises(FetchError, match="not the published file"):
            fetch_weights(row)
        assert _left(home) == []
    fetch_weights(row)
    assert _left(home) == [".safetensors"]


def test_a_leftover_longer_than_the_file_starts_anew(home, row, server) -> None:
    home.mkdir()
    (home / "toys.pth.part").write_bytes(b"x" * (len(server.content) + 5))
    fetch_weights(row)
    assert server.asked == [f"bytes={len(server.content) + 5}-", None] and _left(home) == [".safetensors"]


def test_another_file_is_thrown_away(home, row, server) -> None:
    server.content = b"something else"
    with pytest.raises(FetchError, match="not the published file: its SHA-256 begins with"):
        fetch_weights(row)
    assert _left(home) == []
    with pytest.raises(FetchError, match="cannot be used and was thrown away: .* no state dict"):
        fetch_weights(replace(row, sha256=None))
    assert _left(home) == []


def test_a_server_that_fails_gets_one_sentence(home, row, server, monkeypatch) -> None:
    server.status = 404
    with pytest.raises(FetchError, match="answers 404 Not Found"):
        fetch_weights(row)
    server.status, server.stall = 200, 1.0
    monkeypatch.setattr(fetching, "TIMEOUT", 0.2)
    with pytest.raises(FetchError, match="cannot be downloaded .*timed out"):
        fetch_weights(row)
    server.stall = 0.0
    with pytest.raises(FetchError, match="cannot be downloaded .*refused"):
        fetch_weights(replace(row, url="http://127.0.0.1:9/toys.pth"))


def test_without_an_address_it_says_what_to_do(home) -> None:
    with pytest.raises(ValueError, match="cannot be fetched. It comes from nobody: fer weights import compact-toys"):
        fetch_weights(ROW)


def test_a_full_disk_is_told_before_it_is_full(home, row, monkeypatch) -> None:
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(FetchError, match="has no room for compact-toys"):
        fetch_weights(row)
