"""The door: ASGI middleware that lets nobody through who has not once given the code.

Open to everybody is `HEALTH` alone: it says "ok" and nothing else, a container's watchdog asks it, and Streamlit's
browser side asks it first when its connection broke. Everything else without the cookie is refused with 401: a page is
answered by the form, everything else by one sentence, which Streamlit shows in a tab that outlived a restart.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from app.classroom import form
from app.classroom.attempts import FREE, Attempts

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HEALTH = "/_stcore/health"
JOIN = "join"
"""Key of an address that brings the code along."""

LASTS = 12 * 3600
"""Seconds that a cookie opens the door: a long school day. A restart of the server ends it earlier."""

_BODY = 1024
"""Bytes of a filled-in form; a code has eight letters."""

REFUSED = "Reload this page:\nit wants its code."
"""Two lines, so that a phone shows both."""

_log = logging.getLogger(__name__)


def plain_code(text: str) -> str:
    """A code as it is compared: letters and digits only, in capitals, however somebody wrote it."""
    return "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())


class Door:
    """Lets through whoever has the cookie, and gives it to whoever knows the code.

    The key of the cookies is drawn at the start and kept nowhere, so that no cookie outlives the server.
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        code: str,
        attempts: Attempts | None = None,
    ) -> None:
        self._app = app
        self._code = plain_code(code).encode()
        self._attempts = Attempts() if attempts is None else attempts
        self._signer = TimestampSigner(secrets.token_bytes(32), salt="classroom", digest_method=hashlib.sha256)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, answers with the form, or refuses."""
        if scope["type"] == "websocket" and not self._is_inside(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: HTTP 403
            return
        if scope["type"] != "http" or (scope["path"] == HEALTH and scope["method"] in ("GET", "HEAD")):
            await self._app(scope, receive, send)
            return
        inside = self._is_inside(scope)
        request = Request(scope, receive)
        brought = request.query_params.get(JOIN) if request.method == "GET" and _wants_a_page(request) else None
        if brought is not None:
            answer = _back(scope) if inside else self._judged(request, brought)
        elif inside:
            await self._app(scope, receive, send)
            return
        else:
            answer = await self._asked(request)
        answer.headers["Cache-Control"] = "no-store"
        await answer(scope, receive, send)

    def _is_inside(self, scope: Scope) -> bool:
        token = HTTPConnection(scope).cookies.get(_cookie(scope), "")
        try:
            self._signer.unsign(token, max_age=LASTS)
        except BadSignature:
            return False
        return True

    async def _asked(self, request: Request) -> Response:
        """What somebody gets who has no cookie and whose address brings no code."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and kind == "application/x-www-form-urlencoded":
            filled = await _filled_in(request)
            return _refused(413) if filled is None else self._judged(request, filled)
        if request.method in ("GET", "HEAD") and _wants_a_page(request):
            return _form(request, 401)
        return _refused(401)

    def _judged(self, request: Request, given: str) -> Response:
        address = request.client.host if request.client else None
        wait = self._attempts.wait(address)
        if wait:
            answer = _form(request, 429, f"Too many wrong codes came from here. Try again in {_seconds(wait)}.")
            answer.headers["Retry-After"] = str(wait)
            return answer
        if hmac.compare_digest(plain_code(given).encode(), self._code):
            self._attempts.right(address)
            answer = _back(request.scope)
            answer.set_cookie(
                _cookie(request.scope),
                self._signer.sign(secrets.token_hex(8)).decode(),
                httponly=True,
                # Not "strict": a link in a course's page or from a login would ask for the code again.
                samesite="lax",
                secure=request.scope["scheme"] == "https",
            )
            return answer
        count = self._attempts.wrong(address)
        if count >= FREE:
            # Who and how often, never what was typed: it may be the right code with a letter wrong.
            _log.warning("classroom: %d wrong codes in a row from %s", count, address)
        wait = self._attempts.wait(address)
        later = f" The next try counts in {_seconds(wait)}." if wait else ""
        return _form(request, 401, f"That is not the code.{later}")


def _cookie(scope: Scope) -> str:
    # By port: a browser sends the cookies of one computer to all its ports, and two classrooms would evict each other.
    return f"fer_classroom_{(scope.get('server') or (None, 0))[1]}"


def _wants_a_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _filled_in(request: Request) -> str | None:
    """The code out of the form; None where more came than a form holds."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > _BODY:
                return None
    except ClientDisconnect:
        return ""
    return (parse_qs(body.decode("latin-1")).get("code") or [""])[0]


def _back(scope: Scope) -> Response:
    """To where the visitor was on the way, with the code gone from the address.

    Only the last step is named, relative to the address that was asked: so no address leads to another computer, and a
    proxy may have put a path before it.
    """
    path = scope.get("raw_path") or scope["path"].encode()
    kept = [part for part in scope["query_string"].split(b"&") if part and part.partition(b"=")[0] != JOIN.encode()]
    query = b"?" + b"&".join(kept) if kept else b""
    return RedirectResponse((b"./" + path.rpartition(b"/")[2] + query).decode("latin-1"), status_code=303)


def _refused(status: int) -> Response:
    # As JSON: of anything else Streamlit's browser side would show the number and not the sentence.
    return JSONResponse(REFUSED, status, {"WWW-Authenticate": "Code"} if status == 401 else None)


def _form(request: Request, status: int, mistake: str = "") -> Response:
    headers = {**form.headers(), **({"WWW-Authenticate": "Code"} if status == 401 else {})}
    return HTMLResponse(form.drawn(mistake, request.scope["scheme"] == "https"), status, headers)


def _seconds(count: int) -> str:
    return f"{count} second{'' if count == 1 else 's'}"
