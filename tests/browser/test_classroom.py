"""A class before the shared dashboard: a wrong code, the right one, an upload, a restart; the real server each time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from PIL import Image

from app.classroom.door import REFUSED
from tests.browser.classroom import Shared, free_port, shared
from tests.browser.visit import CHROMIUM, PATIENCE, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

ENTER = "Enter the code"


@pytest.fixture(scope="module")
def opened() -> Iterator[Shared]:
    with shared(free_port()) as started:
        yield started


@pytest.fixture
def home(opened: Shared) -> str:
    return opened.home


@pytest.fixture
def pupil(home: str, browser: Browser) -> Iterator[Visitor]:
    """A tab whose browser may note that it was refused (401), and nothing else."""
    came = Visitor(browser, home, width=820)
    yield came
    came.leave()
    assert [one for one in came.complaints if "status of 401" not in one] == [] and came.outside == []


def enter(visitor: Visitor, code: str) -> None:
    visitor.page.get_by_label("Code").fill(code)
    visitor.page.keyboard.press("Enter")


def test_two_pupils_a_wrong_code_the_right_one_and_an_upload(
    opened: Shared, pupil: Visitor, browser: Browser, tmp_path: Path
) -> None:
    pupil.page.goto(opened.home + "/predict?run=expression")
    assert pupil.page.title().startswith(ENTER)
    assert pupil.page.evaluate("() => document.activeElement.id") == "code"  # the keyboard is where it is needed
    enter(pupil, "AAAA-AAAA")
    pupil.page.get_by_role("alert").get_by_text("That is not the code.").wait_for()
    enter(pupil, opened.code.lower().replace("-", " "))
    pupil.settle()
    assert pupil.page.url == opened.home + "/predict?run=expression"  # where the pupil wanted to go
    picture = tmp_path / "grey.png"
    Image.new("L", (48, 48), 120).save(picture)
    pupil.upload([picture])
    assert "grey.png" in pupil.page.content()

    other = Visitor(browser, opened.home)
    other.page.goto(f"{opened.home}/results?run=expression&join={opened.code}")
    other.settle()
    assert "join" not in other.page.url and other.page.url.startswith(opened.home + "/results?run=expression")
    assert "grey.png" not in other.page.content()
    assert other.complaints == [] and other.outside == []
    assert opened.code not in other.page.content() + pupil.page.content()
    other.leave()
    assert "AAAA" not in "".join(opened.said)


def test_without_the_cookie_the_connection_and_uploads_are_refused(opened: Shared) -> None:
    """Asked by hand, as a program in the network would."""
    port = int(opened.home.rpartition(":")[2])
    for cookie in (
        "",
        f"Cookie: fer_classroom_{port}=65aac70bbcb18e0c.awbuHw.-scXWju8pP2QNeqDVTOOQM8HFgWuUeXKoklKpoL45fA\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            asked = (
                f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{cookie}\r\n"
            )
            line.sendall(asked.encode())
            assert line.recv(64).startswith(b"HTTP/1.1 403")
    upload = requests.put(opened.home + "/_stcore/upload_file/a/b", files={"file": b"x" * 2_000_000}, timeout=10)
    assert (upload.status_code, upload.json()) == (401, REFUSED)
    assert requests.get(opened.home + "/_stcore/health", timeout=10).text == "ok"


def test_a_restart_asks_again_and_an_open_tab_says_so(browser: Browser) -> None:
    port = free_port()
    with shared(port) as first:
        before = first.code
        tab = Visitor(browser, first.home)
        tab.page.goto(f"{first.home}/?join={before}")
        tab.settle()
    with shared(port) as second:
        assert second.code != before
        tab.page.get_by_text(REFUSED).wait_for(timeout=PATIENCE)
        tab.page.reload()
        assert tab.page.title().startswith(ENTER)
        enter(tab, before)
        tab.page.get_by_role("alert").wait_for()
        enter(tab, second.code)
        tab.settle()
        assert tab.page.title().startswith("Overview")
        tab.leave()
