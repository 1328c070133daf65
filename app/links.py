"""Links straight to a page open without a detour.

Streamlit's browser side guesses from the address where its server is: opened at ``/results`` it first asks
``/results/_stcore/health``, gets two errors 404, and only then asks the root. A shared link always begins that way.
So the page that is sent for such an address says where the server is; behind a proxy with a path of its own this still
holds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.menu import ADDRESSES

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HINT = (
    b"<script>window.__streamlit={BACKEND_BASE_URL:location.origin+"
    b'location.pathname.replace(/\\/+$/,"").replace(/[^/]*$/,"")}</script>'
)
"""The address without its last step."""

_CHANGED = frozenset((b"content-length", b"etag", b"last-modified"))
_CONDITIONS = frozenset((b"accept-encoding", b"if-none-match", b"if-modified-since"))


class StraightLinks:
    """ASGI middleware that adds `HINT` to the HTML sent for the address of a page."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything else through untouched."""
        if scope["type"] != "http" or scope["path"].rstrip("/").rpartition("/")[2] not in ADDRESSES:
            await self._app(scope, receive, send)
            return
        # Plain and whole: neither compressed nor "not modified", since this answer is not the file on the disk.
        headers = [pair for pair in scope["headers"] if pair[0].lower() not in _CONDITIONS]
        start: Message = {}
        body = bytearray()

        async def changed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            kind = dict(start["headers"]).get(b"content-type", b"")
            content = bytes(body)
            if kind.startswith(b"text/html"):
                content = content.replace(b"<head>", b"<head>" + HINT, 1)
            kept = [pair for pair in start["headers"] if pair[0].lower() not in _CHANGED]
            await send({**start, "headers": [*kept, (b"content-length", str(len(content)).encode())]})
            await send({"type": "http.response.body", "body": content})

        await self._app({**scope, "headers": headers}, receive, changed)
