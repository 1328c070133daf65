"""How long a visitor of the dashboard waits, in a real browser, beside a page of the same server with nothing on it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from fer_core.benchmarks.browser import find_browser, served, window
from fer_core.benchmarks.many_points import many_points
from fer_core.benchmarks.rates import machine
from fer_core.data import open_data

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

TARGETS: Mapping[str, float] = {"switch": 0.5, "paint": 2.0, "upload_to_label": 2.0, "selection_to_faces": 0.3}
"""Seconds, on two free cores with everything warm; the selection's is of the server's share."""
FIRST = "overview"
"""How the page at the bare address is called here."""
RUN = "expression"
"""The shipped run that answers for uploads."""
DRAWN = "people:subjects={},sessions=1,states=drowsiness,frames=1,size=480,first=500"
_EMPTY = """import streamlit as st
def one(): st.title("One")
def two(): st.title("Two")
st.navigation([st.Page(one, title="One"), st.Page(two, title="Two")]).run()
"""
_TURN, _PAINTED = "(path) => window.lab.turn(path)", "() => window.lab.painted()"


def app_times(rounds: int = 5, points: int = 20_000, browser: Path | None = None) -> dict[str, Any]:
    """Seconds from a visitor's click to what is then drawn, everything warm: one round before is not counted.

    Every round turns to each page once, and to an empty page of an app without content beside them, so that whoever
    else is busy slows both.

    Args:
        rounds: How many are counted; medians are told.
        points: On the maps of the feature space, of which a part is selected; 0 leaves that out.
        browser: A Chromium; None: the system's.

    Returns:
        ``rounds points machine browser targets``; ``pages``: for each page in the menu and ``empty`` (beside them)
        ``switch`` and ``paint`` (the new page's heading is there after a click in the menu, or after its address was
        opened in a new tab): ``seconds``, ``slowest``, ``complete`` (nothing changes any more) and ``ratio`` (to the
        empty page, round by round); ``upload_to_label``; ``selection_to_faces`` with ``server`` (from the message sent
        to the one that brought the last face) and ``faces`` shown, None without the page or points.

    Raises:
        FileNotFoundError: no browser, or no playwright to drive it.
        ValueError: fewer than one round, or 1 point.
        RuntimeError: the dashboard cannot be started, or shows in a minute nothing of what was waited for.
    """
    if rounds < 1 or points == 1 or points < 0:
        raise ValueError(f"rounds must be 1 or more and points 0 or at least 2, got {rounds} and {points}")
    program, before = find_browser(browser), machine()
    with tempfile.TemporaryDirectory() as place, window(program) as context:
        home = Path(place)
        with _app() as app, _nothing(home) as nothing:
            paths = _paths(context, app)
            switches = _switches(context, app, nothing, paths, rounds)
            paints = _paints(context, app, nothing, paths, rounds)
            uploads = _uploads(context, app, rounds, home)
        selections = None
        if points and "/space" in paths:
            name = many_points(home / "runs", points)
            with _app({"FER_RUNS": str(home / "runs")}) as app:
                selections = _selections(context, f"{app}/space?run={name}&map=PCA", rounds)
        version = context.browser.version if context.browser else "unknown"
    return {
        "rounds": rounds,
        "points": points,
        "pages": {
            page: {
                "switch": _told(switches[page], switches["empty"]),
                "paint": _told(paints[page], paints["empty"]),
            }
            for page in switches
        },
        "upload_to_label": _told(uploads),
        "selection_to_faces": selections and {
            **_told(selections),
            "server": median(one["server"] for one in selections) / 1000,
            "faces": round(median(one["faces"] for one in selections)),
        },
        "targets": dict(TARGETS),
        "browser": f"Chromium {version}",
        "machine": before,
    }  # fmt: skip


def _app(environment: Mapping[str, str] | None = None) -> contextlib.AbstractContextManager[str]:
    return served(["fer_core", "app", "--no-window"], "--port", environment)


@contextlib.contextmanager
def _nothing(home: Path) -> Iterator[str]:
    script = home / "empty.py"
    script.write_text(_EMPTY, encoding="utf-8")
    with served(["streamlit", "run", str(script), "--server.headless", "true"], "--server.port") as address:
        yield address


@contextlib.contextmanager
def _tab(context: BrowserContext, address: str) -> Iterator[tuple[Page, dict[str, float]]]:
    """A new tab, and when what it was opened for was there."""
    tab = context.new_page()
    try:
        tab.goto(address, wait_until="commit")
        tab.wait_for_function("() => window.lab")
        tab.wait_for_function("() => window.lab.heading()")
        yield tab, tab.evaluate(_PAINTED)
    finally:
        tab.close()


def _paths(context: BrowserContext, app: str) -> list[str]:
    with _tab(context, app) as (tab, _):
        return list(tab.evaluate("() => window.lab.paths()"))


def _name(path: str) -> str:
    return path.strip("/") or FIRST


def _switches(context: BrowserContext, app: str, nothing: str, paths: list[str], rounds: int) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with _tab(context, app) as (tab, _), _tab(context, nothing) as (beside, _):
        for number in range(rounds + 1):
            # From the last page back to the first: no page is its own predecessor.
            one = {_name(path): tab.evaluate(_TURN, path) for path in [*paths[1:], paths[0]]}
            beside.bring_to_front()
            one["empty"] = beside.evaluate(_TURN, ("/two", "/")[number % 2])
            tab.bring_to_front()
            _keep(found, one, number)
    return found


def _paints(context: BrowserContext, app: str, nothing: str, paths: list[str], rounds: int) -> dict[str, list[Any]]:
    addresses = {**{_name(path): app + path for path in paths}, "empty": nothing}
    found: dict[str, list[Any]] = {}
    for number in range(rounds + 1):
        one = {}
        for name, address in addresses.items():
            with _tab(context, address) as (_, painted):
                one[name] = painted
        _keep(found, one, number)
    return found


def _keep(found: dict[str, list[Any]], one: Mapping[str, Any], number: int) -> None:
    if number:
        for name, times in one.items():
            found.setdefault(name, []).append(times)


def _uploads(context: BrowserContext, app: str, rounds: int, home: Path) -> list[Any]:
    """Each of another drawn person in a tab of its own: no answer is there before."""
    data = open_data(DRAWN.format(rounds + 1))
    states = data.table.drop_duplicates("subject").index
    found = []
    for number, row in enumerate(states):
        picture = home / f"drawn-{number}.png"
        picture.write_bytes(data.read(int(row)))
        with _tab(context, f"{app}/predict?run={RUN}") as (tab, _):
            tab.set_input_files('[data-testid="stFileUploader"] input[type="file"]', [str(picture)])
            found.append(tab.evaluate("() => window.lab.labelled()"))
    return found[1:]


def _selections(context: BrowserContext, address: str, rounds: int) -> list[Any]:
    """Boxes dragged over the left map, each a little larger than the last."""
    found = []
    with _tab(context, address) as (tab, _):
        area = tab.locator(".st-key-space_maps .nsewdrag").first
        for number in range(rounds + 1):
            area.scroll_into_view_if_needed()
            place = area.bounding_box()
            if place is None:
                raise RuntimeError("the maps of the feature space were not drawn")
            before = tab.evaluate("() => window.lab.faces()")
            corners = [0.2, 0.35, 0.5 + 0.3 * number / (rounds + 1)]
            for step, share in enumerate(corners):
                tab.mouse.move(place["x"] + share * place["width"], place["y"] + share * place["height"], steps=4)
                if step == 0:
                    tab.mouse.down()
            tab.mouse.up()
            found.append(tab.evaluate("(before) => window.lab.selected(before)", before))
    return found[1:]


def _told(times: Sequence[Mapping[str, float]], empty: Sequence[Mapping[str, float]] | None = None) -> dict[str, float]:
    """Medians in seconds, from milliseconds."""
    shown = [one["shown"] for one in times]
    told = {
        "seconds": median(shown) / 1000,
        "slowest": max(shown) / 1000,
        "complete": median(one["complete"] for one in times) / 1000,
    }
    if empty is not None:
        told["ratio"] = median(one / max(other["shown"], 1e-3) for one, other in zip(shown, empty, strict=True))
    return told
