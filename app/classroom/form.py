"""The small page that asks for the code: one file without scripts, fonts or pictures from anywhere, light and dark."""

from __future__ import annotations

import base64
import functools
import hashlib
import tomllib
from html import escape
from pathlib import Path

from app import colours

_HERE = Path(__file__).resolve().parent
_SETTINGS = _HERE.parents[1] / ".streamlit" / "config.toml"


def _ground(theme: dict[str, str]) -> str:
    """A theme of the dashboard as CSS variables."""
    return (
        f"--ground:{theme['backgroundColor']};--panel:{theme['secondaryBackgroundColor']};--ink:{theme['textColor']};"
        f"--line:{theme['borderColor']};--press:{theme['primaryColor']};--wrong:{colours.WRONG};"
    )


@functools.cache
def _style() -> str:
    theme = tomllib.loads(_SETTINGS.read_text())["theme"]
    dark = f"@media (prefers-color-scheme: dark){{:root{{{_ground(theme['dark'])}}}}}"
    return f":root{{{_ground(theme['light'])}}}{dark}\n{(_HERE / 'form.css').read_text()}"


@functools.cache
def headers() -> dict[str, str]:
    """What the page is sent with: nothing may run on it or be loaded by it, and no other page may frame it."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


@functools.cache
def _marks() -> tuple[str, str]:
    """The logo, and the tab's icon as an address."""
    icon = base64.b64encode((_HERE.parent / "icon.svg").read_bytes()).decode()
    return (_HERE.parent / "logo.svg").read_text(), f"data:image/svg+xml;base64,{icon}"


def drawn(mistake: str, private: bool) -> str:
    """The page as HTML.

    Args:
        mistake: What was wrong with the code before; empty at first.
        private: Whether the connection is encrypted.
    """
    logo, icon = _marks()
    invalid = ' aria-invalid="true" aria-describedby="mistake"' if mistake else ""
    said = f'<p class="mistake" id="mistake" role="alert"><b>!</b><span>{escape(mistake)}</span></p>' if mistake else ""
    listened = (
        ""
        if private
        else '<p class="quiet">The connection is not encrypted (http): use a network that you trust, and pictures that '
        "you would show there.</p>"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Enter the code · Facial state lab</title>
<link rel="icon" href="{icon}">
<style>{_style()}</style>
</head>
<body>
<main>
<div class="logo">{logo}</div>
<h1>Enter the code</h1>
<p>This dashboard is shared with a class. The code is shown where it was started; you need it once.</p>
<form method="post">
<label for="code">Code</label>
<input id="code" name="code" type="text" required autofocus maxlength="40" autocomplete="off"
 autocapitalize="characters" autocorrect="off" spellcheck="false" enterkeyhint="go"{invalid}>
{said}<button type="submit">Enter</button>
</form>
<p class="quiet">Pictures that you upload stay in the memory of the computer that runs the dashboard; the others do not
see them.</p>
{listened}</main>
</body>
</html>
"""
