"""Several maps of one face beside each other; a click takes one of them to the tests below."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from app import charts, session
from app.charts.maps import Panel
from app.components import figure
from app.components.explain_controls import KEYS, Wish
from app.components.explain_face import Face
from app.services import explained_origin, explaining, runs
from app.services.explaining import Map, Offer


def show(key: str, run: str, face: Face, faces: str, wish: Wish, offer: Offer) -> tuple[Map, ...]:
    """Draws the maps and returns them.

    Args:
        key: Begins every session key used here.
        run: The run.
        face: Whose.
        faces: How faces were found.
        wish: What the controls say.
        offer: What the run has.
    """
    shown = _made(run, face, wish)
    chart = f"{key}_grid"

    def clicked() -> None:
        place = charts.panel_of(st.session_state.get(chart), len(shown))
        if place is not None and shown[place].name in _options(offer, wish):
            st.session_state[KEYS[wish.kind]] = shown[place].name

    place = looked_at(shown, wish)
    alone = len(shown) == 1
    figure.show(
        chart,
        charts.maps(
            [Panel(f"{one.name} · {one.peak:.3g}", one.values, face.said.crop, one.unit) for one in shown],
            "Where does the network look?" if wish.kind != "labels" else "What speaks for each label?",
            f"one face · peak of each map in {' or '.join(sorted({f'{one.unit}s' for one in shown}))}",
            opacity=wish.opacity,
            signed=wish.choice.signed,
            own_scale=wish.own_scale,
            chosen=None if alone else place,
        ),
        "Heat maps of one face: " + "; ".join(f"{one.name}, peak {one.peak:.2g} {one.unit}" for one in shown),
        explained_origin.of_face(
            run,
            face.held,
            face.place + 1,
            faces,
            explained_origin.as_asked(wish.choice, offer),
            f"--compare {wish.kind}",
            [f"{len(shown)} {wish.kind}" if not alone else f"{shown[0].name} knows no label"],
        ),
        table(shown),
        on_select=clicked,
    )
    if not any(one.peak for one in shown):
        st.caption("No pixel speaks for any of them: all maps are empty.")
    return shown


def table(shown: tuple[Map, ...]) -> pd.DataFrame:
    """``name unit branch layers peak mean``: the numbers of the command, one row per map.

    Args:
        shown: The maps.
    """
    return pd.DataFrame(
        {
            "name": [one.name for one in shown],
            "unit": [one.unit for one in shown],
            "branch": [one.branch for one in shown],
            "layers": [" + ".join(one.layers) for one in shown],
            "peak": [one.peak for one in shown],
            "mean": [float(np.mean(one.values)) for one in shown],
        }
    )


def looked_at(shown: tuple[Map, ...], wish: Wish) -> int:
    """Which of the maps the controls name; 0 where they name none of them.

    Args:
        shown: The maps.
        wish: What the controls say.
    """
    choice = wish.choice
    wanted = {"labels": choice.target, "methods": wish.method, "layers": choice.layer, "branches": choice.branch}
    names = [one.name for one in shown]
    return names.index(wanted[wish.kind]) if wanted[wish.kind] in names else 0


def _options(offer: Offer, wish: Wish) -> tuple[str, ...]:
    return {
        "labels": offer.labels,
        "methods": tuple(offer.methods),
        "layers": offer.layers[wish.choice.branch],
        "branches": tuple(offer.branches),
    }[wish.kind]


def _made(run: str, face: Face, wish: Wish) -> tuple[Map, ...]:
    # What is compared is not what they depend on: a click on another one makes nothing anew.
    field = {"labels": "target", "methods": "method", "layers": "layer", "branches": "branch"}[wish.kind]
    common = replace(wish.choice, **{field: ""})
    name = ("maps", run, runs.stamped(run), face.held.key, face.said.face.box, wish.kind, common)
    store = session.explained()
    if name not in store:
        with st.spinner("Looking inside"):
            made = explaining.side_by_side(run, face.said.crop, wish.kind, wish.choice)
        store[name] = (made, sum(one.values.nbytes for one in made))
    return store[name][0]
