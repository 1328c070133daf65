"""Pages opened straight from a link know where the server is; everything else passes untouched."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.links import HINT, StraightLinks

HTML = b"<!DOCTYPE html><html><head><title>x</title></head><body></body></html>"


def answer(path: str, body: bytes, kind: bytes, **request: bytes) -> tuple[dict[bytes, bytes], bytes, list[Any]]:
    """Headers and body that the browser gets, and the headers that the app behind was asked with."""
    asked: list[Any] = []
    sent: list[dict[str, Any]] = []

    async def behind(scope: dict[str, Any], receive: object, send: Any) -> None:
        asked.extend(scope["headers"])
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"etag", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:10], "more_body": True})
        await send({"type": "http.response.body", "body": body[10:]})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(name.replace("_", "-").encode(), value) for name, value in request.items()]
    asyncio.run(StraightLinks(behind)({"type": "http", "path": path, "headers": headers}, None, send))
    whole = b"".join(message.get("body", b"") for message in sent[1:])
    return dict(sent[0]["headers"]), whole, asked


@pytest.mark.parametrize("path", ["/results", "/predict/", "/behind/a/proxy/results"])
def test_the_page_of_a_link_gets_the_hint(path: str) -> None:
    headers, body, asked = answer(path, HTML, b"text/html; charset=utf-8", accept_encoding=b"gzip", cookie=b"a=b")
    assert body == HTML.replace(b"<head>", b"<head>" + HINT)
    assert headers[b"content-length"] == str(len(body)).encode()
    assert b"etag" not in headers  # it names the file on the disk
    assert [name for name, _ in asked] == [b"cookie"]  # plain and whole


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/static/js/index.js", "/resultsy"])
def test_everything_else_passes_untouched(path: str) -> None:
    headers, body, asked = answer(path, HTML, b"text/html", accept_encoding=b"gzip")
    assert body == HTML and headers[b"etag"] == b"1"
    assert [name for name, _ in asked] == [b"accept-encoding"]


def test_what_is_no_page_stays_as_it_is() -> None:
    _, body, _ = answer("/results", b"<head> of something else", b"text/plain")
    assert body == b"<head> of something else"
