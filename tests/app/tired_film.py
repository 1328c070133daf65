"""A drawn clip of closing eyes, and the page Drowsiness with stand-ins that read it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.services import clip_watching, live, predicting
from app.services.predicting import Answer
from tests.filmed import film
from tests.test_clip import StandIn, blinking

SHUT = [(2.0, 2.2), (4.0, 4.2), (14.0, 19.0)]


def drawn(path: Path) -> Path:
    """Twenty seconds: two blinks, then closed eyes from 14 to 19 s."""
    return film(path, blinking(20, 15, SHUT), 15)


def read_by_stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """From now on run and eye reader read what was drawn; frames that are looked at show nobody."""
    stand_in = StandIn()
    stand_in.finder = stand_in
    for place in (clip_watching, live):
        monkeypatch.setattr(place, "loaded", lambda name: stand_in)
        monkeypatch.setattr(place, "eye_reader", lambda: stand_in)
    monkeypatch.setattr(
        predicting, "answers", lambda run, pictures, faces: ((one, Answer(one.name)) for one in pictures)
    )
    return stand_in


def watched(page: AppTest) -> AppTest:
    """The page, once its clip has been watched."""
    for _ in range(400):
        if not page.session_state["session.clip"].busy:
            return page.run()
        time.sleep(0.05)
    raise AssertionError("the clip was not watched in time")


def texts(page: AppTest) -> str:
    """Every word of the page but those in tables and charts."""
    assert not page.exception, [one.message for one in page.exception]
    return "\n".join(str(element.value) for element in [*page.html, *page.caption, *page.markdown, *page.metric])
