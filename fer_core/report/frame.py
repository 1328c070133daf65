"""The frame of every document that is handed on: one HTML file that opens anywhere and asks no network for anything."""

from __future__ import annotations

from pathlib import Path

from fer_core import __version__
from fer_core.report.markup import Html, element

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser lets the document do: nothing but its own style."""
STYLE = Path(__file__).with_name("page.css")


def framed(title: str, *pieces: Html, pictures: bool = False, style: str = "") -> str:
    """A whole document.

    Args:
        title: In the browser's tab.
        *pieces: Of the body.
        pictures: Whether pictures that the document itself holds may be shown.
        style: Rules beside those of every report.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY + ("; img-src data:" if pictures else "")),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content=f"fer {__version__}"),
        element("title", title),
        element("style", Html(STYLE.read_text(encoding="utf-8") + style)),
    )
    return "<!DOCTYPE html>\n" + element("html", head, element("body", *pieces), lang="en") + "\n"
