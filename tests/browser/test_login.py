"""The whole login against a provider of our own: there, back through the classroom's door, in, refused, and out again.

Needs the extra `login`; skipped without it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.browser.classroom import Shared, free_port, shared
from tests.browser.visit import CHROMIUM, PATIENCE, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("authlib", reason="the extra `login` is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]


class Provider(ThreadingHTTPServer):
    """An identity provider that believes everybody to be `email`; at "localhost", another site than 127.0.0.1."""

    def __init__(self) -> None:
        from joserfc.jwk import RSAKey

        super().__init__(("127.0.0.1", 0), _Answers)
        self.home = f"http://localhost:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
        self.email = "ann@school.example"
        self.nonce = ""

    def token(self) -> str:
        from joserfc import jwt

        now = int(time.time())
        claims = {"iss": self.home, "aud": "lab", "sub": "1", "iat": now, "exp": now + 600, "nonce": self.nonce}
        return jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, "email": self.email}, self.key)


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/authorize":
            query = {key: values[0] for key, values in parse_qs(asked.query).items()}
            self.server.nonce = query["nonce"]
            self.send_response(302)
            back = urlencode({"code": "once", "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif asked.path == "/keys":
            self.say({"keys": [self.server.key.as_dict(private=False)]})
        else:
            home = self.server.home
            places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            found = {"issuer": home, "id_token_signing_alg_values_supported": ["RS256"]}
            self.say({**found, **{name: f"{home}/{path}" for name, path in places.items()}})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.say({"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": self.server.token()})

    def say(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the tests' output is for the tests."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    server = Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def opened(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """A classroom that also wants a login, with its secrets where Streamlit looks for a user's own."""
    port, home = free_port(), tmp_path_factory.mktemp("user")
    (home / ".streamlit").mkdir()
    lines = {
        "redirect_uri": f"http://127.0.0.1:{port}/oauth2callback",
        "cookie_secret": "0123456789abcdef" * 4,
        "client_id": "lab",
        "client_secret": "of the lab",
        "server_metadata_url": f"{provider.home}/.well-known/openid-configuration",
    }
    written = "[auth]\n" + "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    (home / ".streamlit" / "secrets.toml").write_text(written + '[access]\nallowed = ["@school.example"]\n')
    with shared(port, HOME=str(home)) as started:
        yield started


def test_in_out_and_refused(opened: Shared, provider: Provider, browser: Browser) -> None:
    visitor = Visitor(browser, opened.home)
    page = visitor.page
    page.goto(f"{opened.home}/results?join={opened.code}")
    visitor.settle()
    page.get_by_role("heading", name="Log in").wait_for(timeout=PATIENCE)
    assert page.get_by_text("Identity leakage").count() == 0  # not even the menu
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("ann@school.example").wait_for(timeout=PATIENCE)
    assert page.url.startswith(opened.home)  # the door knew the visitor on the way back from another site
    visitor.settle()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="Log in").wait_for(timeout=PATIENCE)
    provider.email = "eve@elsewhere.example"
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("This account is not among those that may use the dashboard").wait_for(timeout=PATIENCE)
    assert page.get_by_text("Identity leakage").count() == 0
    visitor.leave()
