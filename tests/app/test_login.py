"""The login of lasting deployments, as far as it goes without a provider: who gets in; mistakes keep everybody out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.services import accounts
from tests.app.conftest import MAIN

AUTH = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 4,
    "client_id": "lab",
    "client_secret": "of the lab",
    "server_metadata_url": "http://localhost:1/.well-known/openid-configuration",
}
ANN = {"is_logged_in": True, "email": "Ann@school.example"}


@pytest.fixture(autouse=True)
def authlib(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether Authlib is installed, as the test says."""
    installed = [True]
    real = importlib.util.find_spec

    def find(name: str, *rest: Any) -> object:
        return (object() if installed[0] else None) if name == "authlib" else real(name, *rest)

    monkeypatch.setattr(accounts.importlib.util, "find_spec", find)
    return installed


def gate() -> None:
    """What the frame does with a visitor, without its pages."""
    import streamlit as st

    from app.components import account, mishap

    with mishap.shown():
        if account.admitted():
            account.show("account")
            st.text("inside")
        else:
            account.ask("account")


def opened(secrets: dict[str, Any], user: dict[str, Any] | None = None, *, whole: bool = False) -> AppTest:
    page = AppTest.from_file(str(MAIN), default_timeout=30) if whole else AppTest.from_function(gate)
    page.secrets.update(secrets)
    page.user = user or {}
    return page.run()


def is_inside(page: AppTest) -> bool:
    return "inside" in [one.value for one in page.text]


@pytest.mark.parametrize("user", [{}, ANN])
def test_the_frame_shows_its_pages_to_whom_it_may(no_runs: Path, user: dict[str, Any]) -> None:
    page = opened({"auth": AUTH}, user, whole=True)
    titles = [title.value for title in page.title]
    assert not page.exception and ("Log in" in titles) == (not user)
    assert ("No run yet" in "".join(one.value for one in page.markdown)) == bool(user)


def test_without_a_section_nobody_is_asked() -> None:
    page = opened({"something": "else"})
    assert is_inside(page) and not page.button


def test_a_stranger_sees_the_login_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    monkeypatch.setattr(st, "login", asked.append)
    page = opened({"auth": {**AUTH, "school": {"client_id": "x"}, "odd": {"colour": "blue"}}})
    assert not is_inside(page) and [one.label for one in page.button] == ["Log in", "Log in with school"]
    page.button(key="account.default").click().run()
    page.button(key="account.school").click().run()
    assert asked == [None, "school"] and not page.exception


@pytest.mark.parametrize(
    ("user", "allowed", "inside"),
    [
        (ANN, None, True),  # no list: whoever the provider knows
        (ANN, ["@school.example"], True),
        (ANN, ["bob@school.example", "ann@SCHOOL.example"], True),
        (ANN, ["@example", "school.example", "@chool.example", "bob@school.example"], False),
        ({**ANN, "email_verified": False}, ["@school.example"], False),  # anybody could have typed it
        ({"is_logged_in": True, "name": "Ann"}, ["@school.example"], False),  # no address at all
        ({"is_logged_in": True, "email": "@school.example"}, ["@school.example"], False),
        ({**ANN, "is_logged_in": False}, None, False),
    ],
)
def test_who_is_let_in(user: dict[str, Any], allowed: list[str] | None, inside: bool) -> None:
    page = opened({"auth": AUTH, **({} if allowed is None else {"access": {"allowed": allowed}})}, user)
    assert not page.exception and not page.error
    assert is_inside(page) == inside
    assert [one.label for one in page.button] == (["Log out"] if user["is_logged_in"] else ["Log in"])


def test_a_name_is_shown_and_never_obeyed() -> None:
    page = opened({"auth": AUTH}, {"is_logged_in": True, "email": "![x](http://evil)@school.example"})
    assert [one.value for one in page.sidebar.text] == ["![x](http://evil)@school.example"]  # no Markdown


@pytest.mark.parametrize(
    ("secrets", "user", "sentence"),
    [
        ({"auth": {**AUTH, "cookie_secret": "xxx"}}, {}, "must have at least 32 random characters"),
        ({"auth": {key: AUTH[key] for key in ("redirect_uri", "cookie_secret")}}, {}, "names no provider"),
        ({"auth": "yes"}, {}, "must be a section"),
        ({"access": {"allowed": ["@school.example"]}}, {}, "so nobody can say who they are"),
        ({"auth": AUTH, "access": {"allowed": "@school.example"}}, ANN, "needs a line like"),
        ({"auth": AUTH, "access": {"allowed": []}}, ANN, "needs a line like"),
        ({"auth": AUTH, "access": {}}, ANN, "needs a line like"),
    ],
)
def test_a_mistake_keeps_everybody_out(secrets: dict[str, Any], user: dict[str, Any], sentence: str) -> None:
    page = opened(secrets, user)
    assert len(page.error) == 1 and sentence in page.error[0].value
    assert not is_inside(page)


def test_without_authlib_a_sentence_says_what_to_install(authlib: list[bool]) -> None:
    authlib[0] = False
    page = opened({"auth": AUTH})
    assert "pip install" in page.error[0].value and "login" in page.error[0].value and not is_inside(page)


def test_what_streamlit_finds_wrong_becomes_a_sentence() -> None:
    page = opened({"auth": {key: value for key, value in AUTH.items() if key != "redirect_uri"}})
    page.button(key="account.default").click().run()
    assert len(page.error) == 1 and not page.exception


def test_a_file_that_cannot_be_read_keeps_everybody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text("[auth\n")
    monkeypatch.setattr(st, "get_option", lambda key: [str(secrets)] if key == "secrets.files" else None)
    page = opened({})
    assert "nobody gets in" in page.error[0].value.lower() and not is_inside(page)
