"""What every test in a browser begins with: one Chromium for a file, and a tab of its own for a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.visit import Visitor, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def visitor(home: str, browser: Browser) -> Iterator[Visitor]:
    """A tab that must stay without complaints and must never look outside; `home` is the file's own started app."""
    came = Visitor(browser, home)
    came.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield came
    came.leave()
    assert came.complaints == []
    assert came.outside == []
