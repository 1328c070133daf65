"""Both labels of a mixed face, by the chosen run and by another one beside it."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from app import charts, markup, session
from app.charts.frame import percent
from app.charts.maps import Panel
from app.components import explain_controls, figure
from app.components.explain_face import Face
from app.services import explained_classes, explained_origin, runs
from app.services.explained_classes import MIXINGS, Mixture
from app.services.explaining import Choice, Offer

NOBODY = "no other run"
SEEDS = tuple(str(seed) for seed in range(10))
"""Draws of region and share."""


def show(key: str, run: str, face: Face, there: list[Face], faces: str, offer: Offer) -> None:
    """Draws the mixed face with the evidence for either label, a row for each run.

    Args:
        key: Begins every session key used here.
        run: The run that comes first.
        face: A.
        there: All faces; B is one of the others.
        faces: How faces were found.
        offer: What the run has.
    """
    st.markdown(
        "Two faces in one: a network that learned from mixtures should find **each label in its own part** of the "
        "picture, one that never saw any tends to see one face only (FERMixNet, Figs. 9 and 11)."
    )
    others = [one for one in there if one.said.label != face.said.label]
    if not others:
        st.info(
            f"A mixture needs a second face that the model calls something else than "
            f"'{markup.plain(face.said.label)}'. Bring another picture, or draw a sample above.",
            icon=":material/group_add:",
        )
        return
    second, recipe, other, seed, signed = _controls(key, run, others)
    last = offer.layers["decision"][-1]
    choice = Choice(face.said.label, "gradcam", last, "decision", signed)
    runs = [run] if other == NOBODY else [run, other]
    told = [_made(name, face, second, recipe, choice, seed) for name in runs]
    panels = []
    for one in told:
        unit = f"logit, {one.run}" if len(told) > 1 else "logit"
        for label, sure, values in zip(one.labels, one.probabilities, one.values, strict=True):
            panels.append(Panel(f"{one.run}: {label} {percent(sure)}", values, one.picture, unit))
    figure.show(
        f"{key}_grid",
        charts.maps(
            panels,
            f"One mixed face, evidence for {told[0].labels[0]} and for {told[0].labels[1]}",
            f"share of A {told[0].share:.2f} · Grad-CAM at the last layer · each run on its own scale",
            signed=choice.signed,
            columns=2,
            side=270,
        ),
        "; ".join(
            f"{one.run}: {label} {percent(sure)}, peak {peak:.2g}"
            for one in told
            for label, sure, peak in zip(one.labels, one.probabilities, one.peaks, strict=True)
        ),
        explained_origin.of_mixture(
            (face.held, face.place + 1), (second.held, second.place + 1), faces, recipe, told, choice, seed
        ),
        _table(told),
    )
    st.markdown("\n".join(f"- {_sentence(one)}" for one in told))


def _controls(key: str, run: str, others: list[Face]) -> tuple[Face, str, str, int, bool]:
    first, second, third, fourth, fifth = explain_controls.row(f"{key}_controls", [240, 190, 170, 90, 220])
    with first:
        words = [one.words for one in others]
        st.html('<div class="lab-label">Mixed with</div>')
        place = st.selectbox(
            "Mixed with",
            range(len(others)),
            format_func=words.__getitem__,
            key=f"{key}.second.{len(others)}",
            label_visibility="collapsed",
        )
    with second:
        how = explain_controls.listed("How", list(MIXINGS), "mixed_by", next(iter(MIXINGS)))
    partners = [*explained_classes.partners(run), NOBODY]
    with third:
        other = explain_controls.listed("Beside it", partners, "other_run", partners[0])
    with fourth:
        seed = explain_controls.listed("Draw", SEEDS, "mixed_seed", SEEDS[0])
    with fifth:
        signed = explain_controls.sign()
    return others[place or 0], MIXINGS[how], other, int(seed), signed


def _made(run: str, first: Face, second: Face, recipe: str, choice: Choice, seed: int) -> Mixture:
    pair = [(one.held.key, one.said.face.box) for one in (first, second)]
    store, name = session.explained(), ("mixed", run, runs.stamped(run), *pair, recipe, choice.signed, seed)
    if name not in store:
        labels = (first.said.label, second.said.label)
        with st.spinner("Mixing, and looking inside"):
            made = explained_classes.mixed(
                run, (first.held, first.said.face), (second.held, second.said.face), recipe, labels, choice.signed, seed
            )
        store[name] = (made, made.picture.nbytes + sum(values.nbytes for values in made.values))
    return store[name][0]


def _table(told: list[Mixture]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"run": one.run, "label": label, "probability": sure, "peak": peak, "overlap": one.overlap}
            for one in told
            for label, sure, peak in zip(one.labels, one.probabilities, one.peaks, strict=True)
        ]
    )


def _sentence(one: Mixture) -> str:
    if math.isnan(one.overlap):
        where = "one of both maps is empty: that label is not seen at all"
    else:
        where = f"both maps' rank correlation is {one.overlap:.3f} (-1: apart, 1: the same place)"
    both = sum(one.probabilities)
    return f"**{markup.plain(one.run)}** gives both labels together {percent(both)}; {where}."
