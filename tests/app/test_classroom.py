"""The classroom's door: who gets through, who waits, and that the code is told to nobody."""

from __future__ import annotations

import asyncio
import logging
import os
import runpy
import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app import classroom
from app.classroom.attempts import FREE, MOST, QUIET, Attempts
from app.classroom.door import LASTS, REFUSED, Door
from fer_core.cli.app import CODE_VARIABLE
from tests.app.conftest import MAIN

CODE = "K7MP-4QXT"
PAGE = {"Accept": "text/html,application/xhtml+xml"}
COOKIE = "fer_classroom_80"


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"inside {len(await request.body())}")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")
    await socket.close()


def behind() -> Starlette:
    methods = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(
        routes=[
            WebSocketRoute("/_stcore/stream", talk),
            Route("/{path:path}", answer, methods=methods),
        ]
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visitor(clock: Clock) -> Iterator[TestClient]:
    """A browser without a cookie before a door of its own."""
    with TestClient(Door(behind(), CODE, Attempts(clock)), follow_redirects=False) as client:
        yield client


def try_code(visitor: TestClient, code: str, address: str = "/results?run=eyes") -> Any:
    return visitor.post(address, data={"code": code}, headers=PAGE)


def test_a_page_is_answered_by_the_form_which_loads_nothing(visitor: TestClient) -> None:
    page = visitor.get("/results", headers=PAGE)
    assert page.status_code == 401 and "Enter the code" in page.text and "inside" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text and "src=" not in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/_stcore/upload_file/session/file"),  # pictures in
        ("DELETE", "/_stcore/upload_file/session/file"),
        ("GET", "/media/0f.jpg"),  # pictures out
        ("GET", "/_stcore/host-config"),
        ("GET", "/_stcore/metrics"),
        ("POST", "/_stcore/health"),  # only asking is free
        ("GET", "/static/js/index.js"),
        ("GET", "/_stcore/health/../host-config"),
        ("GET", "/results"),  # a program that asks for no page
    ],
)
def test_everything_else_is_refused_in_one_sentence(visitor: TestClient, method: str, path: str) -> None:
    refused = visitor.request(method, path, content=b"x" * 5000 if method == "PUT" else None)
    assert (refused.status_code, refused.json()) == (401, REFUSED)


def test_the_connection_of_a_page_is_refused_without_the_cookie(visitor: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), visitor.websocket_connect("/_stcore/stream"):
        pass
    try_code(visitor, CODE)
    with visitor.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "inside"


def test_health_is_open(visitor: TestClient) -> None:
    assert visitor.get("/_stcore/health").text == "inside 0"


@pytest.mark.parametrize("written", [CODE, "k7mp4qxt", "  k7mp 4qxt "])  # as it is shown, and as people type
def test_the_code_opens_everything_once_and_for_all(visitor: TestClient, written: str) -> None:
    back = try_code(visitor, written)
    assert back.status_code == 303 and back.headers["location"] == "./results?run=eyes"
    said = back.headers["set-cookie"].lower()
    assert said.startswith(COOKIE) and "httponly" in said and "samesite=lax" in said and "secure" not in said
    assert visitor.get("/results", headers=PAGE).text == "inside 0"
    assert visitor.put("/_stcore/upload_file/a/b", content=b"four").text == "inside 4"


def test_over_https_the_cookie_never_travels_in_the_open() -> None:
    client = TestClient(Door(behind(), CODE), base_url="https://testserver", follow_redirects=False)
    assert "; secure" in try_code(client, CODE).headers["set-cookie"].lower()
    assert "not encrypted" not in client.get("/", headers=PAGE).text


def test_an_address_may_bring_the_code_which_leaves_it_at_once(visitor: TestClient) -> None:
    for _ in range(2):  # the second time with the cookie already there
        back = visitor.get(f"/results?run=eyes&join={CODE}&split=test", headers=PAGE)
        assert (back.status_code, back.headers["location"]) == (303, "./results?run=eyes&split=test")
    visitor.cookies.clear()
    assert try_code(visitor, CODE, "/?join=WRONG").headers["location"] == "./"


@pytest.mark.parametrize(
    "path", ["//evil.example/", "//evil.example", "/%5Cevil.example", "/https:evil.example", "/a/%0d%0ab"]
)
def test_no_address_leads_to_another_computer(path: str) -> None:
    """Path and query as a server hands them on, which a client library would have mended."""
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "scheme": "http",
        "query_string": f"join={CODE}&x=".encode() + b"\xc5",
        "headers": [(b"accept", b"text/html"), (b"host", b"here")],
        "server": ("here", 80), "client": ("192.0.2.9", 1),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Door(behind(), CODE)(scope, None, send))
    location = dict(sent[0]["headers"])[b"location"].decode()
    assert location.startswith("./") and "//" not in location and "\r" not in location and "\\" not in location


