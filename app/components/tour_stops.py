"""The five-minute tour, and links that open a view exactly as it is meant; what is not in the menu is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import streamlit as st

from app.components import sides
from app.menu import MENU

PAGES: Mapping[str, tuple[str, str]] = {
    name: (title, symbol) for entries in MENU.values() for name, title, symbol in entries
}


@dataclass(frozen=True)
class Way:
    """A link into a page."""

    page: str
    words: str
    view: Mapping[str, str] = field(default_factory=dict)
    """What stands in the address there: controls of that page, and the run."""

    def open_with(self, runs: Collection[str]) -> bool:
        """Whether the page and the run exist here.

        Args:
            runs: Names of the runs there are.
        """
        return self.page in PAGES and self.view.get("run", next(iter(runs), "")) in {*runs, ""}


@dataclass(frozen=True)
class Stop:
    """One stop of the tour."""

    way: Way
    look: str
    """What to do there, and what to see."""


TOUR = (
    Stop(
        Way("predict", "A face gets a label", {"run": "expression"}),
        "Draw a synthetic sample, or drop a photo. The bars say how sure the model is.",
    ),
    Stop(
        Way("explain", "Where it looked", {"run": "expression", "topic": "One face"}),
        "Maps of several methods side by side: do they agree, and do they fade when the network forgets?",
    ),
    Stop(
        Way("drowsiness", "A face over time", {"run": "drowsiness"}),
        "A clip second by second: open eyes, blinks, and when an alarm would sound.",
    ),
    Stop(
        Way("mixing", "What it learned from", {"run": "expression", "mixing": "FERMix", "look": "The next batch"}),
        "The batch that a training with mixed faces would see next.",
    ),
    Stop(
        Way(
            "space",
            "Who, or how?",
            {
                "run": "drowsiness",
                "table": "all",
                "left": "v_face",
                "right": "v_state",
                "map": "t-SNE",
                "colour": "person",
            },
        ),
        "Each colour is a person: islands on the left, mixed on the right. Drag a box to see the faces.",
    ),
    Stop(
        Way("leakage", "Can a person be found again?", {"run": "drowsiness"}),
        "Trials, pair by pair, and how often it would work by chance.",
    ),
    Stop(
        Way("results", "Is it as sure as it is right?", {"run": "expression", "section": "Confidence"}),
        "Every score with its interval; move the temperature and watch the error of its confidence.",
    ),
)


def link(key: str, way: Way) -> None:
    """Draws a link.

    Args:
        key: Unique on the page.
        way: Where it leads; its page must be in the menu.
    """

    # Not `st.page_link`: what the visitor chose on that page before would win over what the link says.
    def choose() -> None:
        st.session_state.update(way.view)

    if st.button(way.words, key=key, type="tertiary", icon=PAGES[way.page][1], on_click=choose):
        turn(way.page)


def turn(page: str) -> None:
    """Opens another page of the menu, which takes its controls from the session.

    Args:
        page: Its file below views/.
    """
    # An empty address, said so: left to itself Streamlit refuses to empty one to which the run is bound.
    st.switch_page(f"views/{page}.py", query_params={})


def show(key: str, runs: Collection[str]) -> None:
    """Draws the stops that this machine can show.

    Args:
        key: Begins every session key used here.
        runs: Names of the runs there are.
    """
    stops = [stop for stop in TOUR if stop.way.open_with(runs)]
    if not stops:
        st.caption("The tour needs a run: every stop is a view of one.")
        return
    for first in range(0, len(stops), 2):
        pair = sides.show(f"{key}_{first}", [1, 1], gap="medium")
        for number, (column, stop) in enumerate(zip(pair, stops[first : first + 2], strict=False), start=first + 1):
            with column.container(border=True, height="stretch", key=f"{key}_stop_{number}"):
                st.markdown(f"**{number}. {stop.way.words}**")
                st.markdown(stop.look)
                st.space("stretch")
                title = PAGES[stop.way.page][0]
                link(f"{key}.{number}", Way(stop.way.page, f"Open {title}", stop.way.view))
