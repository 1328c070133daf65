"""Who may use a lasting deployment: Streamlit's login (OpenID Connect), where the file of secrets has ``[auth]``.

Without that section everybody who reaches the server is in. Whatever is wrong with the file keeps everybody out: a
misspelt word must not open a dashboard that somebody meant to close.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAuthError

SHORTEST_SECRET = 32
"""Characters of ``cookie_secret``: it signs who somebody is, and whoever finds it is anybody."""

_DEFAULT = "default"


def wanted() -> bool:
    """Whether visitors must log in.

    Raises:
        ValueError: the file of secrets cannot be read, or says who may come in and not how they log in.
    """
    if _section("auth") is not None:
        return True
    if _section("access") is not None:
        raise ValueError(
            "nobody gets in: the file of secrets has [access] without [auth], so nobody can say who they are"
        )
    return False


def providers() -> list[str]:
    """Names of the providers that ``[auth]`` lists; ``default`` for one that stands in ``[auth]`` itself.

    Raises:
        ValueError: nobody could log in, or a login would be worth nothing; says why.
    """
    section = _section("auth") or {}
    if importlib.util.find_spec("authlib") is None:
        raise ValueError("nobody can log in: Authlib is missing; run `pip install -e '.[login]'` and start again")
    if len(str(section.get("cookie_secret", ""))) < SHORTEST_SECRET:
        raise ValueError(
            f"nobody can log in: cookie_secret in [auth] must have at least {SHORTEST_SECRET} random characters; "
            "`python -c 'import secrets; print(secrets.token_hex(32))'` draws 64"
        )
    named = [name for name, value in section.items() if isinstance(value, Mapping) and "client_id" in value]
    found = [*([_DEFAULT] if "client_id" in section else []), *named]
    if not found:
        raise ValueError("nobody can log in: [auth] in the file of secrets names no provider with a client_id")
    return found


def log_in(provider: str) -> None:
    """Sends the visitor to a provider.

    Args:
        provider: One of `providers`.

    Raises:
        ValueError: something is missing in ``[auth]``; says what.
    """
    try:
        st.login(None if provider == _DEFAULT else provider)
    except StreamlitAuthError as error:
        raise ValueError(" ".join(str(error).split())) from None


def log_out() -> None:
    """Ends the visitor's login."""
    st.logout()


def logged_in() -> bool:
    """Whether a provider vouches for this visitor."""
    return bool(st.user.get("is_logged_in", False))


def name() -> str:
    """The address, or whatever else the provider calls this visitor."""
    return next((str(st.user[key]) for key in ("email", "preferred_username", "name") if st.user.get(key)), "somebody")


def welcome() -> bool:
    """Whether a visitor who is logged in is among those whom ``[access] allowed`` lists; without a list everybody is.

    The list holds addresses (``ann@school.example``) and whole domains (``@school.example``). An address counts unless
    the provider says that nobody verified it.

    Raises:
        ValueError: the list is no list of texts.
    """
    section = _section("access")
    if section is None:
        return True
    allowed = section.get("allowed")
    if isinstance(allowed, str) or not all(isinstance(one, str) for one in (allowed or [0])):
        raise ValueError('[access] in the file of secrets needs a line like allowed = ["@school.example"]')
    email = str(st.user.get("email") or "").strip().lower()
    local, at, domain = email.rpartition("@")
    if not (local and at) or st.user.get("email_verified") is False:
        return False
    return any(one.strip().lower() in (email, f"@{domain}") for one in allowed)


def _section(key: str) -> Mapping[str, Any] | None:
    """A section of the secrets; None where there is none."""
    if not st.secrets.load_if_toml_exists():
        there = [one for one in st.get_option("secrets.files") if Path(one).is_file()]
        if there:
            raise ValueError(f"nobody gets in: {there[0]} cannot be read; its lines must be TOML")
        return None
    found = st.secrets.get(key)
    if found is not None and not isinstance(found, Mapping):
        raise ValueError(f"nobody gets in: {key} in the file of secrets must be a section, [{key}]")
    return found
