"""What a run sees of the mixture: its answer along lambda, the shares drawn, and where it lies in each space."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import charts, colours, markup, session
from app.components import figure, mixing_map, sides
from app.components.mixing_controls import Wish
from app.services import mixing_lab, mixing_origin, runs
from app.services.mixing_lab import WHOLE, Mixed

if TYPE_CHECKING:
    from app.services.mixing_lab import Course


def show(key: str, wish: Wish, told: Mixed, known: tuple[str, ...], answer: DeltaGenerator) -> None:
    """Draws the charts; where the run cannot be asked, a sentence stands in their place.

    Args:
        key: Begins every session key used here.
        wish: What the controls say.
        told: The two faces and their mixture.
        known: The run's labels.
        answer: Where the run's answer about the mixture goes.
    """
    source = mixing_origin.of_mixture(wish.setting, wish.first, wish.second, wish.labels)
    left, right = sides.show(f"{key}_course", [1.25, 1])
    with right:
        _drawn(key, wish, told)
    with left:
        try:
            grid, own = _courses(wish, told)
        except (ValueError, FileNotFoundError) as error:
            st.info(markup.plain(f"What a model says cannot be shown: {error}."), icon=":material/model_training:")
            return
        said = dict(zip(known, map(float, own.probabilities[-1]), strict=True))
        best = max(said, key=said.__getitem__)
        chip = markup.chip(f"{best} {said[best]:.3f}", colours.of_label(best, known))
        answer.html(markup.row(["<span>The model says</span>", chip]))
        _answers(key, wish, told, known, grid, own, said, source)
    _spaces(key, told, grid, own, source)
    mixing_map.show(key, wish, known, grid, own)


def _answers(
    key: str, wish: Wish, told: Mixed, known: tuple[str, ...], grid: Course | None, own: Course,
    said: dict[str, float], source: mixing_origin.Provenance,
) -> None:  # fmt: skip
    alt = "Of the mixture the model says " + ", ".join(f"{label} {value:.3f}" for label, value in said.items())
    if grid is None:
        rows = [own.ends[0], own.probabilities[-1], own.ends[1]]
        table = pd.DataFrame(rows, columns=list(known), index=["A", "mixture", "B"])
        figure.show(f"{key}_answers", charts.three_answers(table), alt, source, table.reset_index(names="picture"))
        return
    table = mixing_lab.answers(grid, known)
    soft = dict(told.soft) if wish.labels else None
    chart = charts.along_lambda(table, soft=soft, share=told.mixture.share, said=said)
    figure.show(f"{key}_answers", chart, alt + f", at lambda {told.mixture.share:.3f}.", source, table)


def _drawn(key: str, wish: Wish, told: Mixed) -> None:
    """The density and what is drawn of it; or the regions that are drawn."""
    setting = wish.setting
    if setting.method in mixing_lab.WITH_ALPHA:
        drawn = mixing_lab.shares(setting)
        exact = setting.method in WHOLE
        chart = charts.beta_density(drawn, alpha=setting.alpha, share=told.mixture.share, exact=exact)
        alt = f"{len(drawn)} shares drawn from Beta({setting.alpha:g}, {setting.alpha:g}), mean {drawn.mean():.3f}."
        source = mixing_origin.of_mixture(setting, wish.first, wish.second, wish.labels)
        figure.show(f"{key}_beta", chart, alt, source, pd.DataFrame({"lam": drawn}))
    if not told.partial:
        return
    found = mixing_lab.patterns(setting, told.first, told.second)
    st.html("<b>The first different regions that this seed draws</b>")
    cells = []
    for one in found:
        share = one.mixture.share
        words = one.type or (f"{share:.2f} of A" if setting.method != "cutout" else "painted")
        outline = mixing_lab.outline(one)
        soft = [(colours.ACCENT, share), (colours.QUIET, 1 - share)]
        cells.append(
            (mixing_lab.shown(one.mixture.picture), f"mixture: {words}", soft, outline, words, f"lambda {share:.3f}")
        )
    st.html(markup.samples(cells))


def _spaces(key: str, told: Mixed, grid: Course | None, own: Course, source: mixing_origin.Provenance) -> None:
    st.subheader("Where does the mixture lie between its parents?", anchor=False)
    at = mixing_lab.near(own)
    table = _own(at) if grid is None else pd.concat([mixing_lab.near(grid), _own(at)])
    here = _own(at)
    words = [f"{one.space}: {one.cosine_a:.3f} to A, {one.cosine_b:.3f} to B" for one in here.itertuples()]
    if grid is not None:
        along = mixing_lab.near(grid)
        chart = charts.likeness(along[along.duplicated("space", keep="last")], share=told.mixture.share)
    else:
        chart = charts.likeness_bars(here)
    figure.show(f"{key}_spaces", chart, "Cosines of the mixture. " + "; ".join(words), source, table)
    shown = here.rename(
        columns={"space": "Space", "cosine_a": "cosine to A", "cosine_b": "cosine to B", "distance_a": "distance to A",
                 "distance_b": "distance to B"}
    ).drop(columns="lam")  # fmt: skip
    st.dataframe(shown, key=f"{key}_spaces_table", hide_index=True, column_config=_three_digits(shown))
    if set(here["space"]) >= {"v_id"}:
        st.caption(
            "V_id of a mixed picture is the mixture of both unmixed faces' V_id, by the same lambda, as in a training."
        )
    elif told.mixture.picture is None:
        st.caption("V_state of each face is computed apart, and then mixed: V_face and V_id stay the faces' own.")


def _own(near: pd.DataFrame) -> pd.DataFrame:
    """The mixture's own row of each space: the last."""
    return near[~near.duplicated("space", keep="last")]


def _three_digits(table: pd.DataFrame) -> dict[str, object]:
    return {name: st.column_config.NumberColumn(name, format="%.3f") for name in table.columns if name != "Space"}


def _courses(wish: Wish, told: Mixed) -> tuple[Course | None, Course]:
    """Along lambda, which a moved slider does not change; and the mixture itself. Kept with the session."""
    setting, store = wish.setting, session.lab()
    stamp = runs.stamped(setting.run)

    def kept(asked: mixing_lab.Setting, steps: int) -> Course:
        name = ("course", asked, steps, stamp, wish.first.key, wish.second.key)
        if name not in store:
            made = told if asked == setting else mixing_lab.mixed(asked, told.first, told.second, wish.labels)
            found = mixing_lab.course(asked, made, steps)
            size = sum(one.nbytes for one in (*found.spaces.values(), *found.parents.values(), found.probabilities))
            store[name] = (found, size)
        return store[name][0]

    with st.spinner("Asking the model"):
        if setting.method not in WHOLE:
            return None, kept(setting, 2)
        return kept(replace(setting, lam=0.0, seed=0), mixing_lab.LAMBDAS), kept(setting, 2)
