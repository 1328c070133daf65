"""Whether to believe a map: do its pixels matter, and does it change when the network forgets?"""

from __future__ import annotations

import math

import streamlit as st

from app import charts, markup, session
from app.charts.maps import Panel
from app.components import figure, sides
from app.components.explain_controls import Wish
from app.components.explain_face import Face
from app.services import explained_origin, explaining, runs
from app.services.explaining import Map, Offer, Tested
from app.services.provenance import Provenance


def show(key: str, run: str, face: Face, faces: str, wish: Wish, offer: Offer, found: Map) -> None:
    """Draws three numbers, both curves, and the map beside its other self.

    Args:
        key: Begins every session key used here.
        run: The run.
        face: Whose map.
        faces: How faces were found.
        wish: What the controls say.
        offer: What the run has.
        found: The map that is looked at.
    """
    choice = wish.choice
    label = choice.target if choice.method in offer.by_label else face.said.label
    st.subheader("Can this map be believed?", anchor=False)
    part = "" if choice.branch == "decision" else f", {choice.branch}"
    st.markdown(f"Of **{wish.method}** at **{markup.plain(choice.layer)}**{part}, for **{markup.plain(label)}**:")
    told = _made(run, face, wish, label)
    _numbers(key, told)
    asked = explained_origin.as_asked(choice, offer)

    def source(options: str, facts: list[str]) -> Provenance:
        return explained_origin.of_face(run, face.held, face.place + 1, faces, asked, options, facts)

    curves = source("--faithfulness", ["blur as baseline", f"{told.rankings} random rankings, seed 0"])
    left, right = sides.show(f"{key}_curves", [1, 1])
    for column, kind, area, drawn in (
        (left, "deletion", told.deletion, told.random_deletion),
        (right, "insertion", told.insertion, told.random_insertion),
    ):
        with column:
            own = [name for name in told.curves if name in ("share", kind) or name.startswith(f"random_{kind}_")]
            figure.show(
                f"{key}_{kind}",
                charts.perturbation(told.curves, kind, label),
                f"{kind.capitalize()} curve: area {area:.3f}, random rankings {drawn[0]:.3f}.",
                curves,
                told.curves[own],
            )
    forgot = source("--randomised", [f"{told.draws} draws of new weights, seed 0"])
    left, right = sides.show(f"{key}_forgetting", [1, 1])
    with left:
        figure.show(
            f"{key}_randomised_map",
            charts.maps(
                [
                    Panel(f"as trained · {found.peak:.3g}", found.values, face.said.crop, found.unit),
                    Panel("all weights drawn anew", told.map, face.said.crop, f"{found.unit}, untrained"),
                ],
                "As trained, and knowing nothing",
                "each on its own scale",
                opacity=wish.opacity,
                signed=choice.signed,
                own_scale=True,
            ),
            "The map of the trained network beside that of one whose weights were drawn anew.",
            forgot,
        )
    with right:
        figure.show(
            f"{key}_randomised",
            charts.forgetting(told.stages),
            f"Similarity while weights are drawn anew; with all of them rank correlation {told.spearman:.3f}.",
            forgot,
            told.stages,
        )


def _numbers(key: str, told: Tested) -> None:
    first, second, third = sides.show(f"{key}_numbers", [1, 1, 1], gap="medium")
    with first:
        _number(
            f"{key}_deletion_number",
            "Left when its pixels go (deletion)",
            told.deletion,
            "Mean probability while the map's highest pixels are blurred first. Lower is better: the pixels mattered.",
            told.random_deletion,
            told.rankings,
        )
    with second:
        _number(
            f"{key}_insertion_number",
            "Back when they come (insertion)",
            told.insertion,
            "Mean probability while the map's highest pixels come back first. Higher is better: the pixels suffice.",
            told.random_insertion,
            told.rankings,
        )
    with third, st.container(border=True, key=f"{key}_spearman_number", gap="xsmall", height="stretch"):
        spread = told.stages[told.stages["stage"] == told.stages["stage"].iloc[-1]]["spearman"].dropna()
        st.metric(
            "Same map without knowledge",
            "none" if math.isnan(told.spearman) else f"{told.spearman:.3f}",
            help="Rank correlation with the map of a network whose weights were drawn anew. Near 0 is good: a map near "
            "1 shows the picture, not what was learned.",
        )
        reach = f"{spread.min():.3f} to {spread.max():.3f}" if len(spread) else "no map had a rank"
        st.caption(f"{told.draws} draws: {reach}  \n1.000 would be the same map")


def _number(key: str, title: str, value: float, tip: str, drawn: tuple[float, float, float], rankings: int) -> None:
    mean, low, high = drawn
    with st.container(border=True, key=key, gap="xsmall", height="stretch"):
        st.metric(title, f"{value:.3f}", help=tip)
        st.caption(f"{rankings} random rankings: {mean:.3f}  \nlowest {low:.3f}, highest {high:.3f}")


def _made(run: str, face: Face, wish: Wish, label: str) -> Tested:
    name = ("tests", run, runs.stamped(run), face.held.key, face.said.face.box, wish.choice, label)
    store = session.explained()
    if name not in store:
        with st.spinner("Blurring, and drawing weights anew"):
            made = explaining.tested(run, face.said.crop, wish.choice, label)
        store[name] = (made, made.size)
    return store[name][0]
