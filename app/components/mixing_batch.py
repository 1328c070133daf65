"""The batch that the next training step would see: every sample with partner, share, region and label; and its loss."""

from __future__ import annotations

import streamlit as st

from app import charts, colours, markup, session
from app.components import choice, figure, provenance, sides
from app.components.mixing_controls import Wish
from app.services import batches, mixing_lab, mixing_origin
from app.services.batches import Sheet, Tile

MOST_STEPS = 8
"""Steps of the first epoch that can be chosen."""
ROLES = {"mixed": "Mixed pictures", "main": "Plain pictures"}


def show(key: str, wish: Wish) -> None:
    """Draws the sheet.

    Args:
        key: Begins every session key used here.
        wish: What the controls say; the faces do not count here.

    Raises:
        ValueError: recipe, run and people do not fit each other.
    """
    left, right, _ = sides.show(f"{key}_batch", [1.2, 1, 1], gap="medium")
    with left:
        recipe = choice.show("batch_of", "Recipe", batches.recipes())
    steps = [str(step) for step in range(1, MOST_STEPS + 1)]
    session.settle("step", steps, "1")
    with right:
        step = st.select_slider("Step of the first epoch", steps, key="step", bind="query-params")
    with st.spinner("Drawing people and planning the step; the first time takes some seconds"):
        told = batches.sheet(wish.setting, recipe, int(step))
    source = mixing_origin.of_batch(wish.setting, recipe, told)
    st.caption(
        f"Exactly what step {told.step} of {told.steps} of this training would see: {told.rows} rows (the recipe "
        f"itself takes {told.batch_size} at a time), augmented, mixed and labelled by the trainer's own plan, "
        "on synthetic people. Nothing is learned."
    )
    _loss(key, told, source)
    for role, weight, tiles in told.passes:
        mixed = sum(one.partner is not None or one.type is not None or bool(one.outline) for one in tiles)
        title = "Plain pictures, and the pairs that were added" if role == "main" and mixed else ROLES.get(role, role)
        st.markdown(f"**{title}** · weight {weight:g} · {len(tiles)} samples, {mixed} of them mixed")
        st.html(markup.samples([_cell(one) for one in tiles]))
    provenance.show(f"{key}_sheet_origin", source)


def _loss(key: str, told: Sheet, source: mixing_origin.Provenance) -> None:
    if told.total is None:
        why = told.why_not or "there is no network"
        st.info(markup.plain(f"The loss cannot be shown: {why}"), icon=":material/model_training:")
        return
    st.caption(markup.plain(f"Judged by: {told.network}."))
    figure.show(
        f"{key}_loss", charts.loss_terms(told.terms, total=told.total),
        f"The loss of this step is {told.total:.4f}.", source, told.terms,
    )  # fmt: skip


def _cell(one: Tile) -> tuple[str, str, list[tuple[str, float]], markup.Outline, str, str]:
    known = tuple(label for label, _ in one.soft)
    soft = [(colours.of_label(label, known), share) for label, share in one.soft]
    words = " ".join(f"{label} {share:.2f}" if share < 1 else label for label, share in one.soft)
    how = one.main if one.partner is None else f"{one.main} + {one.partner}, lambda {one.lam:.3f}"
    how += f", {one.type}" if one.type else ""
    return mixing_lab.shown(one.picture), f"{how}: {words}", soft, one.outline, words, how