@pytest.mark.parametrize(
    "forged", ["x", "a.b.c", "", "65aac70bbcb18e0c.awbuHw.-scXWju8pP2QNeqDVTOOQM8HFgWuUeXKoklKpoL45fA"]
)
def test_a_forged_cookie_opens_nothing(visitor: TestClient, forged: str) -> None:
    visitor.cookies.set(COOKIE, forged)
    assert visitor.get("/media/0f.jpg").status_code == 401
    with pytest.raises(WebSocketDisconnect), visitor.websocket_connect("/_stcore/stream"):
        pass


def test_a_cookie_of_another_start_or_of_yesterday_opens_nothing(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_code(visitor, CODE)
    kept = visitor.cookies[COOKIE]
    again = TestClient(Door(behind(), CODE), cookies={COOKIE: kept})
    assert again.get("/media/0f.jpg").status_code == 401
    now = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + LASTS - 5)
    assert visitor.get("/media/0f.jpg").status_code == 200
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + LASTS + 5)
    assert visitor.get("/media/0f.jpg").status_code == 401


def test_wrong_codes_are_counted_and_slowed(visitor: TestClient, clock: Clock) -> None:
    for _ in range(FREE - 1):
        wrong = try_code(visitor, "AAAA-AAAA")
        assert wrong.status_code == 401 and "That is not the code." in wrong.text and 'role="alert"' in wrong.text
    assert "in 2 seconds" in try_code(visitor, "AAAA-AAAA").text
    waits = visitor.get(f"/?join={CODE}", headers=PAGE)  # even the right one, or the wait would be no wait
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "2") and COOKIE not in visitor.cookies
    clock.now += 2
    assert "in 4 seconds" in try_code(visitor, "AAAA-AAAA").text
    clock.now += 4
    assert try_code(visitor, CODE).status_code == 303
    visitor.cookies.clear()
    assert "in " not in try_code(visitor, "AAAA-AAAA").text.partition("That is not the code.")[2].partition("</p>")[0]


def test_attempts_wait_a_minute_at_most_and_remember_no_more_than_they_may(clock: Clock) -> None:
    attempts = Attempts(clock)
    for _ in range(10_000):
        attempts.wrong("192.0.2.1")
    assert attempts.wait("192.0.2.1") == 60 and attempts.wait("192.0.2.2") == 0
    for number in range(MOST + 100):
        attempts.wrong(f"10.1.{number // 250}.{number % 250}")
    assert len(attempts) == MOST and attempts.wait("192.0.2.1") == 0  # the longest quiet one made room
    clock.now += QUIET + 1
    attempts.wrong(None)
    assert len(attempts) == 1


def test_one_computer_is_one_address(clock: Clock) -> None:
    attempts = Attempts(clock)
    for number in range(FREE):
        attempts.wrong(f"2001:db8::{number + 1:x}")  # addresses of its own /64 are free to choose
    assert attempts.wait("2001:db8::ffff") == 2 and attempts.wait("2001:db8:0:1::1") == 0
    for one in ("::ffff:192.0.2.7", "192.0.2.7", "::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"):
        attempts.wrong(one)
    assert attempts.wait("192.0.2.7") == 2 and attempts.wait("a line\nof a log") == 0


def test_a_form_that_is_none_is_refused(visitor: TestClient) -> None:
    huge = visitor.post("/", data={"code": "A" * 5000}, headers=PAGE)
    assert huge.status_code == 413
    for odd in ({"other": "x"}, {"code": ""}, {"code": "ключ"}):
        assert visitor.post("/", data=odd, headers=PAGE).status_code == 401


def test_the_code_stands_neither_in_a_page_nor_in_the_log(
    visitor: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    typed = "K7MP-4QXR"  # one letter off says nearly all
    said = [visitor.get("/", headers=PAGE).text, *(try_code(visitor, typed).text for _ in range(FREE + 1))]
    said += [str(dict(try_code(visitor, CODE, "/").headers)), caplog.text]
    assert "5 wrong codes in a row from testclient" in caplog.text
    assert not [one for one in said for secret in (CODE, "K7MP4QXT", typed, "K7MP4QXR") if secret in one.upper()]


def test_the_door_stands_where_a_code_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert classroom.CODE == CODE_VARIABLE
    classroom._code.cache_clear()
    assert classroom.guards() == []
    classroom._code.cache_clear()
    monkeypatch.setenv(classroom.CODE, "ab-12")
    with pytest.raises(ValueError, match="at least 6 letters and digits"):
        classroom.guards()
    classroom._code.cache_clear()
    monkeypatch.setenv(classroom.CODE, CODE)
    assert [one.cls for one in classroom.guards()] == [Door]
    assert classroom.CODE not in os.environ  # what a page starts must not inherit it
    assert [one.cls for one in classroom.guards()] == [Door]  # and a second reading of main.py keeps the door
    classroom._code.cache_clear()


def test_the_served_application_has_the_door_outermost(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Any] = []
    # Streamlit's own would change the configuration of this process.
    monkeypatch.setattr("streamlit.starlette.App", lambda script, middleware: built.extend(middleware))
    monkeypatch.setenv(classroom.CODE, CODE)
    classroom._code.cache_clear()
    runpy.run_path(str(MAIN), run_name="main")
    classroom._code.cache_clear()
    assert [one.cls.__name__ for one in built] == ["Door", "StraightLinks"]
